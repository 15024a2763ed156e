//! Thousands of certificates by the built-in profiles, judged by pkilint, OpenSSL, GnuTLS and webpki.
//!
//! Every one is issued as the program does: decided by policy, fixed, linted, signed and verified, but with keys
//! in software and at fixed times, and without a store.

#[cfg(test)]
mod corpus {
    #[path = "../support/built.rs"]
    mod built;
    mod cases;
    mod dates;
    mod extensions;
    mod issuance;
    mod judges;
    mod names;
    #[path = "../support/pkilint.rs"]
    mod pkilint;
    #[path = "../support/software.rs"]
    #[expect(dead_code, reason = "each test binary uses a part of it")]
    mod software;
    mod verdicts;
}
