//! Certificate and TBSCertificate (RFC 5280 s.4.1).
//!
//! [`TbsCertificate`] is the sequence itself, with every field that must not be encoded anew as the octets
//! that were found or given. [`CertificateFields`] is what a CA decides; building it fixes the octets.
//! [`Certificate`] is one that exists, ours or another's.

use der::asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier};
use der::{Decode, Encode, Sequence};
use sha2::{Digest as _, Sha256};

use super::algorithm::{SignatureAlgorithm, UnsupportedSignature};
use super::extension::{self, Extension, RawExtension, Value};
use super::limits::{self, LimitError};
use super::name::Name;
use super::pem::PemError;
use super::serial::{SerialError, SerialNumber};
use super::signed::{Kind, Parts, ToBeSigned, read_one};
use super::spki::{PublicKey, SpkiError};
use super::time::{Time, TimeError};
use super::verify::{VerifyError, verify_twice};

/// TBSCertificate (s.4.1.2). It borrows every part of its octets.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct TbsCertificate<'a> {
    /// version: 2 means v3; 0 (v1) is the DEFAULT and left out.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "v1")]
    pub version: u8,
    /// serialNumber.
    pub serial_number: IntRef<'a>,
    /// signature: the AlgorithmIdentifier, as a whole TLV.
    pub signature: AnyRef<'a>,
    /// issuer: the Name, as a whole TLV.
    pub issuer: AnyRef<'a>,
    /// validity.
    pub validity: Validity,
    /// subject: the Name, as a whole TLV.
    pub subject: AnyRef<'a>,
    /// subjectPublicKeyInfo, as a whole TLV.
    pub subject_public_key_info: AnyRef<'a>,
    /// issuerUniqueID, which no CA may write (BR 7.1.2).
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub issuer_unique_id: Option<BitStringRef<'a>>,
    /// subjectUniqueID, which no CA may write (BR 7.1.2).
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub subject_unique_id: Option<BitStringRef<'a>>,
    /// extensions, as a whole TLV; read them with [`extension::read_all`].
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub extensions: Option<AnyRef<'a>>,
}

/// Validity (s.4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub struct Validity {
    /// The first second in which the certificate is valid.
    pub not_before: x509_cert::time::Time,
    /// The last second in which the certificate is valid.
    pub not_after: x509_cert::time::Time,
}

fn v1() -> u8 {
    0
}

/// What a CA decides about a certificate: everything but the encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFields {
    /// The serial number.
    pub serial: SerialNumber,
    /// The algorithm by which it will be signed.
    pub signature: SignatureAlgorithm,
    /// The issuer: the subject octets of the CA's own certificate.
    pub issuer: Name,
    /// The first second in which the certificate is valid.
    pub not_before: Time,
    /// The last second in which the certificate is valid.
    pub not_after: Time,
    /// The subject.
    pub subject: Name,
    /// The subject's public key.
    pub public_key: PublicKey,
    /// The extensions in the order of encoding.
    pub extensions: Vec<Extension>,
}

impl CertificateFields {
    /// Encodes the TBSCertificate, for good.
    ///
    /// # Errors
    /// [`BuildError`] when a value cannot be encoded.
    pub fn build(&self) -> Result<ToBeSigned<Certificate>, BuildError> {
        let extensions = encode_extensions(&self.extensions)?;
        let tbs = TbsCertificate {
            version: 2,
            serial_number: IntRef::new(self.serial.as_bytes())?,
            signature: AnyRef::from_der(self.signature.identifier_der())?,
            issuer: AnyRef::from_der(self.issuer.as_der())?,
            validity: Validity {
                not_before: self.not_before.to_x509()?,
                not_after: self.not_after.to_x509()?,
            },
            subject: AnyRef::from_der(self.subject.as_der())?,
            subject_public_key_info: AnyRef::from_der(self.public_key.as_der())?,
            issuer_unique_id: None,
            subject_unique_id: None,
            // SIZE (1..MAX): the field is left out when there is no extension.
            extensions: if self.extensions.is_empty() { None } else { Some(AnyRef::from_der(&extensions)?) },
        };
        Ok(ToBeSigned::new(tbs.to_der()?, self.signature))
    }
}

/// The DER of a SEQUENCE OF Extension.
pub(super) fn encode_extensions(extensions: &[Extension]) -> Result<Vec<u8>, der::Error> {
    let members = extensions.iter().map(Extension::to_der).collect::<Result<Vec<_>, _>>()?;
    AnyRef::new(der::Tag::Sequence, &members.concat())?.to_der()
}

/// Why fields could not be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A value that DER cannot hold.
    #[error("the structure could not be encoded: {0}")]
    Encoding(String),
    /// A time outside the years that certificates can name.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl From<der::Error> for BuildError {
    fn from(error: der::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

/// A certificate that exists: its octets, and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature_value: Vec<u8>,
    signature_identifier: Vec<u8>,
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    not_before: Time,
    not_after: Time,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
}

impl Kind for Certificate {
    const PEM_LABEL: &'static str = "CERTIFICATE";
    const PEM_ALIASES: &'static [&'static str] = &["X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
    const NAME: &'static str = "certificate";
}

impl Certificate {
    /// Reads one certificate in DER or PEM.
    ///
    /// # Errors
    /// [`CertificateError`] says what is not as RFC 5280 has it.
    pub fn read(input: &[u8]) -> Result<Self, CertificateError> {
        Self::from_der(&read_one::<Self>(input)?)
    }

    /// Reads the DER of one certificate.
    ///
    /// # Errors
    /// [`CertificateError`] says what is not as RFC 5280 has it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        limits::bound(der, limits::CERTIFICATE_OCTETS)?;
        let parts = Parts::from_der(der)?;
        let tbs = TbsCertificate::from_der(parts.tbs)?;
        if tbs.version > 2 {
            return Err(CertificateError::Version { found: tbs.version });
        }
        let extensions = tbs.raw_extensions()?;
        if let Some(oid) = extension::repeated(&extensions) {
            return Err(CertificateError::DuplicateExtension { oid });
        }
        if tbs.signature.to_der()? != parts.algorithm {
            return Err(CertificateError::TwoAlgorithms);
        }
        Ok(Self {
            der: der.to_vec(),
            tbs: parts.tbs.to_vec(),
            signature_value: parts.signature.to_vec(),
            signature_identifier: parts.algorithm.to_vec(),
            serial: SerialNumber::from_der_contents(tbs.serial_number.as_bytes())?,
            issuer: Name::from_der(&tbs.issuer.to_der()?)?,
            subject: Name::from_der(&tbs.subject.to_der()?)?,
            not_before: Time::from_x509(tbs.validity.not_before)?,
            not_after: Time::from_x509(tbs.validity.not_after)?,
            spki: tbs.subject_public_key_info.to_der()?,
            extensions: extensions.iter().map(RawExtension::read).collect(),
        })
    }

    /// The whole certificate.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that were signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs
    }

    /// SHA-256 over the whole certificate: its fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
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

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The algorithm by which it was signed.
    ///
    /// # Errors
    /// [`UnsupportedSignature`] when it is not one that keyrite offers.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedSignature> {
        SignatureAlgorithm::from_identifier_der(&self.signature_identifier)
    }

    /// The contents of signatureValue.
    #[must_use]
    pub fn signature_value(&self) -> &[u8] {
        &self.signature_value
    }

    /// The extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The extension with an object identifier.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.value.oid() == oid)
    }

    /// Whether basicConstraints say that the subject is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.extensions
            .iter()
            .any(|extension| matches!(&extension.value, Value::BasicConstraints(value) if value.ca))
    }

    /// The octets of subjectKeyIdentifier as they stand in the certificate.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.iter().find_map(|extension| {
            if let Value::SubjectKeyIdentifier(octets) = &extension.value {
                Some(octets.as_slice())
            } else {
                None
            }
        })
    }

    /// Whether subject and issuer are the same octets (self-issued, RFC 5280 s.3.2).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Verifies the certificate's signature under a public key, by two implementations.
    ///
    /// # Errors
    /// [`SignedByError`] when the algorithm is not offered or the signature does not verify.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), SignedByError> {
        let algorithm = self.signature_algorithm()?;
        Ok(verify_twice(key, algorithm, &self.tbs, &self.signature_value)?)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({} {})", self.serial, self.subject)
    }
}

impl TbsCertificate<'_> {
    /// The extensions as they stand; none when the field is absent.
    ///
    /// # Errors
    /// A [`der::Error`] when the field is not a sequence of extensions.
    pub fn raw_extensions(&self) -> Result<Vec<RawExtension<'_>>, der::Error> {
        self.extensions.map_or(Ok(Vec::new()), extension::read_list)
    }
}

/// Why a signature was not accepted as one by a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedByError {
    /// An algorithm that keyrite does not offer.
    #[error(transparent)]
    Algorithm(#[from] UnsupportedSignature),
    /// The signature does not verify.
    #[error(transparent)]
    Signature(#[from] VerifyError),
}

/// Why octets are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not one PEM block or DER.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Too large, too deep, or not DER.
    #[error("not a certificate: {0}")]
    Limit(#[from] LimitError),
    /// Not the structure of a certificate.
    #[error("not a certificate: {0}")]
    Structure(String),
    /// A version that no standard has (s.4.1.2.1).
    #[error("certificate of version {}, wanted at most 3", u16::from(*found).saturating_add(1))]
    Version {
        /// The number that is encoded, one less than the version.
        found: u8,
    },
    /// A serial number that RFC 5280 forbids.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// A validity outside what can be handled.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// One extension twice (s.4.2).
    #[error("extension {} is there twice", extension::name_of(oid))]
    DuplicateExtension {
        /// Which one.
        oid: ObjectIdentifier,
    },
    /// The two places that name the signature algorithm disagree (s.4.1.1.2).
    #[error("the signature algorithm inside the certificate is not the one outside")]
    TwoAlgorithms,
}

impl From<der::Error> for CertificateError {
    fn from(error: der::Error) -> Self {
        Self::Structure(error.to_string())
    }
}
