//! What the log and the export say of one CA.

use std::collections::{BTreeMap, BTreeSet};

use super::revocations::Revocations;
use crate::audit::Fingerprint;
use crate::x509::certificate::Certificate;
use crate::x509::pem;
use crate::x509::signed::Kind as _;
use crate::x509::spki::PublicKey;

/// The most octets of a file of CA certificates.
pub(super) const LARGEST_PATH: u64 = 256 * 1024 * 1024;

/// A CA as far as the log has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Ca {
    /// SHA-256 over its SubjectPublicKeyInfo, where the log gave it with its name.
    pub(super) key_sha256: Option<Fingerprint>,
    /// The certificates of its file by their SHA-256, and whether the log told of each.
    pub(super) certificates: BTreeMap<Fingerprint, (Certificate, bool)>,
    /// SHA-256 over the file of its certificates, if there is one.
    file: Option<Fingerprint>,
    /// The paths by which it issued, each from its own certificate up, in the order of the log.
    pub(super) paths: Vec<Vec<Fingerprint>>,
    /// Its revocations.
    pub(super) revocations: Revocations,
    /// The greatest number that a CRL of it had so far.
    pub(super) greatest_crl: Option<u128>,
}

impl Ca {
    /// Reads the file of a CA's certificates.
    ///
    /// # Errors
    /// What is not right with the file, in words.
    pub(super) fn of_file(octets: Option<&[u8]>) -> Result<Self, String> {
        let mut ca = Self::default();
        let Some(octets) = octets else { return Ok(ca) };
        ca.file = Some(Fingerprint::of(octets));
        for der in pem::all(octets, &[Certificate::PEM_LABEL]).map_err(|error| error.to_string())? {
            let certificate = Certificate::from_der(&der).map_err(|error| error.to_string())?;
            ca.certificates.insert(Fingerprint(certificate.sha256()), (certificate, false));
        }
        Ok(ca)
    }

    /// Whether the file has all certificates that the log tells of and no others, and is not what an export writes:
    /// the newest path first, each certificate once.
    pub(super) fn is_otherwise(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut text = String::new();
        for sha256 in self.paths.iter().rev().flatten().filter(|sha256| seen.insert(**sha256)) {
            let Some((certificate, _)) = self.certificates.get(sha256) else { return false };
            text.push_str(&pem::encode(Certificate::PEM_LABEL, certificate.as_der()));
        }
        let complete = seen.len() == self.certificates.len();
        complete && self.file.is_some_and(|file| file != Fingerprint::of(text.as_bytes()))
    }

    /// The CA's key: that of a certificate in the export, proven by the log to be the CA's.
    pub(super) fn key(&self) -> Option<PublicKey> {
        let wanted = self.key_sha256?;
        let mut keys = self.certificates.values().map(|(certificate, _)| certificate);
        let holder = keys.find(|certificate| Fingerprint::of(certificate.spki_der()) == wanted)?;
        holder.public_key().ok()
    }
}
