//! A head of a log as somebody has kept it elsewhere: on paper, as words read aloud, in a file.

use std::fmt;
use std::str::FromStr;

use super::fingerprint::Fingerprint;
use super::words::{self, WordError};

/// A hash that stood for a whole log once: the root of its tree, or the head of its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownHead {
    /// How many entries the log had then, where that was kept too.
    pub size: Option<u64>,
    /// The root over that many entries, or the hash of the chain at the last of them.
    pub hash: Fingerprint,
}

impl From<Fingerprint> for KnownHead {
    fn from(hash: Fingerprint) -> Self {
        Self { size: None, hash }
    }
}

impl FromStr for KnownHead {
    type Err = KnownHeadSyntax;

    /// Reads `HEX`, `SIZE:HEX`, or the same with 32 words in the place of the hex digits.
    fn from_str(text: &str) -> Result<Self, KnownHeadSyntax> {
        let (size, hash) = match text.split_once(':') {
            None => (None, text.trim()),
            Some((size, hash)) => {
                let size = size.trim();
                let digits = !size.is_empty() && size.bytes().all(|octet| octet.is_ascii_digit());
                let number = size.parse().ok().filter(|_| digits);
                let number = number.ok_or_else(|| KnownHeadSyntax::Size { found: size.to_owned() })?;
                (Some(number), hash.trim())
            }
        };
        if let Ok(hash) = hash.parse() {
            return Ok(Self { size, hash });
        }
        // Hex digits and nothing else: a mistake in them is not one of words.
        let count = hash.chars().count();
        if hash.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            return Err(KnownHeadSyntax::Digits { found: count });
        }
        let octets = words::octets(hash)?;
        let found = octets.len();
        let octets: [u8; 32] = octets.try_into().map_err(|_| KnownHeadSyntax::Words { found })?;
        Ok(Self { size, hash: Fingerprint(octets) })
    }
}

impl fmt::Display for KnownHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            Some(size) => write!(f, "{size}:{}", self.hash),
            None => write!(f, "{}", self.hash),
        }
    }
}

/// Why text is not a head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnownHeadSyntax {
    /// What stands before the colon is no number.
    #[error("{found:?} is not a number of entries")]
    Size {
        /// What was found.
        found: String,
    },
    /// Hex digits, too few or too many.
    #[error("{found} hex digits, wanted the 64 of a SHA-256")]
    Digits {
        /// How many.
        found: usize,
    },
    /// Words, too few or too many.
    #[error("{found} words, wanted the 32 of a SHA-256")]
    Words {
        /// How many.
        found: usize,
    },
    /// A word that cannot stand where it does.
    #[error("neither hex digits nor words")]
    Word(#[from] WordError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_digits_and_as_words_with_its_size_and_without() {
        let hash = Fingerprint::of(b"head");
        let words = words::words(hash.as_bytes()).collect::<Vec<_>>().join(" ");
        for spelled in [hash.to_string(), hash.to_string().to_uppercase(), words] {
            assert_eq!(spelled.parse(), Ok(KnownHead { size: None, hash }));
            for between in ["7:", "7: ", " 7 :"] {
                assert_eq!(format!("{between}{spelled}").parse(), Ok(KnownHead { size: Some(7), hash }));
            }
        }
        let known = KnownHead { size: Some(7), hash };
        assert_eq!(known.to_string().parse(), Ok(known));
    }

    #[test]
    fn what_is_wrong_with_a_head_is_named() {
        let hex = Fingerprint::of(b"head").to_string();
        for (text, wanted) in [
            (format!("+7:{hex}"), "\"+7\" is not a number of entries"),
            (format!(":{hex}"), "\"\" is not a number of entries"),
            (format!("99999999999999999999:{hex}"), "\"99999999999999999999\" is not a number of entries"),
            (hex[1..].to_owned(), "63 hex digits, wanted the 64 of a SHA-256"),
            (String::new(), "0 hex digits, wanted the 64 of a SHA-256"),
            ("topmost Istanbul".to_owned(), "2 words, wanted the 32 of a SHA-256"),
            ("topmost Pluto".to_owned(), "neither hex digits nor words"),
        ] {
            assert_eq!(text.parse::<KnownHead>().unwrap_err().to_string(), wanted);
        }
    }
}
