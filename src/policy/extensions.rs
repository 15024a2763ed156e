//! The extensions of a certificate: those that its profile names, and none else (RFC 5280 s.4.2).

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtKeyUsage, Extension, KeyUsage, SubjectAltName, Value, oid,
};
use crate::x509::general_name::GeneralName;
use crate::x509::name::Name;
use crate::x509::spki::PublicKey;

use super::decide::NotGranted;
use super::http_url::HttpUrl;
use super::nesting;
use super::profile::{EndEntityRules, Others, Profile, Urls};
use super::request::{IssuanceRequest, IssuerView, Places};
use super::violation::{Rule, Violations};
use super::wanted::{self, Wanted};

/// Whom the certificate names.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: Name,
    pub(super) alt_names: Vec<GeneralName>,
    pub(super) public_key: PublicKey,
    /// subjectKeyIdentifier.
    pub(super) key_identifier: Vec<u8>,
}

impl Subject {
    /// With the key identifier that a key gets from us.
    pub(super) fn new(name: Name, alt_names: Vec<GeneralName>, public_key: PublicKey) -> Self {
        let key_identifier = public_key.key_identifier().to_vec();
        Self { name, alt_names, public_key, key_identifier }
    }
}

/// The extensions in the order of encoding.
pub(super) fn build(
    request: &IssuanceRequest<'_>,
    subject: &Subject,
    issuer: Option<&IssuerView>,
    violations: &mut Violations,
) -> Vec<Extension> {
    let rules = request.profile.extensions();
    let wanted = Wanted::of(request.key);
    let mut built = Vec::new();
    let mut add = |critical: bool, value: Value| built.push(Extension { critical, value });
    if rules.authority_key_identifier {
        let key_identifier = authority_key_identifier(subject, issuer);
        add(false, Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier }));
    }
    if rules.subject_key_identifier {
        add(false, Value::SubjectKeyIdentifier(subject.key_identifier.clone()));
    }
    for extension in of_kind(request.profile, subject.public_key.algorithm(), wanted.usages()) {
        let value = nesting::as_mirrored(request, &extension.value).unwrap_or(extension.value);
        add(extension.critical, value);
    }
    if let Some(constraints) = nesting::mirrored_constraints(request) {
        add(true, Value::NameConstraints(constraints.clone()));
    }
    if let Some(purposes) = &rules.ext_key_usage {
        add(purposes.critical, Value::ExtKeyUsage(ExtKeyUsage(wanted.purposes(purposes))));
    }
    if let Some(policies) = &rules.certificate_policies {
        add(policies.critical, Value::CertificatePolicies(CertificatePolicies(wanted.policies(policies))));
    }
    // Names where the profile has none are refused, or a person overrides that.
    if !subject.alt_names.is_empty() {
        // Critical exactly when the subject is empty: RFC 5280 s.4.2.1.6.
        add(subject.name.is_empty(), Value::SubjectAltName(SubjectAltName(subject.alt_names.clone())));
    }
    let none = Places::default();
    let places = issuer.map_or(&none, |issuer| &issuer.places);
    let mut urls = |urls: &Option<Urls>, own: &[HttpUrl], field: &str| {
        self::urls(urls.as_ref(), own, issuer, field, violations)
    };
    let is_ca = request.profile.kind().ca().is_some();
    let crls = places.crl_of(is_ca, &subject.public_key.sha256());
    let crl = urls(&rules.crl_distribution_points, &crls, "cRLDistributionPoints");
    if !crl.is_empty() {
        add(false, Value::CrlDistributionPoints(CrlDistributionPoints(crl)));
    }
    let ocsp = urls(&rules.ocsp, &places.ocsp, "authorityInfoAccess ocsp");
    let ca_issuers = urls(&rules.ca_issuers, &places.ca_issuers, "authorityInfoAccess caIssuers");
    if !(ocsp.is_empty() && ca_issuers.is_empty()) {
        add(false, Value::AuthorityInfoAccess(AuthorityInfoAccess { ocsp, ca_issuers }));
    }
    if let Some(features) = rules.tls_feature.as_ref().and_then(|features| wanted.features(features)) {
        add(false, Value::TlsFeature(features));
    }
    built.extend(rules.fixed.iter().cloned());
    built.extend(rules.from_request.iter().filter_map(|rules| wanted.extension(rules, violations)));
    built
}

/// What follows from the kind of certificate alone: keyUsage, basicConstraints, nameConstraints.
fn of_kind(profile: &Profile, algorithm: KeyAlgorithm, asked: KeyUsage) -> Vec<Extension> {
    let mut built = Vec::new();
    if let Some(rules) = profile.kind().ca() {
        built.push(Extension { critical: true, value: Value::KeyUsage(rules.key_usage()) });
        let constraints = BasicConstraints { ca: true, path_len: rules.path_len };
        built.push(Extension { critical: true, value: Value::BasicConstraints(constraints) });
        if let Some(constraints) = &rules.name_constraints {
            built.push(Extension { critical: true, value: Value::NameConstraints(constraints.clone()) });
        }
    }
    if let Some(rules) = profile.kind().end_entity() {
        built.extend(of_end_entity(rules, algorithm, asked));
    }
    built
}

fn of_end_entity(rules: &EndEntityRules, algorithm: KeyAlgorithm, asked: KeyUsage) -> Vec<Extension> {
    let mut built = Vec::new();
    if let Some(key_usage) = &rules.key_usage {
        let value = Value::KeyUsage(key_usage.of(algorithm, asked));
        built.push(Extension { critical: key_usage.critical, value });
    }
    if rules.basic_constraints {
        let constraints = BasicConstraints { ca: false, path_len: None };
        built.push(Extension { critical: true, value: Value::BasicConstraints(constraints) });
    }
    built
}

/// What a request for our own CA asks of the CA above: to be a CA.
pub(super) fn requested(profile: &Profile) -> Vec<Extension> {
    let wanted = [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE];
    profile.kind().ca().map_or_else(Vec::new, |_| {
        // The algorithm bears only on end entities.
        let algorithm = KeyAlgorithm::Rsa { bits: 0 };
        let mut extensions = of_kind(profile, algorithm, KeyUsage::NONE);
        extensions.retain(|extension| wanted.contains(&extension.value.oid()));
        extensions
    })
}

/// The issuer's subjectKeyIdentifier as encoded in its certificate (RFC 5280 s.4.2.1.1); where it has none,
/// the identifier that its key would get from us.
fn authority_key_identifier(subject: &Subject, issuer: Option<&IssuerView>) -> Vec<u8> {
    let Some(issuer) = issuer else { return subject.key_identifier.clone() };
    if let Some(octets) = issuer.certificate.subject_key_identifier() {
        return octets.to_vec();
    }
    // A key that cannot be read is a violation of its own.
    issuer.certificate.public_key().map(|key| key.key_identifier().to_vec()).unwrap_or_default()
}

/// The URLs of an extension: those of the profile, or those that the configuration gives the issuing CA.
fn urls(
    urls: Option<&Urls>,
    own: &[HttpUrl],
    issuer: Option<&IssuerView>,
    field: &str,
    violations: &mut Violations,
) -> Vec<String> {
    match urls {
        None => return Vec::new(),
        Some(Urls::Required) if own.is_empty() => {
            violations.add(Rule::Places, field, "no URL of the issuing CA", "at least one");
        }
        Some(Urls::Required | Urls::IfConfigured) => {}
        Some(Urls::These(texts)) => {
            let Some(issuer) = issuer else { return Vec::new() };
            let identifier = issuer.certificate.subject_key_identifier().unwrap_or_default();
            let filled =
                texts.iter().map(|text| text.of(&issuer.name, identifier).map(|url| url.to_string()));
            return filled.collect::<Result<_, _>>().unwrap_or_else(|error| {
                violations.add(Rule::Places, field, error, "a URL for the issuing CA");
                Vec::new()
            });
        }
    }
    own.iter().map(|url| url.as_str().to_owned()).collect()
}

/// Compares what the request asks for with what it gets.
pub(super) fn compare(
    request: &IssuanceRequest<'_>,
    built: &[Extension],
    violations: &mut Violations,
    not_granted: &mut Vec<NotGranted>,
) {
    let end_entity = request.profile.kind().end_entity().is_some();
    for asked in request.key.extensions() {
        if end_entity && asks_to_be_ca(&asked.value) {
            let wanted = "an end entity, as the profile has it";
            violations.add(Rule::RequestCa, asked.value.name(), &asked.value, wanted);
            continue;
        }
        let given = built.iter().find(|extension| extension.value.oid() == asked.value.oid());
        let as_asked = |given: &Extension| {
            given.value == asked.value || wanted::is_granted(request.profile, &asked.value, &given.value)
        };
        if given.is_some_and(as_asked) || says_nothing(&asked.value, end_entity) {
            continue;
        }
        let alt_names = asked.value.oid() == oid::SUBJECT_ALT_NAME;
        let reason = match (alt_names && request.alt_names.is_some(), given) {
            (true, _) => "the operator gave other names",
            (false, Some(_)) => "the profile fixes the value",
            (false, None) => "the profile does not have this extension",
        };
        let replaced = alt_names && request.alt_names.is_some();
        // Names that the profile takes were judged one by one.
        let judged = alt_names && takes_names(request.profile)
            || wanted::is_judged(request.profile, asked.value.oid());
        if request.profile.other_extensions() == Others::Refuse && !replaced && !judged {
            let wanted = given.map_or_else(|| "none".to_owned(), |given| given.value.to_string());
            violations.add(Rule::RequestExtension, asked.value.name(), &asked.value, wanted);
            // An override leaves it out, as a profile does that drops: nothing comes in that is not named.
            if !request.overrides(Rule::RequestExtension) {
                continue;
            }
        }
        not_granted.push(NotGranted {
            field: asked.value.name(),
            asked: asked.value.to_string(),
            given: given.map(|given| given.value.to_string()),
            reason,
        });
    }
    for attribute in request.key.ignored_attributes() {
        not_granted.push(NotGranted {
            field: format!("attribute {attribute}"),
            asked: "a value".to_owned(),
            given: None,
            reason: "it has no bearing on a certificate",
        });
    }
}

fn takes_names(profile: &Profile) -> bool {
    profile.extensions().subject_alt_name.as_ref().is_some_and(|rules| rules.from_request)
}

fn asks_to_be_ca(value: &Value) -> bool {
    let signs =
        |usage: KeyUsage| usage.contains(KeyUsage::KEY_CERT_SIGN) || usage.contains(KeyUsage::CRL_SIGN);
    matches!(value, Value::BasicConstraints(constraints) if constraints.ca)
        || matches!(value, Value::KeyUsage(usage) if signs(*usage))
}

/// `CA:FALSE` means the same as no basicConstraints.
fn says_nothing(asked: &Value, end_entity: bool) -> bool {
    let not_a_ca = BasicConstraints { ca: false, path_len: None };
    end_entity && matches!(asked, Value::BasicConstraints(constraints) if *constraints == not_a_ca)
}
