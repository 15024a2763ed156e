//! The pure core judged from outside: what it builds, what it reads, what it refuses.

#[cfg(test)]
mod x509 {
    mod attestation;
    mod build;
    #[path = "../support/built.rs"]
    mod built;
    mod by_openssl;
    mod bytes;
    mod certificate;
    mod crl;
    mod crl_reader;
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
    #[expect(dead_code, reason = "each test binary uses a part of it")]
    mod software;
    mod ssh;
    #[path = "../support/attestation.rs"]
    mod support;
    mod unsigned;
    mod verdicts;

    /// The octets of a block in base64.
    fn pem_of(base64: &str) -> Vec<u8> {
        let text = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
        keyrite::x509::pem::one(text.as_bytes(), &["PUBLIC KEY"]).unwrap()
    }
}
