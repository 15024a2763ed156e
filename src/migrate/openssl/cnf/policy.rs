//! The policy section of `openssl ca` as the rules of a profile for the subject.

use crate::x509::name::Name;
use crate::x509::name::attribute;

use super::ca::CaSection;
use super::file::{Cnf, Section};
use super::note::{Fate, Notes};
use super::object_name::object;
use super::toml_text::{Tables, quoted};

/// What one line of a policy demands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Match,
    Supplied,
    Optional,
}

/// Adds the tables of the subject.
pub(super) fn subject(
    cnf: &Cnf,
    ca: &CaSection,
    issuer: Option<&Name>,
    tables: &mut Tables,
    notes: &mut Notes,
) {
    let preserved = ca.preserve.as_ref().is_some_and(|setting| setting.value);
    let section = ca.policy.as_ref().and_then(|setting| cnf.section(&setting.value));
    let own = cnf.section(&ca.name);
    match (&ca.policy, section, own) {
        (None, _, Some(own)) => {
            let why = "there is no policy, without which openssl ca issues nothing; here every attribute is refused";
            notes.section(own, Fate::NotCarriedOver, why);
        }
        (Some(_), None, Some(own)) => {
            let why = "the section that policy names is not there, and openssl ca issues nothing; here every attribute is refused";
            notes.section(own, Fate::NotCarriedOver, why);
        }
        _ => {}
    }
    // What the policy does not name is left out, unless the subject is preserved as a whole.
    let other = if preserved || section.is_none() { "refuse" } else { "drop" };
    let order = if preserved { "as-asked" } else { "as-listed" };
    tables.add(
        "subject",
        [format!("other_attributes = {}", quoted(other)), format!("order = {}", quoted(order))],
    );
    let mut rules = Rules { cnf, issuer, email: true, lines: Vec::new() };
    if let Some(email) = ca.email_in_dn.as_ref().filter(|setting| !setting.value) {
        rules.email = false;
        if let Some(entry) = own.and_then(|own| own.entries().find(|entry| entry.place == email.place)) {
            let why = "emailAddress is not a part of the subject here; --san email:MAILBOX puts it into subjectAltName";
            notes.otherwise(entry, why);
        }
    }
    if let Some(section) = section {
        rules.read(section, notes);
    }
    if preserved {
        rules.rest();
        let entry = ca.preserve.as_ref().and_then(|setting| {
            let all = cnf.sections().iter().flat_map(Section::entries);
            all.into_iter().find(|entry| entry.place == setting.place)
        });
        if let Some(entry) = entry {
            let why = "the subject is taken in the order that is asked for, with every attribute that keyrite knows; \
                       one of another type is refused";
            notes.otherwise(entry, why);
        }
    }
    tables
        .add("subject.attributes", rules.lines.into_iter().map(|(short, rule)| format!("{short} = {rule}")));
}

/// Adds the tables of the subject of a root, which no policy of `openssl ca` concerns.
pub(super) fn any_subject(cnf: &Cnf, tables: &mut Tables) {
    tables.add("subject", ["other_attributes = \"refuse\"".to_owned(), "order = \"as-asked\"".to_owned()]);
    let mut rules = Rules { cnf, issuer: None, email: true, lines: Vec::new() };
    rules.rest();
    tables
        .add("subject.attributes", rules.lines.into_iter().map(|(short, rule)| format!("{short} = {rule}")));
}

struct Rules<'c> {
    cnf: &'c Cnf,
    issuer: Option<&'c Name>,
    email: bool,
    lines: Vec<(&'static str, String)>,
}

impl Rules<'_> {
    fn read(&mut self, section: &Section, notes: &mut Notes) {
        for entry in section.entries() {
            let demand = match entry.value.as_slice() {
                b"match" => Demand::Match,
                b"supplied" => Demand::Supplied,
                b"optional" => Demand::Optional,
                _ => {
                    let why = "wanted match, supplied or optional; openssl ca issues nothing under it. The attribute is \
                               forbidden here";
                    notes.lost(entry, why);
                    if let Some(known) = self.known(&entry.name) {
                        self.add(known, quoted("forbidden"));
                    }
                    continue;
                }
            };
            let Some(known) = self.known(&entry.name) else {
                let gone = "keyrite does not know the attribute type; it is left out of subjects";
                match demand {
                    Demand::Optional => notes.lost(entry, gone),
                    Demand::Match | Demand::Supplied => {
                        notes.lost(entry, format!("{gone}, and not demanded"));
                    }
                }
                continue;
            };
            if known.short == "emailAddress" && !self.email {
                if demand != Demand::Optional {
                    notes.lost(
                        entry,
                        "email_in_dn is no: the attribute is left out, and not demanded of requests",
                    );
                }
                continue;
            }
            match demand {
                Demand::Optional => self.add(known, quoted("optional")),
                Demand::Supplied => self.add(known, quoted("required")),
                Demand::Match => {
                    let rule = self.matching(known, |why| notes.otherwise(entry, why));
                    self.add(known, rule);
                }
            }
        }
    }

    fn known(&self, name: &str) -> Option<&'static attribute::AttributeType> {
        attribute::by_oid(&object(self.cnf, name)?)
    }

    fn add(&mut self, known: &'static attribute::AttributeType, rule: String) {
        // Two names of one type are one attribute: what is said last holds, as it cannot be said twice.
        self.lines.retain(|(short, _)| *short != known.short);
        self.lines.push((known.short, rule));
    }

    /// `match`: the request has the attribute, with one of the values that the CA's own subject has.
    fn matching(&self, known: &'static attribute::AttributeType, mut note: impl FnMut(String)) -> String {
        let Some(issuer) = self.issuer else {
            note(
                "the certificate of the CA is not there to tell the value: the attribute is required with any value. \
                 Give --certificate"
                    .to_owned(),
            );
            return quoted("required");
        };
        let found: Vec<_> = issuer.attributes().into_iter().filter(|one| one.oid == known.oid).collect();
        let texts: Vec<String> = found.iter().filter_map(attribute_text).collect();
        if found.is_empty() {
            note(
                "the CA's own subject does not have the attribute, so that openssl ca refuses every request; here no \
                 value is right, either"
                    .to_owned(),
            );
            return format!("{{ need = \"required\", pattern = {} }}", quoted("[^\\s\\S]"));
        }
        if texts.len() != found.len() {
            note("a value of the CA's own subject is not text, and matches nothing here".to_owned());
        }
        let patterns: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
        let pattern = match patterns.as_slice() {
            [one] => one.clone(),
            [] => "[^\\s\\S]".to_owned(),
            several => format!("({})", several.join("|")),
        };
        format!("{{ need = \"required\", pattern = {} }}", quoted(&pattern))
    }

    /// The attributes that the policy does not name, as optional: a preserved subject keeps them.
    fn rest(&mut self) {
        for known in &attribute::ATTRIBUTE_TYPES {
            let there = self.lines.iter().any(|(short, _)| *short == known.short);
            if !there && (known.short != "emailAddress" || self.email) {
                self.lines.push((known.short, quoted("optional")));
            }
        }
    }
}

fn attribute_text(one: &crate::x509::name::Attribute) -> Option<String> {
    one.text()
}
