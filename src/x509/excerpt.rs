//! Excerpt: text of others as an error quotes it, in quotation marks and never longer than a few lines.

use std::fmt;

/// The most characters that are quoted; anything that people write by hand is shorter.
const SHOWN: usize = 200;

/// A text in an error: quoted as `{:?}` does it, so that it stays on its line, and cut where it is long, so that
/// the rest of the error is not lost behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt<'a>(pub &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.0.char_indices().nth(SHOWN).and_then(|(end, _)| self.0.get(..end));
        match kept {
            None => write!(f, "{:?}", self.0),
            Some(kept) => write!(f, "{kept:?}... ({} characters in all)", self.0.chars().count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_and_measured() {
        assert_eq!(Excerpt("a\n\u{202e}b").to_string(), r#""a\n\u{202e}b""#);
        assert_eq!(Excerpt(&"ö".repeat(200)).to_string(), format!("{:?}", "ö".repeat(200)));
        let cut = Excerpt(&"ö".repeat(201)).to_string();
        assert_eq!(cut, format!("{:?}... (201 characters in all)", "ö".repeat(200)));
    }
}
