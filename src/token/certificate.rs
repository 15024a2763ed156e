//! The certificate objects of a token, and the attestations of its keys among them.

use super::error::Error;
use super::key::KeyInfo;
use super::session::{TokenSession, lock};
use super::wire::{Answer, Request};
use crate::x509::attestation::{self, Attestation, Roots};

/// A certificate object (PKCS#11 3.1 s.4.6.3). Nothing in it has been proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateObject {
    /// `CKA_LABEL`; it comes from outside, so escape it before a person sees it.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// `CKA_VALUE`: supposedly a certificate in DER; none where the token does not tell it, or it is larger than
    /// any certificate of a token.
    pub value: Option<Vec<u8>>,
}

impl TokenSession {
    /// Every certificate object of the token.
    ///
    /// # Errors
    /// [`Error`] when the login or the search fails.
    pub fn certificates(&self) -> Result<Vec<CertificateObject>, Error> {
        let mut connection = lock(self.connection());
        connection.login()?;
        let mut all = Vec::new();
        loop {
            let from = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let (found, more) = connection.client.ask(&Request::Certificates { from }, |answer| {
                if let Answer::Certificates { found, more } = answer { Some((found, more)) } else { None }
            })?;
            let none = found.is_empty();
            all.extend(found.into_iter().map(|found| CertificateObject {
                label: String::from_utf8_lossy(&found.label).trim_end_matches('\0').to_owned(),
                id: found.id,
                value: found.value,
            }));
            // A worker that promises more and gives nothing is not believed for ever.
            if none || !more {
                return Ok(all);
            }
        }
    }

    /// The attestation of a key: a certificate of the token, or of those supplied with the roots, that names the
    /// key's public half and has a path to one of the roots.
    ///
    /// # Errors
    /// [`Error::UnreadableKey`] when the key has no public half, [`Error::Unattested`] with the reason.
    pub fn attestation(&self, key: &KeyInfo, roots: &Roots) -> Result<Attestation, Error> {
        let label = || key.label.clone();
        let public_key = key
            .public_key
            .as_ref()
            .map_err(|reason| Error::UnreadableKey { label: label(), reason: reason.clone() })?;
        let shown: Vec<Vec<u8>> =
            self.certificates()?.into_iter().map(|found| found.value.unwrap_or_default()).collect();
        attestation::verify(public_key, roots, &shown)
            .map_err(|source| Error::Unattested { label: label(), source: Box::new(source) })
    }
}
