//! Policies: certificatePolicies below those of every CA above (RFC 5280 s.6.1, RFC 9618).

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use crate::x509::certificate::Certificate;
use crate::x509::extension::oid::ANY_POLICY;
use crate::x509::policy_graph::{PolicyGraph, Statement};

use super::super::violation::{Rule, Violations};
use super::{Findings, Nested, issuer};

const FIELD: &str = "certificatePolicies";

/// Where the path has come to when the certificate is next.
#[derive(Default)]
struct Above<'a> {
    graph: PolicyGraph,
    /// The CA below a root that has no certificatePolicies, so that no policy is valid below it.
    without: Option<&'a Certificate>,
    /// The first CA that demands a policy of those below it.
    demanding: Option<&'a Certificate>,
}

/// The policies of the certificate are such as the CAs above can vouch for, and it has one where they demand it.
pub(super) fn judge(nested: &Nested<'_>, path: &[&Certificate], findings: &mut Findings) {
    let Some(above) = walk(path, &mut findings.invalid) else { return };
    // What cannot be read is told of by others.
    let Ok(own) = Statement::of(nested.extensions, nested.self_issued) else { return };
    mappings(&own, &above, findings);
    let ca = nested.ca().is_some();
    let mut graph = above.graph.clone();
    let demanded = if ca { graph.demands_policy() } else { graph.demands_policy_of_last(&own) };
    graph.enter(&own, !ca);
    if demanded && !graph.has_policy() {
        let whose = above.demanding.map_or_else(String::new, |ca| format!("; {} demands one", name(ca)));
        let wanted = format!("{}{whose}", possible(&above));
        findings.invalid.add(Rule::PolicyChain, FIELD, listed(own.policies.as_ref()), wanted);
        return;
    }
    let Some(policies) = &own.policies else { return };
    if above.without.is_some() {
        if nested.policies_throughout {
            findings.unsound.add(Rule::PolicyAbove, FIELD, listed(Some(policies)), possible(&above));
        }
        return;
    }
    let valid: BTreeSet<ObjectIdentifier> = graph.valid().collect();
    for policy in policies.iter().filter(|policy| **policy != ANY_POLICY && !valid.contains(*policy)) {
        findings.unsound.add(Rule::PolicyAbove, FIELD, policy, possible(&above));
    }
    if policies.contains(&ANY_POLICY) && above.graph.forbids_any_policy() && !(ca && nested.self_issued) {
        let wanted = "policies by their names, since a CA above has inhibitAnyPolicy";
        findings.unsound.add(Rule::PolicyAbove, FIELD, "anyPolicy", wanted);
    }
}

/// Goes down the path, which is given from the issuer up. Nothing when it cannot be followed.
///
/// RFC 5280 s.6.1 begins below the trust anchor. What a root says is held to all the same, as RFC 5937 has it;
/// one without certificatePolicies, as roots are, vouches for any.
fn walk<'a>(path: &[&'a Certificate], invalid: &mut Violations) -> Option<Above<'a>> {
    let mut above = Above::default();
    for (depth, ca) in path.iter().rev().enumerate() {
        let says = Statement::of(ca.extensions(), ca.is_self_issued()).ok()?;
        if says.maps_any_policy() {
            let wanted = "policies other than anyPolicy";
            invalid.add(Rule::PolicyMapping, issuer::of("policyMappings", ca), "anyPolicy", wanted);
            return None;
        }
        let anchor = depth == 0 && ca.is_self_issued();
        if !(anchor && says.policies.is_none()) {
            if above.graph.has_policy() && says.policies.is_none() {
                above.without = Some(ca);
            }
            above.graph.enter(&says, false);
        }
        above.graph.leave(&says);
        if says.require_explicit_policy.is_some() {
            above.demanding = above.demanding.or(Some(ca));
        }
    }
    Some(above)
}

/// anyPolicy is not mapped (s.4.2.1.5), and nothing is where a CA above forbids it.
fn mappings(own: &Statement, above: &Above<'_>, findings: &mut Findings) {
    let field = "policyMappings";
    if own.maps_any_policy() {
        findings.invalid.add(Rule::PolicyMapping, field, "anyPolicy", "policies other than anyPolicy");
    } else if !own.mappings.is_empty() && above.graph.forbids_mapping() {
        let found: Vec<String> = own.mappings.keys().map(ToString::to_string).collect();
        let wanted = "none, since a CA above has inhibitPolicyMapping";
        findings.unsound.add(Rule::PolicyMapping, field, found.join(" "), wanted);
    }
}

/// What the next certificate may have.
fn possible(above: &Above<'_>) -> String {
    let expected = above.graph.expected();
    if let Some(without) = above.without {
        format!("none, since {} has no certificatePolicies", name(without))
    } else if expected.is_empty() {
        "none, since the CAs above have no policy in common".to_owned()
    } else if expected.contains(&ANY_POLICY) {
        "any policy".to_owned()
    } else {
        format!("one of {}, which the CAs above leave", listed(Some(&expected)))
    }
}

fn listed(policies: Option<&BTreeSet<ObjectIdentifier>>) -> String {
    let Some(policies) = policies else { return "none".to_owned() };
    let one = |policy: &ObjectIdentifier| match *policy {
        ANY_POLICY => "anyPolicy".to_owned(),
        other => other.to_string(),
    };
    policies.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn name(ca: &Certificate) -> String {
    format!("{:?}", ca.subject().to_string())
}
