//! OCSP responses (RFC 6960, RFC 9654; rules R01 to R05).

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::instant::{self, Instant};
use super::ocsp_view::{Body, OcspView, Responder};
use super::report::{Faults, Severity, hexed};
use super::tlv::{Reader, Tlv, tag};
use super::validity::shown;
use super::view::{self, View};
use crate::x509::extension::{oid, purpose};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "R01-status",
        Severity::Error,
        "RFC 6960 s.4.2.1, s.4.2.2.3",
        "responseStatus is one that is defined, and a successful response says something, another one nothing",
        Run::Ocsp(status),
    ),
    Lint::new(
        "R01-version",
        Severity::Error,
        "RFC 6960 s.4.2.1, X.690 s.11.5",
        "the version is v1, which is left out",
        Run::Ocsp(version),
    ),
    Lint::new(
        "R01-responder-key-hash",
        Severity::Error,
        "RFC 6960 s.4.2.1",
        "a responder that is named by its key has the 20 octets of a SHA-1 hash",
        Run::Ocsp(key_hash),
    ),
    Lint::new(
        "R01-responder-unknown",
        Severity::Error,
        "RFC 6960 s.4.2.2.2",
        "a responder that is named by its name is the issuer or has its certificate in the response",
        Run::Ocsp(unknown),
    ),
    Lint::new(
        "R01-delegate",
        Severity::Error,
        "RFC 6960 s.4.2.2.2",
        "the certificate of a responder is issued by the CA for which it answers, for OCSPSigning",
        Run::Ocsp(delegate),
    ),
    Lint::new(
        "R02-no-answer",
        Severity::Error,
        "RFC 6960 s.4.2.1",
        "a response answers for at least one certificate",
        Run::Ocsp(no_answer),
    ),
    Lint::new(
        "R02-certificate-twice",
        Severity::Error,
        "RFC 6960 s.4.2.1",
        "a response answers once for a certificate",
        Run::Ocsp(twice),
    )
    .house(),
    Lint::new(
        "R02-serial",
        Severity::Error,
        "RFC 5280 s.4.1.2.2, RFC 6960 s.4.1.1",
        "the serial number of a certificate is positive and has at most 20 octets",
        Run::Ocsp(serial),
    )
    .house_for_a_should(),
    Lint::new(
        "R03-time-form",
        Severity::Error,
        "RFC 6960 s.4.2.2.1, RFC 5280 s.4.1.2.5.2",
        "times are GeneralizedTime YYYYMMDDHHMMSSZ",
        Run::Ocsp(time_form),
    ),
    Lint::new(
        "R03-order",
        Severity::Error,
        "RFC 6960 s.2.4, s.4.2.2.1",
        "thisUpdate is not after producedAt, and nextUpdate after thisUpdate",
        Run::Ocsp(order),
    ),
    Lint::new(
        "R03-next-update-missing",
        Severity::Error,
        "BR 4.9.10, RFC 6960 s.4.2.2.1",
        "nextUpdate is there",
        Run::Ocsp(next_update_missing),
    )
    .webpki()
    .house(),
    Lint::new(
        "R03-interval",
        Severity::Error,
        "BR 4.9.10",
        "from thisUpdate to nextUpdate are 8 hours at least and 10 days at most, both ends counted; about certificates of CAs 12 months at most",
        Run::Ocsp(interval),
    )
    .webpki(),
    Lint::new(
        "R04-nonce-length",
        Severity::Error,
        "RFC 9654 s.2.1",
        "a nonce is an OCTET STRING of 1 to 128 octets",
        Run::Ocsp(nonce_length),
    ),
    Lint::new(
        "R04-nonce-critical",
        Severity::Error,
        "RFC 6960 s.4.4",
        "the extensions of a response are not critical",
        Run::Ocsp(critical),
    )
    .house_for_a_should(),
    Lint::new(
        "R05-reason",
        Severity::Error,
        "RFC 6960 s.4.2.1, RFC 5280 s.5.3.1",
        "revocationReason is an ENUMERATED of a reason that is defined",
        Run::Ocsp(reason),
    ),
    Lint::new(
        "R05-reason-webpki",
        Severity::Error,
        "BR 7.3, 7.2.2",
        "revocationReason is not unspecified (0), certificateHold (6) or removeFromCRL (8)",
        Run::Ocsp(reason_webpki),
    )
    .webpki(),
    Lint::new(
        "R05-reason-extension",
        Severity::Error,
        "BR 7.3",
        "no answer has the CRL entry extension reasonCode",
        Run::Ocsp(reason_extension),
    )
    .webpki()
    .house(),
];

/// id-pkix-ocsp-nonce (RFC 9654 s.2.1).
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const HOUR: i64 = 3_600;

fn status(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    // 4 is not used.
    let defined = matches!(ocsp.status, [0 | 1 | 2 | 3 | 5 | 6]);
    if !defined {
        faults.push("responseStatus", hexed(ocsp.status), "0 to 3, 5 or 6");
    }
    match (ocsp.status, &ocsp.body) {
        ([0], None) => faults.push("responseBytes", "nothing", "a response, since the status is successful"),
        ([code], Some(_)) if *code != 0 => {
            faults.push("responseBytes", "a response", "nothing, since the status is an error");
        }
        _ => {}
    }
}

fn version(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    if let Some(version) = ocsp.body.as_ref().and_then(|body| body.version) {
        faults.push("version", hexed(version.contents), "nothing, which means v1");
    }
}

fn key_hash(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    if let Some(Responder::Key(hash)) = ocsp.body.as_ref().map(|body| &body.responder)
        && hash.len() != 20
    {
        faults.push("responderID", format!("{} octets", hash.len()), "20, as a SHA-1 hash has");
    }
}

/// The certificates in a response, taken apart.
fn certificates<'a>(body: &Body<'a>) -> Vec<View<'a>> {
    let read = |der: &&'a [u8]| {
        let (tbs, _) = view::split_signed(der).ok()?;
        view::certificate(tbs).ok().map(|(view, _)| view)
    };
    body.certificates.iter().filter_map(read).collect()
}

fn unknown(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    let (Some(body), Some(issuer)) = (&ocsp.body, ocsp.issuer) else { return };
    let Responder::Name(name) = body.responder else { return };
    let enclosed = certificates(body).iter().any(|certificate| certificate.subject == Some(name));
    if name != issuer.subject.as_der() && !enclosed {
        faults.push(
            "responderID",
            hexed(name),
            "the issuer, or the subject of a certificate in the response",
        );
    }
}

fn delegate(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    let (Some(body), Some(issuer)) = (&ocsp.body, ocsp.issuer) else { return };
    let all = certificates(body);
    let own = |certificate: &&View<'_>| match body.responder {
        Responder::Name(name) => certificate.subject == Some(name),
        // Which key has a SHA-1 hash is not computed here: the first certificate is the responder's by custom.
        Responder::Key(_) => true,
    };
    let Some(certificate) = all.iter().find(own) else { return };
    if certificate.subject == Some(issuer.subject.as_der()) {
        return;
    }
    if certificate.issuer != Some(issuer.subject.as_der()) {
        let found = certificate.issuer.map(hexed).unwrap_or_default();
        faults.push(
            "certs",
            format!("a responder issued by {found}"),
            "one that the issuer of the certificates issued",
        );
    }
    if !certificate.has_purpose(purpose::OCSP_SIGNING) {
        faults.push("certs", "a responder without the purpose OCSPSigning", "that purpose");
    }
}

fn no_answer(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    if ocsp.body.as_ref().is_some_and(|body| body.responses.is_empty()) {
        faults.push("responses", "no answer", "one at least");
    }
}

fn twice(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for one in ocsp.body.iter().flat_map(|body| &body.responses) {
        if !seen.insert(one.certificate) {
            faults.push("responses", format!("serial {} once more", hexed(one.serial)), "it once");
        }
    }
}

fn serial(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for one in ocsp.body.iter().flat_map(|body| &body.responses) {
        if !super::certificate::is_positive(one.serial) || one.serial.len() > 20 {
            faults.push("responses", hexed(one.serial), "a number above 0 in at most 20 octets");
        }
    }
}

/// Every time of a response, with its place.
fn times<'a>(body: &Body<'a>) -> Vec<(&'static str, Tlv<'a>)> {
    let mut all = vec![("producedAt", body.produced_at)];
    for one in &body.responses {
        all.push(("thisUpdate", one.this_update));
        all.extend(one.next_update.map(|time| ("nextUpdate", time)));
        all.extend(one.revoked.as_ref().map(|revoked| ("revocationTime", revoked.time)));
    }
    all
}

fn time_form(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for (place, time) in ocsp.body.iter().flat_map(times) {
        if time.tag == tag::GENERALIZED_TIME {
            instant::form(place, &time, faults);
        } else {
            faults.push(place, "a UTCTime", "a GeneralizedTime YYYYMMDDHHMMSSZ");
        }
    }
}

fn order(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    let Some(body) = &ocsp.body else { return };
    let produced = Instant::of(&body.produced_at);
    for one in &body.responses {
        let this = Instant::of(&one.this_update);
        if let (Some(this), Some(produced)) = (this, produced)
            && this > produced
        {
            faults.push("thisUpdate", shown(this), format!("not after producedAt, {}", shown(produced)));
        }
        if let (Some(this), Some(next)) = (this, one.next_update.as_ref().and_then(Instant::of))
            && next <= this
        {
            faults.push("nextUpdate", shown(next), format!("after thisUpdate, {}", shown(this)));
        }
    }
}

fn next_update_missing(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for one in ocsp.body.iter().flat_map(|body| &body.responses) {
        if one.next_update.is_none() {
            faults.push("nextUpdate", "nothing", "the time by which there is a newer answer");
        }
    }
}

fn interval(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for one in ocsp.body.iter().flat_map(|body| &body.responses) {
        let times = (Instant::of(&one.this_update), one.next_update.as_ref().and_then(Instant::of));
        let (Some(this), Some(next)) = times else { continue };
        let seconds = next.saturating_sub(this).saturating_add(1);
        let (most, wanted) = if ocsp.about_ca {
            (366 * 24 * HOUR, "8 hours to 12 months")
        } else {
            (240 * HOUR, "8 hours to 10 days")
        };
        if next > this && !(8 * HOUR..=most).contains(&seconds) {
            faults.push("nextUpdate", format!("{seconds} s, both ends counted"), wanted);
        }
    }
}

fn nonce_length(view: &View<'_>, _: &OcspView<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(NONCE) else { return };
    let mut reader = Reader::new(extension.value);
    let sound = reader.next().is_ok_and(|nonce| {
        nonce.tag == tag::OCTET_STRING && (1..=128).contains(&nonce.contents.len()) && reader.is_finished()
    });
    if !sound {
        faults.push("nonce", hexed(extension.value), "an OCTET STRING of 1 to 128 octets");
    }
}

fn critical(view: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    let single = ocsp.body.iter().flat_map(|body| &body.responses).flat_map(|one| &one.extensions);
    for extension in view.each_extension().chain(single).filter(|extension| extension.is_critical()) {
        faults.push(extension.name(), "critical", "not critical");
    }
}

/// The reasons of revoked certificates: the contents, if they are an ENUMERATED of one octet.
fn reasons<'a>(ocsp: &OcspView<'a>) -> Vec<(Option<u8>, &'a [u8])> {
    let all = ocsp.body.iter().flat_map(|body| &body.responses);
    let fields = all.filter_map(|one| one.revoked.as_ref()?.reason);
    fields
        .map(|field| {
            let code = Reader::new(field.contents).next().ok().filter(|code| code.tag == tag::ENUMERATED);
            let octet = code.and_then(|code| match code.contents {
                [octet] => Some(*octet),
                _ => None,
            });
            (octet, field.contents)
        })
        .collect()
}

fn reason(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for (code, whole) in reasons(ocsp) {
        if !matches!(code, Some(0..=6 | 8..=10)) {
            faults.push("revocationReason", hexed(whole), "an ENUMERATED of a reason that is defined");
        }
    }
}

fn reason_webpki(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for (code, _) in reasons(ocsp) {
        if let Some(code @ (0 | 6 | 8)) = code {
            faults.push("revocationReason", code.to_string(), "a reason for good, or none");
        }
    }
}

fn reason_extension(_: &View<'_>, ocsp: &OcspView<'_>, faults: &mut Faults<'_>) {
    for one in ocsp.body.iter().flat_map(|body| &body.responses) {
        if one.extensions.iter().any(|extension| extension.is(oid::REASON_CODE)) {
            faults.push("singleExtensions", "reasonCode", "the reason in certStatus");
        }
    }
}
