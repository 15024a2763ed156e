//! A profile as rows: what `profile show` prints, and the canonical form over which its hash is made.

use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::{AttributeRule, CaRules, EndEntityRules, Kind, Profile, Urls};
use crate::x509::extension::{CertificatePolicies, ExtKeyUsage, TlsFeature, Value};

/// One line of a profile: a dotted key and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key, in the words of the TOML form where that has one.
    pub key: String,
    /// The value in words.
    pub value: String,
}

/// What stands before the rows when they are hashed; the number grows when the rows change their form.
const CANONICAL: &str = "keyrite certificate profile 2\n";

/// The canonical form and its hash, made when they are first asked for: every certificate of a batch names them. They
/// follow from the rules, and say nothing about whether two profiles are equal that those do not.
#[derive(Clone, Debug, Default)]
pub(super) struct Canonical(OnceLock<(Arc<str>, [u8; 32])>);

impl PartialEq for Canonical {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Canonical {}

impl Profile {
    /// The resolved profile, line by line: every rule, those that follow from its kind included.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Rows::default();
        rows.add("name", &self.name);
        rows.add("document", self.document.as_deref().unwrap_or("none"));
        rows.add("kind", self.kind.word());
        rows.add("standards", joined(&self.standards));
        rows.add(
            "waivable",
            if self.waivable.is_empty() { "none".to_owned() } else { joined(&self.waivable) },
        );
        rows.add("key.algorithms", joined(&self.key.algorithms));
        if self.kind.ca().is_some() {
            rows.add("key.weaker_than_issuer", self.key.weaker_than_issuer);
        }
        rows.add("validity.default", self.validity.default);
        rows.add("validity.maximum", self.validity.maximum);
        let backdating = self.validity.backdating.map_or_else(|| "none".to_owned(), |some| some.to_string());
        rows.add("validity.backdating", backdating);
        rows.add("validity.beyond_issuer", self.validity.beyond_issuer);
        for (known, rule) in &self.subject.attributes {
            let key = format!("subject.attributes.{}", known.short);
            rows.add(&key, attribute(rule));
        }
        rows.add("subject.order", self.subject.order.word());
        rows.add("subject.other_attributes", self.subject.other_attributes.word());
        rows.add("subject.common_name_in_alt_names", self.subject.common_name_in_alt_names);
        rows.add("request.other_extensions", self.other_extensions.word());
        self.add_extensions(&mut rows);
        self.add_linting(&mut rows);
        rows.0
    }

    /// SHA-256 over the canonical form: the rows, each as key, TAB, value and line feed. It covers every rule
    /// and the name, but not the description or the comments of the file.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.canonical().1
    }

    /// The rows as they are hashed: key, TAB, value and line feed for each.
    #[must_use]
    pub fn canonical_rows(&self) -> Arc<str> {
        Arc::clone(&self.canonical().0)
    }

    fn canonical(&self) -> &(Arc<str>, [u8; 32]) {
        self.canonical.0.get_or_init(|| {
            let rows: String =
                self.rows().iter().map(|Row { key, value }| format!("{key}\t{value}\n")).collect();
            let hash = Sha256::new_with_prefix(CANONICAL).chain_update(&rows);
            (rows.into(), hash.finalize().into())
        })
    }

    fn add_extensions(&self, rows: &mut Rows) {
        let rules = &self.extensions;
        if rules.authority_key_identifier {
            rows.add("extensions.authorityKeyIdentifier", "not critical, the issuer's subjectKeyIdentifier");
        }
        if rules.subject_key_identifier {
            rows.add("extensions.subjectKeyIdentifier", "not critical, from the key (RFC 7093 method 1)");
        }
        match &self.kind {
            Kind::Root(ca) | Kind::Subordinate(ca) | Kind::Cross(ca) => add_ca(ca, rows),
            Kind::EndEntity(leaf) | Kind::OcspResponder(leaf) | Kind::TimeStamping(leaf) => {
                add_end_entity(leaf, rows);
            }
        }
        if let Some(purposes) = &rules.ext_key_usage {
            let names = ExtKeyUsage(purposes.purposes.clone());
            rows.add("extensions.extKeyUsage", format!("{}, {names}", criticality(purposes.critical)));
            if !purposes.from_request.is_empty() {
                let asked = ExtKeyUsage(purposes.from_request.clone());
                rows.add("extensions.extKeyUsage.from_request", asked);
            }
        }
        if let Some(policies) = &rules.certificate_policies {
            let names = CertificatePolicies(policies.policies.clone());
            let critical = criticality(policies.critical);
            rows.add("extensions.certificatePolicies", format!("{critical}, {names}"));
            if !policies.from_request.is_empty() {
                let asked = CertificatePolicies(policies.from_request.clone());
                rows.add("extensions.certificatePolicies.from_request", asked);
            }
        }
        if let Some(names) = &rules.subject_alt_name {
            let key = "extensions.subjectAltName";
            rows.add(key, "critical where the subject is empty");
            let types: Vec<&str> = names.types.iter().map(|one| one.word()).collect();
            rows.add(&format!("{key}.types"), types.join(" "));
            if !names.required.is_empty() {
                rows.add(&format!("{key}.required"), joined(&names.required));
            }
            for (of, pattern) in &names.patterns {
                rows.add(&format!("{key}.patterns.{of}"), format!("{:?}", pattern.as_str()));
            }
            rows.add(&format!("{key}.from_request"), names.from_request);
            rows.add(&format!("{key}.minimum"), names.minimum);
            rows.add(&format!("{key}.maximum"), names.maximum);
            rows.add(&format!("{key}.wildcards"), names.wildcards);
        }
        let mut urls = |key: &str, urls: &Option<Urls>| {
            if let Some(urls) = urls {
                rows.add(key, format!("not critical, {urls}"));
            }
        };
        urls("extensions.cRLDistributionPoints", &rules.crl_distribution_points);
        urls("extensions.authorityInfoAccess.ocsp", &rules.ocsp);
        urls("extensions.authorityInfoAccess.ca_issuers", &rules.ca_issuers);
        if let Some(features) = &rules.tls_feature {
            let key = "extensions.tlsFeature";
            rows.add(key, format!("not critical, {}", TlsFeature(features.features.clone())));
            rows.add(&format!("{key}.from_request"), features.from_request);
        }
        for extension in &rules.fixed {
            // By its object identifier where the file names it so.
            let name = if let Value::Unrecognized { oid, .. } = &extension.value {
                oid.to_string()
            } else {
                extension.value.name()
            };
            let key = format!("extensions.{name}");
            rows.add(&key, format!("{}, {}", criticality(extension.critical), extension.value));
        }
        for asked in &rules.from_request {
            let key = format!("extensions.{}", asked.oid);
            let need = if asked.required { "required" } else { "optional" };
            let pattern =
                asked.pattern.as_ref().map_or_else(String::new, |one| format!(" {:?}", one.as_str()));
            let form = format!("{}{pattern} of at most {} octets", asked.form, asked.maximum_octets);
            rows.add(&key, format!("{}, {need} in the request, {form}", criticality(asked.critical)));
        }
    }

    fn add_linting(&self, rows: &mut Rows) {
        for one in &self.exclusions {
            rows.add(&format!("lint.excluded.{}", one.id), format!("{:?} by {:?}", one.reason, one.by));
        }
        for one in &self.linters {
            let words: Vec<String> = std::iter::once(one.program.display().to_string())
                .chain(one.arguments.iter().cloned())
                .map(|word| format!("{word:?}"))
                .collect();
            rows.add(
                &format!("linter.{:?}", one.name),
                format!("{} within {}", words.join(" "), one.timeout),
            );
        }
    }
}

fn attribute(rule: &AttributeRule) -> String {
    match rule {
        AttributeRule::Forbidden => "forbidden".to_owned(),
        AttributeRule::Fixed { value, string } => format!("fixed {value:?}, {string}"),
        AttributeRule::Asked { required, pattern, string, maximum } => {
            let need = if *required { "required" } else { "optional" };
            let pattern =
                pattern.as_ref().map_or_else(String::new, |one| format!(", pattern {:?}", one.as_str()));
            format!("{need}, at most {maximum}, {string}{pattern}")
        }
    }
}

fn add_end_entity(leaf: &EndEntityRules, rows: &mut Rows) {
    if let Some(usage) = &leaf.key_usage {
        let critical = criticality(usage.critical);
        rows.add("extensions.keyUsage", format!("{critical}, {}", usage.usages.key_usage()));
        rows.add("extensions.keyUsage.usages_rsa", usage.usages_rsa.key_usage());
        if let Some(asked) = usage.from_request {
            rows.add("extensions.keyUsage.from_request", asked.key_usage());
        }
    }
    if leaf.basic_constraints {
        rows.add("extensions.basicConstraints", "critical, not a CA");
    }
}

fn add_ca(ca: &CaRules, rows: &mut Rows) {
    rows.add("extensions.keyUsage", format!("critical, {}", ca.key_usage()));
    let limit = ca.path_len.map_or_else(|| "not limited".to_owned(), |most| most.to_string());
    rows.add("extensions.basicConstraints", format!("critical, CA, path length {limit}"));
    if let Some(constraints) = &ca.name_constraints {
        rows.add("extensions.nameConstraints", format!("critical, {constraints}"));
    }
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    /// A value is one line, so that no value can look like a row of its own.
    fn add(&mut self, key: &str, value: impl ToString) {
        let plain = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
        let line = |text: &str| text.chars().map(plain).collect::<String>();
        self.0.push(Row { key: line(key), value: line(&value.to_string()) });
    }
}

fn criticality(critical: bool) -> &'static str {
    if critical { "critical" } else { "not critical" }
}

fn joined(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
