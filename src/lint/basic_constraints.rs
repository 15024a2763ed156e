//! basicConstraints and the length of paths (rules U05 and U06).

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::view::{Authority, CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U05-ca-not-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.9",
        "the basicConstraints of a CA are critical",
        Run::Certificate(ca_not_critical),
    ),
    Lint::new(
        "U06-path-length-without-ca",
        Severity::Error,
        "RFC 5280 s.4.2.1.9",
        "pathLenConstraint only where cA is TRUE and keyUsage has keyCertSign",
        Run::Certificate(path_length_without_ca),
    ),
    Lint::new(
        "U06-path-length-negative",
        Severity::Error,
        "RFC 5280 s.4.2.1.9",
        "pathLenConstraint is 0 or more",
        Run::Certificate(path_length_negative),
    ),
    Lint::new(
        "U06-path-length-not-below-issuer",
        Severity::Error,
        "RFC 5280 s.6.1.4",
        "the pathLenConstraint of a CA is below its issuer's",
        Run::Certificate(not_below_issuer),
    )
    .house(),
    Lint::new(
        "U06-path-length-unlimited",
        Severity::Warning,
        "RFC 5280 s.6.1.4",
        "a CA under a CA with a pathLenConstraint has one of its own",
        Run::Certificate(unlimited),
    )
    .house(),
    Lint::new(
        "U06-issuer-allows-no-ca",
        Severity::Error,
        "RFC 5280 s.6.1.4",
        "no CA under a CA whose pathLenConstraint is 0",
        Run::Certificate(issuer_allows_no_ca),
    ),
];

const PLACE: &str = "basicConstraints.pathLenConstraint";

fn ca_not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::BASIC_CONSTRAINTS).is_some_and(|extension| extension.is_critical());
    if view.is_ca() && !critical {
        faults.push("basicConstraints", "not critical", "critical, since the subject is a CA");
    }
}

fn path_length(view: &View<'_>) -> Option<i128> {
    let octets = view.basic_constraints()?.path_len?;
    let negative = octets.first()? & 0x80 != 0;
    // A number that does not fit is above every limit.
    let value = octets
        .iter()
        .try_fold(0_i128, |sum, octet| Some(sum.checked_mul(256)? + i128::from(*octet)))
        .unwrap_or(i128::MAX);
    Some(if negative { -1 } else { value })
}

fn path_length_without_ca(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(octets) = view.basic_constraints().and_then(|constraints| constraints.path_len) else { return };
    let signs = view.key_usage().is_none_or(|usage| usage.has(5));
    if !view.is_ca() || !signs {
        faults.push(PLACE, hexed(octets), "nothing, since the subject does not sign certificates");
    }
}

fn path_length_negative(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if path_length(view).is_some_and(|length| length < 0) {
        faults.push(PLACE, "a negative number", "0 or more");
    }
}

/// The issuer's limit on a CA below it. A self-issued certificate does not count (s.6.1.4 (l)).
fn limit(view: &View<'_>) -> Option<i128> {
    let Authority::Known(issuer) = view.authority else { return None };
    let counts = view.is_ca() && view.issuer != view.subject;
    issuer.path_len.filter(|_| counts).map(i128::from)
}

fn not_below_issuer(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let (Some(limit @ 1..), Some(length)) = (limit(view), path_length(view))
        && length >= limit
    {
        faults.push(PLACE, length.to_string(), format!("below {limit}, the issuer's own"));
    }
}

fn unlimited(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let (Some(limit @ 1..), None) = (limit(view), path_length(view)) {
        faults.push(PLACE, "nothing", format!("a number below {limit}, the issuer's own"));
    }
}

fn issuer_allows_no_ca(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if limit(view) == Some(0) {
        faults.push("basicConstraints.cA", "TRUE", "not a CA, since the issuer's pathLenConstraint is 0");
    }
}
