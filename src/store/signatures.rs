//! The signatures by one key for which the audit log accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rusqlite::Connection;

use super::audit_log::each_entry;
use super::error::Error;
use super::{Discrepancy, Store, ca, ocsp};
use crate::audit::{Event, Failure, Fingerprint, Object, Outcome, Record};

/// What the log tells of the signatures by one key, from some entry on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignatureAccount {
    /// Certificates, CRLs, requests, OCSP responses and checkpoints whose signature is on record.
    pub objects: u64,
    /// Signatures over random challenges, by which a session sees that the key is there.
    pub challenges: u64,
    /// Objects that the token may have signed and of which nothing came back: it failed, or the program was ended.
    pub open: u64,
    /// Challenges of which an error came back.
    pub failed_challenges: u64,
    /// Objects that a run signed which left no count, since it or its worker was ended: each such run may have made one
    /// signature over a challenge of which nothing tells.
    pub uncounted: u64,
}

impl SignatureAccount {
    /// The fewest signatures that the key has made, if the log is true.
    #[must_use]
    pub const fn least(&self) -> u64 {
        self.objects.saturating_add(self.challenges)
    }

    /// The most signatures for which the log accounts.
    #[must_use]
    pub const fn most(&self) -> u64 {
        self.least()
            .saturating_add(self.open)
            .saturating_add(self.failed_challenges)
            .saturating_add(self.uncounted)
    }
}

impl Store {
    /// The signatures by the key of this SHA-256 of which the entries after `since` tell.
    ///
    /// # Errors
    /// Those of reading. What an entry of an unknown kind tells is not in the account.
    pub fn signature_account(&self, key: Fingerprint, since: u64) -> Result<SignatureAccount, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut count = Count::of(key);
            for id in ca::ids(&snapshot)? {
                let ca = ca::load(&snapshot, id)?;
                if Fingerprint(ca.public_key.sha256()) == key {
                    count.cas.insert(ca.name.to_string());
                }
            }
            each_entry(&snapshot, since.saturating_add(1), |entry| {
                if let Ok(record) = Record::decode(&entry.encoding) {
                    count.event(record.event);
                }
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(count.account())
        })
    }
}

/// The CAs of whose key more signatures were counted than the token was asked for: over objects, by CA, and over
/// checkpoints, by key.
pub(super) fn uncovered(
    connection: &Connection,
    asked: &BTreeMap<String, u64>,
    checkpoints: &BTreeMap<Fingerprint, u64>,
    counted: &BTreeMap<Fingerprint, u64>,
) -> Result<Vec<Discrepancy>, Error> {
    let mut found = Vec::new();
    for id in ca::ids(connection)? {
        let ca = ca::load(connection, id)?;
        let key = Fingerprint(ca.public_key.sha256());
        let counted = counted.get(&key).copied().unwrap_or(0);
        let objects = asked.get(ca.name.as_str()).copied().unwrap_or(0);
        let told = objects.saturating_add(checkpoints.get(&key).copied().unwrap_or(0));
        if counted > told {
            found.push(Discrepancy::Uncovered { ca: ca.name.to_string(), counted, told });
        }
    }
    Ok(found)
}

/// Adds to one of several sums.
pub(super) fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, key: K, count: u64) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(count);
}

struct Count {
    key: Fingerprint,
    cas: BTreeSet<String>,
    account: SignatureAccount,
    /// Objects that may have been signed, each with whether the token's failure was told.
    open: BTreeSet<Object>,
    told: BTreeSet<Object>,
    /// Checkpoints that may have been signed, and those of them of which the token's failure was told.
    open_checkpoints: u64,
    told_checkpoints: u64,
    /// Signatures over objects that came back and were wrong: the token made something.
    wrong: u64,
    counted: u64,
    unsure: u64,
    /// OCSP responses.
    ocsp: ocsp::GroupAccount,
}

impl Count {
    fn of(key: Fingerprint) -> Self {
        Self {
            key,
            cas: BTreeSet::new(),
            account: SignatureAccount::default(),
            open: BTreeSet::new(),
            told: BTreeSet::new(),
            open_checkpoints: 0,
            told_checkpoints: 0,
            wrong: 0,
            counted: 0,
            unsure: 0,
            ocsp: ocsp::GroupAccount::default(),
        }
    }

    fn event(&mut self, event: Event) {
        ocsp::group_account(&mut self.ocsp, self.key, &event);
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of a signature")]
        match event {
            Event::Signing { object, .. } if self.cas.contains(&object.ca) => {
                self.open.insert(object);
            }
            Event::Signed { object, .. } | Event::Settled { object, outcome: Outcome::Found, .. }
                if self.cas.contains(&object.ca) =>
            {
                self.open.remove(&object);
                self.told.remove(&object);
                self.account.objects = self.account.objects.saturating_add(1);
            }
            Event::SigningFailed { object, failure, .. } if self.cas.contains(&object.ca) => match failure {
                Failure::NotAttempted => {
                    self.open.remove(&object);
                }
                Failure::Token => {
                    self.told.insert(object);
                }
                Failure::Signature => {
                    self.told.insert(object);
                    self.wrong = self.wrong.saturating_add(1);
                }
            },
            Event::CheckpointSigning { checkpoint, .. } if checkpoint.public_key_sha256 == self.key => {
                self.open_checkpoints = self.open_checkpoints.saturating_add(1);
            }
            Event::CheckpointSigned { checkpoint, .. } if checkpoint.public_key_sha256 == self.key => {
                self.open_checkpoints = self.open_checkpoints.saturating_sub(1);
                self.account.objects = self.account.objects.saturating_add(1);
            }
            Event::CheckpointFailed { checkpoint, failure, .. }
                if checkpoint.public_key_sha256 == self.key =>
            {
                match failure {
                    Failure::NotAttempted => {
                        self.open_checkpoints = self.open_checkpoints.saturating_sub(1);
                    }
                    Failure::Token => self.told_checkpoints = self.told_checkpoints.saturating_add(1),
                    Failure::Signature => {
                        self.told_checkpoints = self.told_checkpoints.saturating_add(1);
                        self.wrong = self.wrong.saturating_add(1);
                    }
                }
            }
            Event::SignaturesCounted { public_key_sha256, objects, challenges, unsure, .. }
                if public_key_sha256 == self.key =>
            {
                self.counted = self.counted.saturating_add(objects);
                self.unsure = self.unsure.saturating_add(unsure);
                self.account.challenges = self.account.challenges.saturating_add(challenges);
            }
            _ => {}
        }
    }

    fn account(self) -> SignatureAccount {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let ocsp = &self.ocsp;
        let open = number(self.open.len()).saturating_add(self.open_checkpoints);
        let told = number(self.told.len()).saturating_add(self.told_checkpoints);
        let objects = self.account.objects.saturating_add(ocsp.signed);
        let wrong = self.wrong.saturating_add(ocsp.wrong);
        let came = objects.saturating_add(wrong);
        // A run that was ended in a group may have made one signature over a challenge, however many are open.
        let killed = open.saturating_sub(told).saturating_add(ocsp.ended);
        let told = told.saturating_add(ocsp.told);
        // Of the unsure ones that were counted, those over objects are told of one by one.
        let failed_challenges = self.unsure.saturating_sub(told.saturating_sub(wrong));
        let uncounted = came.saturating_sub(self.counted).saturating_add(killed);
        let open = open.saturating_add(ocsp.open);
        SignatureAccount { objects, open, failed_challenges, uncounted, ..self.account }
    }
}
