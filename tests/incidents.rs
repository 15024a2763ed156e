//! The replay suite: failures of real CAs, each made again as a request, profile, issuer, key or module, which has to
//! be refused by its rule. Where a token is in play, it is asked for no signature.
//!
//! Numbers that are missing here belong to later parts of the product. CRLs: lengths and number of a CRL (I-08, I-24), its
//! container (I-17), entries that vanish, that are missing, that are there twice or have the wrong reason (I-20 to I-22,
//! I-25), and shards (I-23). Answers about status: revoked cross-certificates and numbers without a certificate (I-28,
//! I-29). Histories that are taken over from other programs (I-26). The list of all published URLs (I-27). Reconciling
//! the log with the token's own count (I-16). Ceremonies: a log that cannot be written, clocks, a backup that is tried
//! before the first issuance (I-35, I-47). What hostile parameters do to a module is the token's suite (I-34).

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
    mod times;
}
