//! The chain of hashes over the entries.
//!
//! The hash of an entry is SHA-256 over a fixed prefix, the hash of the entry before it, and the octets of
//! the entry. The head is the hash of the last entry: it stands for the whole log up to there, so that
//! thirty-two octets on paper are enough to see any later edit.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::encoding::{EncodingError, read_canonical};
use super::fingerprint::Fingerprint;
use super::known_head::KnownHead;

/// What separates these hashes from every other use of SHA-256; the version is part of it.
const ENTRY_PREFIX: &[u8] = b"keyrite audit log v1 entry\0";
/// The octets whose hash is the head of the empty log.
const EMPTY_LOG: &[u8] = b"keyrite audit log v1\0";

/// The state of a log: how many entries it has, and the hash that stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of entries.
    pub entries: u64,
    /// The hash of the last one.
    pub hash: Fingerprint,
}

impl Head {
    /// The head of the log without entries.
    #[must_use]
    pub fn empty() -> Self {
        Self { entries: 0, hash: Fingerprint::of(EMPTY_LOG) }
    }

    /// The head after one more entry.
    #[must_use]
    pub fn extend(&self, encoding: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(ENTRY_PREFIX);
        hash.update(self.hash.as_bytes());
        hash.update(encoding);
        Self { entries: self.entries.saturating_add(1), hash: Fingerprint(hash.finalize().into()) }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries, head {}", self.entries, self.hash)
    }
}

/// An entry as it is kept: the octets, their place, and the hash that was computed when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the entry, counted from 1.
    pub number: u64,
    /// The record in its canonical encoding.
    pub encoding: Vec<u8>,
    /// The hash of the chain at this entry.
    pub hash: Fingerprint,
}

/// Follows the chain from its beginning, one entry at a time.
#[derive(Clone, Debug)]
pub struct Verifier {
    head: Head,
    known: Option<Fingerprint>,
    met: bool,
}

impl Verifier {
    /// Begins with the empty log. `known` is a head of this log from an independent place, no matter how
    /// old: without one, a log that was written anew from some entry on cannot be told from the true one.
    #[must_use]
    pub fn new(known: Option<Fingerprint>) -> Self {
        let head = Head::empty();
        Self { head, known, met: known.is_none_or(|known| known == head.hash) }
    }

    /// Takes the next entry; gives what it says.
    ///
    /// # Errors
    /// [`ChainError`] names the first entry that is not what the chain says.
    pub fn add(&mut self, entry: &Entry) -> Result<Value, ChainError> {
        let (head, value) = self.next(&entry.encoding)?;
        let wanted = head.entries;
        if entry.number != wanted {
            return Err(ChainError::Place { wanted, found: entry.number });
        }
        if head.hash != entry.hash {
            return Err(ChainError::Hash { number: wanted, computed: head.hash, kept: entry.hash });
        }
        self.accept(head);
        Ok(value)
    }

    /// Takes the next entry by its octets alone, with no hash that was kept beside it; gives what it says.
    ///
    /// # Errors
    /// [`ChainError::Encoding`] or [`ChainError::Place`].
    pub fn add_encoding(&mut self, encoding: &[u8]) -> Result<Value, ChainError> {
        let (head, value) = self.next(encoding)?;
        self.accept(head);
        Ok(value)
    }

    /// The head after octets that must be those of the next entry, and what they say.
    fn next(&self, encoding: &[u8]) -> Result<(Head, Value), ChainError> {
        let wanted = self.head.entries.saturating_add(1);
        let value =
            read_canonical(encoding).map_err(|source| ChainError::Encoding { number: wanted, source })?;
        let found = value.get("entry").and_then(Value::as_u64).unwrap_or_default();
        if found != wanted {
            return Err(ChainError::Place { wanted, found });
        }
        Ok((self.head.extend(encoding), value))
    }

    fn accept(&mut self, head: Head) {
        self.met = self.met || self.known == Some(head.hash);
        self.head = head;
    }

    /// The head so far.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Ends with the head of the log.
    ///
    /// # Errors
    /// [`ChainError::HeadNotMet`] when the known head is not a head of this log: the log was cut off or
    /// written anew.
    pub fn finish(self) -> Result<Head, ChainError> {
        match self.known {
            Some(known) if !self.met => {
                Err(ChainError::HeadNotMet { known: known.into(), found: Box::new(self.head) })
            }
            _ => Ok(self.head),
        }
    }
}

/// Verifies a whole log; see [`Verifier`].
///
/// # Errors
/// [`ChainError`] names the first thing that is wrong.
pub fn verify<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    known: Option<Fingerprint>,
) -> Result<Head, ChainError> {
    let mut verifier = Verifier::new(known);
    for entry in entries {
        verifier.add(entry)?;
    }
    verifier.finish()
}

/// Where a log is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// An entry is missing, added or in another place.
    #[error("audit log: entry {found} stands where entry {wanted} was to be")]
    Place {
        /// The number that was due.
        wanted: u64,
        /// The number that was found.
        found: u64,
    },
    /// The octets of an entry are not one.
    #[error("audit log: entry {number} is {source}")]
    Encoding {
        /// Its number.
        number: u64,
        /// Why.
        source: EncodingError,
    },
    /// An entry, or its hash, was changed after it was made.
    #[error("audit log: entry {number} hashes to {computed}, but {kept} was kept with it")]
    Hash {
        /// Its number.
        number: u64,
        /// The hash of what is there.
        computed: Fingerprint,
        /// The hash that was kept.
        kept: Fingerprint,
    },
    /// The chain is consistent in itself and is not the one whose head is known.
    #[error("audit log: the known head {known} is nowhere in the log of {found}")]
    HeadNotMet {
        /// The head that was to be met.
        known: KnownHead,
        /// The head of the log that was found.
        found: Box<Head>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Event, Kind, Object, Record};

    fn event(number: u64) -> Event {
        let object =
            Object { kind: Kind::Certificate, ca: "root".to_owned(), number: format!("4A{number:02X}") };
        Event::Signed { object, sha256: Fingerprint::of(&number.to_be_bytes()) }
    }

    /// A log as whoever holds the ledger could write it.
    fn log(events: impl IntoIterator<Item = Event>) -> (Vec<Entry>, Head) {
        let mut head = Head::empty();
        let mut entries = Vec::new();
        for event in events {
            let number = head.entries + 1;
            let record = Record { entry: number, time: "2026-11-21T10:00:00Z".to_owned(), event };
            let encoding = record.encode().unwrap();
            head = head.extend(&encoding);
            entries.push(Entry { number, encoding, hash: head.hash });
        }
        (entries, head)
    }

    #[test]
    fn a_true_log_is_accepted_with_every_head_it_ever_had() {
        let (entries, head) = log((0..8).map(event));
        assert_eq!(verify(&entries, None), Ok(head));
        for known in entries.iter().map(|entry| entry.hash).chain([Head::empty().hash]) {
            assert_eq!(verify(&entries, Some(known)), Ok(head));
        }
    }

    #[test]
    fn every_changed_octet_is_seen_without_a_known_head() {
        let (entries, _) = log((0..8).map(event));
        for at in 0..entries.len() {
            for octet in 0..entries[at].encoding.len() {
                for change in [0x01, 0x20, 0x80] {
                    let mut edited = entries.clone();
                    edited[at].encoding[octet] ^= change;
                    assert!(verify(&edited, None).is_err(), "entry {at} octet {octet} change {change:#x}");
                }
            }
            for octet in 0..32 {
                let mut edited = entries.clone();
                edited[at].hash.0[octet] ^= 1;
                assert!(matches!(verify(&edited, None), Err(ChainError::Hash { .. })));
            }
        }
    }

    #[test]
    fn every_deletion_insertion_and_swap_is_seen_without_a_known_head() {
        let (entries, _) = log((0..8).map(event));
        for first in 0..entries.len() {
            let mut repeated = entries.clone();
            repeated.insert(first, entries[first].clone());
            assert!(verify(&repeated, None).is_err(), "entry {first} twice");
            for second in 0..first {
                let mut swapped = entries.clone();
                swapped.swap(first, second);
                assert!(verify(&swapped, None).is_err(), "entries {first} and {second} swapped");
                // Entries may also be swapped, or cut out, with their numbers put right.
                for entry in &mut swapped {
                    entry.number = 0;
                }
                renumber(&mut swapped);
                assert!(verify(&swapped, None).is_err(), "entries {first} and {second} swapped");
            }
            let mut deleted = entries.clone();
            deleted.remove(first);
            let truncated = first == deleted.len();
            assert_eq!(verify(&deleted, None).is_ok(), truncated, "entry {first} deleted");
            renumber(&mut deleted);
            assert_eq!(verify(&deleted, None).is_ok(), truncated, "entry {first} deleted");
        }
    }

    fn renumber(entries: &mut [Entry]) {
        for (number, entry) in (1..).zip(entries) {
            entry.number = number;
        }
    }

    /// Whoever can write the ledger can write the whole log anew; a known head shows it.
    #[test]
    fn every_truncation_and_every_rewritten_log_is_seen_with_a_known_head() {
        let (entries, head) = log((0..8).map(event));
        for kept in 0..entries.len() {
            let found = verify(&entries[..kept], Some(head.hash));
            assert!(matches!(found, Err(ChainError::HeadNotMet { .. })), "first {kept} entries");
        }
        let events: Vec<Event> = (0..8).map(event).collect();
        for at in 0..events.len() {
            let mut edited = events.clone();
            edited[at] = event(99);
            let mut deleted = events.clone();
            deleted.remove(at);
            let mut inserted = events.clone();
            inserted.insert(at, event(99));
            for rewritten in [edited, deleted, inserted] {
                let (rewritten, _) = log(rewritten);
                assert!(verify(&rewritten, None).is_ok(), "consistent in itself");
                let found = verify(&rewritten, Some(head.hash));
                assert!(matches!(found, Err(ChainError::HeadNotMet { .. })), "entry {at}");
            }
        }
    }

    /// The number inside counts too: without a ledger's columns it is the only one.
    #[test]
    fn an_entry_that_gives_itself_another_number_is_seen() {
        let record = Record { entry: 2, time: "2026-11-21T10:00:00Z".to_owned(), event: event(1) };
        let encoding = record.encode().unwrap();
        let hash = Head::empty().extend(&encoding).hash;
        let found = verify(&[Entry { number: 1, encoding, hash }], None);
        assert_eq!(found, Err(ChainError::Place { wanted: 1, found: 2 }));
    }

    /// The numbers in `docs/audit-log.md`: who follows that page must get the same ones.
    #[test]
    fn the_documented_example_holds() {
        let (entries, head) = log([Event::HomeCreated { version: "0.1.0".to_owned(), id: None }]);
        let text = r#"{"entry":1,"event":"home-created","time":"2026-11-21T10:00:00Z","version":"0.1.0"}"#;
        assert_eq!(entries[0].encoding, text.as_bytes());
        let page = include_str!("../../docs/audit-log.md");
        for documented in [text.to_owned(), Head::empty().hash.to_string(), head.hash.to_string()] {
            assert!(page.contains(&documented), "not in docs/audit-log.md: {documented}");
        }
    }
}
