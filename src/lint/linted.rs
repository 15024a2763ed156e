//! The proof that octets were linted without an error.

use std::fmt;

use super::report::Report;
use crate::x509::signed::{Kind, ToBeSigned};

/// Octets to be signed in which linting found no error. Only this room makes one, and the octets are the
/// ones that were linted: nothing encodes them again.
pub struct Linted<K> {
    tbs: ToBeSigned<K>,
    report: Report,
}

impl<K: Kind> Linted<K> {
    pub(super) fn new(tbs: ToBeSigned<K>, report: Report) -> Result<Self, Report> {
        if report.has_errors() { Err(report) } else { Ok(Self { tbs, report }) }
    }

    /// The octets that get signed.
    #[must_use]
    pub fn tbs(&self) -> &ToBeSigned<K> {
        &self.tbs
    }

    /// What was found: warnings and notices.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The octets that get signed, for good.
    #[must_use]
    pub fn into_tbs(self) -> ToBeSigned<K> {
        self.tbs
    }
}

impl<K: Kind> fmt::Debug for Linted<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Linted({:?}, {} findings)", self.tbs, self.report.findings.len())
    }
}
