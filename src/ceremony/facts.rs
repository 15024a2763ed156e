//! Fact: what the records of a transcript tell of.
//!
//! As in the audit log everything is text, so that a record means the same to whoever has nothing but the transcript.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proof::Proof;
use super::record::LogHead;
use crate::audit::Fingerprint;

/// Under what the record of a [key](Fact::Key) has SHA-256 over its SubjectPublicKeyInfo.
pub const PUBLIC_KEY_SHA256: &str = "public key SHA-256";

/// What happened. `record` in the encoding is the variant's name in kebab case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Fact {
    /// The ceremony began; always the first record.
    Begun {
        /// What the script calls it.
        title: String,
        /// SHA-256 over the plan.
        plan: Fingerprint,
        /// SHA-256 over the file that answered in the place of people, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Fingerprint>,
        /// The audit log before anything was done.
        log: LogHead,
    },
    /// Somebody signed in.
    SignedIn {
        /// In which role.
        role: String,
        /// Under which name.
        person: String,
        /// What proves it, where something does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Proof>,
    },
    /// A section began: these are present, each with the role that counts.
    SectionBegun {
        /// Its number, counted from 1.
        section: u64,
        /// Role and person, in the order in which they were named.
        present: Vec<Presence>,
    },
    /// A step is about to be done.
    StepBegun {
        /// Its number.
        step: String,
        /// How often it has been begun, counted from 1.
        attempt: u64,
        /// The audit log before it.
        log: LogHead,
    },
    /// What the program and the machine are.
    Environment {
        /// The step.
        step: String,
        /// What was found, by what it is.
        found: BTreeMap<String, String>,
    },
    /// A person has compared the clock.
    ClockConfirmed {
        /// The step.
        step: String,
        /// The time that was shown.
        clock: String,
        /// Who.
        person: String,
    },
    /// What a token says of itself.
    Token {
        /// The step.
        step: String,
        /// Its name in the site.
        token: String,
        /// What it says, by what it is.
        found: BTreeMap<String, String>,
    },
    /// A token had no key under a label, and one is about to be made under it.
    Vacant {
        /// The step.
        step: String,
        /// The token's name in the site.
        token: String,
        /// The label.
        label: String,
    },
    /// What a token says of a key that a step has made, or makes something of.
    Key {
        /// The step.
        step: String,
        /// The token's name in the site.
        token: String,
        /// What it says, by the attribute; the public half as well.
        found: BTreeMap<String, String>,
    },
    /// How often the module was called for what counts, by the worker's own count and over all attempts.
    Calls {
        /// The step.
        step: String,
        /// Key pairs that were made (`C_GenerateKeyPair`).
        key_pairs: u64,
        /// Calls that sign (`C_Sign`), those by which a key shows that it is there included.
        signatures: u64,
        /// How many of these failed.
        failed: u64,
    },
    /// What a command has answered that signs nothing.
    Answered {
        /// The step.
        step: String,
        /// Whether it is as it should be.
        good: bool,
        /// Its lines.
        lines: Vec<String>,
    },
    /// What is to be signed was shown.
    Shown {
        /// The step.
        step: String,
        /// What it is.
        what: String,
        /// SHA-256 over the octets of each object that is to be signed.
        sha256: Vec<Fingerprint>,
        /// The digest that is read aloud: that of the one object, or over the digests of several.
        digest: Fingerprint,
    },
    /// Somebody has read the digest back and approves.
    Approved {
        /// The step.
        step: String,
        /// Who.
        person: String,
        /// The digest.
        digest: Fingerprint,
    },
    /// Something that the program cannot see.
    Observed {
        /// The step.
        step: String,
        /// What was asked.
        what: String,
        /// What was answered.
        value: String,
        /// By whom.
        person: String,
    },
    /// What a step had done when it was interrupted, as the ledger and the token show it.
    Found {
        /// The step.
        step: String,
        /// What.
        what: String,
    },
    /// A file was written.
    Wrote {
        /// The step.
        step: String,
        /// Its name.
        file: String,
        /// SHA-256 over it.
        sha256: Fingerprint,
    },
    /// A step is done.
    StepDone {
        /// Its number.
        step: String,
        /// Who said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<String>,
        /// The audit log after it.
        log: LogHead,
    },
    /// A step was not done.
    StepFailed {
        /// Its number.
        step: String,
        /// Why.
        reason: String,
        /// The audit log after it.
        log: LogHead,
    },
    /// Something was done otherwise than the script says.
    Deviation {
        /// The step before which it is told.
        step: String,
        /// Who tells it.
        person: String,
        /// What, and why.
        reason: String,
    },
    /// Nothing is done until somebody says so.
    Paused {
        /// The step before which it is.
        step: String,
        /// Who says so.
        person: String,
        /// Why.
        reason: String,
    },
    /// It goes on after a pause.
    Continued {
        /// Who says so.
        person: String,
    },
    /// The run was stopped by a person before a step; it can be resumed.
    Stopped {
        /// The step.
        step: String,
        /// Who says so.
        person: String,
        /// Why.
        reason: String,
    },
    /// The program was started again after the run had ended before its end.
    Resumed {
        /// The time of the last record before.
        after: String,
        /// The octets of a record that was not whole, and was taken away.
        torn: u64,
        /// SHA-256 over the file that answers in the place of people from here on, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Fingerprint>,
        /// The audit log.
        log: LogHead,
    },
    /// Everything is done; always the last record.
    Ended {
        /// The audit log at the end.
        log: LogHead,
    },
}

/// Somebody who is present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The role that counts.
    pub role: String,
    /// The name under which the person has signed in.
    pub person: String,
}

impl Fact {
    /// The step that it is of, or before which it stands.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::StepBegun { step, .. }
            | Self::Environment { step, .. }
            | Self::ClockConfirmed { step, .. }
            | Self::Token { step, .. }
            | Self::Vacant { step, .. }
            | Self::Key { step, .. }
            | Self::Calls { step, .. }
            | Self::Answered { step, .. }
            | Self::Shown { step, .. }
            | Self::Approved { step, .. }
            | Self::Observed { step, .. }
            | Self::Found { step, .. }
            | Self::Wrote { step, .. }
            | Self::StepDone { step, .. }
            | Self::StepFailed { step, .. }
            | Self::Deviation { step, .. }
            | Self::Paused { step, .. }
            | Self::Stopped { step, .. } => Some(step),
            Self::Begun { .. }
            | Self::SignedIn { .. }
            | Self::SectionBegun { .. }
            | Self::Continued { .. }
            | Self::Resumed { .. }
            | Self::Ended { .. } => None,
        }
    }
}
