//! What the judges say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use keyrite::policy::{Kind, Profile};
use keyrite::x509::extension::{oid, purpose};
use keyrite::x509::standard::Standard;

use super::cases::{self, Corpus, Issued};
use super::extensions;
use super::judges::{self, Verdict};
use super::pkilint::{self, Task};

/// Without `KEYRITE_CORPUS=all`, one certificate in so many.
const SHARE: usize = 5;

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let all = std::env::var_os("KEYRITE_CORPUS").is_some_and(|value| value == "all");
    cases::corpus(if all { 1 } else { SHARE })
});

fn accepted_by(judge: &str, verdict: &Verdict) {
    println!("{judge}: {} certificates", verdict.judged);
    let some: Vec<&str> = verdict.refused.iter().take(40).map(String::as_str).collect();
    assert!(
        some.is_empty(),
        "{judge} refuses {} of {}:\n{}",
        verdict.refused.len(),
        verdict.judged,
        some.join("\n")
    );
}

#[test]
fn what_keeps_the_limits_is_issued_and_what_is_a_second_beyond_is_refused() {
    let Corpus { issued, refused } = &*CORPUS;
    let mut of_profile: BTreeMap<&str, usize> = BTreeMap::new();
    for one in issued {
        *of_profile.entry(&one.profile).or_default() += 1;
    }
    println!("{} certificates: {of_profile:?}; refused: {refused:?}", issued.len());
    let profiles: BTreeSet<String> =
        cases::profiles().iter().map(|profile| profile.name().to_owned()).collect();
    assert_eq!(of_profile.keys().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), profiles);
}

#[test]
fn every_extension_of_profiles_is_in_what_is_judged() {
    assert_eq!(extensions::unused(&CORPUS.issued), [""; 0], "no profile of the corpus has these");
    assert_eq!(extensions::missing(&CORPUS.issued), [""; 0]);
    let [permitted, excluded] = extensions::constrained(&CORPUS.issued);
    let every = ["dn", "dns", "email", "ip", "rid", "upn", "uri"];
    // A permitted rid would leave room for no other: relying parties know no rule for it.
    assert_eq!(Vec::from_iter(&permitted), every.iter().filter(|kind| **kind != "rid").collect::<Vec<_>>());
    assert_eq!(Vec::from_iter(excluded), every);
}

#[test]
fn openssl_accepts_all() {
    accepted_by("openssl verify -x509_strict", &judges::openssl(&CORPUS.issued));
}

#[test]
fn certtool_accepts_all() {
    accepted_by("certtool --verify", &judges::certtool(&CORPUS.issued));
}

#[test]
fn webpki_accepts_all() {
    accepted_by("webpki", &judges::webpki(&CORPUS.issued));
}

/// The linter of pkilint for certificates by a profile, with the type that it is to hold them against.
fn linter(profile: &Profile) -> (&'static str, &'static str) {
    let purposes = profile.extensions().ext_key_usage.as_ref().map(|rules| &rules.purposes);
    let has = |oid| purposes.is_some_and(|purposes| purposes.contains(&oid));
    // The linters for sets of rules hold certificates against RFC 5280 as well, but for what a set does not want.
    if profile.follows(Standard::WebPki) {
        return match profile.kind() {
            Kind::Root(_) => ("serverauth", "ROOT-CA"),
            Kind::OcspResponder(_) => ("serverauth", "OCSP-RESPONDER"),
            Kind::Subordinate(_) | Kind::Cross(_) | Kind::EndEntity(_) | Kind::TimeStamping(_) => {
                ("serverauth", "")
            }
        };
    }
    let subscriber = profile.kind().end_entity().is_some();
    if subscriber && has(purpose::EMAIL_PROTECTION) && profile.extensions().certificate_policies.is_some() {
        return ("smime", "");
    }
    if subscriber && profile.follows(Standard::Etsi) { ("etsi", "") } else { ("pkix", "") }
}

fn has_wildcard(issued: &Issued) -> bool {
    let names =
        issued.certificate.extension(oid::SUBJECT_ALT_NAME).map(|extension| extension.value.to_string());
    names.is_some_and(|names| names.contains("*."))
}

/// What pkilint finds and must find: a line for each linter, code and profile, with the reason.
const LISTED: &str = include_str!("findings.txt");

#[test]
fn pkilint_finds_nothing_but_what_is_listed() {
    let profiles = cases::profiles();
    let mut tasks = Vec::new();
    let mut of: Vec<&Issued> = Vec::new();
    for issued in &CORPUS.issued {
        let profile = profiles.iter().find(|profile| profile.name() == issued.profile).unwrap();
        let (linter, kind) = linter(profile);
        tasks.push(Task { linter, kind, der: issued.certificate.as_der() });
        of.push(issued);
    }
    let verdicts = pkilint::lint(&tasks);
    let mut found: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for ((task, issued), verdict) in tasks.iter().zip(&of).zip(verdicts) {
        let findings = verdict.unwrap_or_else(|error| panic!("{}: {error}", issued.label));
        for (severity, code) in findings {
            // RFC 5280 s.4.2.1.6 leaves wildcards to others, and pkilint's rules for it take them for no host name;
            // its rules for public certificates accept them.
            if task.linter == "pkix" && code == "pkix.invalid_domain_name_syntax" && has_wildcard(issued) {
                continue;
            }
            let key = format!("{} {severity} {code} {}", task.linter, issued.profile);
            found.entry(key).or_insert((0, &issued.label)).0 += 1;
        }
    }
    println!("pkilint: {} certificates, {} times", CORPUS.issued.len(), tasks.len());
    let listed: BTreeMap<&str, &str> = LISTED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no reason: {line}")))
        .collect();
    let mut lines = Vec::new();
    for (key, (count, label)) in &found {
        if !listed.contains_key(key.as_str()) {
            lines.push(format!("{key}: found {count} times and not listed, first in {label}"));
        }
    }
    for key in listed.keys() {
        if !found.contains_key(*key) {
            lines.push(format!("{key}: listed and no longer found"));
        }
        assert!(key.contains(" NOTICE "), "{key}: only notices can be listed");
    }
    assert!(lines.is_empty(), "tests/corpus/findings.txt is not what pkilint finds:\n{}", lines.join("\n"));
}
