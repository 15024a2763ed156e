//! Exclusion: one lint that a person leaves out, by name and with a reason.
//!
//! A check is never switched off by a bare word. What a standard demands of every certificate cannot be left out at
//! all: [`Lint::is_excludable`](super::Lint::is_excludable) says what can.

use serde::Serialize;

use super::catalogue::CATALOGUE;

/// The most octets of a reason or a name.
const MOST: usize = 200;

/// One lint whose findings do not count, with the reason and the person who answers for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    id: &'static str,
    reason: String,
    by: String,
}

impl Exclusion {
    /// Leaves out the lint of an id.
    ///
    /// # Errors
    /// [`ExclusionError`] when there is no such lint, when it may not be left out, or when the reason or the person
    /// is missing or longer than 200 octets.
    pub fn new(id: &str, reason: &str, by: &str) -> Result<Self, ExclusionError> {
        let found = CATALOGUE.iter().copied().flatten().find(|lint| lint.id == id);
        let Some(lint) = found else { return Err(ExclusionError::Unknown(id.to_owned())) };
        if !lint.is_excludable() {
            return Err(ExclusionError::Demanded { id: lint.id, citation: lint.citation });
        }
        for (what, text) in [("reason", reason), ("person", by)] {
            if text.trim().is_empty() {
                return Err(ExclusionError::Missing { id: lint.id, what });
            }
            if text.len() > MOST {
                return Err(ExclusionError::Long { id: lint.id, what, octets: text.len() });
            }
        }
        Ok(Self { id: lint.id, reason: reason.trim().to_owned(), by: by.trim().to_owned() })
    }

    /// The id of the lint.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Why it is left out.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who answers for it.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

/// Why a lint cannot be left out so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExclusionError {
    /// No lint has this id.
    #[error("no lint has the id {0:?}: docs/lints.md lists them")]
    Unknown(String),
    /// A standard that binds every certificate demands it.
    #[error(
        "lint {id} cannot be left out: {citation} demands it of every certificate, CRL, request or response"
    )]
    Demanded {
        /// The lint.
        id: &'static str,
        /// Where the standard says so.
        citation: &'static str,
    },
    /// The reason or the person is not said.
    #[error("lint {id} is left out without a {what}")]
    Missing {
        /// The lint.
        id: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The reason or the person is longer than it may be.
    #[error("the {what} for leaving out lint {id} has {octets} octets, wanted at most 200")]
    Long {
        /// The lint.
        id: &'static str,
        /// What is too long.
        what: &'static str,
        /// How long it is.
        octets: usize,
    },
}
