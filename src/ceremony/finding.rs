//! Finding: something in a bundle that is not as it has to be.

use std::fmt;

/// Something that is not right, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// The record of the transcript, or the entry of the log, that it is about.
    pub record: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl Finding {
    pub(super) fn file(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self { file: file.into(), record: None, what: what.into() }
    }

    pub(super) fn record(file: impl Into<String>, record: u64, what: impl Into<String>) -> Self {
        Self { file: file.into(), record: Some(record), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, record, what } = self;
        match record {
            Some(record) => write!(f, "{file}, record {record}: {what}"),
            None => write!(f, "{file}: {what}"),
        }
    }
}
