//! Issuer and subject as whole octets (rules C07, C08 and L01).

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::view::{Authority, CertificateView, CrlView, View};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C07-issuer-octets",
        Severity::Error,
        "RFC 5280 s.4.1.2.4, BR 7.1.4.1",
        "issuer is octet for octet the subject of the issuer's certificate",
        Run::Certificate(certificate_issuer),
    ),
    Lint::new(
        "C08-issuer-empty",
        Severity::Error,
        "RFC 5280 s.4.1.2.4, s.5.1.2.3",
        "issuer is not empty",
        Run::Any(issuer_empty),
    ),
    Lint::new(
        "C08-ca-subject-empty",
        Severity::Error,
        "RFC 5280 s.4.1.2.6",
        "the subject of a CA is not empty",
        Run::Certificate(ca_subject_empty),
    ),
    Lint::new(
        "L01-issuer-octets",
        Severity::Error,
        "RFC 5280 s.5.1.2.3, BR 7.2",
        "the issuer of a CRL is octet for octet the subject of the CA's certificate",
        Run::Crl(crl_issuer),
    ),
];

/// The DER of a name without attributes.
pub(super) const EMPTY: &[u8] = &[0x30, 0x00];

fn certificate_issuer(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    same_octets(view, faults);
}

fn crl_issuer(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    same_octets(view, faults);
}

fn same_octets(view: &View<'_>, faults: &mut Faults<'_>) {
    let wanted = match view.authority {
        Authority::Known(issuer) => Some(issuer.subject.as_der()),
        Authority::Itself => view.subject,
        Authority::Unknown => None,
    };
    if let (Some(found), Some(wanted)) = (view.issuer, wanted)
        && found != wanted
    {
        faults.push("issuer", hexed(found), format!("{}, the issuer's own subject", hexed(wanted)));
    }
}

fn issuer_empty(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.issuer == Some(EMPTY) {
        faults.push("issuer", "an empty name", "at least one attribute");
    }
}

fn ca_subject_empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.is_ca() && view.subject == Some(EMPTY) {
        faults.push("subject", "an empty name", "at least one attribute, since the subject is a CA");
    }
}
