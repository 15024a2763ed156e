//! Certification requests (RFC 2986): read with suspicion, and believed only once proven.
//!
//! A request is a claim. [`Csr`] is what it says; [`ProvenCsr`] adds that whoever made it held the private
//! key. Nothing in it is ever copied into a certificate unless a profile says so.

use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use sha2::{Digest as _, Sha256};

mod attributes;

use attributes::{Attributes, EXTENSION_REQUEST};

use super::algorithm::{SignatureAlgorithm, UnsupportedSignature};
use super::certificate::{BuildError, encode_extensions};
use super::extension::Extension;
use super::limits::{self, LimitError};
use super::name::Name;
use super::pem::PemError;
use super::signed::{Kind, Parts, ToBeSigned, read_one};
use super::spki::{PublicKey, SpkiError};
use super::verify::{VerifyError, verify_twice};

/// A certification request that has been read, and nothing more.
#[derive(Clone, PartialEq, Eq)]
pub struct Csr {
    der: Vec<u8>,
    info: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    subject: Name,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    ignored: Vec<String>,
}

impl Kind for Csr {
    const PEM_LABEL: &'static str = "CERTIFICATE REQUEST";
    const PEM_ALIASES: &'static [&'static str] = &["NEW CERTIFICATE REQUEST"];
    const NAME: &'static str = "certification request";
}

impl Csr {
    /// Reads one request in DER or PEM.
    ///
    /// # Errors
    /// [`CsrError`] says what is not as RFC 2986 has it or what keyrite does not accept.
    pub fn parse(input: &[u8]) -> Result<Self, CsrError> {
        if input.len() > limits::REQUEST_FILE_OCTETS {
            return Err(LimitError::Size { found: input.len(), most: limits::REQUEST_OCTETS }.into());
        }
        Self::from_der(&read_one::<Self>(input)?)
    }

    /// Reads the DER of one request.
    ///
    /// # Errors
    /// As [`Csr::parse`].
    pub fn from_der(der: &[u8]) -> Result<Self, CsrError> {
        limits::bound(der, limits::REQUEST_OCTETS)?;
        let parts = Parts::from_der(der)?;
        let algorithm = SignatureAlgorithm::from_identifier_der(parts.algorithm)?;
        let info = AnyRef::from_der(parts.tbs)?;
        info.tag().assert_eq(Tag::Sequence)?;
        let mut fields = SliceReader::new(info.value())?;
        let version = AnyRef::decode(&mut fields)?;
        version.tag().assert_eq(Tag::Integer)?;
        if version.value() != [0] {
            return Err(CsrError::Version { found: hex::encode(version.value()) });
        }
        let subject = Name::from_der(fields.tlv_bytes()?)?;
        let public_key = PublicKey::from_spki_der(fields.tlv_bytes()?)?;
        // The attributes are mandatory in RFC 2986, but OpenSSL and others accept their absence.
        let attributes =
            if fields.is_finished() { Attributes::default() } else { Attributes::read(&mut fields)? };
        fields.finish()?;
        Ok(Self {
            der: der.to_vec(),
            info: parts.tbs.to_vec(),
            algorithm,
            signature: parts.signature.to_vec(),
            subject,
            public_key,
            extensions: attributes.extensions,
            ignored: attributes.ignored,
        })
    }

    /// The whole request.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the whole request, to compare with what the requester says it is.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The subject that is asked for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key that is to be certified.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm by which the request is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The extensions that are asked for.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The names of attributes that have no bearing on a certificate.
    #[must_use]
    pub fn ignored_attributes(&self) -> &[String] {
        &self.ignored
    }

    /// Proves that the requester holds the private key: the request's own signature verifies.
    ///
    /// # Errors
    /// [`VerifyError`] when it does not, or was made by another kind of key.
    pub fn prove(self) -> Result<ProvenCsr, VerifyError> {
        super::verify::verify(&self.public_key, self.algorithm, &self.info, &self.signature)?;
        Ok(ProvenCsr(self))
    }

    /// As [`Csr::prove`], by two implementations: for requests of CAs.
    ///
    /// # Errors
    /// As [`Csr::prove`].
    pub fn prove_twice(self) -> Result<ProvenCsr, VerifyError> {
        verify_twice(&self.public_key, self.algorithm, &self.info, &self.signature)?;
        Ok(ProvenCsr(self))
    }
}

impl std::fmt::Debug for Csr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Csr({} {:?})", self.subject, self.public_key)
    }
}

/// A request whose requester was shown to hold the private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenCsr(Csr);

impl ProvenCsr {
    /// What the request says.
    #[must_use]
    pub fn csr(&self) -> &Csr {
        &self.0
    }
}

/// A request for one of our own keys, before it is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFields {
    /// The algorithm by which it will be signed.
    pub signature: SignatureAlgorithm,
    /// The subject that is asked for.
    pub subject: Name,
    /// The key that is to be certified.
    pub public_key: PublicKey,
    /// The extensions that are asked for.
    pub extensions: Vec<Extension>,
}

impl RequestFields {
    /// Encodes the CertificationRequestInfo, for good.
    ///
    /// # Errors
    /// [`BuildError`] when a value cannot be encoded.
    pub fn build(&self) -> Result<ToBeSigned<Csr>, BuildError> {
        let mut attributes = Vec::new();
        if !self.extensions.is_empty() {
            let values = AnyRef::new(Tag::Set, &encode_extensions(&self.extensions)?)?.to_der()?;
            let pair = [EXTENSION_REQUEST.to_der()?, values].concat();
            attributes = AnyRef::new(Tag::Sequence, &pair)?.to_der()?;
        }
        let tag = Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) };
        let attributes = AnyRef::new(tag, &attributes)?.to_der()?;
        let contents =
            [&[0x02, 0x01, 0x00], self.subject.as_der(), self.public_key.as_der(), &attributes].concat();
        let der = AnyRef::new(Tag::Sequence, &contents)?.to_der()?;
        Ok(ToBeSigned::new(der, self.signature))
    }
}

/// Why octets are not a request that keyrite takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsrError {
    /// Not one PEM block or DER.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Too large, too deep, or not DER.
    #[error("not a certification request: {0}")]
    Limit(#[from] LimitError),
    /// Not the structure of a request.
    #[error("not a certification request: {0}")]
    Structure(String),
    /// RFC 2986 knows only version 0.
    #[error("certification request of version 0x{found}, wanted 0 (v1)")]
    Version {
        /// The contents of the INTEGER in hex.
        found: String,
    },
    /// A key that is not accepted.
    #[error(transparent)]
    Key(#[from] SpkiError),
    /// A signature algorithm that is not accepted.
    #[error(transparent)]
    Algorithm(#[from] UnsupportedSignature),
    /// An attribute that is not as RFC 2985 has it.
    #[error("attribute {attribute} is not well-formed: {reason}")]
    Attribute {
        /// Which one: its name, its object identifier, or its place.
        attribute: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two attributes that ask for extensions, and not for the same.
    #[error("attributes {one} and {other} ask for different extensions, wanted one request")]
    TwoRequests {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// More attributes than a request may have.
    #[error("more than {} attributes", limits::ATTRIBUTES)]
    Attributes,
    /// One attribute twice.
    #[error("attribute {attribute} is there twice")]
    DuplicateAttribute {
        /// Which one.
        attribute: String,
    },
    /// An attribute without a value, or with several.
    #[error("attribute {attribute} does not have exactly one value")]
    AttributeValues {
        /// Which one.
        attribute: String,
    },
    /// One requested extension twice.
    #[error("requested extension {extension} is there twice")]
    DuplicateExtension {
        /// Which one.
        extension: String,
    },
    /// A BOOLEAN that DER does not allow.
    #[error("requested extension {extension} has a critical field that is not DER")]
    Criticality {
        /// Which one.
        extension: String,
    },
    /// More names than a request may ask for.
    #[error("{found} subject alternative names, wanted at most {}", limits::ALT_NAMES)]
    AltNames {
        /// How many there are.
        found: usize,
    },
}

impl From<der::Error> for CsrError {
    fn from(error: der::Error) -> Self {
        Self::Structure(error.to_string())
    }
}
