//! How far a transcript has come, for whoever goes on with it.

use std::collections::BTreeMap;

use keyrite::ceremony::{Fact, Transcript};

/// How far it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Who has signed in: role and name.
    pub(crate) people: Vec<(String, String)>,
    /// The steps that are done.
    pub(crate) done: Vec<String>,
    /// How often each step was begun.
    pub(crate) attempts: BTreeMap<String, u64>,
    /// How many entries the audit log had when a step was begun for the first time.
    pub(crate) since: BTreeMap<String, u64>,
    /// The steps that were about to make a key, under a label that was unused.
    pub(crate) making: Vec<String>,
    /// The files that were written, by step.
    pub(crate) written: Vec<(String, String)>,
    /// Deviations that were told already: step and reason.
    pub(crate) deviations: Vec<(String, String)>,
    /// Whether everything is done.
    pub(crate) ended: bool,
    /// The time of the last record.
    pub(crate) last: String,
}

impl Progress {
    /// Reads a transcript.
    pub(crate) fn of(transcript: &Transcript) -> Self {
        let mut progress = Self::default();
        for record in transcript.records() {
            progress.last.clone_from(&record.time);
            match &record.fact {
                Fact::SignedIn { role, person, .. } => progress.people.push((role.clone(), person.clone())),
                Fact::StepBegun { step, attempt, log } => {
                    progress.attempts.insert(step.clone(), *attempt);
                    progress.since.entry(step.clone()).or_insert(log.entries);
                }
                Fact::Vacant { step, .. } => progress.making.push(step.clone()),
                Fact::StepDone { step, .. } => progress.done.push(step.clone()),
                Fact::Wrote { step, file, .. } => progress.written.push((step.clone(), file.clone())),
                Fact::Deviation { step, reason, .. } => {
                    progress.deviations.push((step.clone(), reason.clone()));
                }
                Fact::Ended { .. } => progress.ended = true,
                Fact::Begun { .. }
                | Fact::SectionBegun { .. }
                | Fact::Environment { .. }
                | Fact::ClockConfirmed { .. }
                | Fact::Token { .. }
                | Fact::Key { .. }
                | Fact::Calls { .. }
                | Fact::Answered { .. }
                | Fact::Shown { .. }
                | Fact::Approved { .. }
                | Fact::Observed { .. }
                | Fact::Found { .. }
                | Fact::StepFailed { .. }
                | Fact::Paused { .. }
                | Fact::Continued { .. }
                | Fact::Stopped { .. }
                | Fact::Resumed { .. } => {}
            }
        }
        progress
    }
}
