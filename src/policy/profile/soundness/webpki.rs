//! The Baseline Requirements for TLS server certificates, as far as a profile alone can keep or break them.

use der::asn1::ObjectIdentifier;

use crate::policy::profile::kind::{CaRules, EndEntityRules};
use crate::policy::profile::toml::id;
use crate::policy::profile::{AltNameType, Kind, Length, Order, Policies, Profile, Purposes, Urls};
use crate::x509::algorithm::{Curve, KeyAlgorithm};
use crate::x509::extension::{KeyUsage, Subtree, oid, purpose};
use crate::x509::time::{Duration, Time};

use super::{Fault, Faults, always, attribute_keys, named, possible};

/// The seconds of a day, as BR 6.3.2 counts it.
const DAY: i64 = 86_400;

/// The order of the attributes that BR 7.1.4.2 lists.
const ORDER: [&str; 11] = ["DC", "C", "ST", "L", "postalCode", "street", "O", "SN", "GN", "OU", "CN"];

/// The reserved policies (BR 7.1.6.1).
const RESERVED: [ObjectIdentifier; 4] = [DOMAIN, ORGANIZATION, INDIVIDUAL, EXTENDED];
const DOMAIN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.140.1.2.1");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.140.1.2.2");
const INDIVIDUAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.140.1.2.3");
const EXTENDED: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.140.1.1");

pub(super) fn judge(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::new(id::WEB_PKI);
    keys(profile, &mut faults);
    validity(profile, &mut faults);
    order(profile, &mut faults);
    match profile.kind() {
        Kind::Root(rules) => {
            authority_name(profile, &mut faults);
            let keys = ["extensions", "basicConstraints", "path_length"];
            let message = "a root limits no path (BR 7.1.2.1.4)";
            faults.want(rules.path_len.is_none(), &keys, message);
        }
        Kind::Subordinate(rules) => {
            authority_name(profile, &mut faults);
            authority(profile, rules, &mut faults);
        }
        // Its subject is that of the certificate which it mirrors (BR 7.1.2.2.2).
        Kind::Cross(rules) => authority(profile, rules, &mut faults),
        Kind::OcspResponder(_) => {
            authority_name(profile, &mut faults);
            let policies = profile.extensions().certificate_policies.is_none();
            faults.want(
                policies,
                &["extensions", "certificatePolicies"],
                "an OCSP responder has none (BR 7.1.2.8.8)",
            );
        }
        Kind::EndEntity(rules) => {
            server(profile, rules, &mut faults);
            server_policy(profile, &mut faults);
        }
        Kind::TimeStamping(_) => {
            faults.add(&["kind"], "time-stamping, for which the web PKI has no certificates (BR 7.1.2)");
        }
    }
    faults.found
}

fn keys(profile: &Profile, faults: &mut Faults) {
    for one in &profile.key().algorithms {
        let known = match one {
            KeyAlgorithm::Ec(Curve::P256 | Curve::P384 | Curve::P521) => true,
            KeyAlgorithm::Rsa { bits } => *bits >= 2048 && bits % 8 == 0,
            KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => false,
        };
        let message = format!("{one}, wanted only RSA and EC keys (BR 6.1.5)");
        faults.want(known, &["key", "algorithms"], message);
    }
}

/// How many seconds a length has at most: a month 31 days, a year 366.
fn seconds(length: Duration) -> i64 {
    let days = |count: i32, each: i64| i64::from(count).saturating_mul(each).saturating_mul(DAY);
    match length {
        Duration::Seconds(seconds) => seconds,
        Duration::Months(months) => days(months, 31),
        Duration::Years(years) => days(years, 366),
    }
}

fn validity(profile: &Profile, faults: &mut Faults) {
    let rules = profile.validity();
    let leaf = matches!(profile.kind(), Kind::EndEntity(_));
    let (hours, section) = if leaf { (48, "BR 7.1.2.7") } else { (24, "BR 7.1.2.10.1") };
    let backdated = rules.backdating.is_some_and(|back| seconds(back) > hours * 3_600);
    // As early as the certificate that is mirrored (BR 7.1.2.2.1).
    if backdated && !matches!(profile.kind(), Kind::Cross(_)) {
        faults.add(&["validity", "backdating"], format!("more than {hours} hours ({section})"));
    }
    faults.want(
        !rules.beyond_issuer,
        &["validity", "beyond_issuer"],
        "no path outlives its CA here (RFC 5280 s.6.1.3)",
    );
    // Years differ in length; those that begin with 2027 have as few days as there can be.
    let start = Time::from_unix(1_798_761_600).unwrap_or(Time::NO_EXPIRATION);
    let days = |length: Length| {
        let end = length.last_second_from(start).unwrap_or(Time::NO_EXPIRATION).to_unix();
        end.saturating_sub(start.to_unix()).saturating_add(DAY) / DAY
    };
    let (default, maximum) = (days(rules.default), days(rules.maximum));
    match profile.kind() {
        Kind::Root(_) => {
            let message = format!("{}, wanted at most 9132d (BR 7.1.2.1.1)", rules.maximum);
            faults.want(maximum <= 9132, &["validity", "maximum"], message);
            let message = format!("{}, wanted at least 2922d (BR 7.1.2.1.1)", rules.default);
            faults.want(default >= 2922, &["validity", "default"], message);
        }
        Kind::EndEntity(_) => {
            let message = format!("{}, wanted at most 200d (BR 6.3.2)", rules.maximum);
            faults.want(maximum <= 200, &["validity", "maximum"], message);
        }
        Kind::Subordinate(_) | Kind::Cross(_) | Kind::OcspResponder(_) | Kind::TimeStamping(_) => {
            let message = "no-expiration, wanted an end (RFC 5280 s.4.1.2.5)";
            faults.want(rules.maximum != Length::NoExpiration, &["validity", "maximum"], message);
        }
    }
}

/// The attributes that BR 7.1.4.2 lists are encoded in its order.
fn order(profile: &Profile, faults: &mut Faults) {
    let subject = profile.subject();
    if matches!(profile.kind(), Kind::Cross(_)) || possible(subject).count() < 2 {
        return;
    }
    let places: Vec<usize> =
        possible(subject).filter_map(|known| ORDER.iter().position(|short| *short == known.short)).collect();
    if subject.order != Order::AsListed {
        faults.add(&["subject", "order"], "as-asked, wanted \"as-listed\" (BR 7.1.4.2)");
    } else if !places.is_sorted() {
        faults.add(&["subject", "attributes"], format!("wanted the order {} (BR 7.1.4.2)", ORDER.join(" ")));
    }
}

/// The subject of a CA (BR 7.1.2.10.2).
fn authority_name(profile: &Profile, faults: &mut Faults) {
    for short in ["C", "O", "CN"] {
        let message = format!("{short} is required in the name of a CA and of its responder (BR 7.1.2.10.2)");
        faults.want(always(profile.subject(), short), &attribute_keys(short), message);
    }
    let message = "OU is not for certificates of the web PKI (BR 7.1.2.10.2)";
    faults.want(named(profile.subject(), "OU").is_none(), &attribute_keys("OU"), message);
}

/// What a TLS sub-CA and a cross-certificate have (BR 7.1.2.6.1, 7.1.2.2.3).
fn authority(profile: &Profile, rules: &CaRules, faults: &mut Faults) {
    let extensions = profile.extensions();
    match &extensions.ext_key_usage {
        None => faults
            .add(&["extensions", "extKeyUsage"], "missing, wanted serverAuth (BR 7.1.2.10.6, 7.1.2.2.5)"),
        Some(purposes) => server_purposes(purposes, "BR 7.1.2.10.6", faults),
    }
    match &extensions.certificate_policies {
        None => faults.add(&["extensions", "certificatePolicies"], "missing (BR 7.1.2.10.5)"),
        Some(Policies { critical, policies, from_request }) => {
            let keys = ["extensions", "certificatePolicies", "policies"];
            let has = |oids: &[ObjectIdentifier]| policies.iter().any(|policy| oids.contains(&policy.oid));
            let message =
                "wanted anyPolicy alone, or one reserved policy of the CA/Browser Forum (BR 7.1.2.10.5)";
            faults.want(has(&[oid::ANY_POLICY]) || has(&RESERVED), &keys, message);
            faults.want(
                !critical,
                &["extensions", "certificatePolicies", "critical"],
                "true, wanted false (BR 7.1.2.6.1)",
            );
            let message = "a CA has its policies always (BR 7.1.2.10.5)";
            faults.want(
                from_request.is_empty(),
                &["extensions", "certificatePolicies", "from_request"],
                message,
            );
        }
    }
    let message = "wanted \"required\" or a list of URLs: a sub-CA has a CRL (BR 7.1.2.6.1)";
    let points = extensions.crl_distribution_points.as_ref().is_some_and(Urls::is_required);
    faults.want(points, &["extensions", "cRLDistributionPoints", "urls"], message);
    plain_http(profile, faults);
    if let Some(constraints) = &rules.name_constraints {
        // Technically constrained: every form of name that a server can have is limited, or excluded as a whole.
        let any = |which: fn(&Subtree) -> bool, list: &[Subtree]| list.iter().any(which);
        let keys = ["extensions", "nameConstraints"];
        let dns = any(|one| matches!(one, Subtree::Dns(_)), &constraints.permitted)
            || any(|one| matches!(one, Subtree::Dns(base) if base.is_empty()), &constraints.excluded);
        faults.want(dns, &keys, "no permitted dns: nor all of them excluded (BR 7.1.2.5.2)");
        let ip = any(|one| matches!(one, Subtree::Ip(..)), &constraints.permitted)
            || [true, false].iter().all(|four| {
                constraints
                    .excluded
                    .iter()
                    .any(|one| matches!(one, Subtree::Ip(address, 0) if address.is_ipv4() == *four))
            });
        faults.want(
            ip,
            &keys,
            "no permitted ip: nor all of them excluded, ip:0.0.0.0/0 and ip:::/0 (BR 7.1.2.5.2)",
        );
        let directory = any(|one| matches!(one, Subtree::Directory(_)), &constraints.permitted);
        faults.want(directory, &keys, "no permitted directory name (BR 7.1.2.5.2)");
    }
}

/// serverAuth, perhaps clientAuth, and nothing else.
fn server_purposes(purposes: &Purposes, section: &str, faults: &mut Faults) {
    let keys = ["extensions", "extKeyUsage", "purposes"];
    let message = format!("wanted serverAuth among them ({section})");
    faults.want(purposes.purposes.contains(&purpose::SERVER_AUTH), &keys, message);
    for (key, list) in [("purposes", &purposes.purposes), ("from_request", &purposes.from_request)] {
        for one in list {
            let known = [purpose::SERVER_AUTH, purpose::CLIENT_AUTH].contains(one);
            let message =
                format!("{}, wanted serverAuth and clientAuth at most ({section})", purpose::name(one));
            faults.want(known, &["extensions", "extKeyUsage", key], message);
        }
    }
    faults.want(
        !purposes.critical,
        &["extensions", "extKeyUsage", "critical"],
        format!("true, wanted false ({section})"),
    );
}

/// URLs that anyone can fetch without a certificate first (BR 7.1.2.11.2, 7.1.2.7.7).
fn plain_http(profile: &Profile, faults: &mut Faults) {
    let rules = profile.extensions();
    for (urls, keys) in [
        (&rules.crl_distribution_points, ["extensions", "cRLDistributionPoints", "urls"]),
        (&rules.ocsp, ["extensions", "authorityInfoAccess", "ocsp"]),
        (&rules.ca_issuers, ["extensions", "authorityInfoAccess", "ca_issuers"]),
    ] {
        let Some(Urls::These(urls)) = urls else { continue };
        for url in urls.iter().map(ToString::to_string).filter(|url| !url.starts_with("http://")) {
            faults.add(&keys, format!("{url:?}, wanted http:// (BR 7.1.2.11.2)"));
        }
    }
}

/// The extensions of a TLS server's certificate (BR 7.1.2.7.6).
fn server(profile: &Profile, leaf: &EndEntityRules, faults: &mut Faults) {
    let rules = profile.extensions();
    let missing = "missing (BR 7.1.2.7.6)";
    match &rules.ext_key_usage {
        None => faults.add(&["extensions", "extKeyUsage"], missing),
        Some(purposes) => server_purposes(purposes, "BR 7.1.2.7.10", faults),
    }
    match &rules.subject_alt_name {
        None => faults.add(&["extensions", "subjectAltName"], missing),
        Some(names) => {
            let keys = ["extensions", "subjectAltName", "types"];
            for one in &names.types {
                let known = [AltNameType::Dns, AltNameType::Ip].contains(one);
                faults.want(known, &keys, format!("{one}, wanted dns and ip at most (BR 7.1.2.7.12)"));
            }
            let message = "0, wanted at least 1 (BR 7.1.2.7.12)";
            faults.want(names.minimum > 0, &["extensions", "subjectAltName", "minimum"], message);
        }
    }
    if named(profile.subject(), "CN").is_some() {
        let message = "false, wanted true where there is a CN (BR 7.1.4.3)";
        let holds = profile.subject().common_name_in_alt_names;
        faults.want(holds, &["subject", "common_name_in_alt_names"], message);
    }
    for short in ["OU", "emailAddress"] {
        let message = format!("{short} is not for certificates of the web PKI (BR 7.1.2.7)");
        faults.want(named(profile.subject(), short).is_none(), &attribute_keys(short), message);
    }
    if let Some(usage) = &leaf.key_usage {
        let ec = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
        let rsa = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
        let has = |rsa: bool| {
            profile.key().algorithms.iter().any(|one| matches!(one, KeyAlgorithm::Rsa { .. }) == rsa)
        };
        for (occurs, key, usages, most) in
            [(has(false), "usages", usage.usages, ec), (has(true), "usages_rsa", usage.usages_rsa, rsa)]
        {
            let found = usages.key_usage();
            let holds = found.without(most).is_empty() && found.contains(KeyUsage::DIGITAL_SIGNATURE);
            let message = format!("{found}, wanted digitalSignature, and {most} at most (BR 7.1.2.7.11)");
            faults.want(holds || !occurs, &["extensions", "keyUsage", key], message);
        }
        faults.want(
            usage.critical,
            &["extensions", "keyUsage", "critical"],
            "false, wanted true (BR 7.1.2.7.6)",
        );
        let message = "the usages of a server are not for a request to change (BR 7.1.2.7.11)";
        faults.want(usage.from_request.is_none(), &["extensions", "keyUsage", "from_request"], message);
    }
    let message = "wanted out: it is not recommended in the certificate of a server (BR 7.1.2.7.6)";
    faults.want(!rules.subject_key_identifier, &["extensions", "subjectKeyIdentifier"], message);
    let required = |urls: &Option<Urls>| urls.as_ref().is_some_and(Urls::is_required);
    let message = "wanted ca_issuers or ocsp always: \"required\", or a list of URLs (BR 7.1.2.7.7)";
    faults.want(
        required(&rules.ca_issuers) || required(&rules.ocsp),
        &["extensions", "authorityInfoAccess"],
        message,
    );
    let message = "wanted \"required\" or a list of URLs, since there is not always an ocsp (BR 7.1.2.11.2)";
    let told = required(&rules.crl_distribution_points) || required(&rules.ocsp);
    faults.want(told, &["extensions", "cRLDistributionPoints", "urls"], message);
    plain_http(profile, faults);
}

/// The policy of a TLS server's certificate, and the subject that goes with it (BR 7.1.2.7.2 to 7.1.2.7.5, 7.1.6.1).
fn server_policy(profile: &Profile, faults: &mut Faults) {
    let Some(rules) = &profile.extensions().certificate_policies else {
        return faults.add(&["extensions", "certificatePolicies"], "missing (BR 7.1.2.7.6)");
    };
    faults.want(
        !rules.critical,
        &["extensions", "certificatePolicies", "critical"],
        "true, wanted false (BR 7.1.2.7.6)",
    );
    let all = rules.policies.iter().chain(&rules.from_request).map(|policy| policy.oid);
    let reserved: Vec<ObjectIdentifier> = all.filter(|oid| RESERVED.contains(oid)).collect();
    let [policy] = reserved.as_slice() else {
        let message = format!(
            "{} reserved policies of the CA/Browser Forum, wanted exactly one (BR 7.1.2.7.9)",
            reserved.len()
        );
        return faults.add(&["extensions", "certificatePolicies", "policies"], message);
    };
    let (required, section): (&[&str], &str) = match *policy {
        DOMAIN => {
            for known in possible(profile.subject()).filter(|known| !["C", "CN"].contains(&known.short)) {
                let message = format!(
                    "{}, of which a domain-validated certificate says nothing (BR 7.1.2.7.2)",
                    known.short
                );
                faults.add(&attribute_keys(known.short), message);
            }
            (&[], "")
        }
        INDIVIDUAL => (&["C", "SN", "GN"], "BR 7.1.2.7.3"),
        ORGANIZATION => (&["C", "O"], "BR 7.1.2.7.4"),
        _ => (&["C", "O", "businessCategory", "jurisdictionC", "serialNumber"], "BR 7.1.2.7.5"),
    };
    for short in required {
        let message = format!("{short} is required under {policy} ({section})");
        faults.want(always(profile.subject(), short), &attribute_keys(short), message);
    }
    if !required.is_empty() {
        let placed = ["L", "ST"].iter().any(|short| always(profile.subject(), short));
        let message = format!("wanted L or ST required under {policy} ({section})");
        faults.want(placed, &["subject", "attributes"], message);
    }
}
