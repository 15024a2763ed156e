//! Splitting a PIN.

use blahaj::Sharks;
use zeroize::Zeroizing;

use super::drawn::Drawn;
use super::share::Share;
use super::{BLOCK, CHECK, LONGEST, check};
use crate::port::{RandomError, RandomSource};
use crate::token::pin::Pin;

/// The most shares of one PIN, and so the most that can be needed.
pub const MOST: u8 = 15;

/// Splits a PIN into `count` shares, of which any `threshold` give it.
///
/// # Errors
/// [`SplitError`] when the numbers make no sense, the PIN is too long, or there is no randomness.
pub fn split(
    pin: &Pin,
    threshold: u8,
    count: u8,
    random: &mut dyn RandomSource,
) -> Result<Vec<Share>, SplitError> {
    if threshold < 2 || count < threshold || count > MOST {
        return Err(SplitError::Numbers { threshold, count });
    }
    let octets = pin.expose();
    let length = u8::try_from(octets.len()).unwrap_or(u8::MAX);
    if octets.len() > LONGEST {
        return Err(SplitError::Length);
    }
    let mut set = [0; 3];
    random.fill(&mut set)?;
    let blocks = octets.len().div_ceil(BLOCK).max(1);
    let filled = blocks.saturating_mul(BLOCK).saturating_add(1);
    // The buffer never moves.
    let mut secret = Zeroizing::new(Vec::with_capacity(filled.saturating_add(CHECK)));
    secret.push(length);
    secret.extend(octets);
    secret.resize(filled, 0);
    let sum = check(set, threshold, &secret);
    secret.extend(sum.iter());

    let mut drawn = Drawn::new(random);
    let dealt: Vec<blahaj::Share> =
        Sharks(threshold).dealer_rng(&secret, &mut drawn).take(usize::from(count)).collect();
    drawn.finish()?;
    let shares = dealt.iter().map(|share| Share {
        threshold,
        index: share.x.0,
        set,
        values: Zeroizing::new(share.y.iter().map(|value| value.0).collect()),
    });
    Ok(shares.collect())
}

/// Why a PIN is not split.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// Too few or too many shares, or more needed than there are.
    #[error(
        "{threshold} of {count} shares, wanted at least 2 that are needed, at least as many as that, and at most {MOST}"
    )]
    Numbers {
        /// How many would be needed.
        threshold: u8,
        /// How many there would be.
        count: u8,
    },
    /// A PIN that no share has room for.
    #[error("the PIN is longer than {LONGEST} octets, which no share has room for")]
    Length,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}
