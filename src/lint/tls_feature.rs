//! The TLS feature extension (RFC 7633), by the rules on the form and criticality of extensions (C18 and C20).

use std::collections::BTreeSet;

use super::catalogue::{Lint, Run};
use super::rarer_value::{each, small_number};
use super::report::{Faults, Severity, hexed};
use super::tlv::tag;
use super::view::View;
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C18-tls-feature-critical",
        Severity::Warning,
        "RFC 7633 s.4",
        "tlsFeature is not critical",
        Run::Any(critical),
    ),
    Lint::new(
        "C20-tls-feature-numbers",
        Severity::Error,
        "RFC 7633 s.3.1, RFC 8446 s.4.2",
        "tlsFeature has at least one number, each from 0 to 65535 and none twice",
        Run::Any(numbers),
    ),
];

const PLACE: &str = "tlsFeature";

fn critical(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::TLS_FEATURE).is_some_and(|extension| extension.is_critical()) {
        faults.push(PLACE, "critical", "not critical");
    }
}

fn numbers(view: &View<'_>, faults: &mut Faults<'_>) {
    let value = view.extension(oid::TLS_FEATURE).map(|extension| extension.value);
    let Some(list) = value.and_then(|value| each(value, tag::INTEGER, PLACE, "an INTEGER").ok()) else {
        return;
    };
    if list.is_empty() {
        faults.push(PLACE, "no number", "at least one, or no such extension");
    }
    let mut seen = BTreeSet::new();
    for number in &list {
        match small_number(number.contents).filter(|number| *number <= 0xffff) {
            Some(number) if seen.insert(number) => {}
            Some(number) => faults.push(PLACE, format!("{number} once more"), "it once"),
            None => faults.push(PLACE, hexed(number.contents), "the number of a TLS extension"),
        }
    }
}
