//! Problems of a file that people write: each with a stable id, its place, and what was wanted there.

use std::fmt;

use crate::x509::excerpt::Excerpt;

/// The longest key that is told as it is, in octets.
const MOST: usize = 200;
/// The longest word that is compared with those that are known: nobody has mistyped a longer one.
const LONGEST_WORD: usize = 64;

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
        write!(f, "line {line}{within}: ")?;
        // A key in quotation marks may hold anything: `"\e[1m"`.
        if key.len() > MOST || key.chars().any(char::is_control) {
            write!(f, "{}", Excerpt(key))?;
        } else {
            write!(f, "{key}")?;
        }
        write!(f, "{separator}{message} [{id}]")
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
    if found.len() > LONGEST_WORD {
        return None;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str) -> String {
        let (id, message) = ("TOML-UNKNOWN-KEY", "unknown key".to_owned());
        Problem { id, within: None, line: 2, column: 3, key: key.to_owned(), message }.to_string()
    }

    #[test]
    fn a_key_in_quotation_marks_cannot_put_control_characters_or_pages_into_a_problem() {
        assert_eq!(told("subject.C"), "line 2: subject.C: unknown key [TOML-UNKNOWN-KEY]");
        assert_eq!(told("eu\u{1b}"), "line 2: \"eu\\u{1b}\": unknown key [TOML-UNKNOWN-KEY]");
        assert!(told(&"k".repeat(5000)).len() < 300);
    }

    #[test]
    fn a_word_that_nobody_mistyped_is_like_none() {
        assert_eq!(nearest("proflie", ["profile", "issuer"]), Some("profile"));
        assert_eq!(nearest(&"p".repeat(1 << 20), ["profile"]), None);
    }
}
