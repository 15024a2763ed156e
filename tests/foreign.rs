//! Certificates, CRLs, requests and OCSP responses that others made, read and linted by keyrite and by pkilint.

#[cfg(test)]
mod foreign {
    mod collection;
    mod comparison;
    mod list;
    #[path = "../support/pkilint.rs"]
    mod pkilint;
    mod robustness;
}
