//! OCSPResponse, BasicOCSPResponse and ResponseData (RFC 6960 s.4.2.1).

use std::fmt;

use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, ObjectIdentifier, OctetStringRef};
use der::{Choice, Decode, Encode, Reader, Sequence, SliceReader, Tagged};
use sha2::{Digest as _, Sha256};

use super::request::{once_and_known, sequence};
use super::single::RawSingle;
use super::{OcspError, Single, extension, generalized, nonce, oid, time};
use crate::x509::algorithm::{SignatureAlgorithm, UnsupportedSignature};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::extension::read_list;
use crate::x509::limits;
use crate::x509::name::Name;
use crate::x509::signature::SignatureValue;
use crate::x509::signed::{Kind, SealError, Signed, ToBeSigned, Verification, read_one};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

/// The largest response that is read, in octets.
const RESPONSE_OCTETS: usize = 1024 * 1024;

/// OCSPResponseStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// There is an answer.
    Successful,
    /// The request could not be read.
    MalformedRequest,
    /// The responder failed.
    InternalError,
    /// The responder cannot answer now.
    TryLater,
    /// The request must be signed.
    SigRequired,
    /// The responder does not answer for this issuer or certificate.
    Unauthorized,
}

impl ResponseStatus {
    const ALL: [Self; 6] = [
        Self::Successful,
        Self::MalformedRequest,
        Self::InternalError,
        Self::TryLater,
        Self::SigRequired,
        Self::Unauthorized,
    ];

    /// The number that is encoded.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Successful => 0,
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::SigRequired => 5,
            Self::Unauthorized => 6,
        }
    }

    /// The whole response of an error, which is not signed; of `successful` it is not a response.
    #[must_use]
    pub const fn to_der(self) -> [u8; 5] {
        [0x30, 0x03, 0x0a, 0x01, self.code()]
    }
}

impl fmt::Display for ResponseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Successful => "successful",
            Self::MalformedRequest => "malformedRequest",
            Self::InternalError => "internalError",
            Self::TryLater => "tryLater",
            Self::SigRequired => "sigRequired",
            Self::Unauthorized => "unauthorized",
        })
    }
}

/// ResponderID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By its name.
    Name(Name),
    /// By the SHA-1 hash of its key, which is shorter.
    Key(Vec<u8>),
}

impl ResponderId {
    /// By the key of a certificate.
    ///
    /// # Errors
    /// [`OcspError::Structure`] when its key is no BIT STRING of whole octets.
    pub fn by_key(certificate: &Certificate) -> Result<Self, OcspError> {
        Ok(Self::Key(super::cert_id::key_hash(certificate.spki_der())?.to_vec()))
    }

    /// Whether it names the holder of a certificate.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            Self::Key(hash) => {
                super::cert_id::key_hash(certificate.spki_der()).is_ok_and(|own| own == **hash)
            }
        }
    }
}

impl fmt::Display for ResponderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Key(hash) => write!(f, "key {}", hex::encode_upper(hash)),
        }
    }
}

#[derive(Clone, Debug, Choice)]
enum RawResponder<'a> {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Name(AnyRef<'a>),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Key(&'a OctetStringRef),
}

#[derive(Clone, Debug, Sequence)]
struct RawData<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: RawResponder<'a>,
    produced_at: GeneralizedTime,
    responses: AnyRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

/// What a responder decides about a response: everything but the encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseFields {
    /// The algorithm by which it will be signed.
    pub signature: SignatureAlgorithm,
    /// Who signs.
    pub responder: ResponderId,
    /// producedAt: when it is signed.
    pub produced_at: Time,
    /// The answers; clients of RFC 5019 want exactly one (s.2.2.1).
    pub answers: Vec<Single>,
    /// What the client sent to have it repeated (RFC 9654).
    pub nonce: Option<Vec<u8>>,
}

impl ResponseFields {
    /// Encodes the ResponseData, for good.
    ///
    /// # Errors
    /// [`BuildError`] when a value cannot be encoded.
    pub fn build(&self) -> Result<ToBeSigned<OcspResponse>, BuildError> {
        Ok(ToBeSigned::new(self.to_der()?, self.signature))
    }

    fn to_der(&self) -> Result<Vec<u8>, OcspError> {
        let mut answers = Vec::new();
        for answer in &self.answers {
            answers.extend(answer.to_der()?);
        }
        let answers = sequence(&[&answers])?;
        let extensions = match &self.nonce {
            Some(octets) => {
                let value = OctetStringRef::new(octets)?.to_der()?;
                Some(sequence(&[&extension(oid::NONCE, &value)?])?)
            }
            None => None,
        };
        let responder = match &self.responder {
            ResponderId::Name(name) => RawResponder::Name(AnyRef::from_der(name.as_der())?),
            ResponderId::Key(hash) => RawResponder::Key(OctetStringRef::new(hash)?),
        };
        let raw = RawData {
            version: None,
            responder,
            produced_at: generalized(self.produced_at)?,
            responses: AnyRef::from_der(&answers)?,
            extensions: extensions.as_deref().map(AnyRef::from_der).transpose()?,
        };
        Ok(raw.to_der()?)
    }
}

/// Verifies `signature` over the octets and makes the whole OCSPResponse, with these certificates in it.
///
/// # Errors
/// [`SealError::Signature`] when it does not verify under `signer`: nothing is released then.
pub fn seal(
    tbs: &ToBeSigned<OcspResponse>,
    signature: &SignatureValue,
    signer: &PublicKey,
    certificates: &[&Certificate],
    verification: Verification,
) -> Result<Signed<OcspResponse>, SealError> {
    let mut parts = tbs.prove(signature, signer, verification)?;
    if !certificates.is_empty() {
        let list: Vec<&[u8]> = certificates.iter().map(|one| one.as_der()).collect();
        let list = wrapped(der::Tag::Sequence, &list.concat())?;
        parts.extend(wrapped(explicit(), &list)?);
    }
    let basic = wrapped(der::Tag::Sequence, &parts)?;
    let mut bytes = oid::BASIC.to_der()?;
    bytes.extend(wrapped(der::Tag::OctetString, &basic)?);
    let bytes = wrapped(explicit(), &wrapped(der::Tag::Sequence, &bytes)?)?;
    let whole = [&[0x0a, 0x01, ResponseStatus::Successful.code()], bytes.as_slice()].concat();
    Ok(Signed::of_proven(wrapped(der::Tag::Sequence, &whole)?))
}

/// `[0] EXPLICIT`.
const fn explicit() -> der::Tag {
    der::Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) }
}

fn wrapped(tag: der::Tag, contents: &[u8]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(tag, contents)?.to_der()
}

/// A response that exists: its octets, and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct OcspResponse {
    der: Vec<u8>,
    status: ResponseStatus,
    basic: Option<BasicResponse>,
}

/// BasicOCSPResponse: what a successful response says.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicResponse {
    tbs: Vec<u8>,
    signature_identifier: Vec<u8>,
    signature_value: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    /// What is signed.
    pub data: ResponseData,
}

/// ResponseData: what a responder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseData {
    /// Who signed it, by its own word.
    pub responder: ResponderId,
    /// producedAt.
    pub produced_at: Time,
    /// The answers.
    pub answers: Vec<Single>,
    /// What the client sent to have it repeated.
    pub nonce: Option<Vec<u8>>,
    /// The extensions of the response as a whole, each with whether it is critical.
    pub extensions: Vec<(ObjectIdentifier, bool)>,
}

impl Kind for OcspResponse {
    const PEM_LABEL: &'static str = "OCSP RESPONSE";
    const PEM_ALIASES: &'static [&'static str] = &[];
    const NAME: &'static str = "OCSP response";
}

impl OcspResponse {
    /// Reads one response in DER or PEM.
    ///
    /// # Errors
    /// [`OcspError`] says what is not as RFC 6960 has it.
    pub fn read(input: &[u8]) -> Result<Self, OcspError> {
        Self::from_der(&read_one::<Self>(input)?)
    }

    /// Reads the DER of one response.
    ///
    /// # Errors
    /// [`OcspError`] says what is not as RFC 6960 has it.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        limits::bound(der, RESPONSE_OCTETS)?;
        let mut fields = contents(der)?;
        let status = AnyRef::decode(&mut fields)?;
        status.tag().assert_eq(der::Tag::Enumerated)?;
        let known = ResponseStatus::ALL.into_iter().find(|one| status.value() == [one.code()]);
        let status = known.ok_or_else(|| OcspError::Status { found: hex::encode(status.value()) })?;
        let bytes = optional(&mut fields)?;
        fields.finish()?;
        let successful = status == ResponseStatus::Successful;
        if bytes.is_some() != successful {
            return Err(OcspError::Answer { successful });
        }
        let basic = bytes.map(BasicResponse::typed).transpose()?;
        Ok(Self { der: der.to_vec(), status, basic })
    }

    /// The whole response.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the whole response.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// responseStatus.
    #[must_use]
    pub const fn status(&self) -> ResponseStatus {
        self.status
    }

    /// What it says, if it is successful.
    #[must_use]
    pub const fn basic(&self) -> Option<&BasicResponse> {
        self.basic.as_ref()
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({}, {:?})", self.status, self.basic)
    }
}

impl BasicResponse {
    fn typed(bytes: AnyRef<'_>) -> Result<Self, OcspError> {
        let mut fields = contents(bytes.value())?;
        let kind = ObjectIdentifier::decode(&mut fields)?;
        let response = <&OctetStringRef>::decode(&mut fields)?;
        fields.finish()?;
        if kind != oid::BASIC {
            return Err(OcspError::Type { found: kind.to_string() });
        }
        Self::from_der(response.as_bytes())
    }

    fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        // What lies in an OCTET STRING was not walked before.
        limits::bound(der, RESPONSE_OCTETS)?;
        let mut fields = contents(der)?;
        let tbs = fields.tlv_bytes()?;
        let algorithm = fields.tlv_bytes()?;
        let bits = BitStringRef::decode(&mut fields)?;
        let list = optional(&mut fields)?;
        fields.finish()?;
        let mut certificates = Vec::new();
        if let Some(list) = list {
            let mut each = contents(list.value())?;
            while !each.is_finished() {
                certificates.push(each.tlv_bytes()?.to_vec());
            }
        }
        Ok(Self {
            tbs: tbs.to_vec(),
            signature_identifier: algorithm.to_vec(),
            signature_value: bits.as_bytes().ok_or_else(|| der_value_error(der::Tag::BitString))?.to_vec(),
            certificates,
            data: ResponseData::from_der(tbs)?,
        })
    }

    /// The octets that were signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs
    }

    /// The contents of the signature.
    #[must_use]
    pub fn signature_value(&self) -> &[u8] {
        &self.signature_value
    }

    /// The certificates that came with it, unread.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The algorithm by which it was signed.
    ///
    /// # Errors
    /// [`UnsupportedSignature`] when it is not one that keyrite offers.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedSignature> {
        SignatureAlgorithm::from_identifier_der(&self.signature_identifier)
    }
}

impl fmt::Debug for BasicResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answers by {}", self.data.answers.len(), self.data.responder)
    }
}

impl ResponseData {
    /// Reads the DER of a ResponseData.
    ///
    /// # Errors
    /// [`OcspError`] says what is not as RFC 6960 has it.
    pub fn from_der(tbs: &[u8]) -> Result<Self, OcspError> {
        let data = RawData::from_der(tbs)?;
        if let Some(found) = data.version.filter(|version| *version != 0) {
            return Err(OcspError::Version { found });
        }
        let extensions = data.extensions.map_or(Ok(Vec::new()), read_list)?;
        once_and_known(&extensions, &[oid::NONCE, oid::EXTENDED_REVOKE])?;
        data.responses.tag().assert_eq(der::Tag::Sequence)?;
        let mut list = SliceReader::new(data.responses.value())?;
        let mut answers = Vec::new();
        while !list.is_finished() {
            answers.push(Single::from_raw(&RawSingle::decode(&mut list)?)?);
        }
        Ok(Self {
            responder: match data.responder {
                RawResponder::Name(name) => ResponderId::Name(Name::from_der(&name.to_der()?)?),
                RawResponder::Key(hash) => ResponderId::Key(hash.as_bytes().to_vec()),
            },
            produced_at: time(data.produced_at)?,
            answers,
            nonce: nonce(&extensions)?,
            extensions: extensions.iter().map(|one| (one.oid, one.is_critical())).collect(),
        })
    }
}

fn der_value_error(tag: der::Tag) -> OcspError {
    der::Error::from(tag.value_error()).into()
}

/// The contents of one SEQUENCE after which nothing comes.
fn contents(der: &[u8]) -> Result<SliceReader<'_>, der::Error> {
    let whole = AnyRef::from_der(der)?;
    whole.tag().assert_eq(der::Tag::Sequence)?;
    SliceReader::new(whole.value())
}

/// What stands in `[0] EXPLICIT`, if that comes next.
fn optional<'a>(fields: &mut SliceReader<'a>) -> Result<Option<AnyRef<'a>>, der::Error> {
    if fields.is_finished() {
        return Ok(None);
    }
    let found = AnyRef::decode(fields)?;
    found.tag().assert_eq(explicit())?;
    Ok(Some(found))
}
