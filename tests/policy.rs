//! Profiles, decisions and configuration, each rule seen to refuse and to let pass.

#[cfg(test)]
mod policy {
    #[path = "../support/software.rs"]
    #[expect(dead_code, reason = "each test binary uses a part of it")]
    mod software;

    mod admission;
    mod comparison;
    mod configuration;
    mod cross;
    mod documents;
    mod fixture;
    mod names;
    mod nesting;
    mod overrides;
    mod profiles;
    mod properties;
    mod rules;
    mod sound;
    mod soundness;
    mod tables;
    mod taken;
    mod wishes;
}
