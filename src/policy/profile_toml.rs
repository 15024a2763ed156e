//! Profiles as TOML: the text that people write, read into a [`Profile`] with all its problems at once.

use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{KeyUsage, NameConstraints, Policy, Qualifier, Subtree, purpose};
use crate::x509::limits;
use crate::x509::name::attribute::{self, AttributeType};
use crate::x509::time::{Duration, Time};

use super::document::{Document, Found, Table};
use super::http_url::HttpUrl;
use super::names;
use super::problem::{Problems, nearest};
use super::profile::{
    AltNameRules, AttributeRule, CaRules, EndEntityKeyUsage, EndEntityRules, EndEntityUsages, ExtensionRules,
    Kind, Need, Others, Policies, Profile, Purposes, SubjectRules, ValidityRules,
};

/// The stable ids of the problems that only profiles have.
pub mod id {
    /// A name that is not 1 to 64 of `a-z 0-9 -`.
    pub const NAME: &str = "PRF-NAME";
    /// A member of a list that is there twice, or an extension that would say nothing.
    pub const LIST: &str = "PRF-LIST";
    /// An attribute type that is not known.
    pub const ATTRIBUTE: &str = "PRF-ATTRIBUTE";
    /// A fixed value that the attribute does not allow.
    pub const FIXED: &str = "PRF-FIXED";
    /// The default validity is longer than the greatest.
    pub const VALIDITY: &str = "PRF-VALIDITY";
    /// An end entity with something that only a CA has.
    pub const LEAF_AS_CA: &str = "PRF-LEAF-AS-CA";
    /// A CA without something that every CA has, or with a usage that no CA has.
    pub const CA: &str = "PRF-CA";
    /// A root with an extension that only makes sense below another CA.
    pub const ROOT: &str = "PRF-ROOT";
    /// A key usage that one of the allowed keys cannot have.
    pub const KEY_USAGE: &str = "PRF-KEY-USAGE";
    /// Purposes that must not stand together, or not here.
    pub const PURPOSE: &str = "PRF-PURPOSE";
    /// Policies that must not stand together.
    pub const POLICY: &str = "PRF-POLICY";
    /// Alternative names that can never be as many as they must.
    pub const ALT_NAMES: &str = "PRF-SAN";
    /// All ids of this module.
    pub const ALL: [&str; 12] =
        [NAME, LIST, ATTRIBUTE, FIXED, VALIDITY, LEAF_AS_CA, CA, ROOT, KEY_USAGE, PURPOSE, POLICY, ALT_NAMES];
}

/// anyPolicy (RFC 5280 s.4.2.1.4).
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

pub(super) fn parse(name: &str, text: &str) -> Result<Profile, Problems> {
    Document::read(text, |document, top| {
        if !is_name(name) {
            let message = format!("profile name {name:?}, wanted 1 to 64 of a-z 0-9 and hyphen");
            document.problem(id::NAME, &(0..0), "", message);
        }
        profile(name, top)
    })
}

/// Whether a text can name a profile: it becomes part of file names and records.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('-')
}

/// Every part is read before the first that is missing ends it, so that all problems are told.
fn profile(name: &str, top: &Table<'_>) -> Option<Profile> {
    let description = top.parse::<String>("description").map(|found| found.value);
    let word = top.word_required("kind", &Kind::WORDS);
    let subject = top.inside_required("subject", subject).flatten();
    let key_algorithms = top.inside_required("key", algorithms).flatten();
    let validity = top.inside_required("validity", validity).flatten();
    let other_extensions = top.inside("request", |table| {
        table.word("other_extensions", &Others::WORDS).map_or(Others::Refuse, |found| others(found.value))
    });
    let algorithms = key_algorithms.clone().unwrap_or_default();
    let Some(word) = word.map(|found| found.value) else {
        top.pass_over("extensions"); // what they may be depends on the kind
        return None;
    };
    let (kind, extensions) =
        top.inside_required("extensions", |table| (kind(word, &algorithms, table), extensions(word, table)))?;
    Some(Profile {
        name: name.to_owned(),
        description: description.unwrap_or_default(),
        kind: kind?,
        subject: subject?,
        key_algorithms: key_algorithms?,
        validity: validity?,
        other_extensions: other_extensions.unwrap_or(Others::Refuse),
        extensions,
    })
}

fn others(word: &str) -> Others {
    if word == Others::Drop.word() { Others::Drop } else { Others::Refuse }
}

fn subject(table: &Table<'_>) -> Option<SubjectRules> {
    let other_attributes = table.word("other_attributes", &Others::WORDS);
    let common_name_in_alt_names = table.flag("common_name_in_alt_names");
    let attributes = table.inside_required("attributes", |list| {
        list.keys().iter().filter_map(|key| attribute_rule(list, key)).collect::<Vec<_>>()
    })?;
    Some(SubjectRules {
        attributes,
        other_attributes: other_attributes.map_or(Others::Refuse, |found| others(found.value)),
        common_name_in_alt_names: common_name_in_alt_names.is_some_and(|found| found.value),
    })
}

fn attribute_rule(list: &Table<'_>, key: &Found<String>) -> Option<(&'static AttributeType, AttributeRule)> {
    let known = attribute::ATTRIBUTE_TYPES.iter().find(|known| known.short == key.value);
    let rule = if list.is_text(&key.value) {
        list.word(&key.value, &["required", "optional", "forbidden"]).map(|found| match found.value {
            "required" => AttributeRule::Required,
            "optional" => AttributeRule::Optional,
            _ => AttributeRule::Forbidden,
        })
    } else {
        list.inside(&key.value, |table| {
            let fixed = table.parse_required::<String>("fixed")?;
            if let Some(why) = known.and_then(|known| names::fault(known, &fixed.value)) {
                let message = format!("{:?}, wanted {why}", fixed.value);
                table.problem(id::FIXED, &fixed.place, "fixed", message);
            }
            Some(AttributeRule::Fixed(fixed.value))
        })
        .flatten()
    };
    let Some(known) = known else {
        let shorts = attribute::ATTRIBUTE_TYPES.iter().map(|known| known.short);
        let near =
            nearest(&key.value, shorts).map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        list.problem(id::ATTRIBUTE, &key.place, &key.value, format!("unknown attribute type{near}"));
        return None;
    };
    Some((known, rule?))
}

fn algorithms(table: &Table<'_>) -> Option<Vec<KeyAlgorithm>> {
    distinct(table, "algorithms", table.list_required("algorithms")?)
}

fn validity(table: &Table<'_>) -> Option<ValidityRules> {
    let default = table.parse_required::<Duration>("default");
    let maximum = table.parse_required::<Duration>("maximum");
    let backdating = table.parse::<Duration>("backdating").map(|found| found.value);
    let (default, maximum) = (default?, maximum?);
    // Months and years differ in length; the start of 2027 begins as short a year as there is.
    let start = Time::from_unix(1_798_761_600).ok()?;
    let end = |length: Duration| length.after(start).unwrap_or(Time::NO_EXPIRATION);
    if end(default.value) > end(maximum.value) {
        let message = format!("{}, wanted at most the maximum, {}", default.value, maximum.value);
        table.problem(id::VALIDITY, &default.place, "default", message);
    }
    Some(ValidityRules { default: default.value, maximum: maximum.value, backdating })
}

/// What belongs to one kind alone: basicConstraints, keyUsage and nameConstraints.
fn kind(word: &str, algorithms: &[KeyAlgorithm], table: &Table<'_>) -> Option<Kind> {
    if word == "end-entity" {
        let basic_constraints = table.inside("basicConstraints", |inner| {
            if inner.has("path_length") {
                let message = "an end entity has no path length";
                inner.problem(id::LEAF_AS_CA, inner.place(), "path_length", message);
                inner.number("path_length", 255);
            }
        });
        if table.inside("nameConstraints", name_constraints).is_some() {
            let message = "only a CA has name constraints";
            table.problem(id::LEAF_AS_CA, &table.place_of("nameConstraints"), "nameConstraints", message);
        }
        let key_usage = table.inside("keyUsage", |inner| leaf_key_usage(algorithms, inner));
        return Some(Kind::EndEntity(EndEntityRules {
            basic_constraints: basic_constraints.is_some(),
            key_usage: key_usage.flatten(),
        }));
    }
    let path_len = table.inside_required("basicConstraints", |inner| {
        inner.number("path_length", 255).and_then(|found| u8::try_from(found.value).ok())
    });
    let digital_signature = table.inside_required("keyUsage", ca_key_usage).flatten();
    let name_constraints = table.inside("nameConstraints", name_constraints).flatten();
    let rules = CaRules { path_len: path_len?, digital_signature: digital_signature?, name_constraints };
    Some(if word == "root" { Kind::Root(rules) } else { Kind::Subordinate(rules) })
}

/// The keyUsage of a CA is written out for those who read the file; it can only be the one that CAs have.
fn ca_key_usage(table: &Table<'_>) -> Option<bool> {
    let usages = table.list_required::<KeyUsage>("usages")?;
    let all = union(&usages.value);
    let needed = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let beyond = all.without(needed | KeyUsage::DIGITAL_SIGNATURE);
    if !all.contains(needed) || !beyond.is_empty() {
        let message = format!("{all}, wanted keyCertSign and cRLSign, and digitalSignature at most");
        table.problem(id::CA, &usages.place, "usages", message);
    }
    Some(all.contains(KeyUsage::DIGITAL_SIGNATURE))
}

fn leaf_key_usage(algorithms: &[KeyAlgorithm], table: &Table<'_>) -> Option<EndEntityKeyUsage> {
    let critical = table.flag("critical").is_none_or(|found| found.value);
    let plain = table.list_required::<KeyUsage>("usages");
    let rsa = table.list::<KeyUsage>("usages_rsa");
    let plain = plain?;
    let is_rsa = |one: &KeyAlgorithm| matches!(one, KeyAlgorithm::Rsa { .. });
    let (own, others): (Vec<KeyAlgorithm>, Vec<KeyAlgorithm>) =
        algorithms.iter().partition(|one| is_rsa(one));
    fits(&plain, "usages", &others, table);
    let for_rsa = rsa.as_ref().map_or((&plain, "usages"), |rsa| (rsa, "usages_rsa"));
    fits(for_rsa.0, for_rsa.1, &own, table);
    let usages = leaf_usages("usages", &plain, table);
    let usages_rsa = rsa.map_or(usages, |rsa| leaf_usages("usages_rsa", &rsa, table));
    Some(EndEntityKeyUsage { critical, usages: usages?, usages_rsa: usages_rsa? })
}

/// Notes each usage that a kind of key cannot have, where the profile allows that kind: an EC key does not
/// encipher (RFC 8813 s.3), an RSA key does not agree (RFC 4055 s.1.2), and a key that can only sign does
/// neither (RFC 9295 s.3, RFC 9881 s.5, RFC 9909 s.6).
fn fits(usages: &Found<Vec<Found<KeyUsage>>>, key: &str, algorithms: &[KeyAlgorithm], table: &Table<'_>) {
    let encipherment = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
    let agreement = KeyUsage::KEY_AGREEMENT | KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    let all = union(&usages.value);
    let mut told = KeyUsage::NONE;
    for algorithm in algorithms {
        let never = match algorithm {
            KeyAlgorithm::Ec(_) => encipherment,
            KeyAlgorithm::Rsa { .. } => agreement,
            KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => encipherment | agreement,
        };
        let wrong = all.without(all.without(never)).without(told);
        told = told | wrong;
        if wrong.is_empty() {
            continue;
        }
        let cure = if wrong.without(encipherment).is_empty() {
            "usages_rsa is for RSA keys"
        } else {
            "a profile for other keys may have it"
        };
        let message = format!("{wrong}, which {algorithm} keys cannot have; {cure}");
        table.problem(id::KEY_USAGE, &usages.place, key, message);
    }
}

fn leaf_usages(key: &str, found: &Found<Vec<Found<KeyUsage>>>, table: &Table<'_>) -> Option<EndEntityUsages> {
    let usages = EndEntityUsages::new(union(&found.value));
    if usages.is_none() {
        let message = "wanted at least one usage, and neither keyCertSign nor cRLSign: those are of CAs";
        table.problem(id::LEAF_AS_CA, &found.place, key, message);
    }
    usages
}

fn union(usages: &[Found<KeyUsage>]) -> KeyUsage {
    usages.iter().fold(KeyUsage::NONE, |all, one| all | one.value)
}

fn name_constraints(table: &Table<'_>) -> Option<NameConstraints> {
    let subtrees =
        |key: &str| -> Vec<Subtree> { table.list(key).map_or_else(Vec::new, |found| values(found.value)) };
    let (permitted, excluded) = (subtrees("permitted"), subtrees("excluded"));
    if permitted.is_empty() && excluded.is_empty() {
        table.problem(id::LIST, table.place(), "permitted", "wanted at least one permitted or excluded name");
        return None;
    }
    Some(NameConstraints { permitted, excluded })
}

/// The extensions that do not follow from the kind.
fn extensions(word: &str, table: &Table<'_>) -> ExtensionRules {
    let bare = |key: &str| table.inside(key, |_| ()).is_some();
    let points =
        table.inside("cRLDistributionPoints", |inner| need(inner.word_required("urls", &Need::WORDS)));
    let access = table.inside("authorityInfoAccess", access).unwrap_or_default();
    let rules = ExtensionRules {
        authority_key_identifier: bare("authorityKeyIdentifier"),
        subject_key_identifier: bare("subjectKeyIdentifier"),
        ext_key_usage: table.inside("extKeyUsage", |inner| purposes(word, inner)).flatten(),
        certificate_policies: table.inside("certificatePolicies", policies).flatten(),
        subject_alt_name: table.inside("subjectAltName", alt_names).flatten(),
        crl_distribution_points: points.flatten(),
        ca_issuers: access.0,
        ocsp: access.1,
    };
    if word != "end-entity" && !rules.subject_key_identifier {
        let message = "every CA has a subject key identifier (RFC 5280 s.4.2.1.2)";
        table.problem(id::CA, table.place(), "subjectKeyIdentifier", message);
    }
    if word != "root" && !rules.authority_key_identifier {
        let message = "every certificate below a root has an authority key identifier (RFC 5280 s.4.2.1.1)";
        table.problem(id::CA, table.place(), "authorityKeyIdentifier", message);
    }
    if word == "root" {
        for key in ["extKeyUsage", "certificatePolicies", "cRLDistributionPoints", "authorityInfoAccess"] {
            if table.has(key) {
                let message = "a root does not have this extension (BR 7.1.2.1.2)";
                table.problem(id::ROOT, &table.place_of(key), key, message);
            }
        }
    }
    rules
}

fn access(table: &Table<'_>) -> (Option<Need>, Option<Need>) {
    if !table.has("ca_issuers") && !table.has("ocsp") {
        table.problem(id::LIST, table.place(), "ca_issuers", "wanted ca_issuers, ocsp, or both");
    }
    (need(table.word("ca_issuers", &Need::WORDS)), need(table.word("ocsp", &Need::WORDS)))
}

fn need(found: Option<Found<&'static str>>) -> Option<Need> {
    found.map(|found| if found.value == "required" { Need::Required } else { Need::IfConfigured })
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Purpose(ObjectIdentifier);

impl FromStr for Purpose {
    type Err = crate::x509::extension::UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        purpose::parse(text).map(Self)
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&purpose::name(&self.0))
    }
}

fn purposes(word: &str, table: &Table<'_>) -> Option<Purposes> {
    let critical = table.flag("critical").is_some_and(|found| found.value);
    let found = table.list_required::<Purpose>("purposes")?;
    let place = found.place.clone();
    let purposes: Vec<ObjectIdentifier> =
        distinct(table, "purposes", found)?.into_iter().map(|purpose| purpose.0).collect();
    let has = |purpose: ObjectIdentifier| purposes.contains(&purpose);
    let problem = |message: &str| table.problem(id::PURPOSE, &place, "purposes", message);
    if has(purpose::OCSP_SIGNING) && word != "end-entity" {
        problem(
            "a CA that may sign OCSP answers for its siblings' issuer can forge them (RFC 6960 s.4.2.2.2)",
        );
    } else if has(purpose::OCSP_SIGNING) {
        problem("OCSPSigning needs id-pkix-ocsp-nocheck, which profiles cannot say yet");
    }
    if has(purpose::ANY) && (critical || purposes.len() > 1) {
        problem("anyExtendedKeyUsage stands alone and is not critical (RFC 5280 s.4.2.1.12)");
    }
    if has(purpose::TIME_STAMPING) && word == "end-entity" && (!critical || purposes.len() > 1) {
        problem("timeStamping stands alone and is critical (RFC 3161 s.2.3)");
    }
    Some(Purposes { critical, purposes })
}

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
        let cps = parts
            .map(|url| {
                url.parse::<HttpUrl>().map(|url| Qualifier::Cps(url.to_string())).map_err(|_| refused())
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Policy { oid, qualifiers: cps }))
    }
}

impl std::fmt::Display for PolicyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.oid)
    }
}

fn policies(table: &Table<'_>) -> Option<Policies> {
    let critical = table.flag("critical").is_some_and(|found| found.value);
    let found = table.list_required::<PolicyText>("policies")?;
    let place = found.place.clone();
    let policies: Vec<Policy> =
        distinct(table, "policies", found)?.into_iter().map(|policy| policy.0).collect();
    let repeated = policies
        .iter()
        .enumerate()
        .any(|(at, policy)| policies.iter().take(at).any(|earlier| earlier.oid == policy.oid));
    if repeated {
        table.problem(id::POLICY, &place, "policies", "one policy twice (RFC 5280 s.4.2.1.4)");
    }
    if policies.len() > 1 && policies.iter().any(|policy| policy.oid == ANY_POLICY) {
        table.problem(id::POLICY, &place, "policies", "anyPolicy stands alone (BR 7.1.2.10.5)");
    }
    Some(Policies { critical, policies })
}

fn alt_names(table: &Table<'_>) -> Option<AltNameRules> {
    let from_request = table.flag("from_request").is_some_and(|found| found.value);
    let wildcards = table.flag("wildcards").is_some_and(|found| found.value);
    let most = u64::try_from(limits::ALT_NAMES).unwrap_or(u64::MAX);
    let size = |key: &str, default: usize| {
        table.number(key, most).map_or(default, |found| usize::try_from(found.value).unwrap_or(default))
    };
    let minimum = size("minimum", 1);
    let maximum = size("maximum", limits::ALT_NAMES);
    let types = table.list_required("types");
    if minimum > maximum || maximum == 0 {
        let message = format!("at least {minimum} and at most {maximum} names, which is never so");
        table.problem(id::ALT_NAMES, table.place(), "minimum", message);
    }
    Some(AltNameRules { from_request, types: distinct(table, "types", types?)?, minimum, maximum, wildcards })
}

/// The members of a list that has none twice.
fn distinct<T: PartialEq + ToString>(
    table: &Table<'_>,
    key: &str,
    found: Found<Vec<Found<T>>>,
) -> Option<Vec<T>> {
    let mut members: Vec<T> = Vec::new();
    for one in found.value {
        if members.contains(&one.value) {
            table.problem(id::LIST, &one.place, key, format!("{} twice, wanted once", one.value.to_string()));
        }
        members.push(one.value);
    }
    Some(members)
}

fn values<T>(found: Vec<Found<T>>) -> Vec<T> {
    found.into_iter().map(|one| one.value).collect()
}
