//! CaReference: which CA a bundle is for, so that another one refuses it.

use serde::{Deserialize, Serialize};

use crate::audit::Fingerprint;
use crate::x509::certificate::Certificate;

/// A CA, told by what is in its certificate. Its name is for people; the rest is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CaReference {
    /// What the CA is called in its home.
    pub name: String,
    /// Its subjectKeyIdentifier in lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// SHA-256 over its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<Fingerprint>,
}

impl CaReference {
    /// The CA of a certificate.
    #[must_use]
    pub fn of(name: &str, certificate: &Certificate) -> Self {
        Self {
            name: name.to_owned(),
            key_id: certificate.subject_key_identifier().map(hex::encode),
            certificate_sha256: Some(Fingerprint(certificate.sha256())),
        }
    }

    /// Whether everything that is told of the CA is so of the one with this certificate. Who tells nothing means none.
    ///
    /// # Errors
    /// [`OtherCa`] with what differs.
    pub fn is(&self, certificate: &Certificate) -> Result<(), OtherCa> {
        let found = Self::of(&self.name, certificate);
        let other = |told: String, own: String| Err(OtherCa { told, own });
        if let Some(told) = self.certificate_sha256
            && Some(told) != found.certificate_sha256
        {
            let own = found.certificate_sha256.map(|sha256| sha256.to_string()).unwrap_or_default();
            return other(format!("the SHA-256 {told}"), own);
        }
        if let Some(told) = &self.key_id
            && found.key_id.as_ref() != Some(told)
        {
            let own = found.key_id.unwrap_or_else(|| "none".to_owned());
            return other(format!("the key identifier {told}"), own);
        }
        if self.certificate_sha256.is_none() && self.key_id.is_none() {
            return other("nothing".to_owned(), "told by its certificate".to_owned());
        }
        Ok(())
    }

    /// Whether the texts are such as keyrite writes.
    pub(super) fn is_sound(&self) -> bool {
        let hex = |text: &String| {
            let lower = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
            !text.is_empty() && text.len() <= 128 && text.len().is_multiple_of(2) && text.bytes().all(lower)
        };
        super::request::is_requester_name(&self.name)
            && self.key_id.as_ref().is_none_or(hex)
            && (self.key_id.is_some() || self.certificate_sha256.is_some())
    }
}

/// A bundle that is for another CA.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is for a CA whose certificate has {told}, and this one's is {own}")]
pub struct OtherCa {
    /// What the bundle tells.
    pub told: String,
    /// What the certificate at hand has.
    pub own: String,
}
