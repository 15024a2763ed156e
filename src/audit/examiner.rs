//! Follows a log from its beginning: its chain, its tree and the heads that are known of it, in one pass.

use serde_json::Value;

use super::chain::{ChainError, Entry, Head, Verifier};
use super::encoding::{EncodingError, Record};
use super::fingerprint::Fingerprint;
use super::known_head::KnownHead;
use super::tile::{Filled, Tiler};
use super::tree;

/// What there is of a log so far. A copy of it goes on by itself.
#[derive(Clone, Debug)]
pub struct Examiner {
    chain: Verifier,
    tiler: Tiler,
    known: Vec<(KnownHead, bool)>,
}

/// What one more entry has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The hash of the entry as a leaf of the tree.
    pub leaf: Fingerprint,
    /// The tiles that it completes, from level 0 up.
    pub tiles: Vec<Filled>,
    /// What it says; [`EncodingError::UnknownRecord`] where this version does not know what that is.
    pub record: Result<Record, EncodingError>,
}

/// A log that was followed to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The number of entries and the head of the chain.
    pub head: Head,
    /// The root of the tree.
    pub root: Fingerprint,
    /// The tiles that are not full.
    pub partial: Vec<Filled>,
}

impl Examiner {
    /// Begins with the empty log. `known` are heads of it from independent places, no matter how old: without one,
    /// a log that was written anew from some entry on cannot be told from the true one.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = KnownHead>) -> Self {
        let mut examiner = Self {
            chain: Verifier::new(None),
            tiler: Tiler::default(),
            known: known.into_iter().map(|known| (known, false)).collect(),
        };
        examiner.meet();
        examiner
    }

    /// Takes the next entry by its octets, as a log has it that is kept without hashes beside the entries.
    ///
    /// # Errors
    /// [`ChainError`] when they are not the entry that is next, in its only spelling.
    pub fn add_encoding(&mut self, encoding: &[u8]) -> Result<Step, ChainError> {
        let value = self.chain.add_encoding(encoding)?;
        Ok(self.grow(encoding, value))
    }

    /// Takes the next entry with the number and the hash that were kept beside it.
    ///
    /// # Errors
    /// [`ChainError`] names what is not as the chain says.
    pub fn add(&mut self, entry: &Entry) -> Result<Step, ChainError> {
        let value = self.chain.add(entry)?;
        Ok(self.grow(&entry.encoding, value))
    }

    fn grow(&mut self, encoding: &[u8], value: Value) -> Step {
        let leaf = tree::leaf(encoding);
        let tiles = self.tiler.push(leaf);
        self.meet();
        Step { leaf, tiles, record: Record::of_value(value) }
    }

    /// Looks whether the log is one of those that are known.
    fn meet(&mut self) {
        let head = self.chain.head();
        let here = |known: &KnownHead| known.size.is_none_or(|size| size == head.entries);
        if !self.known.iter().any(|(known, met)| !met && here(known)) {
            return;
        }
        let root = self.tiler.root();
        for (known, met) in self.known.iter_mut().filter(|(known, _)| here(known)) {
            *met = *met || known.hash == head.hash || known.hash == root;
        }
    }

    /// The head of the chain so far.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.chain.head()
    }

    /// The root of the tree so far.
    #[must_use]
    pub fn root(&self) -> Fingerprint {
        self.tiler.root()
    }

    /// The tiles so far that are not full, from level 0 up.
    #[must_use]
    pub fn partial(&self) -> Vec<Filled> {
        self.tiler.partial()
    }

    /// Ends with the log as it is.
    ///
    /// # Errors
    /// [`ChainError::HeadNotMet`] when one of the known heads is not a head of this log: it was cut off or written
    /// anew.
    pub fn finish(self) -> Result<Examined, ChainError> {
        let head = self.head();
        match self.known.iter().find(|(_, met)| !met) {
            Some((known, _)) => Err(ChainError::HeadNotMet { known: *known, found: Box::new(head) }),
            None => Ok(Examined { head, root: self.tiler.root(), partial: self.tiler.partial() }),
        }
    }
}
