//! The certificates that an operator supplies: roots to trust, and others that may stand between.

use super::certificate::{AttestationCertificate, Unreadable};
use crate::x509::certificate::SignedByError;
use crate::x509::name::Name;
use crate::x509::pem::{self, PemError};
use crate::x509::spki::SpkiError;

/// The most certificates that are read of a file: Yubico's roots and intermediates of all devices are under twenty.
const MOST: usize = 100;
const LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

/// What is trusted, and what else may be of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    anchors: Vec<AttestationCertificate>,
    intermediates: Vec<AttestationCertificate>,
}

impl Roots {
    /// Reads one certificate in DER, or any number in PEM with whatever text between them. Those that are
    /// self-signed are roots, and trusted; others are trusted for nothing, and only help to build a path.
    ///
    /// # Errors
    /// [`RootsError`] when a certificate cannot be read, a self-issued one is not signed by its own key, or
    /// there is no root among them.
    pub fn read(input: &[u8]) -> Result<Self, RootsError> {
        let all = pem::all(input, &LABELS)?;
        if all.len() > MOST {
            return Err(RootsError::Many { found: all.len() });
        }
        let mut roots = Self { anchors: Vec::new(), intermediates: Vec::new() };
        for (at, der) in all.iter().enumerate() {
            let number = at.saturating_add(1);
            let certificate = AttestationCertificate::from_der(der)
                .map_err(|source| RootsError::Certificate { number, source })?;
            if !certificate.is_self_issued() {
                roots.intermediates.push(certificate);
                continue;
            }
            let subject = || certificate.subject().clone();
            let key = certificate.public_key().map_err(|source| RootsError::Key {
                number,
                subject: subject(),
                source,
            })?;
            certificate.verify_signed_by(&key).map_err(|source| RootsError::Signature {
                number,
                subject: subject(),
                source,
            })?;
            if !roots.anchors.contains(&certificate) {
                roots.anchors.push(certificate);
            }
        }
        if roots.anchors.is_empty() { Err(RootsError::None) } else { Ok(roots) }
    }

    /// What is trusted.
    #[must_use]
    pub fn anchors(&self) -> &[AttestationCertificate] {
        &self.anchors
    }

    /// What may stand between.
    #[must_use]
    pub fn intermediates(&self) -> &[AttestationCertificate] {
        &self.intermediates
    }
}

/// Why a file holds no roots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// Neither DER nor PEM with certificates.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// More certificates than any vendor has.
    #[error("{found} certificates, wanted at most {MOST}")]
    Many {
        /// How many there are.
        found: usize,
    },
    /// One of them is no certificate.
    #[error("certificate {number} in it cannot be read")]
    Certificate {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong.
        source: Unreadable,
    },
    /// A root with a key that keyrite does not offer.
    #[error("certificate {number} in it, of {subject}, names a key that cannot be used")]
    Key {
        /// Which one, counted from 1.
        number: usize,
        /// Its subject.
        subject: Name,
        /// What is wrong with the key.
        source: SpkiError,
    },
    /// Self-issued, but not signed by its own key.
    #[error("certificate {number} in it, of {subject}, is not signed by its own key")]
    Signature {
        /// Which one, counted from 1.
        number: usize,
        /// Its subject.
        subject: Name,
        /// Why.
        source: SignedByError,
    },
    /// Certificates, but none that is self-signed.
    #[error("there is no root in it: one of the certificates must be signed by its own key")]
    None,
}
