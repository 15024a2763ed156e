//! The chain of hashes over the entries.
//!
//! The hash of an entry is SHA-256 over a fixed prefix, the hash of the entry before it, and the octets of
//! the entry. The head is the hash of the last entry: it stands for the whole log up to there, so that
//! thirty-two octets on paper are enough to see any later edit.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::encoding::{EncodingError, read_canonical};
use super::fingerprint::Fingerprint;

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

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainError`] names the first entry that is not what the chain says.
    pub fn add(&mut self, entry: &Entry) -> Result<(), ChainError> {
        let wanted = self.head.entries.saturating_add(1);
        let value = read_canonical(&entry.encoding)
            .map_err(|source| ChainError::Encoding { number: wanted, source })?;
        let inside = value.get("entry").and_then(serde_json::Value::as_u64).unwrap_or_default();
        for found in [entry.number, inside] {
            if found != wanted {
                return Err(ChainError::Place { wanted, found });
            }
        }
        let head = self.head.extend(&entry.encoding);
        if head.hash != entry.hash {
            return Err(ChainError::Hash { number: wanted, computed: head.hash, kept: entry.hash });
        }
        self.met = self.met || self.known == Some(head.hash);
        self.head = head;
        Ok(())
    }

    /// Ends with the head of the log.
    ///
    /// # Errors
    /// [`ChainError::HeadNotMet`] when the known head is not a head of this log: the log was cut off or
    /// written anew.
    pub fn finish(self) -> Result<Head, ChainError> {
        match self.known {
            Some(known) if !self.met => Err(ChainError::HeadNotMet { known, found: self.head }),
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
        known: Fingerprint,
        /// The head of the log that was found.
        found: Head,
    },
}
