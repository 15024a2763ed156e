//! A file for relying parties, as HTTP tells of it.

use std::ffi::OsStr;
use std::path::Path;

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl_dates::CrlDates;
use keyrite::x509::ocsp::OcspResponse;
use sha2::{Digest as _, Sha256};

use super::caching::Caching;
use super::directory::Identity;
use super::now;

/// What a file is, by its name where that says it.
const KINDS: [(&str, &str); 16] = [
    ("crl", CRL),
    ("cer", CERTIFICATE),
    ("crt", CERTIFICATE),
    ("der", CERTIFICATE),
    ("p7c", "application/pkcs7-mime"),
    ("p7b", "application/x-pkcs7-certificates"),
    ("ors", OCSP),
    ("pem", "application/x-pem-file"),
    ("html", PAGE),
    ("txt", "text/plain; charset=utf-8"),
    ("json", "application/json"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("pdf", "application/pdf"),
    ("ics", "text/calendar; charset=utf-8"),
];
/// RFC 2585 s.3, s.4; RFC 6960 App. A.2.
const CERTIFICATE: &str = "application/pkix-cert";
const CRL: &str = "application/pkix-crl";
const OCSP: &str = "application/ocsp-response";
const PAGE: &str = "text/html; charset=utf-8";
const OTHER: &str = "application/octet-stream";

/// What is sent of a file.
#[derive(Debug)]
pub(super) struct Document {
    /// All of a small one; nothing of a large one.
    pub(super) octets: Bytes,
    pub(super) kind: HeaderValue,
    pub(super) caching: Option<Caching>,
    /// Whether it is an OCSP response.
    pub(super) is_answer: bool,
}

impl Document {
    /// A file that was read.
    pub(super) fn small(path: &Path, identity: &Identity, octets: Vec<u8>) -> Self {
        let tag = format!("\"{}\"", hex::encode(Sha256::digest(&octets)));
        Self::of(path, identity, &octets, &tag, true).with(octets)
    }

    /// A file of which only the beginning was read.
    pub(super) fn large(path: &Path, identity: &Identity, head: &[u8]) -> Self {
        Self::of(path, identity, head, &identity.tag(), false)
    }

    fn of(path: &Path, identity: &Identity, octets: &[u8], tag: &str, whole: bool) -> Self {
        let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        let named = extension.and_then(|extension| KINDS.into_iter().find(|(known, _)| *known == extension));
        let named = named.map(|(_, kind)| kind);
        // The names under which clients ask by OCSP have no extension, nor need those of a CA's own URLs; one that ends
        // with a slash is the index of a directory.
        let answer = (whole && named.is_none_or(|kind| [OCSP, PAGE].contains(&kind)))
            .then(|| dates_of_answer(octets))
            .flatten();
        let crl = if [None, Some(CRL)].contains(&named) { CrlDates::of(octets) } else { None };
        let is_certificate = || whole && Certificate::from_der(octets).is_ok();
        let (kind, modified, until) = match (named, answer, crl) {
            (None | Some(OCSP | PAGE), Some((this_update, next_update)), _) => {
                (OCSP, this_update, next_update)
            }
            (None | Some(CRL), None, Some(head)) => (CRL, head.this_update, head.next_update),
            (Some(kind), ..) => (kind, identity.modified, None),
            (None, None, None) if is_certificate() => (CERTIFICATE, identity.modified, None),
            (None, ..) => (OTHER, identity.modified, None),
        };
        Self {
            octets: Bytes::new(),
            kind: HeaderValue::from_static(kind),
            caching: Caching::new(tag, modified, until),
            is_answer: answer.is_some(),
        }
    }

    /// Whether it is good no more.
    pub(super) fn is_past(&self) -> bool {
        self.caching.as_ref().is_some_and(|caching| caching.is_past(now()))
    }

    fn with(self, octets: Vec<u8>) -> Self {
        Self { octets: octets.into(), ..self }
    }
}

type Dates = (keyrite::x509::time::Time, Option<keyrite::x509::time::Time>);

/// The latest thisUpdate and the earliest nextUpdate of a response, if it is one that says something.
fn dates_of_answer(octets: &[u8]) -> Option<Dates> {
    let response = OcspResponse::from_der(octets).ok()?;
    let answers = &response.basic()?.data.answers;
    let this_update = answers.iter().map(|one| one.this_update).max()?;
    Some((this_update, answers.iter().filter_map(|one| one.next_update).min()))
}
