//! What linting found: findings with stable ids, and the report that holds them.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::catalogue::Lint;
use super::encoding::{Flaw, Flawed};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; no standard forbids it.
    Notice,
    /// A SHOULD of a standard is not followed.
    Warning,
    /// A MUST of a standard is broken, or a rule that keyrite never breaks: it is not signed.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One rule that the octets do not follow.
///
/// Every text is printable ASCII: octets of the linted object stand in it as hex or escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable id of the lint, such as `C10-generalized-time`.
    pub id: &'static str,
    /// The rule that it belongs to, such as `C10`: see docs/lints.md.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Where the standard says so, such as `RFC 5280 s.4.1.2.5`.
    pub citation: &'static str,
    /// The part of the object, such as `validity.notAfter`.
    pub place: String,
    /// What stands there.
    pub found: String,
    /// What the rule wants there.
    pub wanted: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, severity, citation, place, found, wanted, .. } = self;
        write!(f, "{severity} {id}: {place}: found {found}, wanted {wanted} ({citation})")
    }
}

/// Every finding about one object, in the order of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The findings; empty when every rule is followed.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether a finding is an error, so that the object must not be signed.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }

    /// The weight of the heaviest finding.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The ids of the findings, each once, in the order of the catalogue.
    #[must_use]
    pub fn ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<&'static str> = self.findings.iter().map(|finding| finding.id).collect();
        ids.dedup();
        ids
    }
}

impl fmt::Display for Report {
    /// One line for each finding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.findings.iter().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(f, "{line_break}{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// Whose octets are linted: rules that are keyrite's own bind only what keyrite makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    /// keyrite: about to be signed.
    Ours,
    /// Anyone: a file that is looked at.
    Anyone,
}

/// Where one lint puts what it finds.
#[derive(Debug)]
pub(super) struct Faults<'r> {
    lint: &'static Lint,
    maker: Maker,
    findings: &'r mut Vec<Finding>,
    count: usize,
}

/// The most findings that one lint reports about one object; the rest is counted.
const MOST: usize = 20;
/// The most octets of an object that a finding shows.
const SHOWN: usize = 48;

impl<'r> Faults<'r> {
    pub(super) fn new(lint: &'static Lint, maker: Maker, findings: &'r mut Vec<Finding>) -> Self {
        Self { lint, maker, findings, count: 0 }
    }

    pub(super) fn push<'t>(
        &mut self,
        place: impl Into<Cow<'t, str>>,
        found: impl Into<Cow<'t, str>>,
        wanted: impl Into<Cow<'t, str>>,
    ) {
        self.count = self.count.saturating_add(1);
        if self.count <= MOST {
            self.write(place.into().into_owned(), found.into().into_owned(), wanted.into().into_owned());
        }
    }

    /// Reports every flaw of one kind.
    pub(super) fn take(&mut self, flaws: &[Flawed], kind: Flaw) {
        for flawed in flaws.iter().filter(|flawed| flawed.flaw == kind) {
            self.push(flawed.place.as_str(), flawed.found.as_str(), kind.wanted());
        }
    }

    /// Ends the lint: says how many findings were left out.
    pub(super) fn finish(mut self) {
        if let left @ 1.. = self.count.saturating_sub(MOST) {
            self.write("more".to_owned(), format!("{left} further findings of this kind"), "none".to_owned());
        }
    }

    fn write(&mut self, place: String, found: String, wanted: String) {
        let severity = match self.maker {
            Maker::Anyone if self.lint.house => Severity::Notice,
            Maker::Anyone | Maker::Ours => self.lint.severity,
        };
        self.findings.push(Finding {
            id: self.lint.id,
            rule: self.lint.rule(),
            severity,
            citation: self.lint.citation,
            place,
            found,
            wanted,
        });
    }
}

/// Octets as hex, cut off where they are many.
pub(super) fn hexed(octets: &[u8]) -> String {
    match octets.get(..SHOWN) {
        Some(shown) if shown.len() < octets.len() => {
            format!("{}... ({} octets)", hex::encode(shown), octets.len())
        }
        _ if octets.is_empty() => "no octets".to_owned(),
        _ => hex::encode(octets),
    }
}

/// Octets that ought to be text, in printable ASCII, cut off where they are many.
pub(super) fn quoted(octets: &[u8]) -> String {
    match octets.get(..SHOWN.saturating_mul(4)) {
        Some(shown) if shown.len() < octets.len() => {
            format!("\"{}\"... ({} octets)", shown.escape_ascii(), octets.len())
        }
        _ => format!("\"{}\"", octets.escape_ascii()),
    }
}
