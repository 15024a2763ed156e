//! How long signatures take, measured with a key that is there already.

use std::time::Duration;

use super::clock::Stopwatch;
use super::trial::signed;
use crate::token::error::Error;
use crate::token::key::KeyInfo;
use crate::token::mechanism::number;
use crate::token::session::TokenSession;
use crate::token::signer::challenge;
use crate::token::wire::SignMechanism;
use crate::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};

/// How many signatures are measured: an odd number, so that one is in the middle.
const SIGNATURES: u32 = 5;

/// What was measured with one key.
#[derive(Clone, Debug)]
pub struct Speed {
    /// The key, which has proven itself by these signatures.
    pub key: KeyInfo,
    /// Its kind and size.
    pub algorithm: KeyAlgorithm,
    /// The scheme.
    pub signature: SignatureAlgorithm,
    /// The mechanism that signed.
    pub mechanism: u64,
    /// How many signatures were made.
    pub signatures: u32,
    /// The median of their times, with the way to the worker and back.
    pub median: Duration,
}

/// Signs random challenges, as every use of a key does once.
pub(super) fn measure(session: &TokenSession, key: &KeyInfo) -> Result<Speed, Error> {
    let signer = session.signer_with(key.clone())?;
    let public_key = key
        .public_key
        .as_ref()
        .map_err(|reason| Error::UnreadableKey { label: key.label.clone(), reason: reason.clone() })?;
    let algorithm = public_key.algorithm();
    let signature = algorithm.signature_algorithm();
    let mechanism: SignMechanism = signer.chosen_for(signature).ok_or(Error::NotAttempted)?;
    let mut times = Vec::new();
    for _ in 0..SIGNATURES {
        let message = challenge()?;
        let watch = Stopwatch::start();
        let value = signer.sign_by(signature, mechanism, &message);
        let took = watch.elapsed();
        signed(key, signature, &message, value)?;
        times.push(took);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let (key, signatures, mechanism) = (key.clone(), SIGNATURES, number(mechanism));
    Ok(Speed { key, algorithm, signature, mechanism, signatures, median })
}
