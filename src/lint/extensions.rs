//! The list of extensions: its form, its defaults, and what the profile allows (rules C17, C18 and C20).

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::extension_value::{self, subtrees};
use super::report::{Faults, Severity, hexed};
use super::view::{CertificateView, View};
use crate::x509::extension::{name_of, oid};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C17-extensions-empty",
        Severity::Error,
        "RFC 5280 s.4.1, s.5.1",
        "the extensions field is left out when there is no extension",
        Run::Any(empty),
    ),
    Lint::new(
        "C17-extension-twice",
        Severity::Error,
        "RFC 5280 s.4.2",
        "no extension is there twice",
        Run::Any(twice),
    ),
    Lint::new(
        "C17-critical-false",
        Severity::Error,
        "X.690 s.11.5",
        "critical is left out when it is FALSE, its default",
        Run::Any(critical_false),
    ),
    Lint::new(
        "C17-ca-false",
        Severity::Error,
        "X.690 s.11.5, RFC 5280 s.4.2.1.9",
        "cA is left out of basicConstraints when it is FALSE, its default",
        Run::Any(ca_false),
    ),
    Lint::new(
        "C17-minimum-zero",
        Severity::Error,
        "X.690 s.11.5, RFC 5280 s.4.2.1.10",
        "minimum is left out of nameConstraints when it is 0, its default",
        Run::Any(minimum_zero),
    ),
    Lint::new(
        "C18-extension-not-in-profile",
        Severity::Error,
        "RFC 3647 s.4.7.1",
        "every extension is one that the profile names",
        Run::Certificate(not_in_profile),
    ),
    Lint::new(
        "C18-extension-missing",
        Severity::Error,
        "RFC 3647 s.4.7.1",
        "every extension that the profile requires is there",
        Run::Certificate(missing),
    ),
    Lint::new(
        "C18-criticality",
        Severity::Error,
        "RFC 3647 s.4.7.1",
        "every extension is critical or not as the profile says",
        Run::Certificate(criticality),
    ),
    Lint::new(
        "C18-kind",
        Severity::Error,
        "RFC 3647 s.4.7.1, RFC 5280 s.4.2.1.9",
        "the subject is a CA exactly if the profile is one for CAs",
        Run::Certificate(kind),
    ),
    Lint::new(
        "C20-extension-structure",
        Severity::Error,
        "RFC 5280 s.4.2.1, s.4.2.2, s.5.2",
        "the value of each extension is the type that its object identifier names",
        Run::Any(structure),
    ),
];

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.extensions.as_ref().is_some_and(Vec::is_empty) {
        faults.push("extensions", "an empty list", "no such field");
    }
}

fn twice(view: &View<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for extension in view.each_extension() {
        if !seen.insert(extension.oid) {
            faults.push(extension.name(), "it once more", "it once");
        }
    }
}

fn critical_false(view: &View<'_>, faults: &mut Faults<'_>) {
    for extension in view.each_extension() {
        if extension.critical == Some(&[0]) {
            faults.push(format!("{}.critical", extension.name()), "FALSE", "nothing");
        }
    }
}

fn ca_false(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.basic_constraints().is_some_and(|constraints| constraints.ca == Some(&[0])) {
        faults.push("basicConstraints.cA", "FALSE", "nothing");
    }
}

fn minimum_zero(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::NAME_CONSTRAINTS) else { return };
    for subtree in subtrees(extension.value).unwrap_or_default() {
        if subtree.minimum == Some(&[0]) {
            faults.push("nameConstraints minimum", "0", "nothing");
        }
    }
}

fn structure(view: &View<'_>, faults: &mut Faults<'_>) {
    for extension in view.each_extension() {
        if let Some(misfit) = extension_value::misfit(extension) {
            faults.push(misfit.place, misfit.found.text(), misfit.wanted);
        }
    }
}

fn not_in_profile(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(expected) = certificate.expected else { return };
    for extension in view.each_extension() {
        if !expected.extensions.iter().any(|allowed| extension.is(allowed.oid)) {
            faults.push(
                extension.name(),
                hexed(extension.value),
                "no extension that the profile does not name",
            );
        }
    }
}

fn missing(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let required = certificate.expected.iter().flat_map(|expected| &expected.extensions);
    for wanted in required.filter(|wanted| wanted.required) {
        if view.extension(wanted.oid).is_none() {
            faults.push(
                "extensions",
                format!("no {}", named(wanted.oid)),
                "it, since the profile requires it",
            );
        }
    }
}

fn criticality(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for wanted in certificate.expected.iter().flat_map(|expected| &expected.extensions) {
        let (Some(critical), Some(extension)) = (wanted.critical, view.extension(wanted.oid)) else {
            continue;
        };
        if extension.is_critical() != critical {
            let words = |critical| if critical { "critical" } else { "not critical" };
            faults.push(named(wanted.oid), words(!critical), format!("{}, by the profile", words(critical)));
        }
    }
}

fn kind(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(expected) = certificate.expected else { return };
    if expected.ca != view.is_ca() {
        let words = |ca| if ca { "a CA" } else { "not a CA" };
        faults.push(
            "basicConstraints",
            words(!expected.ca),
            format!("{}, by the profile", words(expected.ca)),
        );
    }
}

fn named(oid: ObjectIdentifier) -> String {
    name_of(&oid)
}
