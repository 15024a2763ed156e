//! Random octets: the token's mixed with the operating system's, so that either being good suffices.

use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha512};

use super::error::Error;
use super::return_value::ReturnValue;
use super::session::{Connection, lock};
use super::wire::{Answer, Request};
use crate::port::{RandomError, RandomSource};

/// What each source gives to a draw.
const OCTETS: usize = 32;

/// A source of random octets that draws on a token and on the operating system.
#[derive(Debug)]
pub struct TokenRandom {
    connection: Arc<Mutex<Connection>>,
    token: TokenPart,
    last_system: [u8; OCTETS],
    last_token: Vec<u8>,
}

/// Whether the token contributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenPart {
    Unknown,
    Contributes,
    None(ReturnValue),
}

impl TokenRandom {
    pub(super) fn new(connection: Arc<Mutex<Connection>>) -> Self {
        Self { connection, token: TokenPart::Unknown, last_system: [0; OCTETS], last_token: Vec::new() }
    }

    /// What the token returned instead of random octets, if it has no generator: then all octets are
    /// the operating system's. Known after the first draw.
    #[must_use]
    pub const fn token_has_none(&self) -> Option<ReturnValue> {
        match self.token {
            TokenPart::None(value) => Some(value),
            TokenPart::Unknown | TokenPart::Contributes => None,
        }
    }

    /// What the token gives to one [`fill`](RandomSource::fill), however much that fills. For much of it the token is
    /// asked twice at first: that it repeats itself shows in no single draw.
    fn draw_from_token(&mut self, much: bool) -> Result<Vec<u8>, RandomError> {
        if self.token == TokenPart::Unknown && much {
            self.draw_once()?;
        }
        self.draw_once()
    }

    fn draw_once(&mut self) -> Result<Vec<u8>, RandomError> {
        if let TokenPart::None(_) = self.token {
            return Ok(Vec::new());
        }
        let wanted = u32::try_from(OCTETS).unwrap_or(u32::MAX);
        let answer = lock(&self.connection).client.ask(&Request::Random { octets: wanted }, |answer| {
            if let Answer::Random(drawn) = answer { Some(drawn) } else { None }
        });
        let drawn = match answer {
            Ok(drawn) => drawn,
            // A generator is optional, and flag and function do not always agree. Once it has given
            // something it must go on doing so.
            Err(Error::Call { value, .. })
                if self.token == TokenPart::Unknown
                    && [ReturnValue::FUNCTION_NOT_SUPPORTED, ReturnValue::RANDOM_NO_RNG].contains(&value) =>
            {
                self.token = TokenPart::None(value);
                return Ok(Vec::new());
            }
            Err(error) => return Err(failed(&format!("the token's generator failed: {error}"))),
        };
        if drawn.len() != OCTETS || constant(&drawn) {
            return Err(failed("the token's generator gives constant octets"));
        }
        if drawn == self.last_token {
            return Err(failed("the token's generator gave the same octets twice"));
        }
        self.token = TokenPart::Contributes;
        self.last_token.clone_from(&drawn);
        Ok(drawn)
    }
}

impl RandomSource for TokenRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        let system = system().map_err(|error| failed(&error.to_string()))?;
        if system == self.last_system {
            return Err(failed("the operating system's generator gave the same octets twice"));
        }
        self.last_system = system;
        let token = self.draw_from_token(out.len() > OCTETS)?;
        mix(&system, &token, out);
        Ok(())
    }
}

/// `SHA-512(purpose || block number || system || token)`, block after block: nobody who knows one of the
/// two inputs can tell the output from random octets.
fn mix(system: &[u8; OCTETS], token: &[u8], out: &mut [u8]) {
    for (number, block) in (0_u64..).zip(out.chunks_mut(64)) {
        let digest = Sha512::new()
            .chain_update(b"keyrite random octets, version 1\0")
            .chain_update(number.to_be_bytes())
            .chain_update(system)
            .chain_update(token)
            .finalize();
        for (to, from) in block.iter_mut().zip(digest) {
            *to = from;
        }
    }
}

/// Random octets from the operating system alone.
pub(super) fn system() -> Result<[u8; OCTETS], Error> {
    let mut octets = [0; OCTETS];
    getrandom::fill(&mut octets).map_err(|error| Error::Random { reason: error.to_string() })?;
    if constant(&octets) {
        return Err(Error::Random { reason: "they are constant".to_owned() });
    }
    Ok(octets)
}

/// Thirty-two equal octets are no accident: the odds are 1 in 2^248.
fn constant(octets: &[u8]) -> bool {
    octets.windows(2).all(|pair| matches!(pair, [one, other] if one == other))
}

fn failed(reason: &str) -> RandomError {
    RandomError { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_depends_on_both_sources() {
        let mut outputs = Vec::new();
        for (system, token) in [([1; 32], [1; 32]), ([2; 32], [1; 32]), ([1; 32], [2; 32])] {
            let mut out = [0; 100];
            mix(&system, &token, &mut out);
            assert!(out[..64] != out[36..], "blocks differ");
            outputs.push(out);
        }
        assert!(outputs[0] != outputs[1] && outputs[0] != outputs[2] && outputs[1] != outputs[2]);
        let mut alone = [0; 100];
        mix(&[1; 32], &[], &mut alone);
        assert!(!outputs.contains(&alone));
    }

    #[test]
    fn constant_octets_are_noticed() {
        assert!(constant(&[0; 32]));
        assert!(constant(&[0xa5; 32]));
        let mut nearly = [7; 32];
        nearly[31] = 8;
        assert!(!constant(&nearly));
    }
}
