//! Hierarchies of attestation certificates like those of devices, made by OpenSSL.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::PathBuf;

use super::openssl::Bench;

/// What a YubiKey writes into the attestation of a key that it generated: firmware 5.7.4, serial 12345678, PIN
/// always, touch cached, form factor 1.
pub(crate) const PIV_KEY: &str = "1.3.6.1.4.1.41482.3.3=DER:050704\n\
                                  1.3.6.1.4.1.41482.3.7=DER:020400bc614e\n\
                                  1.3.6.1.4.1.41482.3.8=DER:0303\n\
                                  1.3.6.1.4.1.41482.3.9=DER:01\n";
/// What stands in the certificate of its slot f9.
pub(crate) const PIV_DEVICE: &str =
    "1.3.6.1.4.1.41482.3.3=DER:050704\nbasicConstraints=critical,CA:TRUE,pathlen:0\n";
/// A CA of any kind.
pub(crate) const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";

/// What a YubiHSM writes: firmware 2.4.1, serial 12345678, the origin, domain 1, the capabilities, object 3, a label.
pub(crate) fn hsm_key(origin: &str, capabilities: &str) -> String {
    format!(
        "1.3.6.1.4.1.41482.4.1=DER:0403020401\n1.3.6.1.4.1.41482.4.2=DER:020400bc614e\n\
         1.3.6.1.4.1.41482.4.3=DER:030200{origin}\n1.3.6.1.4.1.41482.4.4=DER:0303000001\n\
         1.3.6.1.4.1.41482.4.5=DER:030900{capabilities}\n1.3.6.1.4.1.41482.4.6=DER:020103\n\
         1.3.6.1.4.1.41482.4.9=DER:0c04726f6f74\n"
    )
}

/// A maker of devices, with a directory in which `NAME.key` and `NAME.pem` belong together.
pub(crate) struct Vendor {
    pub(crate) bench: Bench,
}

impl Vendor {
    /// One without anything.
    pub(crate) fn new() -> Self {
        Self { bench: Bench::new() }
    }

    /// One with `root`, and `device` that it issued to a YubiKey.
    pub(crate) fn with_device() -> Self {
        let vendor = Self::new();
        vendor.root("root", "Vendor Root");
        vendor.issue("device", "Vendor PIV Attestation", "root", PIV_DEVICE);
        vendor
    }

    /// A key pair; its public half as `NAME.pub`.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        let (private, public) = (format!("{name}.key"), format!("{name}.pub"));
        self.bench.openssl_ok(&[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
            &private,
        ]);
        self.bench.openssl_ok(&["pkey", "-in", &private, "-pubout", "-out", &public]);
        self.bench.path(&public)
    }

    /// A root of its own key.
    pub(crate) fn root(&self, name: &str, subject: &str) {
        self.issue(name, subject, name, CA);
    }

    /// A certificate of a new key.
    pub(crate) fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.key(name);
        self.attest(name, subject, &format!("{name}.pub"), issuer, extensions);
    }

    /// A certificate of a key that is there, by its public half.
    pub(crate) fn attest(&self, name: &str, subject: &str, public: &str, issuer: &str, extensions: &str) {
        self.attest_with(name, subject, public, issuer, extensions, "-sha256");
    }

    /// As [`Vendor::attest`], with another digest.
    pub(crate) fn attest_with(
        &self,
        name: &str,
        subject: &str,
        public: &str,
        issuer: &str,
        extensions: &str,
        digest: &str,
    ) {
        let subject = format!("/CN={subject}");
        let (out, config) = (format!("{name}.pem"), format!("{name}.cnf"));
        let (certificate, key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        self.bench.write(&config, extensions);
        let mut arguments = vec![
            "x509",
            "-new",
            "-subj",
            &subject,
            "-force_pubkey",
            public,
            "-days",
            "9000",
            digest,
            "-out",
            &out,
            "-extfile",
            &config,
        ];
        if name == issuer {
            arguments.extend(["-signkey", &key]);
        } else {
            arguments.extend(["-CA", &certificate, "-CAkey", &key]);
        }
        self.bench.openssl_ok(&arguments);
    }

    /// `NAME.pem` as DER.
    pub(crate) fn der(&self, name: &str) -> Vec<u8> {
        let (from, to) = (format!("{name}.pem"), format!("{name}.der"));
        self.bench.openssl_ok(&["x509", "-in", &from, "-outform", "DER", "-out", &to]);
        std::fs::read(self.bench.path(&to)).unwrap()
    }

    /// Several certificates in one file.
    pub(crate) fn bundle(&self, file: &str, names: &[&str]) -> PathBuf {
        let read = |name: &&str| std::fs::read(self.bench.path(&format!("{name}.pem"))).unwrap();
        self.bench.write(file, names.iter().flat_map(read).collect::<Vec<u8>>())
    }
}
