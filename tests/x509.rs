//! The pure core judged from outside: what it builds, what it reads, what it refuses.

#[cfg(test)]
mod x509 {
    mod attestation;
    mod build;
    mod bytes;
    mod certificate;
    mod crl;
    #[path = "../support/der.rs"]
    mod der;
    mod extensions;
    mod golden;
    mod keys;
    #[path = "../support/openssl.rs"]
    mod openssl;
    mod properties;
    mod request;
    mod sealing;
    #[path = "../support/software.rs"]
    mod software;
    #[path = "../support/attestation.rs"]
    mod support;
    mod verdicts;
}
