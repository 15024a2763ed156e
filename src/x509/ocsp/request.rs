//! OCSPRequest (RFC 6960 s.4.1), and the plain one that every client of RFC 5019 makes.

use base64ct::{Base64, Encoding as _};
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tagged};

use super::cert_id::RawCertId;
use super::{CertId, OcspError, nonce, oid};
use crate::x509::extension::{self, RawExtension};
use crate::x509::limits;

/// The largest request that is read, in octets: a plain one takes some 80, a signed one a certificate more.
pub const REQUEST_OCTETS: usize = 16 * 1024;
/// The most certificates that one request may ask about.
const CERTIFICATES: usize = 32;

#[derive(Clone, Debug, Sequence)]
struct RawRequest<'a> {
    tbs: RawTbs<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    signature: Option<AnyRef<'a>>,
}

#[derive(Clone, Debug, Sequence)]
struct RawTbs<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    requestor_name: Option<AnyRef<'a>>,
    request_list: AnyRef<'a>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

#[derive(Clone, Debug, Sequence)]
struct RawSingle<'a> {
    cert_id: RawCertId<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// About which certificates, at least one.
    pub certificates: Vec<CertId>,
    /// What the answer has to repeat (RFC 9654).
    pub nonce: Option<Vec<u8>>,
    /// The extensions of the request as a whole, each with whether it is critical.
    pub extensions: Vec<(ObjectIdentifier, bool)>,
    /// Whether it is signed. Nobody here asks by whom.
    pub is_signed: bool,
    /// Whether the client names itself.
    pub names_requestor: bool,
}

impl OcspRequest {
    /// Reads the DER of a request.
    ///
    /// # Errors
    /// [`OcspError`] says what is not as RFC 6960 and RFC 9654 have it.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        limits::bound(der, REQUEST_OCTETS)?;
        let RawRequest { tbs, signature } = RawRequest::from_der(der)?;
        if let Some(found) = tbs.version.filter(|version| *version != 0) {
            return Err(OcspError::Version { found });
        }
        let extensions = tbs.extensions.map_or(Ok(Vec::new()), extension::read_list)?;
        once_and_known(&extensions, &[oid::NONCE, oid::RESPONSE, oid::PREFERRED_ALGORITHMS])?;
        tbs.request_list.tag().assert_eq(der::Tag::Sequence)?;
        let mut list = SliceReader::new(tbs.request_list.value())?;
        let mut certificates = Vec::new();
        while !list.is_finished() {
            if certificates.len() == CERTIFICATES {
                return Err(OcspError::TooMany { most: CERTIFICATES });
            }
            let single = RawSingle::decode(&mut list)?;
            let extensions = single.extensions.map_or(Ok(Vec::new()), extension::read_list)?;
            once_and_known(&extensions, &[oid::SERVICE_LOCATOR])?;
            certificates.push(CertId::from_raw(&single.cert_id)?);
        }
        if certificates.is_empty() {
            return Err(OcspError::NoCertificate);
        }
        Ok(Self {
            certificates,
            nonce: nonce(&extensions)?,
            extensions: extensions.iter().map(|one| (one.oid, one.is_critical())).collect(),
            is_signed: signature.is_some(),
            names_requestor: tbs.requestor_name.is_some(),
        })
    }

    /// The DER of the request about one certificate that says nothing else: without extensions, name or signature
    /// (RFC 5019 s.2.1.1).
    ///
    /// # Errors
    /// [`OcspError::Structure`] never for a CertID that was read or made here; kept for totality.
    pub fn plain(certificate: &CertId) -> Result<Vec<u8>, OcspError> {
        let single = sequence(&[certificate.as_der()])?;
        let list = sequence(&[&single])?;
        let tbs = sequence(&[&list])?;
        sequence(&[&tbs])
    }

    /// The name under which a client of RFC 5019 (s.5) asks for the answer: base64 of the plain request, which
    /// stands in a URL with `/`, `+` and `=` escaped.
    ///
    /// # Errors
    /// As [`OcspRequest::plain`].
    pub fn name(certificate: &CertId) -> Result<String, OcspError> {
        Ok(Base64::encode_string(&Self::plain(certificate)?))
    }

    /// Where a server of files finds the answer: it unescapes the name, so that its `/` part directories. A name that
    /// ends with `/` is one of a directory; many servers answer for that with its `index.html`.
    ///
    /// # Errors
    /// As [`OcspRequest::plain`].
    pub fn file(certificate: &CertId) -> Result<String, OcspError> {
        let name = Self::name(certificate)?;
        Ok(if name.ends_with('/') { name + DIRECTORY_INDEX } else { name })
    }
}

/// The file by which servers of files answer for a directory.
pub const DIRECTORY_INDEX: &str = "index.html";

/// Refuses an extension that is there twice, or that is critical and none of these (RFC 6960 s.4.4).
pub(super) fn once_and_known(
    extensions: &[RawExtension<'_>],
    known: &[ObjectIdentifier],
) -> Result<(), OcspError> {
    if let Some(twice) = extension::repeated(extensions) {
        return Err(OcspError::DuplicateExtension { name: oid::name_of(&twice) });
    }
    match extensions.iter().find(|one| one.is_critical() && !known.contains(&one.oid)) {
        Some(unknown) => Err(OcspError::CriticalExtension { name: oid::name_of(&unknown.oid) }),
        None => Ok(()),
    }
}

pub(super) fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, OcspError> {
    Ok(AnyRef::new(der::Tag::Sequence, &parts.concat())?.to_der()?)
}
