//! keyrite.toml as text, read into a [`HomeConfig`] with all its problems at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration as Span;

use super::ca::{CaConfig, RsaPadding};
use super::home::{HomeConfig, WorkerTimeouts};
use super::subject::SubjectDefaults;
use super::worker_paths;
use crate::policy::document::{Document, Found, Table, id as text_id};
use crate::policy::{HttpUrl, Places, Problems, nearest};
use crate::token::requirements::Requirements;
use crate::token::uri::Pkcs11Uri;
use crate::x509::algorithm::Digest;
use crate::x509::name::attribute::{self, AttributeType};
use crate::x509::name::{Attribute, Name};
use crate::x509::time::Duration;

/// The stable ids of the problems that only `keyrite.toml` has.
pub mod id {
    /// The module is not named by an absolute path.
    pub const MODULE: &str = "CFG-MODULE";
    /// A time-out that is not between a second and an hour.
    pub const TIMEOUT: &str = "CFG-TIMEOUT";
    /// An attribute type that is not known, or a value that it does not allow.
    pub const SUBJECT: &str = "CFG-SUBJECT";
    /// A name that no CA can have.
    pub const CA_NAME: &str = "CFG-CA-NAME";
    /// One key for two CAs.
    pub const KEY: &str = "CFG-KEY";
    /// One URL twice.
    pub const URL: &str = "CFG-URL";
    /// A CRL that would be good for longer than any may be.
    pub const NEXT_UPDATE: &str = "CFG-NEXT-UPDATE";
    /// CRLs of a CA that do not go together.
    pub const CRLS: &str = "CFG-CRLS";
    /// An output directory without a name.
    pub const OUTPUT: &str = "CFG-OUTPUT";
    /// A path for the worker that is not inside the home, or that is keyrite's own.
    pub const WORKER_PATH: &str = "CFG-WORKER-PATH";
    /// A demand on keys that is stated twice, or may go unanswered without being one.
    pub const KEYS: &str = "CFG-KEYS";
    /// One number for two mechanisms of a module.
    pub const MECHANISM: &str = "CFG-MECHANISM";
    /// A rest of a home that is shorter than an hour.
    pub const CLOCK: &str = "CFG-CLOCK";
    /// The certificate of an OCSP responder without its key, or a key without its certificate.
    pub const OCSP: &str = "CFG-OCSP";
    /// A requester of bundles without a name, with something named twice, or that asks for what nobody can.
    pub const REQUESTER: &str = "CFG-REQUESTER";
    /// All ids of this module.
    pub const ALL: [&str; 15] = [
        MODULE,
        TIMEOUT,
        SUBJECT,
        CA_NAME,
        KEY,
        URL,
        NEXT_UPDATE,
        CRLS,
        OUTPUT,
        WORKER_PATH,
        KEYS,
        MECHANISM,
        CLOCK,
        OCSP,
        REQUESTER,
    ];
}

/// The longest time-out.
const LONGEST: Span = Span::from_secs(3600);
/// The shortest rest of a home that may be told to confirm its clock, in seconds.
const SHORTEST_GAP: i64 = 3600;
/// The most that may lie between two CRLs of a CA: twelve months (BR 4.9.7).
const LONGEST_CRL_SECONDS: i64 = 366 * 86_400;

pub(super) fn parse(text: &str) -> Result<HomeConfig, Problems> {
    Document::read(text, |_, top| Some(home(top)))
}

fn home(top: &Table<'_>) -> HomeConfig {
    let cas = top.inside("ca", cas).unwrap_or_default();
    let (worker, sessions, worker_paths) = top
        .inside("worker", |table| (timeouts(table), sessions(table), worker_paths::read(table, &cas)))
        .unwrap_or_default();
    let (requirements, attestation_roots, weak_key_lists) = top.inside("keys", keys).unwrap_or_default();
    HomeConfig {
        module: path(top, "module", |path| path.is_absolute(), id::MODULE, "wanted an absolute path"),
        lock_timeout: span(top, "lock_timeout"),
        largest_gap: top.inside("clock", largest_gap).flatten(),
        worker,
        sessions,
        worker_paths,
        network_file_system: top
            .inside("store", |table| table.flag("network_file_system"))
            .flatten()
            .is_some_and(|found| found.value),
        requirements,
        attestation_roots,
        weak_key_lists,
        modules: top.inside("modules", super::module::read).unwrap_or_default(),
        subject_defaults: top
            .inside("defaults", |table| table.inside("subject", subject_defaults))
            .flatten()
            .unwrap_or_default(),
        cas,
        requesters: top.inside("requester", super::requester::all).unwrap_or_default(),
    }
}

fn keys(table: &Table<'_>) -> (Requirements, Option<PathBuf>, Vec<PathBuf>) {
    let roots = path(table, "attestation_roots", |_| true, id::KEYS, "wanted a file");
    (super::keys::requirements(table), roots, super::keys::weak_key_lists(table))
}

fn timeouts(table: &Table<'_>) -> WorkerTimeouts {
    WorkerTimeouts {
        signature: span(table, "signature_timeout"),
        generation: span(table, "generation_timeout"),
        pin_pad: span(table, "pin_pad_timeout"),
        other: span(table, "other_timeout"),
    }
}

/// In how many sessions of a token batches are signed.
fn sessions(table: &Table<'_>) -> Option<u32> {
    let found = table.number("sessions", HomeConfig::MOST_SESSIONS.into())?;
    if found.value == 0 {
        let message = format!("0, wanted 1 to {}", HomeConfig::MOST_SESSIONS);
        table.problem(text_id::VALUE, &found.place, "sessions", message);
    }
    u32::try_from(found.value).ok()
}

pub(super) fn path(
    table: &Table<'_>,
    key: &str,
    fits: impl Fn(&PathBuf) -> bool,
    id: &'static str,
    wanted: &str,
) -> Option<PathBuf> {
    let found = table.parse::<PathBuf>(key)?;
    if !fits(&found.value) || found.value.as_os_str().is_empty() {
        table.problem(id, &found.place, key, format!("{:?}, {wanted}", found.value));
    }
    Some(found.value)
}

/// A time-out: a whole number of seconds, minutes or hours.
fn span(table: &Table<'_>, key: &str) -> Option<Span> {
    let found = table.parse::<Duration>(key)?;
    let span = match found.value {
        Duration::Seconds(seconds) => u64::try_from(seconds).ok().map(Span::from_secs),
        Duration::Months(_) | Duration::Years(_) => None,
    };
    let span = span.filter(|span| *span <= LONGEST);
    if span.is_none() {
        table.problem(id::TIMEOUT, &found.place, key, format!("{}, wanted 1s to 1h", found.value));
    }
    span
}

/// A time for which a home may rest before its clock has to be confirmed.
fn largest_gap(table: &Table<'_>) -> Option<Duration> {
    let found = table.parse::<Duration>("largest_gap")?;
    if matches!(found.value, Duration::Seconds(..SHORTEST_GAP)) {
        let message = format!("{}, wanted at least 1h", found.value);
        table.problem(id::CLOCK, &found.place, "largest_gap", message);
    }
    Some(found.value)
}

fn subject_defaults(table: &Table<'_>) -> SubjectDefaults {
    let mut attributes: Vec<(&'static AttributeType, String)> = Vec::new();
    for key in table.keys() {
        let text = table.parse::<String>(&key.value);
        let Some(known) = attribute::ATTRIBUTE_TYPES.iter().find(|known| known.short == key.value) else {
            let shorts = attribute::ATTRIBUTE_TYPES.iter().map(|known| known.short);
            let near = nearest(&key.value, shorts);
            let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
            table.problem(id::SUBJECT, &key.place, &key.value, format!("unknown attribute type{near}"));
            continue;
        };
        let Some(text) = text else { continue };
        if let Some(why) = fault(known, &text.value) {
            table.problem(id::SUBJECT, &text.place, &key.value, why);
        }
        attributes.push((known, text.value));
    }
    let rank = |known: &AttributeType| {
        attribute::ATTRIBUTE_TYPES.iter().position(|other| other.oid == known.oid).unwrap_or(usize::MAX)
    };
    attributes.sort_by_key(|(known, _)| rank(known));
    SubjectDefaults(attributes)
}

/// What is wrong with the value of an attribute, if anything.
fn fault(known: &AttributeType, text: &str) -> Option<String> {
    let octets = text.as_bytes().to_vec();
    let attribute = Attribute { oid: known.oid, tag: known.string.tag(), octets, rdn: 0 };
    match Name::from_attributes(&[attribute]).map(|name| name.to_string().parse::<Name>()) {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// The sections of CAs, as a script of a ceremony has them, too.
pub(crate) fn cas(table: &Table<'_>) -> BTreeMap<String, CaConfig> {
    let mut cas = BTreeMap::new();
    let mut keys: Vec<(Pkcs11Uri, String)> = Vec::new();
    for name in table.keys() {
        if !is_ca_name(&name.value) {
            let message = "wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit";
            table.problem(id::CA_NAME, &name.place, &name.value, message);
        }
        let read = table.inside(&name.value, |section| {
            let key = section.parse::<Pkcs11Uri>("key");
            if let Some(key) = &key {
                if let Some((_, other)) = keys.iter().find(|(uri, _)| *uri == key.value) {
                    let message = format!("the key of {other:?}, wanted one that is used for nothing else");
                    section.problem(id::KEY, &key.place, "key", message);
                }
                keys.push((key.value.clone(), name.value.clone()));
            }
            ca(section, key.map(|key| key.value))
        });
        if let Some(read) = read {
            cas.insert(name.value, read);
        }
    }
    cas
}

/// The rule for the names of CAs: they become parts of file names.
pub(crate) fn is_ca_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = name.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
    begins && fits && name.len() <= 64
}

fn ca(section: &Table<'_>, key: Option<Pkcs11Uri>) -> CaConfig {
    let crl = urls(section, "crl_urls");
    let places = Places {
        crls: section.inside("crls", |table| super::crl_series::read(table, &crl)).unwrap_or_default(),
        crl,
        ca_issuers: urls(section, "ca_issuer_urls"),
        ocsp: urls(section, "ocsp_urls"),
    };
    let next_update = next_update(section, "next_update");
    CaConfig {
        key,
        places,
        output: path(section, "output", |_| true, id::OUTPUT, "wanted a directory"),
        next_update,
        ocsp: section.inside("ocsp", super::ocsp::read).unwrap_or_default(),
        digest: section.word("digest", &["sha256", "sha384", "sha512"]).map(|found| digest(&found)),
        padding: section.word("padding", &["pkcs1", "pss"]).map(|found| match found.value {
            "pss" => RsaPadding::Pss,
            _ => RsaPadding::Pkcs1,
        }),
    }
}

/// How long a CRL is good for.
pub(super) fn next_update(section: &Table<'_>, key: &str) -> Option<Duration> {
    let found = section.parse::<Duration>(key)?;
    let short = match found.value {
        Duration::Seconds(seconds) => seconds <= LONGEST_CRL_SECONDS,
        Duration::Months(months) => months <= 12,
        Duration::Years(years) => years <= 1,
    };
    if !short {
        let message = format!("{}, wanted at most 12 months", found.value);
        section.problem(id::NEXT_UPDATE, &found.place, key, message);
    }
    Some(found.value)
}

fn digest(found: &Found<&'static str>) -> Digest {
    match found.value {
        "sha512" => Digest::Sha512,
        "sha384" => Digest::Sha384,
        _ => Digest::Sha256,
    }
}

fn urls(section: &Table<'_>, key: &str) -> Vec<HttpUrl> {
    let mut urls: Vec<HttpUrl> = Vec::new();
    for found in section.list::<HttpUrl>(key).map(|found| found.value).unwrap_or_default() {
        let url = found.value;
        if urls.contains(&url) {
            section.problem(id::URL, &found.place, key, format!("{:?} twice, wanted once", url.as_str()));
        }
        urls.push(url);
    }
    urls
}
