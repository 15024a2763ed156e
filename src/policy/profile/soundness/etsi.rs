//! EN 319 412: certificates of natural persons (part 2), legal persons (part 3) and web sites (part 4), and the
//! statements of qualified certificates (part 5).

use der::asn1::ObjectIdentifier;

use crate::policy::profile::kind::EndEntityRules;
use crate::policy::profile::toml::id;
use crate::policy::profile::{Kind, Profile, Urls};
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{KeyUsage, QcStatement, QcType, Value, oid, purpose};

use super::{Fault, Faults, always, attribute_keys, named, repeats};

const fn policy(text: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// The policies of qualified certificates (EN 319 411-2 s.5.3): for whom, and whether the key is in a device.
const QUALIFIED: [(ObjectIdentifier, &str, Option<Subject>, bool); 5] = [
    (policy("0.4.0.194112.1.0"), "qcp-natural", Some(Subject::Natural), false),
    (policy("0.4.0.194112.1.1"), "qcp-legal", Some(Subject::Legal), false),
    (policy("0.4.0.194112.1.2"), "qcp-natural-qscd", Some(Subject::Natural), true),
    (policy("0.4.0.194112.1.3"), "qcp-legal-qscd", Some(Subject::Legal), true),
    (policy("0.4.0.194112.1.4"), "qcp-web", None, false),
];

/// Whom a certificate names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Natural,
    Legal,
}

pub(super) fn judge(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::ETSI);
    match profile.kind() {
        Kind::Root(_) | Kind::Subordinate(_) => {
            // The issuer of the certificates below.
            for short in ["C", "O", "CN"] {
                let message =
                    format!("{short} is required in the name of an issuer (EN 319 412-2 s.4.2.3.1)");
                faults.want(always(profile.subject(), short), &attribute_keys(short), message);
            }
        }
        Kind::EndEntity(leaf) => end_entity(profile, leaf, &mut faults),
        Kind::Cross(_) | Kind::OcspResponder(_) | Kind::TimeStamping(_) => {}
    }
    faults.found
}

fn end_entity(profile: &Profile, leaf: &EndEntityRules, faults: &mut Faults) {
    let subject = profile.subject();
    let whom = if named(subject, "organizationIdentifier").is_some()
        && ["SN", "GN", "pseudonym"].iter().all(|short| named(subject, short).is_none())
    {
        Subject::Legal
    } else {
        Subject::Natural
    };
    let web = profile
        .extensions()
        .ext_key_usage
        .as_ref()
        .is_some_and(|purposes| purposes.purposes.contains(&purpose::SERVER_AUTH));
    if !web {
        subject_rules(profile, whom, faults);
        key_usage(profile, leaf, faults);
    }
    extensions(profile, faults);
    statements(profile, whom, web, faults);
}

/// The attributes of the subject.
fn subject_rules(profile: &Profile, whom: Subject, faults: &mut Faults) {
    let subject = profile.subject();
    let (required, section): (&[&'static str], &str) = match whom {
        Subject::Natural => (&["C", "CN"], "EN 319 412-2 s.4.2.4"),
        Subject::Legal => (&["C", "O", "organizationIdentifier", "CN"], "EN 319 412-3 s.4.2.1"),
    };
    for short in required {
        let keys = attribute_keys(short);
        faults.want(always(subject, short), &keys, format!("{short} is required ({section})"));
        faults.want(!repeats(subject, short), &keys, format!("{short} is there only once ({section})"));
    }
    if whom == Subject::Natural {
        let keys = ["subject", "attributes"];
        let message = format!("wanted SN, GN or pseudonym required: a natural person has a name ({section})");
        faults.want(["SN", "GN", "pseudonym"].iter().any(|short| always(subject, short)), &keys, message);
        let both = named(subject, "pseudonym").is_some()
            && ["SN", "GN"].iter().all(|short| named(subject, short).is_some());
        let message = format!("either SN and GN or a pseudonym ({section})");
        faults.want(!both, &attribute_keys("pseudonym"), message);
    }
}

/// keyUsage is exactly one of the types A to F (EN 319 412-2 s.4.3.2, EN 319 412-3 s.4.3.1).
fn key_usage(profile: &Profile, leaf: &EndEntityRules, faults: &mut Faults) {
    let Some(usage) = &leaf.key_usage else {
        return faults.add(&["extensions", "keyUsage"], "missing (EN 319 412-2 s.4.3.2)");
    };
    let (signature, commitment) = (KeyUsage::DIGITAL_SIGNATURE, KeyUsage::NON_REPUDIATION);
    let exchanges = [KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT];
    let mut types = vec![commitment, commitment | signature, signature];
    for exchange in exchanges {
        types.extend([signature | exchange, exchange, commitment | signature | exchange]);
    }
    let has =
        |rsa: bool| profile.key().algorithms.iter().any(|one| matches!(one, KeyAlgorithm::Rsa { .. }) == rsa);
    for (occurs, key, usages) in
        [(has(false), "usages", usage.usages), (has(true), "usages_rsa", usage.usages_rsa)]
    {
        let found = usages.key_usage();
        let message = format!("{found}, wanted one of the types A to F (EN 319 412-2 s.4.3.2)");
        faults.want(!occurs || types.contains(&found), &["extensions", "keyUsage", key], message);
    }
    let message = "the type of keyUsage is not for a request to change (EN 319 412-2 s.4.3.2)";
    faults.want(usage.from_request.is_none(), &["extensions", "keyUsage", "from_request"], message);
}

/// certificatePolicies, and where to find the issuer and its word on revocation.
fn extensions(profile: &Profile, faults: &mut Faults) {
    let rules = profile.extensions();
    match &rules.certificate_policies {
        None => faults.add(&["extensions", "certificatePolicies"], "missing (EN 319 412-2 s.4.3.3)"),
        Some(policies) => {
            let keys = ["extensions", "certificatePolicies", "critical"];
            faults.want(!policies.critical, &keys, "true, wanted false (EN 319 412-2 s.4.3.3)");
        }
    }
    if let Some(purposes) = &rules.ext_key_usage {
        let keys = ["extensions", "extKeyUsage", "critical"];
        faults.want(!purposes.critical, &keys, "true, wanted false (EN 319 412-2 s.4.3.10)");
    }
    let required = |urls: &Option<Urls>| urls.as_ref().is_some_and(Urls::is_required);
    let message = "wanted \"required\" or a list of URLs (EN 319 412-2 s.4.4.1)";
    faults.want(required(&rules.ca_issuers), &["extensions", "authorityInfoAccess", "ca_issuers"], message);
    let told = required(&rules.ocsp) || required(&rules.crl_distribution_points);
    let message = "wanted ocsp or a CRL always (EN 319 412-2 s.4.3.11, s.4.4.1)";
    faults.want(told, &["extensions", "authorityInfoAccess", "ocsp"], message);
}

/// The statements of a qualified certificate, and the policies that say the same.
fn statements(profile: &Profile, whom: Subject, web: bool, faults: &mut Faults) {
    let found = match profile.extensions().fixed(oid::QC_STATEMENTS).map(|extension| &extension.value) {
        Some(Value::QcStatements(found)) => found.0.as_slice(),
        _ => &[],
    };
    let keys = ["extensions", "qcStatements", "statements"];
    let qualified = found.contains(&QcStatement::Compliance);
    let device = found.contains(&QcStatement::Sscd);
    let types = found.iter().find_map(|one| {
        let QcStatement::Type(types) = one else { return None };
        Some(types.as_slice())
    });
    let wanted = match (web, whom) {
        (true, _) => QcType::Web,
        (false, Subject::Natural) => QcType::Esign,
        (false, Subject::Legal) => QcType::Eseal,
    };
    if qualified || types.is_some() {
        let message = format!("wanted QcType {wanted}, and no other type (EN 319 412-5 s.4.2.3)");
        faults.want(types == Some(&[wanted]), &keys, message);
    }
    if qualified {
        let disclosed = found.iter().any(|one| matches!(one, QcStatement::Pds(_)));
        faults.want(disclosed, &keys, "QcCompliance without QcPDS (EN 319 412-5 s.5)");
    }
    faults.want(!(web && device), &keys, "QcSSCD, which a web site does not have (EN 319 412-5 s.5)");
    let policies = profile.extensions().certificate_policies.as_ref();
    let all = policies.iter().flat_map(|rules| rules.policies.iter().chain(&rules.from_request));
    let known: Vec<_> =
        all.filter_map(|policy| QUALIFIED.iter().find(|(oid, ..)| *oid == policy.oid)).collect();
    let keys = ["extensions", "certificatePolicies", "policies"];
    match known.as_slice() {
        [] => {}
        [(_, name, of, in_device)] => {
            let message = format!("{name}, and qcStatements has no QcCompliance (EN 319 412-5 s.4.2.1)");
            faults.want(qualified, &keys, message);
            let message =
                format!("{name}, which is not for the subject that the profile names (EN 319 411-2 s.5.3)");
            faults.want(of.map_or(web, |of| of == whom && !web), &keys, message);
            let message =
                format!("{name}, and qcStatements says otherwise with QcSSCD (EN 319 412-5 s.4.2.2)");
            faults.want(*in_device == device, &keys, message);
        }
        _ => faults.add(&keys, "several policies of qualified certificates, wanted one (EN 319 411-2 s.5.3)"),
    }
}
