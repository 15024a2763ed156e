//! CertificateList and TBSCertList (RFC 5280 s.5.1).
//!
//! A CRL may have more entries than one would hold in memory. What keyrite makes is framed (`frame`) round entries that
//! lie elsewhere, and is read again entry by entry (`reader`); [`Crl`] holds one whole, as others hand it in.

mod entry;
mod frame;
mod pairs;
mod reader;
mod seal;

pub use entry::{RawEntry, RevokedCertificate};
pub use frame::{CrlFields, Octets, ToBeSignedCrl, header};
pub use pairs::{Pair, Pairs};
pub use reader::{CrlEnd, CrlReadError, CrlReader};
pub use seal::{CrlMessage, CrlSeal, MESSAGE_OCTETS};

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, EncodeValue, Reader, Sequence, SliceReader, Tag};
use sha2::{Digest as _, Sha256};

use crate::x509::algorithm::{SignatureAlgorithm, UnsupportedSignature};
use crate::x509::certificate::SignedByError;
use crate::x509::extension::{self, Extension, RawExtension, Value};
use crate::x509::limits::{self, LimitError};
use crate::x509::name::Name;
use crate::x509::pem::PemError;
use crate::x509::serial::SerialError;
use crate::x509::signed::{Kind, Parts, read_one};
use crate::x509::spki::PublicKey;
use crate::x509::time::{Time, TimeError};
use crate::x509::verify::verify_twice;

/// The largest CRL that is read whole, in octets: 256 MiB, some five million entries.
const CRL_OCTETS: usize = MESSAGE_OCTETS;

/// TBSCertList (s.5.1.2). It borrows every part of its octets.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct TbsCertList<'a> {
    /// version: 1 means v2; absent means v1, which is read and never written.
    #[asn1(optional = "true")]
    pub version: Option<u8>,
    /// signature: the AlgorithmIdentifier, as a whole TLV.
    pub signature: AnyRef<'a>,
    /// issuer: the Name, as a whole TLV.
    pub issuer: AnyRef<'a>,
    /// thisUpdate.
    pub this_update: x509_cert::time::Time,
    /// nextUpdate, which RFC 5280 CAs must write.
    #[asn1(optional = "true")]
    pub next_update: Option<x509_cert::time::Time>,
    /// revokedCertificates, as a whole TLV; absent when nothing is revoked.
    #[asn1(optional = "true")]
    pub revoked_certificates: Option<RevokedCertificates<'a>>,
    /// crlExtensions, as a whole TLV.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub extensions: Option<AnyRef<'a>>,
}

/// The contents octets of revokedCertificates, unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedCertificates<'a>(&'a [u8]);

impl der::FixedTag for RevokedCertificates<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> der::DecodeValue<'a> for RevokedCertificates<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: der::Header) -> Result<Self, der::Error> {
        reader.read_slice(header.length()).map(Self)
    }
}

impl EncodeValue for RevokedCertificates<'_> {
    fn value_len(&self) -> Result<der::Length, der::Error> {
        self.0.len().try_into()
    }

    fn encode_value(&self, writer: &mut impl der::Writer) -> Result<(), der::Error> {
        writer.write(self.0)
    }
}

impl<'a> TbsCertList<'a> {
    /// Reads the entries one after the other, without holding them all.
    ///
    /// # Errors
    /// A [`der::Error`] when the list does not begin.
    pub fn raw_entries(
        &self,
    ) -> Result<impl Iterator<Item = Result<RawEntry<'a>, der::Error>> + use<'a>, der::Error> {
        let mut reader = SliceReader::new(self.revoked_certificates.map_or(&[], |list| list.0))?;
        Ok(std::iter::from_fn(move || (!reader.is_finished()).then(|| RawEntry::decode(&mut reader))))
    }

    /// The CRL extensions as they stand; none when the field is absent.
    ///
    /// # Errors
    /// A [`der::Error`] when the field is not a sequence of extensions.
    pub fn raw_extensions(&self) -> Result<Vec<RawExtension<'a>>, der::Error> {
        self.extensions.map_or(Ok(Vec::new()), extension::read_list)
    }
}

/// A CRL that exists: its octets, and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Crl {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature_value: Vec<u8>,
    signature_identifier: Vec<u8>,
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    revoked: Vec<RevokedCertificate>,
    extensions: Vec<Extension>,
}

impl Kind for Crl {
    const PEM_LABEL: &'static str = "X509 CRL";
    const PEM_ALIASES: &'static [&'static str] = &["CRL"];
    const NAME: &'static str = "CRL";
}

impl Crl {
    /// Reads one CRL in DER or PEM.
    ///
    /// # Errors
    /// [`CrlError`] says what is not as RFC 5280 has it.
    pub fn read(input: &[u8]) -> Result<Self, CrlError> {
        Self::from_der(&read_one::<Self>(input)?)
    }

    /// Reads the DER of one CRL.
    ///
    /// # Errors
    /// [`CrlError`] says what is not as RFC 5280 has it.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        limits::bound(der, CRL_OCTETS)?;
        let parts = Parts::from_der(der)?;
        let tbs = TbsCertList::from_der(parts.tbs)?;
        if let Some(found) = tbs.version.filter(|version| *version != 1) {
            return Err(CrlError::Version { found });
        }
        let extensions = tbs.raw_extensions()?;
        if let Some(oid) = extension::repeated(&extensions) {
            return Err(CrlError::DuplicateExtension { oid });
        }
        if tbs.signature.to_der()? != parts.algorithm {
            return Err(CrlError::TwoAlgorithms);
        }
        let mut revoked = Vec::new();
        for entry in tbs.raw_entries()? {
            revoked.push(RevokedCertificate::from_raw(&entry?)?);
        }
        Ok(Self {
            der: der.to_vec(),
            tbs: parts.tbs.to_vec(),
            signature_value: parts.signature.to_vec(),
            signature_identifier: parts.algorithm.to_vec(),
            issuer: Name::from_der(&tbs.issuer.to_der()?)?,
            this_update: Time::from_x509(tbs.this_update)?,
            next_update: tbs.next_update.map(Time::from_x509).transpose()?,
            revoked,
            extensions: extensions.iter().map(RawExtension::read).collect(),
        })
    }

    /// The whole CRL.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that were signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs
    }

    /// SHA-256 over the whole CRL.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// The revoked certificates in their order.
    #[must_use]
    pub fn revoked(&self) -> &[RevokedCertificate] {
        &self.revoked
    }

    /// The CRL extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// cRLNumber, if it is there and fits.
    #[must_use]
    pub fn number(&self) -> Option<extension::CrlNumber> {
        self.extensions.iter().find_map(|extension| {
            if let Value::CrlNumber(number) = extension.value { Some(number) } else { None }
        })
    }

    /// The algorithm by which it was signed.
    ///
    /// # Errors
    /// [`UnsupportedSignature`] when it is not one that keyrite offers.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedSignature> {
        SignatureAlgorithm::from_identifier_der(&self.signature_identifier)
    }

    /// Verifies the CRL's signature under a public key, by two implementations.
    ///
    /// # Errors
    /// [`SignedByError`] when the algorithm is not offered or the signature does not verify.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), SignedByError> {
        let algorithm = self.signature_algorithm()?;
        Ok(verify_twice(key, algorithm, &self.tbs, &self.signature_value)?)
    }
}

impl std::fmt::Debug for Crl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crl({} {} entries of {})", self.this_update, self.revoked.len(), self.issuer)
    }
}

/// Why octets are not a CRL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Not one PEM block or DER.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Too large, too deep, or not DER.
    #[error("not a CRL: {0}")]
    Limit(#[from] LimitError),
    /// Not the structure of a CRL.
    #[error("not a CRL: {0}")]
    Structure(String),
    /// Neither version 2 nor one without the field, which is version 1 (s.5.1.2.1).
    #[error("CRL of version {}, wanted 2 (v2) or none (v1)", u16::from(*found).saturating_add(1))]
    Version {
        /// The number that is encoded, one less than the version.
        found: u8,
    },
    /// One extension twice.
    #[error("CRL extension {} is there twice", extension::name_of(oid))]
    DuplicateExtension {
        /// Which one.
        oid: ObjectIdentifier,
    },
    /// A serial number that RFC 5280 forbids.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// A time outside what can be handled.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// An entry that means something other than what can be read (s.5.3).
    #[error("a CRL entry has the critical extension {oid}, which is not supported")]
    CriticalEntryExtension {
        /// Which one.
        oid: ObjectIdentifier,
    },
    /// The two places that name the signature algorithm disagree (s.5.1.1.2).
    #[error("the signature algorithm inside the CRL is not the one outside")]
    TwoAlgorithms,
}

impl From<der::Error> for CrlError {
    fn from(error: der::Error) -> Self {
        Self::Structure(error.to_string())
    }
}
