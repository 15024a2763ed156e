//! Answers: what people would say, written in a file before, for rehearsals and for machines without a terminal.

use std::collections::BTreeMap;

use crate::policy::Problems;
use crate::policy::document::{Document, Table};

/// What stands for `clock` when the clock is to be taken as right.
const CONFIRMED: &str = "confirmed";

/// Answers in the place of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The names of those who sign in, by role.
    pub people: BTreeMap<String, Vec<String>>,
    /// Whether the clock is confirmed.
    pub clock: bool,
    /// What is typed in at the steps that ask for it, by the number of the step and what is asked.
    pub observe: BTreeMap<String, BTreeMap<String, String>>,
    /// What is done otherwise than the script says: step, person, reason.
    pub deviations: Vec<Told>,
    /// Before which step the run is stopped.
    pub stop: Option<Told>,
}

/// Something that a person says before a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of the step.
    pub step: String,
    /// Who.
    pub person: String,
    /// What.
    pub reason: String,
}

impl Answers {
    /// Reads answers.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        Document::read(text, |_, top| {
            let told = |table: &Table<'_>| {
                let text = |key| table.parse_required::<String>(key).map(|found| found.value);
                let (step, person, reason) = (text("step"), text("person"), text("reason"));
                Some(Told { step: step?, person: person?, reason: reason? })
            };
            Some(Self {
                people: top.inside_required("people", people).unwrap_or_default(),
                clock: top.word("clock", &[CONFIRMED]).is_some(),
                observe: top.inside("observe", observe).unwrap_or_default(),
                deviations: top.each("deviation", told).into_iter().flatten().collect(),
                stop: top.inside("stop", told).flatten(),
            })
        })
    }
}

fn people(table: &Table<'_>) -> BTreeMap<String, Vec<String>> {
    let of = |role: &str| {
        let names = table.list::<String>(role).map(|found| found.value).unwrap_or_default();
        names.into_iter().map(|name| name.value).collect()
    };
    table.keys().into_iter().map(|role| (role.value.clone(), of(&role.value))).collect()
}

fn observe(table: &Table<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
    let of = |step: &str| {
        table.inside(step, |one| {
            let text = |key: &str| one.parse::<String>(key).map(|found| found.value);
            one.keys().into_iter().filter_map(|key| Some((key.value.clone(), text(&key.value)?))).collect()
        })
    };
    table.keys().into_iter().filter_map(|step| Some((step.value.clone(), of(&step.value)?))).collect()
}
