//! Keys that steps have made, and how often the token was called.

use super::super::facts::Fact;
use super::super::finding::Finding;
use super::super::layout;
use super::super::log;
use super::super::step::{NewCa, NewKey, Step, Task};
use super::objects::{Objects, Parts, Told, log_path};
use crate::audit::{Event, Fingerprint};
use crate::x509::pem;
use crate::x509::spki::PublicKey;

impl Objects<'_> {
    /// The keys of a step, and the responses: what is made without being an object of the log.
    pub(super) fn keys_and_responses(&mut self, step: &Step, told: &Told, (begun, done): (u64, u64)) {
        if let Task::GenerateKey { key } = &step.task {
            match self.lone_key(step, told, (begun, done)) {
                Ok(made) => {
                    self.lone.insert((key.token.clone(), key.label.clone()), made);
                }
                Err(what) => self.find(Finding::record(layout::TRANSCRIPT, told.record, what)),
            }
        }
        if step.task.made_key().is_none() {
            let log = self.parts.log;
            let strays = log.between(begun, done).filter_map(|record| {
                let Event::KeyGenerated { key, .. } = &record.event else { return None };
                Some((record.entry, format!("the key {key} was made in step {}, which makes none", step.id)))
            });
            let strays: Vec<(u64, String)> = strays.collect();
            strays.into_iter().for_each(|(entry, what)| self.find(Finding::record(log_path(), entry, what)));
        }
        self.responses(step, told, (begun, done));
        self.published(step, told);
    }

    /// A key that was made alone: the file has the public half of the key that the log tells of.
    fn lone_key(&self, step: &Step, told: &Told, (begun, done): (u64, u64)) -> Result<PublicKey, String> {
        let [(file, _)] = told.files.as_slice() else {
            return Err(format!("step {} has written {} files, wanted one", step.id, told.files.len()));
        };
        let octets =
            log::read(self.parts.files, file).map_err(|error| format!("{file} cannot be read: {error}"))?;
        let der = pem::one(&octets, &["PUBLIC KEY"]).map_err(|error| format!("{file}: {error}"))?;
        let key = PublicKey::from_spki_der(&der).map_err(|error| format!("{file}: {error}"))?;
        let Task::GenerateKey { key: NewKey { algorithm, .. } } = &step.task else {
            return Err(format!("step {} makes no key alone", step.id));
        };
        if key.algorithm() != *algorithm {
            return Err(format!(
                "{file} has a key {}, and step {} makes one {algorithm}",
                key.algorithm(),
                step.id
            ));
        }
        let sha256 = Fingerprint(key.sha256());
        let generated = self.parts.log.between(begun, done).any(|record| {
            matches!(&record.event, Event::KeyGenerated { public_key_sha256, .. } if *public_key_sha256 == sha256)
        });
        // A crash after the token has made the key, and before that was recorded: the transcript tells of it.
        if !generated && !told.resumed {
            return Err(format!("{file} has another key than was made in step {}", step.id));
        }
        if !told.keys.contains(&sha256.to_string()) {
            return Err(format!("{file} has another key than its token has shown in step {}", step.id));
        }
        Ok(key)
    }

    /// The key of a CA is the one that its token has shown in the step, and that was made for it.
    pub(super) fn of_token(&self, ca: &NewCa, told: &Told, key: &PublicKey) -> Result<(), String> {
        let sha256 = Fingerprint(key.sha256());
        if !told.keys.contains(&sha256.to_string()) {
            return Err(format!("has the key {sha256}, which its token has not shown in the step"));
        }
        match self.lone.get(&(ca.token.clone(), ca.key.clone())) {
            Some(made) if made != key => {
                Err(format!("has the key {sha256}, and another one was made for it"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What the log tells of the calls in some of its entries: key pairs, signatures, and how many of these failed.
#[must_use]
pub fn calls<'e>(events: impl Iterator<Item = &'e Event>) -> (u64, u64, u64) {
    events.fold((0, 0, 0), |(pairs, signatures, failures), event| {
        if let Event::SignaturesCounted { calls, failed, .. } = event {
            (pairs, signatures.saturating_add(*calls), failures.saturating_add(*failed))
        } else if matches!(event, Event::KeyGenerated { .. }) {
            (pairs.saturating_add(1), signatures, failures)
        } else {
            (pairs, signatures, failures)
        }
    })
}

/// Holds the counts of calls in the transcript against the log.
pub(super) fn counts(parts: &Parts<'_>, findings: &mut Vec<Finding>) {
    let mut begun: Vec<(String, u64)> = Vec::new();
    let mut told: Option<(u64, (u64, u64, u64))> = None;
    for record in parts.transcript.records() {
        if let Fact::StepBegun { step, log, .. } = &record.fact {
            if !begun.iter().any(|(known, _)| known == step) {
                begun.push((step.clone(), log.entries));
            }
            told = None;
        } else if let Fact::Calls { key_pairs, signatures, failed, .. } = &record.fact {
            told = Some((record.entry, (*key_pairs, *signatures, *failed)));
        } else if let Fact::StepDone { step, log, .. } = &record.fact {
            let since = begun.iter().find(|(known, _)| known == step).map_or(0, |(_, entries)| *entries);
            let found = calls(parts.log.between(since, log.entries).map(|record| &record.event));
            match told.take() {
                Some((entry, told)) if told != found => {
                    let what = format!(
                        "counts {} key pairs and {} signatures, and the log tells of {} and {}",
                        told.0, told.1, found.0, found.1
                    );
                    findings.push(Finding::record(layout::TRANSCRIPT, entry, what));
                }
                None if found != (0, 0, 0) => {
                    let what = format!("step {step} is done without its calls of the token on record");
                    findings.push(Finding::record(layout::TRANSCRIPT, record.entry, what));
                }
                Some(_) | None => {}
            }
        }
    }
}
