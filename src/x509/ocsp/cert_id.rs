//! CertID: a certificate, named by hashes over its issuer's name and key, and by its serial number (RFC 6960 s.4.1.1).

use std::fmt;
use std::str::FromStr;

use der::asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tagged};

use super::OcspError;
use crate::x509::certificate::Certificate;
use crate::x509::serial::SerialNumber;

/// The hash functions by which clients name an issuer.
///
/// SHA-1 is here for identification alone, as RFC 5019 s.2.1.1 wants it and nearly all clients do it: that somebody
/// finds two issuers with the same hash helps him to nothing, since the answer is signed for a certificate that the
/// issuer has issued. Nothing is ever signed or verified by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CertIdHash {
    /// SHA-1 (RFC 5019 s.2.1.1).
    Sha1,
    /// SHA-256.
    Sha256,
}

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

impl CertIdHash {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    /// The word for it, as options have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The AlgorithmIdentifier, with NULL parameters for both, as OpenSSL, NSS, GnuTLS, Windows, Java and Go write
    /// it: the name of a pre-signed answer is made of these octets.
    const fn identifier(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00],
            Self::Sha256 => {
                &[0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00]
            }
        }
    }

    fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            SHA1 => Some(Self::Sha1),
            SHA256 => Some(Self::Sha256),
            _ => None,
        }
    }

    fn digest(self, octets: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &aws_lc_rs::digest::SHA256,
        };
        aws_lc_rs::digest::digest(algorithm, octets).as_ref().to_vec()
    }
}

impl fmt::Display for CertIdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for CertIdHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|hash| hash.word() == text).ok_or(())
    }
}

/// The SHA-1 hash over a key, by which a responder is named (RFC 6960 s.4.2.1): of the contents of subjectPublicKey.
///
/// # Errors
/// A [`der::Error`] when the octets are no SubjectPublicKeyInfo.
pub(super) fn key_hash(spki: &[u8]) -> Result<[u8; 20], der::Error> {
    let digest = CertIdHash::Sha1.digest(key_octets(spki)?);
    digest.try_into().map_err(|_| der::Tag::OctetString.length_error().into())
}

/// The contents of subjectPublicKey, of a key of whatever algorithm.
fn key_octets(spki: &[u8]) -> Result<&[u8], der::Error> {
    let whole = AnyRef::from_der(spki)?;
    whole.tag().assert_eq(der::Tag::Sequence)?;
    let mut fields = SliceReader::new(whole.value())?;
    fields.tlv_bytes()?;
    let bits = BitStringRef::decode(&mut fields)?;
    bits.as_bytes().ok_or_else(|| der::Tag::BitString.value_error().into())
}

/// An issuer as a CertID names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssuerId {
    hash: CertIdHash,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
}

impl IssuerId {
    /// Hashes the subject and the key of an issuer's certificate.
    ///
    /// # Errors
    /// [`OcspError::Structure`] when its key is no BIT STRING of whole octets.
    pub fn of(hash: CertIdHash, issuer: &Certificate) -> Result<Self, OcspError> {
        Ok(Self {
            hash,
            name_hash: hash.digest(issuer.subject().as_der()),
            key_hash: hash.digest(key_octets(issuer.spki_der())?),
        })
    }

    /// By which function.
    #[must_use]
    pub const fn hash(&self) -> CertIdHash {
        self.hash
    }
}

/// CertID. It is kept in the octets in which it came, since an answer repeats them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    der: Vec<u8>,
    algorithm: ObjectIdentifier,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
}

/// Its fields, borrowed.
#[derive(Clone, Debug, Sequence)]
pub(super) struct RawCertId<'a> {
    hash_algorithm: AnyRef<'a>,
    issuer_name_hash: &'a OctetStringRef,
    issuer_key_hash: &'a OctetStringRef,
    serial_number: IntRef<'a>,
}

impl CertId {
    /// The certificate with this number of an issuer.
    ///
    /// # Errors
    /// [`OcspError::Structure`] never for what these types can hold; kept for totality.
    pub fn new(issuer: &IssuerId, serial: &SerialNumber) -> Result<Self, OcspError> {
        let raw = RawCertId {
            hash_algorithm: AnyRef::from_der(issuer.hash.identifier())?,
            issuer_name_hash: OctetStringRef::new(&issuer.name_hash)?,
            issuer_key_hash: OctetStringRef::new(&issuer.key_hash)?,
            serial_number: IntRef::new(serial.as_bytes())?,
        };
        Ok(Self {
            der: raw.to_der()?,
            algorithm: match issuer.hash {
                CertIdHash::Sha1 => SHA1,
                CertIdHash::Sha256 => SHA256,
            },
            name_hash: issuer.name_hash.clone(),
            key_hash: issuer.key_hash.clone(),
            serial: serial.as_bytes().to_vec(),
        })
    }

    pub(super) fn from_raw(raw: &RawCertId<'_>) -> Result<Self, OcspError> {
        raw.hash_algorithm.tag().assert_eq(der::Tag::Sequence)?;
        let mut identifier = SliceReader::new(raw.hash_algorithm.value())?;
        let algorithm = ObjectIdentifier::decode(&mut identifier)?;
        Ok(Self {
            der: raw.to_der()?,
            algorithm,
            name_hash: raw.issuer_name_hash.as_bytes().to_vec(),
            key_hash: raw.issuer_key_hash.as_bytes().to_vec(),
            serial: raw.serial_number.as_bytes().to_vec(),
        })
    }

    /// The whole of it.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// By which function the issuer is named; none where it is one that keyrite does not know.
    #[must_use]
    pub fn hash(&self) -> Option<CertIdHash> {
        CertIdHash::of_oid(self.algorithm)
    }

    /// The object identifier of that function.
    #[must_use]
    pub const fn algorithm(&self) -> ObjectIdentifier {
        self.algorithm
    }

    /// The hash over the issuer's name.
    #[must_use]
    pub fn name_hash(&self) -> &[u8] {
        &self.name_hash
    }

    /// The hash over the issuer's key.
    #[must_use]
    pub fn key_hash(&self) -> &[u8] {
        &self.key_hash
    }

    /// The contents octets of the serial number, which may be one that RFC 5280 forbids.
    #[must_use]
    pub fn serial_octets(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number, if it is one.
    #[must_use]
    pub fn serial(&self) -> Option<SerialNumber> {
        SerialNumber::from_der_contents(&self.serial).ok()
    }

    /// Whether it names this issuer.
    #[must_use]
    pub fn is_of(&self, issuer: &IssuerId) -> bool {
        self.hash() == Some(issuer.hash)
            && self.name_hash == issuer.name_hash
            && self.key_hash == issuer.key_hash
    }
}

impl fmt::Debug for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertId({} {})", self.algorithm, hex::encode_upper(&self.serial))
    }
}
