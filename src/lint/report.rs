//! What linting found: findings with stable ids, and the report that holds them.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::catalogue::Lint;
use super::encoding::{Flaw, Flawed};
use super::exclusion::Exclusion;
use crate::x509::standard::Standard;

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
    /// The findings that do not count, since a person excluded their lint and said why.
    pub excluded: Vec<Excluded>,
}

/// A finding that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// What was found.
    pub finding: Finding,
    /// Who left its lint out, and why.
    pub exclusion: Exclusion,
}

impl Report {
    /// The same report without the findings of excluded lints, which it keeps apart.
    #[must_use]
    pub fn excluding(self, exclusions: &[Exclusion]) -> Self {
        let Self { findings, mut excluded } = self;
        let mut left = Vec::with_capacity(findings.len());
        for finding in findings {
            match exclusions.iter().find(|exclusion| exclusion.id() == finding.id) {
                Some(exclusion) => excluded.push(Excluded { finding, exclusion: exclusion.clone() }),
                None => left.push(finding),
            }
        }
        Self { findings: left, excluded }
    }

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

/// What decides which lints run, and how much their findings weigh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate<'a> {
    pub(super) maker: Maker,
    /// The sets of rules that are asked for; RFC 5280 is one of them whether it is named or not.
    pub(super) standards: &'a [Standard],
}

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
    weight: Severity,
    findings: &'r mut Vec<Finding>,
    count: usize,
}

/// The most findings that one lint reports about one object; the rest is counted.
const MOST: usize = 20;
/// The most octets of an object that a finding shows.
const SHOWN: usize = 48;

impl<'r> Faults<'r> {
    /// The place for the findings of a lint, unless it does not run.
    pub(super) fn new(lint: &'static Lint, gate: Gate<'_>, findings: &'r mut Vec<Finding>) -> Option<Self> {
        lint.weight(gate).map(|weight| Self { lint, weight, findings, count: 0 })
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

    /// How many findings there are so far.
    pub(super) const fn count(&self) -> usize {
        self.count
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
        self.findings.push(Finding {
            id: self.lint.id,
            rule: self.lint.rule(),
            severity: self.weight,
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
