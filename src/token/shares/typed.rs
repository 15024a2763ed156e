//! A share as its holder types it: some words at a time, each line judged at once.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::share::{Share, ShareError};
use crate::audit::words::{self, WordError};

/// The words in a line, as shares are printed.
pub const LINE: usize = 4;
/// The most words that a share has.
const MOST: usize = 256;

/// The words of one share that were typed so far.
pub struct Typed {
    octets: Zeroizing<Vec<u8>>,
}

impl Default for Typed {
    fn default() -> Self {
        // The buffer never moves.
        Self { octets: Zeroizing::new(Vec::with_capacity(MOST)) }
    }
}

impl Typed {
    /// The numbers of the words that are wanted next, from 1.
    #[must_use]
    pub fn next(&self) -> RangeInclusive<usize> {
        let first = self.octets.len().saturating_add(1);
        let last = self.octets.len().saturating_add(LINE);
        first..=self.total().map_or(last, |total| last.min(total))
    }

    /// How many words the share has, once its first line is there.
    #[must_use]
    pub fn total(&self) -> Option<usize> {
        Share::length(&self.octets).ok().flatten()
    }

    /// Takes some words, in either case, with spaces, hyphens or commas between them. The share, once it is whole.
    ///
    /// # Errors
    /// [`ShareError`]: of a word or their number, and then this line is to be typed once more; otherwise the
    /// whole share is.
    pub fn line(&mut self, text: &str) -> Result<Option<Share>, ShareError> {
        let before = self.octets.len();
        let taken = self.take(text);
        match taken {
            Ok(whole) => Ok(whole),
            Err(error) => {
                let kept = match error {
                    ShareError::Word { .. } | ShareError::Displaced { .. } | ShareError::TooMany { .. } => {
                        before
                    }
                    ShareError::Version | ShareError::Checksum => 0,
                };
                self.octets.truncate(kept);
                Err(error)
            }
        }
    }

    fn take(&mut self, text: &str) -> Result<Option<Share>, ShareError> {
        for word in words::split(text) {
            let at = self.octets.len();
            let octet = words::octet(at, word).map_err(|error| match error {
                WordError::Displaced { number, .. } => ShareError::Displaced { number },
                WordError::Unknown { number, .. } => ShareError::Word { number },
            })?;
            if at >= MOST {
                return Err(ShareError::TooMany { found: at.saturating_add(1), wanted: MOST });
            }
            self.octets.push(octet);
        }
        match Share::length(&self.octets)? {
            Some(total) if self.octets.len() > total => {
                Err(ShareError::TooMany { found: self.octets.len(), wanted: total })
            }
            Some(total) if self.octets.len() == total => Share::from_octets(&self.octets).map(Some),
            Some(_) | None => Ok(None),
        }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} words, redacted)", self.octets.len())
    }
}
