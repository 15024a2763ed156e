//! What an examination has found.

use std::collections::BTreeMap;

use super::intake::Totals;
use super::problem::Problem;

/// So many findings of each kind are kept; the rest is counted.
pub const KEPT: usize = 100;

/// The most octets of what was found and wanted that are kept.
const TEXT: usize = 512;

/// One thing that disagrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind it is of.
    pub problem: Problem,
    /// Where: a line of the index, a file, an entry of a CRL.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// What was wanted, where that is known.
    pub wanted: Option<String>,
}

/// All that disagrees, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    kinds: BTreeMap<Problem, (u64, Vec<Finding>)>,
    /// How much there is to be taken over.
    pub totals: Totals,
    /// How many rows the index has.
    pub rows: u64,
    /// SHA-256 over everything that is to be taken over.
    pub sha256: [u8; 32],
}

impl Report {
    pub(super) fn add(&mut self, problem: Problem, place: impl Into<String>, found: impl Into<String>) {
        self.put(Finding { problem, place: place.into(), found: cut(found.into()), wanted: None });
    }

    pub(super) fn differs(
        &mut self,
        problem: Problem,
        place: impl Into<String>,
        found: impl Into<String>,
        wanted: impl Into<String>,
    ) {
        let wanted = Some(cut(wanted.into()));
        self.put(Finding { problem, place: place.into(), found: cut(found.into()), wanted });
    }

    fn put(&mut self, finding: Finding) {
        let (count, kept) = self.kinds.entry(finding.problem).or_default();
        *count = count.saturating_add(1);
        if kept.len() < KEPT {
            kept.push(finding);
        }
    }

    /// The kinds of problems that there are, how many of each, and the first [`KEPT`] of them.
    pub fn kinds(&self) -> impl Iterator<Item = (Problem, u64, &[Finding])> {
        self.kinds.iter().map(|(problem, (count, kept))| (*problem, *count, kept.as_slice()))
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, problem: Problem) -> u64 {
        self.kinds.get(&problem).map_or(0, |(count, _)| *count)
    }

    /// How many problems there are in all.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.kinds.values().fold(0, |sum, (count, _)| sum.saturating_add(*count))
    }

    /// The kinds that have to be accepted before anything is taken over, and are not among `accepted`.
    #[must_use]
    pub fn unaccepted(&self, accepted: &[Problem]) -> Vec<Problem> {
        self.kinds
            .keys()
            .copied()
            .filter(|problem| problem.is_grave() && !accepted.contains(problem))
            .collect()
    }
}

/// A text no longer than [`TEXT`]; `…` stands for what was cut off.
fn cut(mut text: String) -> String {
    if text.len() > TEXT {
        let end = (0..=TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}
