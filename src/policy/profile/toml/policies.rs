//! certificatePolicies, and what a CA says of the policies below it, as TOML.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::policy::document::{Found, Table};
use crate::policy::http_url::HttpUrl;
use crate::policy::profile::extensions::Policies;
use crate::x509::extension::{
    Extension, InhibitAnyPolicy, Policy, PolicyConstraints, PolicyMapping, PolicyMappings, Qualifier, Value,
    oid,
};

use super::{distinct, id};

/// The most certificates that can be skipped: no path is as long.
const SKIPPED: u64 = 255;

/// `OID`, or `OID CPS-URL`.
#[derive(Clone, PartialEq, Eq)]
struct PolicyText(Policy);

#[derive(Debug, thiserror::Error)]
#[error("{found:?} is not a policy, wanted a dotted object identifier, and after a blank the URL of its CPS")]
struct PolicyTextError {
    found: String,
}

impl FromStr for PolicyText {
    type Err = PolicyTextError;

    fn from_str(text: &str) -> Result<Self, PolicyTextError> {
        let refused = || PolicyTextError { found: text.to_owned() };
        let mut parts = text.split(' ');
        let first = parts.next().unwrap_or_default();
        let oid = ObjectIdentifier::new(first).map_err(|_| refused())?;
        let qualifiers = parts
            .map(|url| {
                url.parse::<HttpUrl>().map(|url| Qualifier::Cps(url.to_string())).map_err(|_| refused())
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Policy { oid, qualifiers }))
    }
}

impl fmt::Display for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.oid)
    }
}

/// `{ oid = "OID", cps = "URL", notice = "TEXT" }`.
fn policy(table: &Table<'_>) -> Option<PolicyText> {
    let policy = table.parse_required::<ObjectIdentifier>("oid");
    let cps = table.parse::<HttpUrl>("cps").map(|found| Qualifier::Cps(found.value.to_string()));
    let notice = table.parse::<String>("notice").map(|found| {
        let notice = Qualifier::UserNotice(found.value);
        if let Some(why) = notice.fault() {
            table.problem(id::POLICY, &found.place, "notice", format!("{why} (RFC 6818 s.3)"));
        }
        notice
    });
    let qualifiers = cps.into_iter().chain(notice).collect();
    Some(PolicyText(Policy { oid: policy?.value, qualifiers }))
}

/// `[extensions.certificatePolicies]`.
pub(super) fn read(table: &Table<'_>) -> Option<Policies> {
    let critical = table.flag("critical").is_some_and(|found| found.value);
    let list = |key: &str, found: Found<Vec<Found<PolicyText>>>| -> Option<Vec<Policy>> {
        Some(distinct(table, key, found)?.into_iter().map(|policy| policy.0).collect())
    };
    let found = table.list_or_tables("policies", policy)?;
    let place = found.place.clone();
    let policies = list("policies", found)?;
    let asked = if table.has("from_request") { table.list_or_tables("from_request", policy) } else { None };
    let from_request = asked.and_then(|found| list("from_request", found)).unwrap_or_default();
    let all: Vec<ObjectIdentifier> = policies.iter().chain(&from_request).map(|policy| policy.oid).collect();
    if all.iter().enumerate().any(|(at, policy)| all.iter().take(at).any(|earlier| earlier == policy)) {
        table.problem(id::POLICY, &place, "policies", "one policy twice (RFC 5280 s.4.2.1.4)");
    }
    if all.len() > 1 && all.contains(&oid::ANY_POLICY) {
        table.problem(id::POLICY, &place, "policies", "anyPolicy stands alone (BR 7.1.2.10.5)");
    }
    Some(Policies { critical, policies, from_request })
}

/// `[extensions.policyMappings]`, critical unless the file says otherwise (RFC 5280 s.4.2.1.5: SHOULD).
pub(super) fn mappings(table: &Table<'_>) -> Option<Extension> {
    let critical = table.flag("critical").is_none_or(|found| found.value);
    let found = table.list_required::<PolicyMapping>("mappings")?;
    for one in &found.value {
        if [one.value.issuer_domain, one.value.subject_domain].contains(&oid::ANY_POLICY) {
            let message = format!("{}, and anyPolicy is neither mapped nor mapped to", one.value);
            table.problem(id::POLICY, &one.place, "mappings", format!("{message} (RFC 5280 s.4.2.1.5)"));
        }
    }
    let mappings = distinct(table, "mappings", found)?;
    let value = Value::PolicyMappings(PolicyMappings(mappings));
    Some(Extension { critical, value })
}

/// `[extensions.policyConstraints]`, always critical (RFC 5280 s.4.2.1.11).
pub(super) fn constraints(table: &Table<'_>) -> Option<Extension> {
    let constraints = PolicyConstraints {
        require_explicit_policy: skipped(table, "require_explicit_policy"),
        inhibit_policy_mapping: skipped(table, "inhibit_policy_mapping"),
    };
    if constraints.is_empty() {
        let message = "wanted require_explicit_policy, inhibit_policy_mapping, or both";
        table.problem(id::LIST, table.place(), "require_explicit_policy", message);
        return None;
    }
    Some(Extension { critical: true, value: Value::PolicyConstraints(constraints) })
}

/// `[extensions.inhibitAnyPolicy]`, always critical (RFC 5280 s.4.2.1.14).
pub(super) fn inhibition(table: &Table<'_>) -> Option<Extension> {
    table.require("skip_certificates");
    let skipped = skipped(table, "skip_certificates")?;
    Some(Extension { critical: true, value: Value::InhibitAnyPolicy(InhibitAnyPolicy(skipped)) })
}

fn skipped(table: &Table<'_>, key: &str) -> Option<u32> {
    u32::try_from(table.number(key, SKIPPED)?.value).ok()
}
