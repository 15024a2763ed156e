//! Rules of one profile that cannot hold together, or of which one never applies.

use der::asn1::ObjectIdentifier;

use crate::policy::profile::toml::id;
use crate::policy::profile::{AttributeRule, KeyRules, Kind, Length, Others, Profile, Urls};
use crate::policy::violation::Rule;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{Feature, KeyUsage, Value, oid, purpose};

use super::{Fault, Faults, always};

pub(super) fn judge(profile: &Profile) -> Vec<Fault> {
    let mut faults = purposes(profile);
    faults.extend(policies(profile));
    faults.extend(revocation(profile));
    faults.extend(names(profile));
    faults.extend(waivable(profile));
    faults
}

/// The usages of which a key for a purpose needs at least one (RFC 5280 s.4.2.1.12).
pub(crate) fn needed(purpose: ObjectIdentifier) -> Option<KeyUsage> {
    let signing = KeyUsage::DIGITAL_SIGNATURE;
    let signatures = signing | KeyUsage::NON_REPUDIATION;
    let exchange = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT;
    match purpose {
        purpose::SERVER_AUTH => Some(signing | exchange),
        purpose::CLIENT_AUTH => Some(signing | KeyUsage::KEY_AGREEMENT),
        purpose::CODE_SIGNING => Some(signing),
        purpose::EMAIL_PROTECTION => Some(signatures | exchange),
        purpose::TIME_STAMPING | purpose::OCSP_SIGNING => Some(signatures),
        _ => None,
    }
}

/// extKeyUsage against keyUsage: a key must be consistent with both (RFC 5280 s.4.2.1.12).
fn purposes(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::PURPOSE);
    let usage = profile.kind().end_entity().and_then(|leaf| leaf.key_usage);
    let (Some(purposes), Some(usage)) = (&profile.extensions().ext_key_usage, usage) else {
        return faults.found;
    };
    let KeyRules { algorithms, .. } = profile.key();
    let rsa = algorithms.iter().any(|one| matches!(one, KeyAlgorithm::Rsa { .. }));
    let others = algorithms.iter().any(|one| !matches!(one, KeyAlgorithm::Rsa { .. }));
    let own = [(others, usage.usages, "of keys that are not RSA"), (rsa, usage.usages_rsa, "of RSA keys")];
    for one in purposes.purposes.iter().chain(&purposes.from_request) {
        let Some(needed) = needed(*one) else { continue };
        for (_, usages, whose) in own.iter().filter(|(occurs, ..)| *occurs) {
            let found = usages.key_usage();
            let message = format!(
                "{}, for which the keyUsage {whose}, {found}, has none of {needed} (RFC 5280 s.4.2.1.12)",
                purpose::name(one)
            );
            faults.want(
                !found.common(needed).is_empty(),
                &["extensions", "extKeyUsage", "purposes"],
                message,
            );
        }
    }
    faults.found
}

/// What a CA says of the policies below it needs policies (RFC 5280 s.4.2.1.5, s.4.2.1.11).
fn policies(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::POLICY);
    let rules = profile.extensions();
    let policies = rules.certificate_policies.as_ref();
    let root = matches!(profile.kind(), Kind::Root(_));
    if let Some(Value::PolicyConstraints(_)) = rules.fixed(oid::POLICY_CONSTRAINTS).map(|one| &one.value) {
        let message = "a policy is demanded of the path, and this certificate would have none: \
                       certificatePolicies is missing (RFC 5280 s.4.2.1.11)";
        faults.want(policies.is_some() || root, &["extensions", "policyConstraints"], message);
    }
    if let Some(Value::PolicyMappings(mappings)) = rules.fixed(oid::POLICY_MAPPINGS).map(|one| &one.value) {
        for one in &mappings.0 {
            let known = policies
                .is_some_and(|found| found.policies.iter().any(|policy| policy.oid == one.issuer_domain));
            let message = format!(
                "{one}, of which {} is not among certificatePolicies (RFC 5280 s.4.2.1.5)",
                one.issuer_domain
            );
            faults.want(known, &["extensions", "policyMappings", "mappings"], message);
        }
    }
    faults.found
}

/// noRevAvail against all that says where revocation is told (RFC 9608 s.2).
fn revocation(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::REVOCATION);
    let rules = profile.extensions();
    if rules.fixed(oid::NO_REV_AVAIL).is_some() {
        let keys = ["extensions", "noRevAvail"];
        let stapled = rules.tls_feature.as_ref().is_some_and(|rules| {
            rules
                .features
                .iter()
                .any(|one| [Feature::STATUS_REQUEST, Feature::STATUS_REQUEST_V2].contains(one))
        });
        for (there, with) in [
            (rules.crl_distribution_points.is_some(), "cRLDistributionPoints"),
            (rules.ocsp.is_some(), "authorityInfoAccess.ocsp"),
            (stapled, "tlsFeature, which demands an OCSP response"),
        ] {
            faults.want(
                !there,
                &keys,
                format!("nobody is told of a revocation, and yet there is {with} (RFC 9608 s.2)"),
            );
        }
    }
    faults.found
}

/// A subject that no name can fit.
fn names(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::ALT_NAMES);
    let subject = profile.subject();
    if subject.common_name_in_alt_names && always(subject, "CN") {
        let message = "every CN is to be an alternative name, and the profile has no subjectAltName";
        let keys = ["subject", "common_name_in_alt_names"];
        faults.want(profile.extensions().subject_alt_name.is_some(), &keys, message);
    }
    faults.found
}

/// Rules that may be overridden although this profile cannot break them: someone means another rule.
fn waivable(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::WAIVABLE);
    for rule in profile.waivable() {
        if let Some(why) = cannot_occur(profile, *rule) {
            faults.add(&["waivable"], format!("{rule}, which this profile cannot break: {why}"));
        }
    }
    faults.found
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other rule that may be waived can be broken")]
fn cannot_occur(profile: &Profile, rule: Rule) -> Option<&'static str> {
    let subject = profile.subject();
    let rules = profile.extensions();
    let names = rules.subject_alt_name.as_ref();
    let asked = |wanted: fn(&AttributeRule) -> bool| subject.attributes.iter().any(|(_, rule)| wanted(rule));
    let required = |urls: &Option<Urls>| matches!(urls, Some(Urls::Required));
    let (occurs, why) = match rule {
        Rule::ValidityMaximum => {
            (profile.validity().maximum != Length::NoExpiration, "it has no greatest validity")
        }
        Rule::SubjectMissing => (
            asked(|rule| matches!(rule, AttributeRule::Asked { required: true, .. })),
            "it requires no attribute",
        ),
        Rule::SubjectPattern => (
            asked(|rule| matches!(rule, AttributeRule::Asked { pattern: Some(_), .. })),
            "no attribute has a pattern",
        ),
        Rule::SubjectCount => (
            asked(|rule| matches!(rule, AttributeRule::Asked { maximum: 2.., .. })),
            "no attribute may be there more than once",
        ),
        Rule::CommonName => (subject.common_name_in_alt_names, "common_name_in_alt_names is false"),
        Rule::AltNamePattern => {
            (names.is_some_and(|names| !names.patterns.is_empty()), "no type of name has a pattern")
        }
        Rule::AltNameWildcard => {
            (names.is_some_and(|names| !names.wildcards), "it has wildcards or no names")
        }
        Rule::AltNameCount => (names.is_some(), "it has no alternative names"),
        Rule::RequestExtension => (profile.other_extensions() == Others::Refuse, "other_extensions is drop"),
        Rule::Places => (
            required(&rules.crl_distribution_points) || required(&rules.ocsp) || required(&rules.ca_issuers),
            "it requires no URL",
        ),
        _ => (true, ""),
    };
    (!occurs).then_some(why)
}
