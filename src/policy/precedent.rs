//! Precedent: a certificate that exists, from which another is to be made.

use der::asn1::ObjectIdentifier;

use crate::x509::certificate::{Certificate, SignedByError};
use crate::x509::extension::{Extension, oid};
use crate::x509::spki::{PublicKey, SpkiError};

/// Extensions that belong to the issuer of a certificate and not to its subject: the next issuer writes its own.
/// authorityKeyIdentifier, cRLDistributionPoints, freshestCRL, authorityInfoAccess (RFC 5280 s.4.2.1.1, s.4.2.1.13,
/// s.4.2.1.15, s.4.2.2.1), the SCT list and the poison of Certificate Transparency (RFC 6962 s.3.1, s.3.3).
const OF_THE_ISSUER: [ObjectIdentifier; 6] = [
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CRL_DISTRIBUTION_POINTS,
    ObjectIdentifier::new_unwrap("2.5.29.46"),
    oid::AUTHORITY_INFO_ACCESS,
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.3"),
];

/// A certificate whose signature was verified, and what is to be made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precedent {
    certificate: Certificate,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    purpose: Purpose,
}

/// What is to be made from a certificate that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The same subject, names and key once more.
    Renewal,
    /// A certificate of ours for a CA that already has one (RFC 5280 s.3.2: cross-certificate).
    Cross,
}

impl Precedent {
    /// Takes a certificate of which the signature verifies under the key of its issuer.
    ///
    /// # Errors
    /// [`PrecedentError`] when it does not, or when its key is not one that keyrite offers.
    pub fn verified(
        certificate: Certificate,
        issuer_key: &PublicKey,
        purpose: Purpose,
    ) -> Result<Self, PrecedentError> {
        certificate.verify_signed_by(issuer_key)?;
        Ok(Self::foreseen(certificate, purpose)?)
    }

    /// Takes a certificate that will be signed before anything is made from it: for judging ahead of that alone.
    ///
    /// # Errors
    /// An [`SpkiError`] when its key is not one that keyrite offers.
    pub(crate) fn foreseen(certificate: Certificate, purpose: Purpose) -> Result<Self, SpkiError> {
        let public_key = certificate.public_key()?;
        let extensions = certificate
            .extensions()
            .iter()
            .filter(|extension| !OF_THE_ISSUER.contains(&extension.value.oid()))
            .cloned()
            .collect();
        Ok(Self { certificate, public_key, extensions, purpose })
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its subject's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Its extensions but for those that belong to its issuer: what the subject has, and so asks for.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// What is to be made from it.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// Why nothing can be made from a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrecedentError {
    /// Its signature does not verify under the key of the issuer.
    #[error(transparent)]
    Signature(#[from] SignedByError),
    /// Its key is not one that keyrite offers.
    #[error(transparent)]
    Key(#[from] SpkiError),
}
