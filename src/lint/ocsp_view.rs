//! The parts of an OCSP response as they stand in its octets (RFC 6960 s.4.2.1).

use std::cell::OnceCell;

use der::asn1::ObjectIdentifier;

use super::context::IssuerFacts;
use super::extension_view::ExtensionView;
use super::tlv::{Tlv, tag};
use super::view::{Authority, Fields, Misfit, View};

/// What only OCSP responses have.
#[derive(Debug)]
pub(super) struct OcspView<'a> {
    /// The contents of responseStatus.
    pub(super) status: &'a [u8],
    /// What a successful response says; none when it says nothing.
    pub(super) body: Option<Body<'a>>,
    /// The CA whose certificates it is about, where that is known.
    pub(super) issuer: Option<&'a IssuerFacts>,
    /// Whether it is known to be about certificates of CAs.
    pub(super) about_ca: bool,
}

impl<'a> OcspView<'a> {
    /// The CA, where it signed itself: it names itself, and encloses no certificate of a responder.
    pub(super) fn signer(&self) -> Option<&'a IssuerFacts> {
        let body = self.body.as_ref().filter(|body| body.certificates.is_empty())?;
        let Responder::Name(name) = body.responder else { return None };
        self.issuer.filter(|issuer| issuer.subject.as_der() == name)
    }
}

/// ResponseData, and the certificates beside it.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// The version with its tag; v1 is left out.
    pub(super) version: Option<Tlv<'a>>,
    pub(super) responder: Responder<'a>,
    pub(super) produced_at: Tlv<'a>,
    pub(super) responses: Vec<Single<'a>>,
    /// The certificates, each as a whole.
    pub(super) certificates: Vec<&'a [u8]>,
}

/// ResponderID.
#[derive(Debug)]
pub(super) enum Responder<'a> {
    /// By its name, as a whole.
    Name(&'a [u8]),
    /// By the SHA-1 hash of its key.
    Key(&'a [u8]),
}

/// SingleResponse.
#[derive(Debug)]
pub(super) struct Single<'a> {
    /// CertID, as a whole.
    pub(super) certificate: &'a [u8],
    pub(super) serial: &'a [u8],
    /// The tag of certStatus, and for a revoked certificate when and why.
    pub(super) revoked: Option<Revoked<'a>>,
    pub(super) this_update: Tlv<'a>,
    pub(super) next_update: Option<Tlv<'a>>,
    pub(super) extensions: Vec<ExtensionView<'a>>,
}

/// RevokedInfo.
#[derive(Debug)]
pub(super) struct Revoked<'a> {
    pub(super) time: Tlv<'a>,
    pub(super) reason: Option<Tlv<'a>>,
}

/// id-pkix-ocsp-basic (RFC 6960 s.4.2.1).
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const PLACE: &str = "OCSPResponse";

/// Reads an OCSPResponse.
pub(super) fn read(der: &[u8]) -> Result<(View<'_>, OcspView<'_>), Misfit> {
    let mut outside = Fields::of_sequence(der, PLACE)?;
    let status = outside.take(tag::ENUMERATED, "responseStatus", "an ENUMERATED")?;
    let bytes = outside.optional(tag::constructed(0), "responseBytes")?;
    outside.end(PLACE)?;
    let mut view = empty();
    let Some(bytes) = bytes else {
        return Ok((view, OcspView { status: status.contents, body: None, issuer: None, about_ca: false }));
    };
    let mut typed = Fields::of_sequence(bytes.contents, "responseBytes")?;
    let kind = typed.take(tag::OBJECT_IDENTIFIER, "responseType", "an OBJECT IDENTIFIER")?;
    let response = typed.take(tag::OCTET_STRING, "response", "an OCTET STRING")?;
    typed.end("responseBytes")?;
    if kind.contents != BASIC.as_bytes() {
        let found = super::view::Found::Tag(kind.tag);
        return Err(Misfit { place: "responseType", found, wanted: "id-pkix-ocsp-basic" });
    }
    let mut basic = Fields::of_sequence(response.contents, "BasicOCSPResponse")?;
    let tbs = basic.take(tag::SEQUENCE, "tbsResponseData", "a SEQUENCE")?;
    let algorithm = basic.take(tag::SEQUENCE, "signatureAlgorithm", "a SEQUENCE")?;
    basic.take(tag::BIT_STRING, "signature", "a BIT STRING")?;
    let certificates = basic.optional(tag::constructed(0), "certs")?;
    basic.end("BasicOCSPResponse")?;
    view.tbs = tbs.whole;
    view.outer_algorithm = Some(algorithm.whole);
    let mut body = data(&tbs, &mut view)?;
    if let Some(certificates) = certificates {
        let mut each = Fields::of_sequence(certificates.contents, "certs")?;
        while !each.is_finished() {
            body.certificates.push(each.take(tag::SEQUENCE, "certs", "a certificate")?.whole);
        }
    }
    Ok((view, OcspView { status: status.contents, body: Some(body), issuer: None, about_ca: false }))
}

/// Reads the ResponseData of a response that is about to be signed, with the certificates that will go with it.
pub(super) fn read_data<'a>(
    tbs: &'a [u8],
    certificates: Vec<&'a [u8]>,
) -> Result<(View<'a>, OcspView<'a>), Misfit> {
    let mut whole = Fields::of(tbs);
    let sequence = whole.take(tag::SEQUENCE, "tbsResponseData", "a SEQUENCE")?;
    whole.end("tbsResponseData")?;
    let mut view = View { tbs, ..empty() };
    let body = Body { certificates, ..data(&sequence, &mut view)? };
    Ok((view, OcspView { status: &[0], body: Some(body), issuer: None, about_ca: false }))
}

/// A view of nothing.
fn empty<'a>() -> View<'a> {
    View {
        tbs: &[],
        inner_algorithm: None,
        outer_algorithm: None,
        issuer: None,
        subject: None,
        spki: None,
        extensions: None,
        authority: Authority::Unknown,
        now: None,
        read_key: OnceCell::new(),
    }
}

/// Reads ResponseData.
fn data<'a>(tbs: &Tlv<'a>, view: &mut View<'a>) -> Result<Body<'a>, Misfit> {
    let mut fields = Fields::of(tbs.contents);
    let version = fields.optional(tag::constructed(0), "version")?;
    let by = fields.any("responderID", "a ResponderID")?;
    let responder = if by.tag == tag::constructed(1) {
        Responder::Name(by.contents)
    } else {
        let mut inside = Fields::of(by.contents);
        let hash = inside.take(tag::OCTET_STRING, "responderID", "a name or the hash of a key")?;
        inside.end("responderID")?;
        Responder::Key(hash.contents)
    };
    let produced_at = fields.time("producedAt")?;
    let list = fields.take(tag::SEQUENCE, "responses", "a SEQUENCE")?;
    let extensions = fields.optional(tag::constructed(1), "responseExtensions")?;
    fields.end("tbsResponseData")?;
    view.extensions = extensions.map(|field| ExtensionView::list(field.contents)).transpose()?;
    let mut each = Fields::of(list.contents);
    let mut responses = Vec::new();
    while !each.is_finished() {
        responses.push(single(&each.take(tag::SEQUENCE, "responses", "a SingleResponse")?)?);
    }
    Ok(Body { version, responder, produced_at, responses, certificates: Vec::new() })
}

/// Reads SingleResponse.
fn single<'a>(whole: &Tlv<'a>) -> Result<Single<'a>, Misfit> {
    let mut fields = Fields::of(whole.contents);
    let certificate = fields.take(tag::SEQUENCE, "certID", "a SEQUENCE")?;
    let mut id = Fields::of(certificate.contents);
    id.take(tag::SEQUENCE, "hashAlgorithm", "a SEQUENCE")?;
    id.take(tag::OCTET_STRING, "issuerNameHash", "an OCTET STRING")?;
    id.take(tag::OCTET_STRING, "issuerKeyHash", "an OCTET STRING")?;
    let serial = id.take(tag::INTEGER, "serialNumber", "an INTEGER")?;
    id.end("certID")?;
    let status = fields.any("certStatus", "a CertStatus")?;
    let revoked = match status.tag {
        0x80 | 0x82 => None,
        0xa1 => {
            let mut info = Fields::of(status.contents);
            let time = info.time("revocationTime")?;
            let reason = info.optional(tag::constructed(0), "revocationReason")?;
            info.end("certStatus")?;
            Some(Revoked { time, reason })
        }
        other => {
            let found = super::view::Found::Tag(other);
            return Err(Misfit { place: "certStatus", found, wanted: "good, revoked or unknown" });
        }
    };
    let this_update = fields.time("thisUpdate")?;
    let next_update = match fields.optional(tag::constructed(0), "nextUpdate")? {
        None => None,
        Some(field) => {
            let mut inside = Fields::of(field.contents);
            let time = inside.time("nextUpdate")?;
            inside.end("nextUpdate")?;
            Some(time)
        }
    };
    let list = fields.optional(tag::constructed(1), "singleExtensions")?;
    fields.end("singleResponse")?;
    let extensions = list.map(|field| ExtensionView::list(field.contents)).transpose()?;
    Ok(Single {
        certificate: certificate.whole,
        serial: serial.contents,
        revoked,
        this_update,
        next_update,
        extensions: extensions.unwrap_or_default(),
    })
}
