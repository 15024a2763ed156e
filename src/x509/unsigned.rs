//! Unsigned certificates (RFC 9925): what is about to be signed, in a form that any reader of certificates takes and
//! none takes for valid.
//!
//! RFC 9925 s.3.1 wants id-alg-unsigned in both places: besides the outer one that is the field `signature` of the
//! TBSCertificate. So a TBSCertificate and its unsigned form differ in that one field and in the lengths around it,
//! and with the AlgorithmIdentifier that was there the octets can be had back.

use der::asn1::AnyRef;
use der::{Decode, Encode, Header, Length, Reader, SliceReader, Tag, Tagged};

use super::certificate::Certificate;
use super::signed::ToBeSigned;

/// The AlgorithmIdentifier of id-alg-unsigned, 1.3.6.1.5.5.7.6.36, whose parameters are absent (RFC 9925 s.3.1).
const ID_ALG_UNSIGNED: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x24];
/// A BIT STRING of no bits (RFC 9925 s.3.1).
const NO_SIGNATURE: &[u8] = &[0x03, 0x01, 0x00];

/// A certificate that says what some octets say that get signed, and bears no signature.
///
/// It keeps the extensions that tell of the issuer, which RFC 9925 s.3.3 advises against for certificates that were
/// never to be signed: here they are what will be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedCertificate {
    der: Vec<u8>,
    algorithm: Vec<u8>,
}

impl UnsignedCertificate {
    /// Makes it from the DER of a TBSCertificate, and proves that these very octets can be had back.
    ///
    /// # Errors
    /// A [`der::Error`] when the octets do not begin as a TBSCertificate in DER does.
    pub fn of(tbs: &[u8]) -> Result<Self, der::Error> {
        let Split { before, signature, after } = Split::of(tbs)?;
        let unsigned = sequence(&[before, ID_ALG_UNSIGNED, after])?;
        let der = sequence(&[&unsigned, ID_ALG_UNSIGNED, NO_SIGNATURE])?;
        let made = Self { der, algorithm: signature.to_owned() };
        // Less than a microsecond, for the promise that nothing else will ever be called what was reserved.
        if made.tbs()? == tbs { Ok(made) } else { Err(Tag::Sequence.value_error().into()) }
    }

    /// Takes the two parts as they were kept: the certificate, and the AlgorithmIdentifier of what gets signed.
    #[must_use]
    pub fn from_parts(der: Vec<u8>, algorithm: Vec<u8>) -> Self {
        Self { der, algorithm }
    }

    /// The certificate.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The DER of the AlgorithmIdentifier that stands in the octets that get signed.
    #[must_use]
    pub fn algorithm_der(&self) -> &[u8] {
        &self.algorithm
    }

    /// The octets that get signed.
    ///
    /// # Errors
    /// A [`der::Error`] when the certificate is no unsigned one.
    pub fn tbs(&self) -> Result<Vec<u8>, der::Error> {
        let whole = contents(&self.der)?;
        let mut reader = SliceReader::new(whole)?;
        let tbs = reader.tlv_bytes()?;
        let rest = [reader.tlv_bytes()?, reader.tlv_bytes()?];
        reader.finish()?;
        let Split { before, signature, after } = Split::of(tbs)?;
        if rest != [ID_ALG_UNSIGNED, NO_SIGNATURE] || signature != ID_ALG_UNSIGNED {
            return Err(Tag::Sequence.value_error().into());
        }
        sequence(&[before, &self.algorithm, after])
    }
}

/// The DER of the certificate that these octets will be, but for its signature, which has no bits and verifies under no
/// key: what comes below it can be judged before a token is asked for anything.
///
/// # Errors
/// A [`der::Error`] when it would be longer than DER has room for.
pub fn foreseen_of(tbs: &ToBeSigned<Certificate>) -> Result<Vec<u8>, der::Error> {
    sequence(&[tbs.as_der(), tbs.algorithm().identifier_der(), NO_SIGNATURE])
}

/// The DER of the unsigned certificate that says what `tbs` says.
///
/// # Errors
/// As [`UnsignedCertificate::of`].
pub fn unsigned_of(tbs: &[u8]) -> Result<Vec<u8>, der::Error> {
    Ok(UnsignedCertificate::of(tbs)?.der)
}

/// A TBSCertificate about its field `signature` (RFC 5280 s.4.1): version and serial number come before it.
struct Split<'a> {
    before: &'a [u8],
    signature: &'a [u8],
    after: &'a [u8],
}

impl<'a> Split<'a> {
    fn of(tbs: &'a [u8]) -> Result<Self, der::Error> {
        let fields = contents(tbs)?;
        let mut reader = SliceReader::new(fields)?;
        let mut length = 0_usize;
        loop {
            let field = reader.tlv_bytes()?;
            let tag = Tag::peek(&SliceReader::new(field)?)?;
            length = length.saturating_add(field.len());
            if tag == Tag::Integer {
                break;
            }
            if !matches!(tag, Tag::ContextSpecific { .. }) || length > field.len() {
                return Err(tag.unexpected_error(Some(Tag::Integer)).into());
            }
        }
        let signature = reader.tlv_bytes()?;
        Tag::peek(&SliceReader::new(signature)?)?.assert_eq(Tag::Sequence)?;
        let cut = || der::Error::from(Tag::Sequence.length_error());
        let (before, rest) = fields.split_at_checked(length).ok_or_else(cut)?;
        let (signature, after) = rest.split_at_checked(signature.len()).ok_or_else(cut)?;
        Ok(Self { before, signature, after })
    }
}

/// The contents of one SEQUENCE after which nothing comes.
fn contents(der: &[u8]) -> Result<&[u8], der::Error> {
    let whole = AnyRef::from_der(der)?;
    whole.tag().assert_eq(Tag::Sequence)?;
    Ok(whole.value())
}

/// A SEQUENCE of parts that are encoded already.
fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    let length = parts.iter().try_fold(Length::ZERO, |sum, part| sum + Length::try_from(part.len())?)?;
    let mut der = Header::new(Tag::Sequence, length).to_der()?;
    for part in parts {
        der.extend_from_slice(part);
    }
    Ok(der)
}
