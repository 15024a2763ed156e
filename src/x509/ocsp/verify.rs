//! Who signed a response, and whether he may (RFC 6960 s.3.2, s.4.2.2.2).

use der::asn1::ObjectIdentifier;

use super::BasicResponse;
use crate::x509::algorithm::UnsupportedSignature;
use crate::x509::certificate::{Certificate, CertificateError, SignedByError};
use crate::x509::extension::{Value, oid, purpose};
use crate::x509::spki::SpkiError;
use crate::x509::verify::{VerifyError, verify_twice};

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The CA itself.
    Issuer,
    /// A responder that the CA has authorized by a certificate, which came with the response.
    Delegate(Box<Certificate>),
}

/// Why a response is not an authorized one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// Neither the CA nor one of the certificates in the response is the responder.
    #[error("the responder is neither the CA nor has its certificate in the response")]
    NoCertificate,
    /// The responder's certificate cannot be read.
    #[error("the responder's certificate cannot be read")]
    Certificate(#[source] CertificateError),
    /// A key that keyrite does not offer.
    #[error(transparent)]
    Key(#[from] SpkiError),
    /// An algorithm that keyrite does not offer.
    #[error(transparent)]
    Algorithm(#[from] UnsupportedSignature),
    /// The CA for whose certificates it answers has not issued the responder's certificate.
    #[error("the responder's certificate is not issued by the CA")]
    OtherIssuer,
    /// The signature over the responder's certificate.
    #[error("the responder's certificate is not signed by the CA")]
    Delegation(#[source] SignedByError),
    /// The responder's certificate is for something else.
    #[error("the responder's certificate is not for OCSPSigning")]
    Purpose,
    /// The signature over the response.
    #[error("the response is not signed by its responder")]
    Signature(#[source] VerifyError),
}

impl BasicResponse {
    /// Verifies the signature, and that whoever made it is the CA or was authorized by it.
    ///
    /// # Errors
    /// [`SignerError`] says what is missing.
    pub fn verify(&self, issuer: &Certificate) -> Result<SignedBy, SignerError> {
        let signer = if self.data.responder.names(issuer) {
            SignedBy::Issuer
        } else {
            SignedBy::Delegate(Box::new(self.delegate(issuer)?))
        };
        let certificate = match &signer {
            SignedBy::Issuer => issuer,
            SignedBy::Delegate(certificate) => certificate,
        };
        let key = certificate.public_key()?;
        verify_twice(&key, self.signature_algorithm()?, self.tbs_der(), self.signature_value())
            .map_err(SignerError::Signature)?;
        Ok(signer)
    }

    fn delegate(&self, issuer: &Certificate) -> Result<Certificate, SignerError> {
        let mut unread = None;
        for der in self.certificates() {
            match Certificate::from_der(der) {
                Ok(certificate) if self.data.responder.names(&certificate) => {
                    authorized(&certificate, issuer)?;
                    return Ok(certificate);
                }
                Ok(_) => {}
                Err(error) => unread = Some(error),
            }
        }
        Err(unread.map_or(SignerError::NoCertificate, SignerError::Certificate))
    }
}

/// Whether a CA has authorized the holder of a certificate to answer for it: issued by the CA itself, by the very key
/// by which it issues, for OCSPSigning and nothing that includes it (RFC 6960 s.4.2.2.2).
///
/// # Errors
/// [`SignerError`] says what is missing.
pub fn authorized(certificate: &Certificate, issuer: &Certificate) -> Result<(), SignerError> {
    if certificate.issuer() != issuer.subject() {
        return Err(SignerError::OtherIssuer);
    }
    certificate.verify_signed_by(&issuer.public_key()?).map_err(SignerError::Delegation)?;
    if has_purpose(certificate, purpose::OCSP_SIGNING) { Ok(()) } else { Err(SignerError::Purpose) }
}

fn has_purpose(certificate: &Certificate, wanted: ObjectIdentifier) -> bool {
    match certificate.extension(oid::EXT_KEY_USAGE).map(|extension| &extension.value) {
        Some(Value::ExtKeyUsage(purposes)) => purposes.0.contains(&wanted),
        _ => false,
    }
}
