//! The course of a ceremony: roles, presence, approvals, and steps in their order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Fact, Presence};
use super::super::finding::Finding;
use super::super::layout;
use super::super::log::Log;
use super::super::manifest::Manifest;
use super::super::proof::{Challenge, Proof};
use super::super::record::{LogHead, Mode};
use super::super::script::{Script, Section};
use super::super::step::{Step, Task};
use super::super::transcript::Transcript;
use crate::audit::{Fingerprint, Head};

/// Follows the records one after the other.
pub(super) fn verify(
    script: &Script,
    manifest: &Manifest,
    transcript: &Transcript,
    log: &Log,
    findings: &mut Vec<Finding>,
) {
    let mut course = Course {
        script,
        manifest,
        transcript,
        log,
        findings,
        entry: 0,
        people: BTreeMap::new(),
        section: 0,
        present: Vec::new(),
        next: 0,
        open: None,
        attempts: BTreeMap::new(),
        said: Said::default(),
        last_log: 0,
        ended: false,
        begun: false,
    };
    for record in transcript.records() {
        course.entry = record.entry;
        course.record(&record.fact, record.mode);
    }
    course.end();
}

/// What was said in the course of a step, over all attempts.
#[derive(Debug, Default)]
struct Said {
    shown: Vec<Fingerprint>,
    approved: Vec<(String, Fingerprint)>,
    observed: BTreeSet<String>,
    clock: bool,
    environment: bool,
    token: bool,
    vacant: bool,
    key: bool,
    answered: Option<bool>,
    wrote: bool,
}

struct Course<'a> {
    script: &'a Script,
    manifest: &'a Manifest,
    transcript: &'a Transcript,
    log: &'a Log,
    findings: &'a mut Vec<Finding>,
    entry: u64,
    people: BTreeMap<String, Vec<String>>,
    /// The number of the section that was begun last.
    section: u64,
    present: Vec<Presence>,
    /// How many steps are done.
    next: usize,
    open: Option<String>,
    attempts: BTreeMap<String, u64>,
    said: Said,
    last_log: u64,
    ended: bool,
    begun: bool,
}

impl<'a> Course<'a> {
    fn find(&mut self, what: impl Into<String>) {
        self.findings.push(Finding::record(layout::TRANSCRIPT, self.entry, what));
    }

    /// The step that is to be done next, with its section and the number of that.
    fn wanted(&self) -> Option<(u64, &'a Section, &'a Step)> {
        let sections = (1_u64..).zip(&self.script.sections);
        let mut steps = sections
            .flat_map(|(number, section)| section.steps.iter().map(move |step| (number, section, step)));
        steps.nth(self.next)
    }

    /// The log is longer than before, and is the one of the bundle.
    fn log(&mut self, head: LogHead) {
        if head.entries < self.last_log {
            self.find(format!(
                "the audit log has {} entries, and had {} before",
                head.entries, self.last_log
            ));
        }
        self.last_log = head.entries;
        if self.log.head_at(head.entries).map(|found| found.hash) != Some(head.hash) {
            self.find(format!(
                "the audit log had another head after entry {} than that of the bundle",
                head.entries
            ));
        }
    }

    fn is_present(&self, person: &str) -> bool {
        self.present.iter().any(|one| one.person == person)
    }

    fn spoke(&mut self, person: &str) {
        if !self.is_present(person) {
            self.find(format!("{person:?} is not present in the section"));
        }
    }

    /// A record of a step that is not being done.
    fn within(&mut self, step: &str) {
        if self.open.as_deref() != Some(step) {
            self.find(format!("is of step {step}, which is not being done"));
        }
    }

    /// A record that stands before a step.
    fn ahead(&mut self, step: &str) {
        if self.wanted().is_none_or(|(_, _, wanted)| wanted.id != step) {
            self.find(format!("stands before step {step}, which is not the next one"));
        }
    }

    fn record(&mut self, fact: &Fact, mode: Mode) {
        if mode != self.manifest.mode {
            self.find(format!("is of a {mode}, and the plan of a {}", self.manifest.mode));
        }
        if self.ended {
            self.find("stands after the end");
        }
        if !self.begun && !matches!(fact, Fact::Begun { .. }) {
            self.find("stands before the beginning");
        }
        match fact {
            Fact::Begun { title, plan, log, .. } => self.begin(title, *plan, *log),
            Fact::SignedIn { role, person, proof } => self.sign_in(role, person, proof.as_ref()),
            Fact::SectionBegun { section, present } => self.convene(*section, present),
            Fact::StepBegun { step, attempt, log } => self.step(step, *attempt, *log),
            Fact::Environment { step, .. } => {
                self.within(step);
                self.said.environment = true;
            }
            Fact::ClockConfirmed { step, person, .. } => {
                self.within(step);
                self.spoke(person);
                self.said.clock = true;
            }
            Fact::Token { step, token, .. } => {
                self.within(step);
                let wanted = self.wanted().map(|(_, _, step)| &step.task);
                if !matches!(wanted, Some(Task::CheckToken { token: wanted }) if wanted == token) {
                    self.find(format!("is about token {token:?}, which the step is not about"));
                }
                self.said.token = true;
            }
            Fact::Vacant { step, token, label } => {
                self.within(step);
                let wanted = self.wanted().and_then(|(_, _, step)| step.task.made_key());
                if wanted != Some((token.as_str(), label.as_str())) {
                    self.find(format!(
                        "is about key {label:?} in token {token:?}, which the step does not make"
                    ));
                }
                self.said.vacant = true;
            }
            Fact::Key { step, token, .. } => {
                self.within(step);
                let wanted = self.wanted().and_then(|(_, _, step)| step.task.made_key());
                if wanted.is_none_or(|(wanted, _)| wanted != token) {
                    self.find(format!("is about a key in token {token:?}, which the step is not about"));
                }
                self.said.key = true;
            }
            Fact::Calls { step, .. } => self.within(step),
            Fact::Answered { step, good, .. } => {
                self.within(step);
                self.said.answered = Some(*good);
            }
            Fact::Shown { step, sha256, digest, .. } => {
                self.within(step);
                if let [one] = sha256.as_slice()
                    && one != digest
                {
                    self.find("shows one object, and the digest of another");
                }
                self.said.shown.push(*digest);
            }
            Fact::Approved { step, person, digest } => {
                self.within(step);
                self.spoke(person);
                if self.said.shown.last() != Some(digest) {
                    self.find("approves what was not shown before");
                }
                if self.said.approved.contains(&(person.clone(), *digest)) && !self.attempted_again(step) {
                    self.find(format!("{person:?} has approved this already"));
                }
                self.said.approved.push((person.clone(), *digest));
            }
            Fact::Observed { step, what, person, .. } => {
                self.within(step);
                self.spoke(person);
                self.said.observed.insert(what.clone());
            }
            Fact::Wrote { step, .. } => {
                self.within(step);
                self.said.wrote = true;
            }
            Fact::Found { step, .. } => self.within(step),
            Fact::StepDone { step, log, .. } => {
                self.within(step);
                self.log(*log);
                self.complete();
                self.open = None;
                self.next = self.next.saturating_add(1);
                self.said = Said::default();
            }
            Fact::StepFailed { step, log, .. } => {
                self.within(step);
                self.log(*log);
                self.open = None;
            }
            Fact::Deviation { step, person, .. }
            | Fact::Paused { step, person, .. }
            | Fact::Stopped { step, person, .. } => {
                if self.open.is_none() {
                    self.ahead(step);
                }
                self.spoke(person);
            }
            Fact::Continued { person } => self.spoke(person),
            Fact::Resumed { log, .. } => {
                self.log(*log);
                self.open = None;
            }
            Fact::Ended { log } => {
                self.log(*log);
                if let Some((_, _, step)) = self.wanted() {
                    self.find(format!("is the end, and step {} is not done", step.id));
                }
                self.ended = true;
            }
        }
    }

    fn attempted_again(&self, step: &str) -> bool {
        self.attempts.get(step).is_some_and(|attempts| *attempts > 1)
    }

    fn begin(&mut self, title: &str, plan: Fingerprint, log: LogHead) {
        if self.begun {
            self.find("begins once more");
        }
        self.begun = true;
        if title != self.script.title {
            self.find(format!("is of {title:?}, and the script of {:?}", self.script.title));
        }
        if self.manifest.digest().ok() != Some(plan) {
            self.find(format!("is of the plan {plan}, which is another than plan.json"));
        }
        self.log(log);
    }

    /// Whoever has a key in the script proves the name by it, and whoever has a role that wants it.
    fn prove(&mut self, role: &str, person: &str, proof: Option<&Proof>) {
        let wanted = self.script.roles.iter().any(|one| one.name == role && one.proof);
        let before = self.transcript.head_at(self.entry.saturating_sub(1)).unwrap_or_else(Head::empty);
        match (self.script.key_of(person), proof, self.manifest.digest()) {
            (Some(key), Some(proof), Ok(plan)) => {
                let challenge = Challenge { plan, head: before, role, person };
                if let Err(error) = proof.verify(&challenge, key) {
                    self.find(format!("{person:?} has not proven the name: {error}"));
                }
            }
            (None, Some(_), _) => self.find(format!("proves {person:?}, of whom the script has no key")),
            (Some(_), None, _) if self.manifest.mode == Mode::Ceremony => {
                self.find(format!("{person:?} has a key in the script, and has not signed with it"));
            }
            (None, None, _) if wanted && self.manifest.mode == Mode::Ceremony => {
                self.find(format!(
                    "{role:?} is a role that is proven, and the script has no key of {person:?}"
                ));
            }
            _ => {}
        }
    }

    fn sign_in(&mut self, role: &str, person: &str, proof: Option<&Proof>) {
        self.prove(role, person, proof);
        let known = self.people.values().flatten().any(|one| one.to_lowercase() == person.to_lowercase());
        if known {
            self.find(format!("{person:?} has signed in already"));
        }
        match self.script.roles.iter().find(|one| one.name == role) {
            None => self.find(format!("the script has no role {role:?}")),
            Some(wanted) => {
                let people = self.people.entry(role.to_owned()).or_default();
                people.push(person.to_owned());
                if u32::try_from(people.len()).is_ok_and(|count| count > wanted.people) {
                    self.find(format!("more than {} people have the role {role:?}", wanted.people));
                }
            }
        }
    }

    fn convene(&mut self, number: u64, present: &[Presence]) {
        for role in &self.script.roles {
            let found = self.people.get(&role.name).map_or(0, Vec::len);
            if u32::try_from(found).is_ok_and(|count| count < role.people) {
                self.find(format!(
                    "{found} people have signed in as {:?}, wanted {}",
                    role.name, role.people
                ));
            }
        }
        let wanted = self.wanted().map(|(number, section, _)| (number, section));
        match wanted {
            Some((wanted, section)) if wanted == number => {
                for (role, people) in &section.present {
                    let mut names: Vec<&str> = present
                        .iter()
                        .filter(|one| one.role == *role)
                        .map(|one| one.person.as_str())
                        .collect();
                    names.sort_unstable();
                    names.dedup();
                    if u32::try_from(names.len()).is_ok_and(|count| count < *people) {
                        let count = names.len();
                        self.find(format!("{count} people are present as {role:?}, wanted {people}"));
                    }
                }
            }
            _ => self.find(format!("section {number} is not the next one")),
        }
        for one in present {
            if !self.people.get(&one.role).is_some_and(|people| people.contains(&one.person)) {
                self.find(format!("{:?} has not signed in as {:?}", one.person, one.role));
            }
        }
        self.section = number;
        self.present = present.to_vec();
    }

    fn step(&mut self, step: &str, attempt: u64, log: LogHead) {
        self.log(log);
        if let Some(open) = self.open.take() {
            self.find(format!("begins step {step} while step {open} is not done"));
        }
        match self.wanted() {
            Some((number, _, wanted)) if wanted.id == step => {
                if number != self.section {
                    self.find(format!("step {step} is of section {number}, which has not begun"));
                }
            }
            Some((_, _, wanted)) => {
                self.find(format!("begins step {step}, and {} is the next one", wanted.id));
            }
            None => self.find(format!("begins step {step}, and all are done")),
        }
        let before = self.attempts.insert(step.to_owned(), attempt).unwrap_or_default();
        if attempt != before.saturating_add(1) {
            self.find(format!("is attempt {attempt} of step {step}, after attempt {before}"));
        }
        self.open = Some(step.to_owned());
    }

    /// What the step has to have in its records when it is done.
    fn complete(&mut self) {
        let Some((_, section, step)) = self.wanted() else { return };
        let task = &step.task;
        if *task == Task::CheckEnvironment && !(self.said.environment && self.said.clock) {
            self.find("is done without the machine on record, or without the clock confirmed");
        }
        if matches!(task, Task::CheckToken { .. }) && !self.said.token {
            self.find("is done without the token on record");
        }
        if let Some((token, label)) = task.made_key() {
            if !self.said.key {
                self.find("is done without the key on record, as its token shows it");
            }
            let made_before =
                !matches!(task, Task::GenerateKey { .. }) && self.script.generated(token, label).is_some();
            if !self.said.vacant && !made_before {
                self.find("is done without a word that no key had its label before");
            }
        }
        if task.is_answered() && self.said.answered != Some(true) {
            self.find("is done without an answer that all is as it should be");
        }
        if matches!(task, Task::Collect { .. }) && !self.said.wrote {
            self.find("is done without the file that was to be collected");
        }
        if let Task::Action { observe, .. } = task {
            for what in observe {
                if !self.said.observed.contains(what) {
                    self.find(format!("is done, and {what:?} was not observed"));
                }
            }
        }
        if task.is_approved() {
            // The approvals that count are those of the digest that was shown last.
            let last = self.said.shown.last().copied();
            let of_last = self.said.approved.iter().filter(|(_, digest)| Some(*digest) == last);
            let count = of_last.map(|(person, _)| person).collect::<BTreeSet<_>>().len();
            if last.is_none() || u32::try_from(count).is_ok_and(|count| count < section.approvals) {
                let wanted = section.approvals;
                self.find(format!("is done with {count} approvals, wanted {wanted}"));
            }
        }
    }

    fn end(&mut self) {
        if !self.ended {
            self.find("is the last record, and the ceremony has not ended");
        }
    }
}
