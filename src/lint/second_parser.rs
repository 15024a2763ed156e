//! The whole read by a second parser and written again, octet for octet (rule C19).
//!
//! The second parser is x509-cert: it shares no code with the reader of this room, and takes names and
//! keys apart that keyrite's own structures carry as octets.

use der::asn1::IntRef;
use der::{Decode, Encode, Reader, SliceReader, Tag};
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extensions;
use x509_cert::name::Name;
use x509_cert::request::CertReqInfo;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use super::catalogue::{Lint, Run};
use super::crl_entry::Entry;
use super::report::{Faults, Severity};
use super::view::{CertificateView, CrlView, RequestView, View};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C19-certificate",
        Severity::Error,
        "RFC 5280 s.4.1",
        "a second parser reads the TBSCertificate and writes the same octets again",
        Run::Certificate(certificate),
    )
    .house(),
    Lint::new(
        "C19-crl",
        Severity::Error,
        "RFC 5280 s.5.1",
        "a second parser reads the TBSCertList and writes the same octets again",
        Run::Crl(crl),
    )
    .house(),
    Lint::new(
        "C19-request",
        Severity::Error,
        "RFC 2986 s.4.1",
        "a second parser reads the CertificationRequestInfo and writes the same octets again",
        Run::Request(request),
    )
    .house(),
];

const WANTED: &str = "the same octets from a second parser";

fn certificate(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    report("TBSCertificate", again::<TbsCertificate>(view.tbs), faults);
}

fn request(view: &View<'_>, _: &RequestView<'_>, faults: &mut Faults<'_>) {
    report("CertificationRequestInfo", again::<CertReqInfo>(view.tbs), faults);
}

fn crl(view: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    report("TBSCertList", crl_again(view.tbs), faults);
    let Some(list) = &crl.listed else { return };
    if let Some(error) = &list.refused {
        faults.push("revokedCertificates", format!("that the second parser refuses it: {error}"), WANTED);
    }
    if list.not_again > 0 {
        let found = format!("other octets of {} entries when written again", list.not_again);
        faults.push("revokedCertificates", found, WANTED);
    }
}

/// Whether the second parser reads an entry and writes it as the same octets again. Of one whose list of extensions it
/// has read and written before, the fields before that are enough.
pub(super) fn entry_again(entry: &Entry<'_>, whole: &[u8], list_is_known: bool) -> Result<bool, der::Error> {
    if !list_is_known {
        return again::<RevokedCert>(whole);
    }
    Ok(field_again::<IntRef<'_>>(entry.serial.whole)? && field_again::<Time>(entry.date.whole)?)
}

/// As [`again`], of a field that is short.
fn field_again<'a, T: Decode<'a, Error = der::Error> + Encode>(octets: &'a [u8]) -> Result<bool, der::Error> {
    let mut written = [0; 64];
    Ok(T::from_der(octets)?.encode_to_slice(&mut written)? == octets)
}

fn report(place: &'static str, outcome: Result<bool, der::Error>, faults: &mut Faults<'_>) {
    match outcome {
        Ok(true) => {}
        Ok(false) => faults.push(place, "other octets when written again", WANTED),
        Err(error) => faults.push(place, format!("that the second parser refuses it: {error}"), WANTED),
    }
}

/// Whether a value reads as `T` and is written as the same octets again.
fn again<'a, T: Decode<'a, Error = der::Error> + Encode>(octets: &'a [u8]) -> Result<bool, der::Error> {
    Ok(T::from_der(octets)?.to_der()? == octets)
}

/// As [`again`], field by field and entry by entry: a CRL may be larger than what one would hold twice.
fn crl_again(tbs: &[u8]) -> Result<bool, der::Error> {
    let mut outside = SliceReader::new(tbs)?;
    outside.sequence(|fields| {
        let mut same = true;
        if Tag::peek(fields)? == Tag::Integer {
            same &= next_again::<Version>(fields)?;
        }
        same &= next_again::<AlgorithmIdentifierOwned>(fields)?;
        same &= next_again::<Name>(fields)?;
        same &= next_again::<Time>(fields)?;
        if !fields.is_finished() && matches!(Tag::peek(fields)?, Tag::UtcTime | Tag::GeneralizedTime) {
            same &= next_again::<Time>(fields)?;
        }
        if !fields.is_finished() && Tag::peek(fields)? == Tag::Sequence {
            same &= fields.sequence(|entries| -> Result<bool, der::Error> {
                let mut same = true;
                while !entries.is_finished() {
                    same &= next_again::<RevokedCert>(entries)?;
                }
                Ok(same)
            })?;
        }
        if !fields.is_finished() {
            let mut explicit = SliceReader::new(fields.tlv_bytes()?)?;
            let header = der::Header::decode(&mut explicit)?;
            same &= again::<Extensions>(explicit.read_slice(header.length())?)?;
        }
        Ok(same)
    })
}

fn next_again<'a, T: Decode<'a, Error = der::Error> + Encode>(
    reader: &mut SliceReader<'a>,
) -> Result<bool, der::Error> {
    again::<T>(reader.tlv_bytes()?)
}
