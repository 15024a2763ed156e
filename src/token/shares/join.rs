//! Joining shares to the PIN that they are of.

use blahaj::Sharks;
use zeroize::Zeroizing;

use super::CHECK;
use super::check;
use super::share::Share;
use crate::token::pin::Pin;

/// Shares of one set, as their holders bring them.
#[derive(Debug, Default)]
pub struct Join {
    shares: Vec<Share>,
}

impl Join {
    /// How many shares are there.
    #[must_use]
    pub const fn found(&self) -> usize {
        self.shares.len()
    }

    /// How many there have to be, as the first share says.
    #[must_use]
    pub fn wanted(&self) -> Option<usize> {
        self.shares.first().map(|share| usize::from(share.threshold))
    }

    /// Whether there are as many as needed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.wanted().is_some_and(|wanted| self.shares.len() >= wanted)
    }

    /// Adds a share.
    ///
    /// # Errors
    /// [`JoinError`] when it is of another set, or there already; the others are kept.
    pub fn add(&mut self, share: Share) -> Result<(), JoinError> {
        if let Some(first) = self.shares.first() {
            let fits = first.set == share.set
                && first.threshold == share.threshold
                && first.values.len() == share.values.len();
            if !fits {
                return Err(JoinError::OtherSet { found: share.set(), wanted: first.set() });
            }
        }
        if self.shares.iter().any(|known| known.index == share.index) {
            return Err(JoinError::Same { index: share.index });
        }
        self.shares.push(share);
        Ok(())
    }

    /// The PIN. That it is the one that was split is proven by the check inside it.
    ///
    /// # Errors
    /// [`JoinError::TooFew`], and [`JoinError::Apart`] when one of the shares is not what was handed out.
    pub fn pin(self) -> Result<Pin, JoinError> {
        let Some(first) = self.shares.first().filter(|_| self.is_complete()) else {
            return Err(JoinError::TooFew { found: self.found(), wanted: self.wanted() });
        };
        let points = self.shares.iter().map(|share| {
            let mut octets = Zeroizing::new(Vec::with_capacity(share.values.len().saturating_add(1)));
            octets.push(share.index);
            octets.extend(share.values.iter());
            blahaj::Share::try_from(octets.as_slice())
        });
        let points: Vec<blahaj::Share> = points.collect::<Result<_, _>>().map_err(|_| JoinError::Apart)?;
        let secret = Sharks(first.threshold).recover(&points).map_err(|_| JoinError::Apart)?;
        let secret = Zeroizing::new(secret);
        let (content, sum) =
            secret.split_at_checked(secret.len().saturating_sub(CHECK)).ok_or(JoinError::Apart)?;
        if check(first.set, first.threshold, content).as_slice() != sum {
            return Err(JoinError::Apart);
        }
        let (length, filled) = content.split_first().ok_or(JoinError::Apart)?;
        let pin = filled.get(..usize::from(*length)).ok_or(JoinError::Apart)?;
        Pin::from_octets(Zeroizing::new(pin.to_vec())).map_err(|_| JoinError::Apart)
    }
}

/// Why shares do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// A share of another split.
    #[error("this share is of the set {found}, wanted one of the set {wanted}")]
    OtherSet {
        /// Its set.
        found: String,
        /// The set of the shares before it.
        wanted: String,
    },
    /// The same share again.
    #[error("share {index} is there already, wanted another one of the set")]
    Same {
        /// Its number.
        index: u8,
    },
    /// Not as many as needed.
    #[error("{found} shares{}", wanted.map_or_else(String::new, |wanted| format!(", wanted {wanted}")))]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many are needed, where a share says so.
        wanted: Option<usize>,
    },
    /// Each share is one by itself, and together they are not what was split.
    #[error(
        "the shares do not give the PIN that was split: at least one of them was made or changed by somebody"
    )]
    Apart,
}
