//! Problems of a file that people write: each with a stable id, its place, and what was wanted there.

use std::fmt;

/// One thing that is wrong with a TOML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable id, such as `TOML-UNKNOWN-KEY`.
    pub id: &'static str,
    /// The file in which it is, where that is not the file itself but one from which it inherits.
    pub within: Option<String>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The dotted key that the problem is about; empty for the file as a whole.
    pub key: String,
    /// What was found and what was wanted.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, within, line, key, message, .. } = self;
        let separator = if key.is_empty() { "" } else { ": " };
        let within = within.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
        write!(f, "line {line}{within}: {key}{separator}{message} [{id}]")
    }
}

/// Everything that is wrong with a TOML file, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Nothing when there is no problem.
    pub(crate) fn of(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by(|one, other| {
            (&one.within, one.line, one.column).cmp(&(&other.within, other.line, other.column))
        });
        if problems.is_empty() { None } else { Some(Self(problems)) }
    }

    pub(crate) fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// The problems in the order of their lines.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Whether a problem with this id is among them.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|problem| problem.id == id)
    }
}

/// The known word that is most like `found`, if any is close enough to be meant.
#[must_use]
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let wanted = plain(found);
    let most = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain(candidate), &wanted), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}
