//! Transcript: the records of a ceremony in their order, each vouching for those before it.

use super::record::{Mode, Record};
use crate::audit::Head;
use crate::audit::encoding::EncodingError;
use crate::audit::{TimeOrder, TimeProblem};

/// A transcript that was read: its records are in order and chained.
#[derive(Clone, Debug)]
pub struct Transcript {
    records: Vec<Record>,
    heads: Vec<Head>,
}

/// Why lines are not a transcript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// A line that is not a record.
    #[error("record {entry} is {source}")]
    Record {
        /// Its number.
        entry: u64,
        /// What it is.
        source: EncodingError,
    },
    /// A record in another place.
    #[error("record {wanted} says that it is record {found}")]
    Place {
        /// The number by its place.
        wanted: u64,
        /// The number that it has.
        found: u64,
    },
    /// A record of another kind of ceremony.
    #[error("record {entry} is of a {found}, the first of a {wanted}")]
    Mode {
        /// Its number.
        entry: u64,
        /// What it says.
        found: Mode,
        /// What the first one says.
        wanted: Mode,
    },
    /// A time that goes back.
    #[error("record {entry}: {problem}")]
    Time {
        /// Its number.
        entry: u64,
        /// What is wrong.
        problem: TimeProblem,
    },
    /// A last line without an end, or more records than anybody writes.
    #[error("{0}")]
    Form(&'static str),
}

impl TranscriptError {
    /// The number of the record that it is about; 0 where it is about none.
    #[must_use]
    pub const fn entry(&self) -> u64 {
        match self {
            Self::Record { entry, .. } | Self::Mode { entry, .. } | Self::Time { entry, .. } => *entry,
            Self::Place { wanted, .. } => *wanted,
            Self::Form(_) => 0,
        }
    }
}

impl Transcript {
    /// The most records of a transcript.
    const MOST: usize = 100_000;

    /// Reads whole lines.
    ///
    /// # Errors
    /// [`TranscriptError`] names the first record that is not right.
    pub fn parse(octets: &[u8]) -> Result<Self, TranscriptError> {
        let mut records: Vec<Record> = Vec::new();
        let mut heads = Vec::new();
        let mut head = Head::empty();
        let mut order = TimeOrder::new();
        let Some(whole) = octets.strip_suffix(b"\n") else {
            return Err(TranscriptError::Form("the last line has no end"));
        };
        for line in whole.split(|octet| *octet == b'\n') {
            if records.len() >= Self::MOST {
                return Err(TranscriptError::Form("more than 100000 records"));
            }
            head = head.extend(line);
            let entry = head.entries;
            let record = Record::decode(line).map_err(|source| TranscriptError::Record { entry, source })?;
            if record.entry != entry {
                return Err(TranscriptError::Place { wanted: entry, found: record.entry });
            }
            if let Some(first) = records.first().filter(|first| first.mode != record.mode) {
                return Err(TranscriptError::Mode { entry, found: record.mode, wanted: first.mode });
            }
            order.add(&record.time, None).map_err(|problem| TranscriptError::Time { entry, problem })?;
            records.push(record);
            heads.push(head);
        }
        Ok(Self { records, heads })
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The head after the last record.
    #[must_use]
    pub fn head(&self) -> Head {
        self.heads.last().copied().unwrap_or_else(Head::empty)
    }

    /// The head after some number of records.
    #[must_use]
    pub fn head_at(&self, entries: u64) -> Option<Head> {
        let at = usize::try_from(entries).ok()?.checked_sub(1)?;
        self.heads.get(at).copied()
    }
}
