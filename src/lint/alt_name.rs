//! subjectAltName as a whole (rules E01 and E08).

use std::collections::BTreeSet;

use super::catalogue::{Lint, Run};
use super::general_name::shown;
use super::name::EMPTY;
use super::report::{Faults, Severity};
use super::view::{CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "E01-alt-name-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.6",
        "subjectAltName has at least one name",
        Run::Any(empty),
    ),
    Lint::new(
        "E01-alt-name-missing",
        Severity::Error,
        "RFC 5280 s.4.1.2.6, s.4.2.1.6",
        "a certificate with an empty subject has subjectAltName",
        Run::Certificate(missing),
    ),
    Lint::new(
        "E01-alt-name-not-critical",
        Severity::Error,
        "RFC 5280 s.4.1.2.6, s.4.2.1.6",
        "subjectAltName is critical where the subject is empty",
        Run::Certificate(not_critical),
    ),
    Lint::new(
        "E01-alt-name-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.6, BR 7.1.2.7.12",
        "subjectAltName is not critical where there is a subject",
        Run::Certificate(critical),
    )
    .webpki()
    .house_for_a_should(),
    Lint::new(
        "E08-name-twice",
        Severity::Error,
        "RFC 5280 s.4.2.1.6",
        "no name stands twice in subjectAltName",
        Run::Any(twice),
    )
    .house(),
];

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.alt_names().is_some_and(|names| names.is_empty()) {
        faults.push("subjectAltName", "no name", "at least one, or no such extension");
    }
}

fn missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.subject == Some(EMPTY) && !view.is_ca() && view.extension(oid::SUBJECT_ALT_NAME).is_none() {
        faults.push("extensions", "no subjectAltName", "it, since the subject is empty");
    }
}

fn not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.is_critical());
    if view.subject == Some(EMPTY) && critical == Some(false) {
        faults.push("subjectAltName", "not critical", "critical, since the subject is empty");
    }
}

fn critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.is_critical());
    if view.subject != Some(EMPTY) && critical == Some(true) {
        faults.push("subjectAltName", "critical", "not critical, since there is a subject");
    }
}

fn twice(view: &View<'_>, faults: &mut Faults<'_>) {
    let names = view.alt_names().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for name in &names {
        // Host names are the same whatever the case of their letters.
        let octets =
            if name.tag == 0x82 { name.contents.to_ascii_lowercase() } else { name.contents.to_vec() };
        if !seen.insert((name.tag, octets)) {
            faults.push("subjectAltName", format!("{} once more", shown(name)), "it once");
        }
    }
}
