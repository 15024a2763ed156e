//! policyConstraints and inhibitAnyPolicy (rule U16).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::rarer_value::{PolicyConstraints, alone, small_number};
use super::report::{Faults, Severity, hexed};
use super::tlv::tag;
use super::view::{CertificateView, View};
use crate::x509::extension::{name_of, oid};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U16-constraints-of-end-entity",
        Severity::Warning,
        "RFC 5280 s.4.2.1.11, s.4.2.1.14",
        "policyConstraints and inhibitAnyPolicy only in the certificate of a CA",
        Run::Certificate(of_end_entity),
    ),
    Lint::new(
        "U16-constraints-not-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.11, s.4.2.1.14",
        "policyConstraints and inhibitAnyPolicy are critical",
        Run::Certificate(not_critical),
    ),
    Lint::new(
        "U16-constraints-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.11",
        "policyConstraints has requireExplicitPolicy or inhibitPolicyMapping",
        Run::Certificate(empty),
    ),
    Lint::new(
        "U16-skip-certs",
        Severity::Error,
        "RFC 5280 s.4.2.1.11, s.4.2.1.14",
        "the numbers of policyConstraints and inhibitAnyPolicy are 0 or more, and below 2^32",
        Run::Certificate(skip_certs),
    ),
];

const BOTH: [ObjectIdentifier; 2] = [oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY];

fn of_end_entity(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for which in BOTH {
        if view.extension(which).is_some() && !view.is_ca() {
            faults.push(name_of(&which), "it", "nothing, since the subject is not a CA");
        }
    }
}

fn not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for which in BOTH {
        if view.extension(which).is_some_and(|extension| !extension.is_critical()) {
            faults.push(name_of(&which), "not critical", "critical");
        }
    }
}

fn constraints<'a>(view: &View<'a>) -> Option<PolicyConstraints<'a>> {
    PolicyConstraints::read(view.extension(oid::POLICY_CONSTRAINTS)?.value).ok()
}

fn empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(constraints) = constraints(view) else { return };
    if constraints.require_explicit_policy.is_none() && constraints.inhibit_policy_mapping.is_none() {
        faults.push("policyConstraints", "no field", "at least one, or no such extension");
    }
}

fn skip_certs(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let constraints = constraints(view);
    let explicit = constraints.as_ref().and_then(|both| both.require_explicit_policy);
    let mapping = constraints.as_ref().and_then(|both| both.inhibit_policy_mapping);
    let inhibit = view
        .extension(oid::INHIBIT_ANY_POLICY)
        .and_then(|extension| alone(extension.value, tag::INTEGER, "inhibitAnyPolicy", "an INTEGER").ok())
        .map(|number| number.contents);
    let numbers = [
        ("policyConstraints requireExplicitPolicy", explicit),
        ("policyConstraints inhibitPolicyMapping", mapping),
        ("inhibitAnyPolicy", inhibit),
    ];
    for (place, contents) in numbers {
        if let Some(contents) = contents
            && small_number(contents).is_none()
        {
            faults.push(place, hexed(contents), "a number from 0 to 4294967295");
        }
    }
}
