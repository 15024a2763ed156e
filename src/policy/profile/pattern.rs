//! Pattern: a regular expression that a whole value must match.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

/// The most octets of a compiled pattern: a bound on memory.
const COMPILED_OCTETS: usize = 1 << 20;

/// A regular expression that the whole of a value must match. Matching takes time in proportion to the length of
/// the value, whatever the expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Whether the whole of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let refused = |error: regex::Error| PatternError { found: text.to_owned(), why: why(&error) };
        // By itself first: `a)(b` must not become sound by what is put around it.
        Regex::new(text).map_err(refused)?;
        let regex = RegexBuilder::new(&format!(r"\A(?:{text})\z"))
            .size_limit(COMPILED_OCTETS)
            .build()
            .map_err(refused)?;
        Ok(Self { text: text.to_owned(), regex })
    }
}

/// The last line of what the library says is the reason; those before it draw the place.
fn why(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// A text that is not a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a regular expression: {why}")]
pub struct PatternError {
    found: String,
    why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_value_must_match() {
        let pattern: Pattern = "AT|DE".parse().unwrap();
        assert!(pattern.matches("AT") && pattern.matches("DE"));
        assert!(!pattern.matches("ATX") && !pattern.matches("XDE") && !pattern.matches("AT\n"));
        assert_eq!(pattern, "AT|DE".parse().unwrap());
    }

    #[test]
    fn what_is_no_expression_is_told() {
        for text in ["(", "a)(b", "a{2,1}", "(?:a{1000}){1000}"] {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{text:?} is not a regular expression: ")), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
