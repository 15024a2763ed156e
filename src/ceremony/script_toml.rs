//! A script as text, read into a [`Script`] with all its problems at once.

use std::collections::BTreeMap;

use super::role::Role;
use super::script::{Existing, Script, Section};
use super::step_toml::{self, Reading};
use crate::config;
use crate::policy::document::{Document, Table, id as text_id};
use crate::policy::{Problems, nearest};
use crate::ssh::PublicKey;

/// The stable ids of the problems that only a script has.
pub(super) mod id {
    /// A text without anything in it.
    pub(crate) const EMPTY: &str = "CER-EMPTY";
    /// A role that the script does not have, or more people than have it.
    pub(crate) const ROLE: &str = "CER-ROLE";
    /// A person without a name, there twice, or of whom a role wants a key that the script does not have.
    pub(crate) const PERSON: &str = "CER-PERSON";
    /// More approvals than people are present.
    pub(crate) const APPROVALS: &str = "CER-APPROVALS";
    /// A CA that is not there at that step, or is there already.
    pub(crate) const CA: &str = "CER-CA";
    /// One label for two keys of a token.
    pub(crate) const KEY: &str = "CER-KEY";
    /// A path that leads out of the directory of the script.
    pub(crate) const PATH: &str = "CER-PATH";
    /// More steps than a script may have.
    pub(crate) const STEPS: &str = "CER-STEPS";
    /// A setting of a CA that is the site's business.
    pub(crate) const SITE: &str = "CER-SITE";
}

/// The most people of a role.
const MOST_PEOPLE: u64 = 100;
/// The most octets of a text that people read.
const MOST_TEXT: usize = 2000;
/// The most characters of a name.
const MOST_NAME: usize = 200;

pub(super) fn parse(text: &str) -> Result<Script, Problems> {
    Document::read(text, |_, top| script(top))
}

fn script(top: &Table<'_>) -> Option<Script> {
    let head = top.inside_required("ceremony", |table| {
        (words(table, "title"), words(table, "purpose"), table.parse::<String>("document"))
    });
    let roles = top.inside_required("roles", roles).unwrap_or_default();
    let people = top.inside("people", keys_of_people).unwrap_or_default();
    for role in roles.iter().filter(|role| role.proof) {
        let wanted = usize::try_from(role.people).unwrap_or(usize::MAX);
        if people.len() < wanted {
            let message = format!(
                "{wanted} people of this role prove who they are, and people has keys of {}",
                people.len()
            );
            top.problem(id::PERSON, &top.place_of("roles"), &format!("roles.{}.proof", role.name), &message);
        }
    }
    let cas = top.inside("ca", config::cas).unwrap_or_default();
    for (name, ca) in &cas {
        if ca.key().is_some() || ca.output().is_some() {
            let message = "key and output have no place in a script: they are the home's";
            top.problem(id::SITE, &top.place_of("ca"), &format!("ca.{name}"), message);
        }
        if !ca.places().crls.is_empty() {
            let message = "a CA with several CRLs cannot be scripted";
            top.problem(id::SITE, &top.place_of("ca"), &format!("ca.{name}.crls"), message);
        }
    }
    let mut reading = Reading::default();
    let existing = top.inside("existing", |table| existing(table, &mut reading)).unwrap_or_default();
    let reading = std::cell::RefCell::new(reading);
    let number = std::cell::Cell::new(0_usize);
    top.require("section");
    let sections = top.each("section", |table| {
        number.set(number.get().saturating_add(1));
        section(table, number.get(), &roles, &mut reading.borrow_mut())
    });
    let steps: usize = sections.iter().map(|section| section.steps.len()).sum();
    if steps > Script::MOST_STEPS {
        let message = format!("{steps} steps, wanted at most {}", Script::MOST_STEPS);
        top.problem(id::STEPS, top.place(), "section", message);
    }
    let (title, purpose, document) = head?;
    Some(Script {
        title: title?,
        purpose: purpose?,
        document: document.map(|found| found.value),
        roles,
        people,
        cas,
        existing,
        sections,
    })
}

/// A text for people, with something in it.
pub(super) fn words(table: &Table<'_>, key: &str) -> Option<String> {
    let found = table.parse_required::<String>(key)?;
    let text = found.value.trim();
    if text.is_empty() || text.len() > MOST_TEXT {
        let message = format!("{} octets of text, wanted 1 to {MOST_TEXT}", text.len());
        table.problem(id::EMPTY, &found.place, key, message);
        return None;
    }
    Some(text.to_owned())
}

fn roles(table: &Table<'_>) -> Vec<Role> {
    let mut roles = Vec::new();
    for name in table.keys() {
        let role = table.inside(&name.value, |one| {
            let description = words(one, "description");
            let people = people(one, "people").unwrap_or(1);
            let proof = one.word("proof", &["ssh"]).is_some();
            Some(Role { name: name.value.clone(), description: description?, people, proof })
        });
        roles.extend(role.flatten());
    }
    if table.keys().is_empty() {
        table.problem(id::ROLE, table.place(), "", "no role, wanted at least one");
    }
    roles
}

/// The keys of people: each of another person, and each another key, since one person under two names is no second one.
fn keys_of_people(table: &Table<'_>) -> BTreeMap<String, PublicKey> {
    let mut people: BTreeMap<String, PublicKey> = BTreeMap::new();
    for name in table.keys() {
        let text = name.value.trim();
        let unfit = text.is_empty()
            || text != name.value
            || text.chars().count() > MOST_NAME
            || text.chars().any(char::is_control);
        if unfit {
            let message = format!("not a name of 1 to {MOST_NAME} characters without spaces around it");
            table.problem(id::PERSON, &name.place, &name.value, &message);
        }
        let key = table.inside(&name.value, |one| one.parse_required::<PublicKey>("key")).flatten();
        let Some(key) = key else { continue };
        if people.keys().any(|known| known.to_lowercase() == name.value.to_lowercase()) {
            table.problem(id::PERSON, &name.place, &name.value, "is there twice");
        }
        if let Some((other, _)) = people.iter().find(|(_, known)| **known == key.value) {
            let message = format!("has the key of {other:?}");
            table.problem(id::PERSON, &key.place, &name.value, &message);
        }
        people.insert(name.value, key.value);
    }
    people
}

/// How many people: at least one.
fn people(table: &Table<'_>, key: &str) -> Option<u32> {
    let found = table.number(key, MOST_PEOPLE)?;
    if found.value == 0 {
        let message = format!("0, wanted 1 to {MOST_PEOPLE}");
        table.problem(text_id::VALUE, &found.place, key, message);
    }
    u32::try_from(found.value).ok()
}

fn existing(table: &Table<'_>, reading: &mut Reading) -> BTreeMap<String, Existing> {
    let mut all = BTreeMap::new();
    for name in table.keys() {
        let ca = table.inside(&name.value, |one| step_toml::new_ca(one, Some(&name.value), "root"));
        if let Some(ca) = ca.flatten() {
            reading.exists(&ca);
            all.insert(name.value, Existing { ca });
        }
    }
    all
}

fn section(table: &Table<'_>, number: usize, roles: &[Role], reading: &mut Reading) -> Section {
    let title = words(table, "title").unwrap_or_default();
    let present = table.inside_required("present", |table| present(table, roles)).unwrap_or_default();
    let total = present.iter().fold(0_u32, |sum, (_, people)| sum.saturating_add(*people));
    let approvals = people(table, "approvals").unwrap_or(1);
    if approvals > total {
        let message = format!("{approvals} people approve, and {total} are present");
        table.problem(id::APPROVALS, &table.place_of("approvals"), "approvals", message);
    }
    table.require("step");
    let place = std::cell::Cell::new(0_usize);
    let reading = std::cell::RefCell::new(reading);
    let steps = table.each("step", |one| {
        place.set(place.get().saturating_add(1));
        step_toml::step(one, format!("{number}.{}", place.get()), &mut reading.borrow_mut())
    });
    Section { title, present, approvals, steps: steps.into_iter().flatten().collect() }
}

fn present(table: &Table<'_>, roles: &[Role]) -> Vec<(String, u32)> {
    let mut present = Vec::new();
    for name in table.keys() {
        let found = people(table, &name.value);
        let Some(role) = roles.iter().find(|role| role.name == name.value) else {
            let near = nearest(&name.value, roles.iter().map(|role| role.name.as_str()));
            let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
            let message = format!("no role of this name{near}");
            table.problem(id::ROLE, &name.place, &name.value, message);
            continue;
        };
        let Some(wanted) = found else { continue };
        if wanted > role.people {
            let message = format!("{wanted}, and {} people have this role", role.people);
            table.problem(id::ROLE, &name.place, &name.value, message);
        }
        present.push((name.value, wanted));
    }
    if table.keys().is_empty() {
        table.problem(id::ROLE, table.place(), "", "nobody is present, wanted at least one person");
    }
    present
}
