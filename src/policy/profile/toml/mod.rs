//! Profiles as TOML: the text that people write, read into a [`Profile`] with all its problems at once.

mod alt_names;
mod extensions;
mod kind;
mod linting;
mod other;
mod places;
mod policies;
mod purposes;
mod subject;

use crate::policy::document::{Document, Found, Table};
use crate::policy::problem::Problems;
use crate::policy::violation::Rule;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::standard::Standard;
use crate::x509::time::{Duration, Time};

use super::kind::Kind;
use super::rows::Canonical;
use super::soundness;
use super::subject::Others;
use super::validity::{Length, ValidityRules};
use super::{KeyRules, Profile};

pub(crate) use other::not_by_number;

pub use crate::policy::document::Layer;

/// The most texts of one profile: itself and those from which it inherits.
pub(super) const MOST_LAYERS: usize = 5;

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
    /// A profile from which this one inherits is not there, or there are too many of them.
    pub const INHERITS: &str = "PRF-INHERITS";
    /// A rule that nobody may override.
    pub const WAIVABLE: &str = "PRF-WAIVABLE";
    /// An outside linter that cannot be run.
    pub const LINTER: &str = "PRF-LINTER";
    /// An extension that is named by its object identifier and cannot be, or that has no such value.
    pub const EXTENSION: &str = "PRF-EXTENSION";
    /// An OCSP responder with what it cannot have, or another certificate with what only it has.
    pub const OCSP_RESPONDER: &str = "PRF-OCSP-RESPONDER";
    /// Certificates of which no revocation is told, and which say where it is.
    pub const REVOCATION: &str = "PRF-REVOCATION";
    /// Something that the Baseline Requirements do not allow.
    pub const WEB_PKI: &str = "PRF-WEBPKI";
    /// Something that EN 319 412 does not allow.
    pub const ETSI: &str = "PRF-ETSI";
    /// All ids of this module.
    pub const ALL: [&str; 20] = [
        NAME,
        LIST,
        ATTRIBUTE,
        FIXED,
        VALIDITY,
        LEAF_AS_CA,
        CA,
        ROOT,
        KEY_USAGE,
        PURPOSE,
        POLICY,
        ALT_NAMES,
        INHERITS,
        WAIVABLE,
        LINTER,
        EXTENSION,
        OCSP_RESPONDER,
        REVOCATION,
        WEB_PKI,
        ETSI,
    ];
}

/// The profile from which a text says that it inherits.
#[must_use]
pub fn parent(text: &str) -> Option<String> {
    let (table, _) = toml::de::DeTable::parse_recoverable(text);
    Some(table.get_ref().get("inherits")?.get_ref().as_str()?.to_owned())
}

pub(super) fn parse(layers: &[Layer<'_>]) -> Result<Profile, Problems> {
    let layers = layers.get(..layers.len().min(MOST_LAYERS)).unwrap_or(layers);
    let name = layers.first().map_or("", |layer| layer.name);
    Document::read_layers(layers, |document, top| {
        if !is_name(name) {
            let message = format!("profile name {name:?}, wanted 1 to 64 of a-z 0-9 and hyphen");
            document.problem(id::NAME, &(0..0), "", message);
        }
        inherits(layers, top);
        profile(name, top)
    })
}

/// Whether the lowest text still inherits from something. (Each text above it inherits from the one below.)
fn inherits(layers: &[Layer<'_>], top: &Table<'_>) {
    top.pass_over("inherits");
    let Some(wanted) = layers.last().and_then(|layer| parent(layer.text)) else { return };
    let message = if layers.len() < MOST_LAYERS {
        format!("no profile {wanted:?} to inherit from")
    } else {
        format!("more than {MOST_LAYERS} profiles, each of which inherits from the next")
    };
    top.problem(id::INHERITS, &top.place_of("inherits"), "inherits", message);
}

/// Whether a text can name a profile: it becomes part of file names and records.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('-')
}

/// Every part is read before the first that is missing ends it, so that all problems are told.
fn profile(name: &str, top: &Table<'_>) -> Option<Profile> {
    let description = top.parse::<String>("description").map(|found| found.value);
    let document = top.parse::<String>("document").map(|found| found.value);
    let word = top.word_required("kind", &Kind::WORDS);
    let standards = standards(top);
    let waivable = waivable(top);
    let subject = top.inside_required("subject", subject::read).flatten();
    let key = top.inside_required("key", key).flatten();
    let validity = top.inside_required("validity", validity).flatten();
    let other_extensions = top.inside("request", |table| {
        table.word("other_extensions", &Others::WORDS).map_or(Others::Refuse, |found| others(found.value))
    });
    let exclusions = top.inside("lint", linting::exclusions).unwrap_or_default();
    let linters = linting::linters(top);
    let algorithms = key.as_ref().map_or(&[][..], |key| &key.algorithms);
    let Some(word) = word.map(|found| found.value) else {
        top.pass_over("extensions"); // what they may be depends on the kind
        return None;
    };
    let (kind, extensions) = top.inside_required("extensions", |table| {
        (kind::read(word, algorithms, table), extensions::read(word, table))
    })?;
    let profile = Profile {
        name: name.to_owned(),
        description: description.unwrap_or_default(),
        document,
        kind: kind?,
        standards,
        subject: subject?,
        key: key?,
        validity: validity?,
        other_extensions: other_extensions.unwrap_or(Others::Refuse),
        extensions,
        waivable,
        exclusions,
        linters,
        canonical: Canonical::default(),
    };
    for fault in soundness::judge(&profile) {
        top.problem_within(fault.id, &fault.keys, fault.message);
    }
    Some(profile)
}

fn others(word: &str) -> Others {
    if word == Others::Drop.word() { Others::Drop } else { Others::Refuse }
}

/// The sets of rules; RFC 5280 is always among them.
fn standards(top: &Table<'_>) -> Vec<Standard> {
    let found = top.list::<Standard>("standards").and_then(|found| distinct(top, "standards", found));
    let mut standards = vec![Standard::Rfc5280];
    standards.extend(found.unwrap_or_default().into_iter().filter(|one| *one != Standard::Rfc5280));
    standards
}

fn waivable(top: &Table<'_>) -> Vec<Rule> {
    let Some(found) = top.list::<Rule>("waivable") else { return Vec::new() };
    for one in &found.value {
        if !one.value.is_waivable() {
            let message = format!("{} is a rule that nobody may override", one.value);
            top.problem(id::WAIVABLE, &one.place, "waivable", message);
        }
    }
    distinct(top, "waivable", found).unwrap_or_default()
}

fn key(table: &Table<'_>) -> Option<KeyRules> {
    let weaker_than_issuer = table.flag("weaker_than_issuer").is_some_and(|found| found.value);
    let algorithms: Vec<KeyAlgorithm> = distinct(table, "algorithms", table.list_required("algorithms")?)?;
    Some(KeyRules { algorithms, weaker_than_issuer })
}

fn validity(table: &Table<'_>) -> Option<ValidityRules> {
    let default = table.parse_required::<Length>("default");
    let maximum = table.parse_required::<Length>("maximum");
    let backdating = table.parse::<Duration>("backdating").map(|found| found.value);
    let beyond_issuer = table.flag("beyond_issuer").is_some_and(|found| found.value);
    let (default, maximum) = (default?, maximum?);
    // Months and years differ in length; the start of 2027 begins as short a year as there is.
    let start = Time::from_unix(1_798_761_600).ok()?;
    let end = |length: Length| length.last_second_from(start).unwrap_or(Time::NO_EXPIRATION);
    if end(default.value) > end(maximum.value) {
        let message = format!("{}, wanted at most the maximum, {}", default.value, maximum.value);
        table.problem(id::VALIDITY, &default.place, "default", message);
    }
    Some(ValidityRules { default: default.value, maximum: maximum.value, backdating, beyond_issuer })
}

/// The members of a list that has none twice.
pub(super) fn distinct<T: PartialEq + ToString>(
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

pub(super) fn values<T>(found: Vec<Found<T>>) -> Vec<T> {
    found.into_iter().map(|one| one.value).collect()
}
