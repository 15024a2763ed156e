//! The pure core judged from outside: what it builds, what it reads, what it refuses.

#[cfg(test)]
mod x509 {
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
    mod verdicts;

    use keyrite::x509::algorithm::KeyAlgorithm;

    /// ML-DSA is in OpenSSL since 3.5; the system's may be older. What judges ML-DSA here is rustls-webpki.
    fn openssl_3_0_knows(algorithm: &KeyAlgorithm) -> bool {
        !matches!(algorithm, KeyAlgorithm::MlDsa(_) | KeyAlgorithm::SlhDsa(_))
    }

    /// The octets of a block in base64.
    fn pem_of(base64: &str) -> Vec<u8> {
        let text = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
        keyrite::x509::pem::one(text.as_bytes(), &["PUBLIC KEY"]).unwrap()
    }
}
