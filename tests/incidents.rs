//! The replay suite: failures of real CAs, each made again as a request, profile, issuer, key or module, which has to
//! be refused by its rule. Where a token is in play, it is asked for no signature.
//!
//! Numbers that are missing here stand elsewhere: histories that are taken over from other programs (I-26) in the tests of
//! moving in, reconciling the log with the token's own count (I-16) in those of the audit log, what hostile parameters do to
//! a module (I-34) in the token's. Ceremonies: a log that cannot be written, clocks, a backup that is tried before the
//! first issuance (I-35, I-47).

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/home.rs"]
mod home;
#[cfg(test)]
#[path = "cli/request.rs"]
#[expect(dead_code, reason = "each test binary uses a part of it")]
mod request;
#[cfg(test)]
#[path = "store/scene.rs"]
#[expect(dead_code, reason = "each test binary uses a part of it")]
mod scene;
#[cfg(test)]
#[path = "support/software.rs"]
#[expect(dead_code, reason = "each test binary uses a part of it")]
mod software;

#[cfg(test)]
mod incidents {
    use super::software;

    #[path = "../policy/fixture.rs"]
    #[expect(dead_code, reason = "each test binary uses a part of it")]
    mod fixture;

    mod encodings;
    mod issuers;
    mod keys;
    mod numbers;
    mod profiles;
    mod programs;
    mod register;
    mod requests;
    mod revocations;
    mod times;
}
