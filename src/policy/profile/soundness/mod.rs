//! Whether the rules of a profile go together, and with the sets of rules that it says it follows: what can be
//! known before any request is there.

mod contradiction;
mod etsi;
mod webpki;

use crate::x509::name::attribute::{self, AttributeType};
use crate::x509::standard::Standard;

pub(crate) use contradiction::needed;

use super::Profile;
use super::subject::{AttributeRule, SubjectRules};

/// One thing in a profile that does not go together with another, or with a set of rules.
#[derive(Debug)]
pub(super) struct Fault {
    /// The stable id of the problem.
    pub(super) id: &'static str,
    /// The keys of the file under which it stands, outermost first.
    pub(super) keys: Vec<&'static str>,
    /// What was found and what was wanted.
    pub(super) message: String,
}

/// Everything that does not go together.
pub(super) fn judge(profile: &Profile) -> Vec<Fault> {
    let mut faults = contradiction::judge(profile);
    if profile.follows(Standard::WebPki) {
        faults.extend(webpki::judge(profile));
    }
    if profile.follows(Standard::Etsi) {
        faults.extend(etsi::judge(profile));
    }
    faults
}

/// The faults found so far by one set of rules, all with the same id.
#[derive(Debug)]
struct Faults {
    id: &'static str,
    found: Vec<Fault>,
}

impl Faults {
    const fn new(id: &'static str) -> Self {
        Self { id, found: Vec::new() }
    }

    fn add(&mut self, keys: &[&'static str], message: impl Into<String>) {
        self.found.push(Fault { id: self.id, keys: keys.to_vec(), message: message.into() });
    }

    /// Adds a fault unless something holds.
    fn want(&mut self, holds: bool, keys: &[&'static str], message: impl Into<String>) {
        if !holds {
            self.add(keys, message);
        }
    }
}

/// The rule for an attribute, where the profile has one that is not `forbidden`.
fn named<'r>(rules: &'r SubjectRules, short: &str) -> Option<&'r AttributeRule> {
    rules
        .attributes
        .iter()
        .find(|(known, rule)| known.short == short && *rule != AttributeRule::Forbidden)
        .map(|(_, rule)| rule)
}

/// Whether every subject has the attribute.
fn always(rules: &SubjectRules, short: &str) -> bool {
    named(rules, short).is_some_and(|rule| !matches!(rule, AttributeRule::Asked { required: false, .. }))
}

/// Whether a subject may have an attribute twice.
fn repeats(rules: &SubjectRules, short: &str) -> bool {
    matches!(named(rules, short), Some(AttributeRule::Asked { maximum: 2.., .. }))
}

/// The attributes that a subject may have, in the order in which the profile lists them.
fn possible(rules: &SubjectRules) -> impl Iterator<Item = &'static AttributeType> + '_ {
    let possible = rules.attributes.iter().filter(|(_, rule)| *rule != AttributeRule::Forbidden);
    possible.map(|(known, _)| *known)
}

/// A key of `subject.attributes`.
fn attribute_keys(short: &str) -> Vec<&'static str> {
    ["subject", "attributes"]
        .into_iter()
        .chain(attribute::by_short_name(short).map(|known| known.short))
        .collect()
}
