//! Record: one line of a transcript, in the same canonical JSON and chained by the same hash as the audit log.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::Fact;
use crate::audit::encoding::{EncodingError, encode, read_canonical};
use crate::audit::{Fingerprint, Head};

/// Whether a ceremony counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It does.
    Ceremony,
    /// It does not: tokens and home are thrown away, and names are marked.
    Rehearsal,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ceremony => "ceremony",
            Self::Rehearsal => "rehearsal",
        })
    }
}

/// A fact with its place, its time and what kind of ceremony it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The number of the record, counted from 1.
    pub entry: u64,
    /// When it was written: RFC 3339, UTC, whole seconds.
    pub time: String,
    /// Whether it counts.
    pub mode: Mode,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Record {
    /// The octets that are hashed and kept.
    ///
    /// # Errors
    /// [`EncodingError`] when a number has no room in this encoding.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(self)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`EncodingError`] when the octets are not a record in its canonical form.
    pub fn decode(octets: &[u8]) -> Result<Self, EncodingError> {
        let value = read_canonical(octets)?;
        let record: Self =
            serde_json::from_value(value).map_err(|error| EncodingError::UnknownRecord(error.to_string()))?;
        // A member that no record has would be read over: what is not written again was not ours.
        if record.encode()? == octets {
            Ok(record)
        } else {
            Err(EncodingError::UnknownRecord("a member that this record does not have".to_owned()))
        }
    }
}

/// The state of the home's audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LogHead {
    /// How many entries it has.
    pub entries: u64,
    /// The hash that stands for all of them.
    pub hash: Fingerprint,
}

impl From<Head> for LogHead {
    fn from(head: Head) -> Self {
        Self { entries: head.entries, hash: head.hash }
    }
}
