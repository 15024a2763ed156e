//! The extensions that do not follow from the kind, as TOML.

use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use crate::policy::document::Table;
use crate::policy::http_url::HttpUrl;
use crate::policy::profile::alt_names::{AltNameRules, AltNameType};
use crate::policy::profile::extensions::{ExtensionRules, Policies, Purposes, Urls};
use crate::policy::profile::pattern::Pattern;
use crate::policy::profile::url_text::UrlText;
use crate::x509::extension::{Policy, Qualifier, purpose};
use crate::x509::limits;

use super::{distinct, id, values};

/// anyPolicy (RFC 5280 s.4.2.1.4).
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// The extensions that do not follow from the kind.
pub(super) fn read(word: &str, table: &Table<'_>) -> ExtensionRules {
    let bare = |key: &str| table.inside(key, |_| ()).is_some();
    let points = table.inside("cRLDistributionPoints", |inner| {
        inner.require("urls");
        urls(inner, "urls")
    });
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
        fixed: Vec::new(),
        from_request: Vec::new(),
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

fn access(table: &Table<'_>) -> (Option<Urls>, Option<Urls>) {
    if !table.has("ca_issuers") && !table.has("ocsp") {
        table.problem(id::LIST, table.place(), "ca_issuers", "wanted ca_issuers, ocsp, or both");
    }
    (urls(table, "ca_issuers"), urls(table, "ocsp"))
}

/// A word, or a list of URLs.
fn urls(table: &Table<'_>, key: &str) -> Option<Urls> {
    if !table.has(key) {
        return None;
    }
    if table.is_list(key) {
        let found = table.list_required::<UrlText>(key)?;
        return Some(Urls::These(distinct(table, key, found)?));
    }
    let word = table.word(key, &Urls::WORDS)?;
    Some(if word.value == "required" { Urls::Required } else { Urls::IfConfigured })
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
    let asked =
        table.list::<Purpose>("from_request").and_then(|found| distinct(table, "from_request", found));
    let from_request: Vec<ObjectIdentifier> =
        asked.unwrap_or_default().into_iter().map(|purpose| purpose.0).collect();
    let alone = [purpose::ANY, purpose::OCSP_SIGNING, purpose::TIME_STAMPING];
    if let Some(one) = from_request.iter().find(|one| alone.contains(one) || purposes.contains(one)) {
        let message = format!("{}, which a certificate has always, alone or not at all", purpose::name(one));
        table.problem(id::PURPOSE, &table.place_of("from_request"), "from_request", message);
    }
    Some(Purposes { critical, purposes, from_request })
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
    let types = table.list_required::<AltNameType>("types");
    let required = table.list::<AltNameType>("required").map_or_else(Vec::new, |found| values(found.value));
    let patterns = table.inside("patterns", patterns).unwrap_or_default();
    if minimum > maximum || maximum == 0 {
        let message = format!("at least {minimum} and at most {maximum} names, which is never so");
        table.problem(id::ALT_NAMES, table.place(), "minimum", message);
    }
    let types = distinct(table, "types", types?)?;
    for (key, named) in [
        ("required", required.clone()),
        ("patterns", patterns.iter().map(|(one, _)| *one).collect::<Vec<AltNameType>>()),
    ] {
        if let Some(one) = named.iter().find(|one| !types.contains(one)) {
            let message = format!("{one}, which is not among the types");
            table.problem(id::ALT_NAMES, &table.place_of(key), key, message);
        }
    }
    Some(AltNameRules { from_request, types, required, patterns, minimum, maximum, wildcards })
}

fn patterns(table: &Table<'_>) -> Vec<(AltNameType, Pattern)> {
    let mut found = Vec::new();
    for key in table.keys() {
        match key.value.parse::<AltNameType>() {
            Ok(one) => found.extend(table.parse::<Pattern>(&key.value).map(|pattern| (one, pattern.value))),
            Err(error) => {
                table.pass_over(&key.value);
                table.problem(id::ALT_NAMES, &key.place, &key.value, error.to_string());
            }
        }
    }
    found
}
