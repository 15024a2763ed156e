//! Randomness for PINs and polynomials, and PINs that are drawn.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::port::{RandomError, RandomSource};
use crate::token::pin::{Pin, PinError};

/// What a PIN that is drawn is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Digits, which every token and every PIN pad takes.
    Digits,
    /// Digits and the letters of ASCII in both cases.
    Alphanumeric,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Digits => b"0123456789",
            Self::Alphanumeric => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        }
    }

    /// How many PINs of so many characters there are, as a power of two, rounded down.
    #[must_use]
    pub fn bits(self, length: usize) -> u32 {
        // Thousandths of the binary logarithms of 10 and 62, rounded down.
        let thousandths: usize = match self {
            Self::Digits => 3_321,
            Self::Alphanumeric => 5_954,
        };
        u32::try_from(length.saturating_mul(thousandths) / 1000).unwrap_or(u32::MAX)
    }
}

/// Draws a PIN of so many characters, each as likely as any other.
///
/// # Errors
/// [`PinError::Random`] when the source fails, and the others when no PIN is so long or short.
pub fn generate(length: usize, alphabet: Alphabet, random: &mut dyn RandomSource) -> Result<Pin, PinError> {
    let characters = alphabet.characters();
    let count = u8::try_from(characters.len()).unwrap_or(u8::MAX);
    // The octets from here on would make some characters likelier than others.
    let end = u8::MAX - u8::MAX % count;
    // The buffer never moves.
    let mut pin = Zeroizing::new(Vec::with_capacity(length));
    while pin.len() < length {
        let mut octet = Zeroizing::new([0]);
        random.fill(octet.as_mut())?;
        let [drawn] = *octet;
        if drawn < end {
            pin.extend(characters.get(usize::from(drawn % count)));
        }
    }
    Pin::from_octets(pin)
}

/// A source of randomness in the shape that the polynomials are drawn in. That shape has no errors: a source that
/// failed is asked for no more, and [`Drawn::finish`] tells of it.
pub(super) struct Drawn<'a> {
    source: &'a mut dyn RandomSource,
    failed: Option<RandomError>,
}

impl<'a> Drawn<'a> {
    pub(super) const fn new(source: &'a mut dyn RandomSource) -> Self {
        Self { source, failed: None }
    }

    fn fill(&mut self, out: &mut [u8]) {
        if self.failed.is_none() {
            self.failed = self.source.fill(out).err();
        }
    }

    /// That everything that was drawn was random.
    pub(super) fn finish(self) -> Result<(), RandomError> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.fill(&mut octets);
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
