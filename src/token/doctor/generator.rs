//! The token's random generator: whether it gives octets, and not always the same.

use crate::token::error::Error;
use crate::token::return_value::ReturnValue;
use crate::token::session::{TokenSession, lock};
use crate::token::wire::{Answer, Request};

/// As many octets as a draw for a serial number takes.
const OCTETS: u32 = 32;

/// What came of two draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// Two different strings of octets.
    Works,
    /// Every octet is the same.
    Constant,
    /// The same octets twice.
    Repeats,
    /// Fewer or more octets than were asked for.
    Length(usize),
    /// The token has none: what `C_GenerateRandom` returned. The operating system's has to do.
    None(ReturnValue),
}

pub(super) fn examine(session: &TokenSession) -> Result<Generator, Error> {
    let first = match draw(session) {
        Err(Error::Call { value, .. })
            if [ReturnValue::FUNCTION_NOT_SUPPORTED, ReturnValue::RANDOM_NO_RNG].contains(&value) =>
        {
            return Ok(Generator::None(value));
        }
        result => result?,
    };
    let second = draw(session)?;
    let wanted = usize::try_from(OCTETS).unwrap_or(usize::MAX);
    let constant = |octets: &[u8]| octets.windows(2).all(|pair| pair.first() == pair.last());
    Ok(match [&first, &second].into_iter().find(|octets| octets.len() != wanted) {
        Some(wrong) => Generator::Length(wrong.len()),
        None if constant(&first) || constant(&second) => Generator::Constant,
        None if first == second => Generator::Repeats,
        None => Generator::Works,
    })
}

fn draw(session: &TokenSession) -> Result<Vec<u8>, Error> {
    lock(session.connection()).client.ask(&Request::Random { octets: OCTETS }, |answer| {
        if let Answer::Random(octets) = answer { Some(octets) } else { None }
    })
}
