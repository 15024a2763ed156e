//! The policy graph (RFC 9618): under which certificate policies a certification path is valid.
//!
//! RFC 5280 s.6.1 has a tree, which certificates with policies mapped to each other can make as large as two to
//! the power of the path's length. The graph of RFC 9618 gives the same answers and has at most one node for
//! each policy and depth, so its size is bounded by that of the certificates.

use std::collections::{BTreeMap, BTreeSet};

use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix;

use super::extension::oid::{ANY_POLICY, INHIBIT_ANY_POLICY, POLICY_CONSTRAINTS, POLICY_MAPPINGS};
use super::extension::{Extension, Value, oid};

/// What one certificate of a path says about policies, whatever the qualifiers that stand beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The policies of certificatePolicies; absent when the certificate does not have the extension.
    pub policies: Option<BTreeSet<ObjectIdentifier>>,
    /// policyMappings: each issuerDomainPolicy with the subjectDomainPolicies that it is held to equal.
    pub mappings: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>>,
    /// requireExplicitPolicy: after how many more certificates a policy must be valid.
    pub require_explicit_policy: Option<u32>,
    /// inhibitPolicyMapping: after how many more certificates policies are no longer mapped.
    pub inhibit_policy_mapping: Option<u32>,
    /// inhibitAnyPolicy: after how many more certificates anyPolicy no longer stands for every policy.
    pub inhibit_any_policy: Option<u32>,
    /// Whether subject and issuer are the same: such certificates do not count (s.6.1.4 h).
    pub self_issued: bool,
}

impl Statement {
    /// Reads the four extensions, in any form that RFC 5280 has.
    ///
    /// # Errors
    /// [`Unreadable`] names the extension that is in none.
    pub fn of(extensions: &[Extension], self_issued: bool) -> Result<Self, Unreadable> {
        let mut statement = Self { self_issued, ..Self::default() };
        for Extension { value, .. } in extensions {
            statement.take(value).map_err(|_| Unreadable { oid: value.oid() })?;
        }
        Ok(statement)
    }

    fn take(&mut self, value: &Value) -> Result<(), der::Error> {
        match value.oid() {
            oid::CERTIFICATE_POLICIES => {
                let read = pkix::CertificatePolicies::from_der(&value.to_der()?)?;
                self.policies = Some(read.0.into_iter().map(|policy| policy.policy_identifier).collect());
            }
            POLICY_MAPPINGS => {
                for pair in pkix::PolicyMappings::from_der(&value.to_der()?)?.0 {
                    let to = self.mappings.entry(pair.issuer_domain_policy).or_default();
                    to.insert(pair.subject_domain_policy);
                }
            }
            POLICY_CONSTRAINTS => {
                let read = pkix::PolicyConstraints::from_der(&value.to_der()?)?;
                self.require_explicit_policy = read.require_explicit_policy;
                self.inhibit_policy_mapping = read.inhibit_policy_mapping;
            }
            INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(u32::from_der(&value.to_der()?)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// The pairs of policyMappings of which one side is anyPolicy, which no certificate may have (s.4.2.1.5).
    #[must_use]
    pub fn maps_any_policy(&self) -> bool {
        self.mappings.iter().any(|(from, to)| *from == ANY_POLICY || to.contains(&ANY_POLICY))
    }
}

/// An extension about policies that cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the extension {oid} is in a form that cannot be followed")]
pub struct Unreadable {
    /// The extension.
    pub oid: ObjectIdentifier,
}

/// A policy at one depth.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    /// The policies that, in the next certificate, mean this one.
    expected: BTreeSet<ObjectIdentifier>,
    /// The nodes one depth up from which it follows; none only at depth 0.
    parents: BTreeSet<ObjectIdentifier>,
}

/// The nodes of one depth, each by its valid_policy.
type Level = BTreeMap<ObjectIdentifier, Node>;

/// The state of validation (RFC 5280 s.6.1.2, as RFC 9618 s.5 has it) after some certificates of a path, with
/// every policy acceptable to the relying party and nothing demanded by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyGraph {
    /// By depth; empty when no policy is valid any more.
    levels: Vec<Level>,
    /// How many more certificates may do without; absent means any number.
    explicit_policy: Option<u32>,
    policy_mapping: Option<u32>,
    inhibit_any_policy: Option<u32>,
}

impl Default for PolicyGraph {
    fn default() -> Self {
        let expected = BTreeSet::from([ANY_POLICY]);
        let any = Node { expected, parents: BTreeSet::new() };
        Self {
            levels: vec![Level::from([(ANY_POLICY, any)])],
            explicit_policy: None,
            policy_mapping: None,
            inhibit_any_policy: None,
        }
    }
}

impl PolicyGraph {
    /// Whether some policy is valid for the path so far.
    #[must_use]
    pub fn has_policy(&self) -> bool {
        !self.levels.is_empty()
    }

    /// Whether the next certificate must be valid for some policy (s.6.1.3 f).
    #[must_use]
    pub fn demands_policy(&self) -> bool {
        self.explicit_policy == Some(0)
    }

    /// As [`PolicyGraph::demands_policy`], where no other certificate follows the next one: the count goes down
    /// once more at the end (s.6.1.5 a and b).
    #[must_use]
    pub fn demands_policy_of_last(&self, certificate: &Statement) -> bool {
        self.explicit_policy.is_some_and(|left| left <= 1) || certificate.require_explicit_policy == Some(0)
    }

    /// Whether the next certificate may not map policies (s.6.1.4 b 2).
    #[must_use]
    pub fn forbids_mapping(&self) -> bool {
        self.policy_mapping == Some(0)
    }

    /// Whether anyPolicy in the next certificate stands for nothing (s.6.1.3 d 2).
    #[must_use]
    pub fn forbids_any_policy(&self) -> bool {
        self.inhibit_any_policy == Some(0)
    }

    /// The policies that the next certificate may have: all that are expected; anyPolicy among them means all.
    #[must_use]
    pub fn expected(&self) -> BTreeSet<ObjectIdentifier> {
        self.levels
            .last()
            .into_iter()
            .flat_map(Level::values)
            .flat_map(|node| &node.expected)
            .copied()
            .collect()
    }

    /// The policies of the last certificate for which the path is valid.
    pub fn valid(&self) -> impl Iterator<Item = ObjectIdentifier> {
        self.levels.last().into_iter().flat_map(Level::keys).copied()
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.levels.iter().map(Level::len).sum()
    }

    /// Goes through the next certificate (s.6.1.3 d and e); `last` where no other is to follow.
    pub fn enter(&mut self, certificate: &Statement, last: bool) {
        let Some(policies) = &certificate.policies else {
            self.levels.clear();
            return;
        };
        let Some(above) = self.levels.last() else { return };
        let by_expected = expecting(above);
        let mut level = Level::new();
        let mut add = |policy: ObjectIdentifier, parents: BTreeSet<ObjectIdentifier>| {
            level.entry(policy).or_insert(Node { expected: BTreeSet::from([policy]), parents });
        };
        // d 1
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            if let Some(parents) = by_expected.get(policy) {
                add(*policy, parents.clone());
            } else if above.contains_key(&ANY_POLICY) {
                add(*policy, BTreeSet::from([ANY_POLICY]));
            }
        }
        // d 2
        let any_counts = !self.forbids_any_policy() || (!last && certificate.self_issued);
        if policies.contains(&ANY_POLICY) && any_counts {
            for (policy, parents) in by_expected {
                add(policy, parents);
            }
        }
        self.levels.push(level);
        self.prune();
    }

    /// Prepares for the certificate after this one (s.6.1.4 b, h, i and j).
    pub fn leave(&mut self, certificate: &Statement) {
        self.map(certificate);
        if !certificate.self_issued {
            for counter in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy]
            {
                *counter = counter.map(|left| left.saturating_sub(1));
            }
        }
        lower(&mut self.explicit_policy, certificate.require_explicit_policy);
        lower(&mut self.policy_mapping, certificate.inhibit_policy_mapping);
        lower(&mut self.inhibit_any_policy, certificate.inhibit_any_policy);
    }

    fn map(&mut self, certificate: &Statement) {
        let forbidden = self.forbids_mapping();
        let Some(level) = self.levels.last_mut() else { return };
        for (from, to) in &certificate.mappings {
            if forbidden {
                level.remove(from);
            } else if let Some(node) = level.get_mut(from) {
                node.expected.clone_from(to);
            } else if level.contains_key(&ANY_POLICY) {
                let parents = BTreeSet::from([ANY_POLICY]);
                level.insert(*from, Node { expected: to.clone(), parents });
            }
        }
        self.prune();
    }

    /// Takes out what no certificate further down follows from (d 3).
    fn prune(&mut self) {
        let mut wanted: Option<BTreeSet<ObjectIdentifier>> = None;
        for level in self.levels.iter_mut().rev() {
            if let Some(wanted) = &wanted {
                level.retain(|policy, _| wanted.contains(policy));
            }
            wanted = Some(level.values().flat_map(|node| &node.parents).copied().collect());
        }
        if self.levels.last().is_none_or(Level::is_empty) {
            self.levels.clear();
        }
    }
}

/// For each policy that some node of a level expects, those nodes.
fn expecting(level: &Level) -> BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> {
    let mut by_expected: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
    for (policy, node) in level {
        for expected in &node.expected {
            by_expected.entry(*expected).or_default().insert(*policy);
        }
    }
    by_expected
}

fn lower(counter: &mut Option<u32>, to: Option<u32>) {
    if let Some(to) = to {
        *counter = Some(counter.map_or(to, |left| left.min(to)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> ObjectIdentifier {
        if text == "any" { ANY_POLICY } else { format!("1.3.6.1.4.1.55555.{text}").parse().unwrap() }
    }

    /// A certificate with policies, and pairs `1=2` that map the first to the second.
    fn certificate(policies: &str, mappings: &str) -> Statement {
        let mut statement = Statement {
            policies: Some(policies.split_whitespace().map(policy).collect()),
            ..Statement::default()
        };
        for pair in mappings.split_whitespace() {
            let (from, to) = pair.split_once('=').unwrap();
            statement.mappings.entry(policy(from)).or_default().insert(policy(to));
        }
        statement
    }

    /// The state after these certificates of CAs.
    fn after(cas: &[Statement]) -> PolicyGraph {
        let mut graph = PolicyGraph::default();
        for ca in cas {
            graph.enter(ca, false);
            graph.leave(ca);
        }
        graph
    }

    fn valid(cas: &[Statement], last: &Statement) -> Vec<ObjectIdentifier> {
        let mut graph = after(cas);
        graph.enter(last, true);
        graph.valid().collect()
    }

    fn policies(texts: &str) -> Vec<ObjectIdentifier> {
        texts.split_whitespace().map(policy).collect()
    }

    #[test]
    fn a_policy_is_valid_where_every_certificate_has_it_or_any() {
        for (above, last, wanted) in [
            ("1 2", "1", "1"),
            ("1 2", "1 3", "1"),
            ("1", "2", ""),
            ("any", "2", "2"),
            ("1 any", "1 2", "1 2"),
            ("1", "any", "1"),
            ("any", "any", "any"),
        ] {
            let found = valid(&[certificate(above, "")], &certificate(last, ""));
            assert_eq!(found, policies(wanted), "{last} below {above}");
        }
        // Without the extension a path is good for no policy, for good.
        let without = Statement::default();
        assert_eq!(valid(&[certificate("any", ""), without.clone()], &certificate("1", "")), []);
        assert_eq!(valid(&[certificate("1", "")], &without), []);
    }

    #[test]
    fn a_mapping_makes_the_policy_of_one_domain_that_of_another() {
        let mapped = [certificate("1 2", "1=7 1=8")];
        assert_eq!(valid(&mapped, &certificate("7", "")), policies("7"));
        assert_eq!(valid(&mapped, &certificate("8 2", "")), policies("2 8"));
        assert_eq!(valid(&mapped, &certificate("1", "")), []);
        assert_eq!(after(&mapped).expected().into_iter().collect::<Vec<_>>(), policies("2 7 8"));
        // Of anyPolicy a mapping makes the one policy that it names, beside all others.
        let of_any = [certificate("any", "1=7")];
        assert_eq!(valid(&of_any, &certificate("7", "")), policies("7"));
        assert_eq!(valid(&of_any, &certificate("3", "")), policies("3"));
    }

    #[test]
    fn a_forbidden_mapping_ends_its_policy() {
        let forbidding = Statement { inhibit_policy_mapping: Some(0), ..certificate("1 2", "") };
        let cas = [forbidding, certificate("1 2", "1=7")];
        assert_eq!(valid(&cas, &certificate("7 1 2", "")), policies("2"));
        let later = Statement { inhibit_policy_mapping: Some(1), ..certificate("1 2", "") };
        let cas = [later, certificate("1 2", "1=7")];
        assert_eq!(valid(&cas, &certificate("7 1 2", "")), policies("2 7"));
    }

    #[test]
    fn any_policy_stands_for_nothing_once_it_is_inhibited() {
        let inhibiting = Statement { inhibit_any_policy: Some(0), ..certificate("1", "") };
        assert_eq!(valid(std::slice::from_ref(&inhibiting), &certificate("any", "")), []);
        assert_eq!(valid(std::slice::from_ref(&inhibiting), &certificate("1", "")), policies("1"));
        // A self-issued CA between does not count (s.6.1.3 d 2), a self-issued end entity does.
        let key_change = Statement { self_issued: true, ..certificate("any", "") };
        assert_eq!(valid(&[inhibiting.clone(), key_change.clone()], &certificate("1", "")), policies("1"));
        assert_eq!(valid(&[inhibiting], &key_change), []);
    }

    #[test]
    fn a_policy_is_demanded_after_as_many_certificates_as_were_said() {
        let demanding = |skip| Statement { require_explicit_policy: Some(skip), ..certificate("1", "") };
        let plain = || certificate("1", "");
        assert!(!after(&[plain()]).demands_policy());
        assert!(after(&[demanding(0)]).demands_policy());
        assert!(!after(&[demanding(1)]).demands_policy());
        assert!(after(&[demanding(1), plain()]).demands_policy());
        let self_issued = Statement { self_issued: true, ..plain() };
        assert!(!after(&[demanding(1), self_issued]).demands_policy());
        // What is lowered does not rise again.
        assert!(after(&[demanding(0), demanding(9)]).demands_policy());
        // At the end of the path the count goes down once more.
        assert!(after(&[demanding(1)]).demands_policy_of_last(&plain()));
        assert!(!after(&[demanding(2)]).demands_policy_of_last(&plain()));
        assert!(after(&[plain()]).demands_policy_of_last(&demanding(0)));
    }

    /// RFC 9618 s.3.1: with two policies that map to each other the tree of RFC 5280 doubles with each
    /// certificate, so that a path of 64 would have 2^64 leaves.
    #[test]
    fn policies_that_map_to_each_other_cost_two_nodes_for_each_certificate() {
        let cas = vec![certificate("1 2", "1=1 1=2 2=1 2=2"); 64];
        let graph = after(&cas);
        assert_eq!(graph.nodes(), 1 + 2 * 64);
        assert_eq!(valid(&cas, &certificate("2", "")), policies("2"));
    }

    #[test]
    fn what_leads_nowhere_is_taken_out_up_to_the_beginning() {
        let cas = [certificate("1 2 3", ""), certificate("1 2", ""), certificate("1", "")];
        assert_eq!(after(&cas).nodes(), 4);
        let nothing = after(&[certificate("1", ""), certificate("2", "")]);
        assert!(!nothing.has_policy());
        assert_eq!(nothing.nodes(), 0);
    }

    #[test]
    fn the_extensions_are_read_with_their_qualifiers() {
        let extension = |oid, der: &str| Extension {
            critical: true,
            value: Value::from_der(oid, &hex::decode(der).unwrap()),
        };
        // A policy with a user notice, and one without qualifiers.
        let policies = "302c3023 06022a03 301d301b 06082b06010505070202 300f 0c0d 48656c6c6f2c20776f726c6421 3005 06032a0304";
        let statement = Statement::of(
            &[
                extension(oid::CERTIFICATE_POLICIES, &policies.replace(' ', "")),
                extension(POLICY_MAPPINGS, "300b3009 06022a03 06032a0305".replace(' ', "").as_str()),
                extension(POLICY_CONSTRAINTS, "3006800100810102"),
                extension(INHIBIT_ANY_POLICY, "020103"),
            ],
            false,
        )
        .unwrap();
        assert_eq!(
            statement,
            Statement {
                policies: Some(["1.2.3".parse().unwrap(), "1.2.3.4".parse().unwrap()].into()),
                mappings: [("1.2.3".parse().unwrap(), ["1.2.3.5".parse().unwrap()].into())].into(),
                require_explicit_policy: Some(0),
                inhibit_policy_mapping: Some(2),
                inhibit_any_policy: Some(3),
                self_issued: false,
            }
        );
        for (oid, der) in [(oid::CERTIFICATE_POLICIES, "0500"), (INHIBIT_ANY_POLICY, "0201ff")] {
            assert_eq!(Statement::of(&[extension(oid, der)], false), Err(Unreadable { oid }));
        }
        assert!(certificate("any", "any=1").maps_any_policy());
        assert!(certificate("any", "1=any").maps_any_policy());
        assert!(!certificate("any", "1=2").maps_any_policy());
    }
}
