//! policyMappings (rule U17).

use super::catalogue::{Lint, Run};
use super::rarer_value::{self, Pair, dotted, policies};
use super::report::{Faults, Severity};
use super::view::{CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U17-mappings-of-end-entity",
        Severity::Error,
        "RFC 5280 s.4.2.1.5",
        "policyMappings only in the certificate of a CA",
        Run::Certificate(of_end_entity),
    ),
    Lint::new(
        "U17-mappings-not-critical",
        Severity::Warning,
        "RFC 5280 s.4.2.1.5",
        "policyMappings is critical",
        Run::Certificate(not_critical),
    ),
    Lint::new(
        "U17-mappings-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.5",
        "policyMappings has at least one pair",
        Run::Certificate(empty),
    ),
    Lint::new(
        "U17-mapping-of-any-policy",
        Severity::Error,
        "RFC 5280 s.4.2.1.5",
        "no policy is mapped to or from anyPolicy",
        Run::Certificate(any_policy),
    ),
    Lint::new(
        "U17-mapping-not-asserted",
        Severity::Warning,
        "RFC 5280 s.4.2.1.5",
        "every issuerDomainPolicy is among the certificatePolicies",
        Run::Certificate(not_asserted),
    ),
];

const PLACE: &str = "policyMappings";

/// The pairs, if the extension is there and is its type.
fn pairs<'a>(view: &View<'a>) -> Option<Vec<Pair<'a>>> {
    rarer_value::policy_mappings(view.extension(oid::POLICY_MAPPINGS)?.value).ok()
}

fn of_end_entity(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::POLICY_MAPPINGS).is_some() && !view.is_ca() {
        faults.push(PLACE, "it", "nothing, since the subject is not a CA");
    }
}

fn not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::POLICY_MAPPINGS).is_some_and(|extension| !extension.is_critical()) {
        faults.push(PLACE, "not critical", "critical");
    }
}

fn empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if pairs(view).is_some_and(|pairs| pairs.is_empty()) {
        faults.push(PLACE, "no pair", "at least one, or no such extension");
    }
}

fn any_policy(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for (issuer, subject) in pairs(view).unwrap_or_default() {
        for (field, policy) in [("issuerDomainPolicy", issuer), ("subjectDomainPolicy", subject)] {
            if policy == oid::ANY_POLICY.as_bytes() {
                faults.push(format!("{PLACE} {field}"), "anyPolicy", "a policy of its own");
            }
        }
    }
}

fn not_asserted(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let asserted = policies(view).unwrap_or_default();
    for (issuer, _) in pairs(view).unwrap_or_default() {
        let any = issuer == oid::ANY_POLICY.as_bytes();
        if !any && !asserted.iter().any(|policy| policy.oid == issuer) {
            let wanted = "one of the certificatePolicies";
            faults.push(format!("{PLACE} issuerDomainPolicy"), dotted(issuer), wanted);
        }
    }
}
