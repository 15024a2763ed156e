//! A certificate that attests a key or stands above one that does, read with no more demands than its use has.
//!
//! Devices make these certificates. Their serial numbers are random octets and may be negative, which RFC 5280
//! s.4.1.2.2 has readers bear: no number is looked at here. Everything that a verdict rests on is read as
//! strictly as in any other certificate.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use sha2::{Digest as _, Sha256};

use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::{SignedByError, Validity};
use crate::x509::extension::{self, Extension, RawExtension};
use crate::x509::limits::{self, LimitError};
use crate::x509::name::Name;
use crate::x509::signed::Parts;
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::time::{Time, TimeError};
use crate::x509::verify::verify_twice;

/// A certificate of a device or of those who vouch for it.
#[derive(Clone, PartialEq, Eq)]
pub struct AttestationCertificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    signature_identifier: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: Time,
    not_after: Time,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
}

impl AttestationCertificate {
    /// Reads the DER of one certificate.
    ///
    /// # Errors
    /// [`Unreadable`] says what is not as RFC 5280 s.4.1 has it.
    pub fn from_der(der: &[u8]) -> Result<Self, Unreadable> {
        limits::bound(der, limits::CERTIFICATE_OCTETS)?;
        let parts = Parts::from_der(der)?;
        let whole = AnyRef::from_der(parts.tbs)?;
        whole.tag().assert_eq(Tag::Sequence)?;
        let mut fields = SliceReader::new(whole.value())?;
        let mut first = AnyRef::decode(&mut fields)?;
        if first.tag() == context(0) {
            first = AnyRef::decode(&mut fields)?;
        }
        first.tag().assert_eq(Tag::Integer)?;
        if fields.tlv_bytes()? != parts.algorithm {
            return Err(Unreadable::TwoAlgorithms);
        }
        let issuer = Name::from_der(fields.tlv_bytes()?)?;
        let validity = Validity::decode(&mut fields)?;
        let subject = Name::from_der(fields.tlv_bytes()?)?;
        let spki = fields.tlv_bytes()?.to_vec();
        let mut extensions = Vec::new();
        while !fields.is_finished() {
            let field = AnyRef::decode(&mut fields)?;
            if field.tag() == context(3) {
                extensions = extension::read_all(field.value())?;
            }
        }
        if let Some(oid) = extension::repeated(&extensions) {
            return Err(Unreadable::DuplicateExtension(extension::name_of(&oid)));
        }
        Ok(Self {
            der: der.to_vec(),
            tbs: parts.tbs.to_vec(),
            signature: parts.signature.to_vec(),
            signature_identifier: parts.algorithm.to_vec(),
            issuer,
            subject,
            not_before: Time::from_x509(validity.not_before)?,
            not_after: Time::from_x509(validity.not_after)?,
            spki,
            extensions: extensions.iter().map(RawExtension::read).collect(),
        })
    }

    /// The whole certificate.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the whole certificate: its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The subject's public key.
    ///
    /// # Errors
    /// [`SpkiError`] when it is not one that keyrite offers.
    pub fn public_key(&self) -> Result<PublicKey, SpkiError> {
        PublicKey::from_spki_der(&self.spki)
    }

    /// The extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Whether subject and issuer are the same octets (RFC 5280 s.3.2).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Verifies the certificate's signature under a public key, by two implementations.
    ///
    /// # Errors
    /// [`SignedByError`] when the algorithm is not offered, such as one with SHA-1, or the signature does not
    /// verify.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), SignedByError> {
        let algorithm = SignatureAlgorithm::from_identifier_der(&self.signature_identifier)?;
        Ok(verify_twice(key, algorithm, &self.tbs, &self.signature)?)
    }
}

impl std::fmt::Debug for AttestationCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AttestationCertificate({} by {})", self.subject, self.issuer)
    }
}

const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// Why octets are not a certificate that could be part of an attestation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too large, too deep, or not DER.
    #[error("not a certificate: {0}")]
    Limit(#[from] LimitError),
    /// Not the structure of a certificate.
    #[error("not a certificate: {0}")]
    Structure(String),
    /// A validity outside what can be handled.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// One extension twice (s.4.2).
    #[error("extension {0} is there twice")]
    DuplicateExtension(String),
    /// The two places that name the signature algorithm disagree (s.4.1.1.2).
    #[error("the signature algorithm inside the certificate is not the one outside")]
    TwoAlgorithms,
}

impl From<der::Error> for Unreadable {
    fn from(error: der::Error) -> Self {
        Self::Structure(error.to_string())
    }
}
