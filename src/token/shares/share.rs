//! One share, as octets and as words.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{BLOCK, CHECK};
use crate::audit::words;

/// The version in the upper half of the first octet.
const VERSION: u8 = 0x10;
/// The octets before the values.
const HEAD: usize = 5;
/// The octets of the checksum.
const CHECKSUM: usize = 3;

/// One holder's share of a PIN. It is as secret as a PIN where fewer than K others are needed to join it.
pub struct Share {
    pub(super) threshold: u8,
    pub(super) index: u8,
    pub(super) set: [u8; 3],
    pub(super) values: Zeroizing<Vec<u8>>,
}

impl Share {
    /// How many shares are needed.
    #[must_use]
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The number of this share, from 1.
    #[must_use]
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// What tells the shares of one split from those of others: six hexadecimal digits, no secret.
    #[must_use]
    pub fn set(&self) -> String {
        hex::encode(self.set)
    }

    /// The same share once more, for the proof that shares give the PIN before they are handed out.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { values: Zeroizing::new(self.values.to_vec()), ..*self }
    }

    /// The words that its holder keeps.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        words::words(&self.to_octets()).collect()
    }

    fn to_octets(&self) -> Zeroizing<Vec<u8>> {
        // The buffer never moves.
        let length = HEAD.saturating_add(self.values.len()).saturating_add(CHECKSUM);
        let mut octets = Zeroizing::new(Vec::with_capacity(length));
        let blocks = self.values.len().saturating_sub(CHECK + 1) / BLOCK;
        let class = u8::try_from(blocks.saturating_sub(1)).unwrap_or(u8::MAX);
        octets.extend([VERSION | self.threshold, self.index << 4 | class]);
        octets.extend(self.set);
        octets.extend(self.values.iter());
        let sum = checksum(&octets);
        octets.extend(sum);
        octets
    }

    /// How many words a share has that begins with these octets, of which two tell.
    ///
    /// # Errors
    /// [`ShareError::Version`] when no share begins so.
    pub(super) fn length(start: &[u8]) -> Result<Option<usize>, ShareError> {
        match start {
            [first, ..] if first & 0xf0 != VERSION || first & 0x0f < 2 => Err(ShareError::Version),
            [_, second, ..] => {
                let blocks = usize::from(second & 0x0f).saturating_add(1);
                Ok(Some(HEAD + 1 + CHECK + CHECKSUM + blocks.saturating_mul(BLOCK)))
            }
            [] | [_] => Ok(None),
        }
    }

    /// Reads the octets of a whole share.
    ///
    /// # Errors
    /// [`ShareError`] when they are none, or one of them is another than was written down.
    pub(super) fn from_octets(octets: &[u8]) -> Result<Self, ShareError> {
        if Self::length(octets)? != Some(octets.len()) {
            return Err(ShareError::Version);
        }
        let (content, sum) =
            octets.split_at_checked(octets.len().saturating_sub(CHECKSUM)).ok_or(ShareError::Version)?;
        if checksum(content) != sum {
            return Err(ShareError::Checksum);
        }
        let [first, second, a, b, c, values @ ..] = content else { return Err(ShareError::Version) };
        let index = second >> 4;
        if index == 0 {
            return Err(ShareError::Version);
        }
        let values = Zeroizing::new(values.to_vec());
        Ok(Self { threshold: first & 0x0f, index, set: [*a, *b, *c], values })
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} of set {}, redacted)", self.index, self.set())
    }
}

fn checksum(octets: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    hash.update(b"keyrite PIN share\n");
    hash.update(octets);
    let [a, b, c, ..]: [u8; 32] = hash.finalize().into();
    [a, b, c]
}

/// Why words are not a share. What was typed is never in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// A word that the list does not have.
    #[error("word {number} is not one of the words that shares are made of")]
    Word {
        /// Which word, counted from 1.
        number: usize,
    },
    /// A word of the other half of the list.
    #[error("word {number} cannot stand there: a word before it is missing, repeated or in another place")]
    Displaced {
        /// Which word, counted from 1.
        number: usize,
    },
    /// More words than the share has.
    #[error("{found} words, and the share has {wanted}")]
    TooMany {
        /// How many there are with these.
        found: usize,
        /// How many there ought to be.
        wanted: usize,
    },
    /// The first words are not those of a share.
    #[error("the words do not begin as those of a share do")]
    Version,
    /// Some word is another than was written down.
    #[error("at least one word of this share is another than was written down")]
    Checksum,
}
