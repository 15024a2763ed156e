//! What a request asks for and its profile takes from it: each value under a validator, and nothing else.

use der::asn1::ObjectIdentifier;

use crate::x509::extension::{Extension, Feature, KeyUsage, Policy, TlsFeature, Value, oid};

use super::profile::{Policies, Profile, Purposes, RequestedExtension, TlsFeatures};
use super::subject_key::SubjectKey;
use super::violation::{Rule, Violations};

/// The extensions that came with a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a>(&'a [Extension]);

impl<'a> Wanted<'a> {
    /// Those of a request, or of a certificate from which another is made; none where a key came by itself.
    pub(super) fn of(key: SubjectKey<'a>) -> Self {
        Self(key.extensions())
    }

    fn value(self, oid: ObjectIdentifier) -> Option<&'a Value> {
        self.0.iter().map(|extension| &extension.value).find(|value| value.oid() == oid)
    }

    /// The usages that are asked for.
    pub(super) fn usages(self) -> KeyUsage {
        match self.value(oid::KEY_USAGE) {
            Some(Value::KeyUsage(usages)) => *usages,
            _ => KeyUsage::NONE,
        }
    }

    /// The purposes of the profile, and those that it takes where they are asked for.
    pub(super) fn purposes(self, rules: &Purposes) -> Vec<ObjectIdentifier> {
        let asked: &[ObjectIdentifier] = match self.value(oid::EXT_KEY_USAGE) {
            Some(Value::ExtKeyUsage(asked)) => &asked.0,
            _ => &[],
        };
        let taken = rules.from_request.iter().filter(|purpose| asked.contains(purpose));
        rules.purposes.iter().chain(taken).copied().collect()
    }

    /// The policies of the profile, and those that it takes where they are asked for, as the profile words them.
    pub(super) fn policies(self, rules: &Policies) -> Vec<Policy> {
        let asked: &[Policy] = match self.value(oid::CERTIFICATE_POLICIES) {
            Some(Value::CertificatePolicies(asked)) => &asked.0,
            _ => &[],
        };
        let asks = |policy: &&Policy| asked.iter().any(|asked| asked.oid == policy.oid);
        rules.policies.iter().chain(rules.from_request.iter().filter(asks)).cloned().collect()
    }

    /// The TLS features of the profile: all of them, or those that are asked for.
    pub(super) fn features(self, rules: &TlsFeatures) -> Option<TlsFeature> {
        let asked: &[Feature] = match self.value(oid::TLS_FEATURE) {
            Some(Value::TlsFeature(asked)) => &asked.0,
            _ => &[],
        };
        let given: Vec<Feature> = rules
            .features
            .iter()
            .filter(|feature| !rules.from_request || asked.contains(feature))
            .copied()
            .collect();
        (!given.is_empty()).then_some(TlsFeature(given))
    }

    /// The value of an extension that the profile takes from the request, if it passes.
    pub(super) fn extension(
        self,
        rules: &RequestedExtension,
        violations: &mut Violations,
    ) -> Option<Extension> {
        let Some(asked) = self.value(rules.oid) else {
            if rules.required {
                let wanted = format!("a value of the form {}, as the profile requires", rules.form);
                violations.add(Rule::RequestMissing, rules.oid.to_string(), "none", wanted);
            }
            return None;
        };
        let der = asked.to_der().ok()?;
        if let Some(wanted) = fault(rules, &der) {
            violations.add(Rule::RequestValue, asked.name(), asked, wanted);
            return None;
        }
        Some(Extension { critical: rules.critical, value: asked.clone() })
    }
}

/// What was wanted of a value, if it is not that.
fn fault(rules: &RequestedExtension, der: &[u8]) -> Option<String> {
    let most = rules.maximum_octets;
    if der.len() > most {
        return Some(format!("at most {most} octets, not {}", der.len()));
    }
    if rules.form.fault(der).is_some() {
        return Some(format!("one value in DER of the form {}", rules.form));
    }
    let pattern = rules.pattern.as_ref()?;
    let matches = rules.form.text(der).is_some_and(|text| pattern.matches(&text));
    (!matches).then(|| format!("a text that matches {:?}", pattern.as_str()))
}

/// Whether what is given has all that was asked for, where the profile takes something of it from the request.
pub(super) fn is_granted(profile: &Profile, asked: &Value, given: &Value) -> bool {
    let rules = profile.extensions();
    match (asked, given) {
        (Value::KeyUsage(asked), Value::KeyUsage(given)) => {
            let usage = profile.kind().end_entity().and_then(|leaf| leaf.key_usage);
            usage.is_some_and(|usage| usage.from_request.is_some()) && given.contains(*asked)
        }
        (Value::ExtKeyUsage(asked), Value::ExtKeyUsage(given)) => {
            rules.ext_key_usage.as_ref().is_some_and(|purposes| !purposes.from_request.is_empty())
                && asked.0.iter().all(|purpose| given.0.contains(purpose))
        }
        (Value::CertificatePolicies(asked), Value::CertificatePolicies(given)) => {
            rules.certificate_policies.as_ref().is_some_and(|policies| !policies.from_request.is_empty())
                && asked.0.iter().all(|policy| given.0.iter().any(|given| given.oid == policy.oid))
        }
        _ => false,
    }
}

/// Whether the profile takes values of this extension from the request, and so has judged the one that is there.
pub(super) fn is_judged(profile: &Profile, oid: ObjectIdentifier) -> bool {
    profile.extensions().from_request.iter().any(|rules| rules.oid == oid)
}
