//! A trial: a short-lived key pair of an algorithm, a signature by each mechanism, and its end.

use std::sync::Arc;

use super::SignedBy;
use super::algorithm::{AlgorithmFinding, Over};
use super::clock::Stopwatch;
use super::finding::described;
use super::objects::TRIAL_LABEL;
use crate::token::error::Error;
use crate::token::generate::{GeneratedPair, by_label};
use crate::token::key::KeyInfo;
use crate::token::random;
use crate::token::session::{TokenSession, lock};
use crate::token::signer::{TokenSigner, challenge};
use crate::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::x509::signature::SignatureValue;
use crate::x509::verify::verify_twice;

/// The octets of a long message: more than keyrite gives at once where the token hashes, and more than tokens with
/// little memory take at once where it does not.
const LONG: usize = 16 << 10;

/// Tries an algorithm: `findings` are its signature schemes. Whatever happens, what was generated is destroyed again,
/// as far as the token lets it be. Gives how often the key signed.
pub(super) fn of(
    session: &TokenSession,
    algorithm: KeyAlgorithm,
    findings: &mut [&mut AlgorithmFinding],
) -> Option<SignedBy> {
    let generated = label().and_then(|label| {
        let watch = Stopwatch::start();
        match session.generate_pair(algorithm, &label, None) {
            Ok(pair) => Ok((pair, watch.elapsed())),
            Err(error) => {
                let left = left_of(session, &label, &error);
                findings.iter_mut().for_each(|finding| finding.left.clone_from(&left));
                Err(error)
            }
        }
    });
    let (pair, took) = match generated {
        Ok(generated) => generated,
        Err(error) => {
            let error = Arc::new(error);
            for finding in findings.iter_mut() {
                finding.generation.tried = Some(Err(Arc::clone(&error)));
            }
            return None;
        }
    };
    // One signer for all: a key that wants the PIN for every signature has it asked for once.
    let signer = TokenSigner::new(Arc::clone(session.connection()), pair.key.clone());
    let signer = signer.map_err(Arc::new);
    for finding in findings.iter_mut() {
        finding.generation.tried = Some(Ok(took));
        match &signer {
            Ok(signer) => sign(session, signer, finding),
            Err(error) => {
                finding.ways.iter_mut().for_each(|way| way.tried = Some(Err(Arc::clone(error))));
            }
        }
    }
    let signed = SignedBy::of(session, &pair.key);
    let left = destroy(session, &pair);
    findings.iter_mut().for_each(|finding| finding.left.clone_from(&left));
    signed
}

fn sign(session: &TokenSession, signer: &TokenSigner, finding: &mut AlgorithmFinding) {
    let signature = finding.signature;
    for way in &mut finding.ways {
        if lock(session.connection()).client.has_ended() {
            return;
        }
        let result = message(way.over).and_then(|message| {
            let watch = Stopwatch::start();
            let value = signer.sign_by(signature, way.sign, &message);
            let took = watch.elapsed();
            signed(signer.key(), signature, &message, value)?;
            Ok(took)
        });
        if result.is_err() {
            // A failure other than a refused mechanism has closed the session.
            drop(lock(session.connection()).reopen());
        }
        way.tried = Some(result.map_err(Arc::new));
    }
}

/// A signature that verifies.
pub(super) fn signed(
    key: &KeyInfo,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: Result<SignatureValue, Error>,
) -> Result<(), Error> {
    let label = || key.label.clone();
    let public_key = key
        .public_key
        .as_ref()
        .map_err(|reason| Error::UnreadableKey { label: label(), reason: reason.clone() })?;
    verify_twice(public_key, algorithm, message, signature?.as_bytes())
        .map_err(|source| Error::Unproven { label: label(), source })
}

fn message(over: Over) -> Result<Vec<u8>, Error> {
    let mut message = challenge()?;
    if over == Over::LongMessage {
        message.resize(LONG, b'x');
    }
    Ok(message)
}

fn label() -> Result<String, Error> {
    let octets: Vec<u8> = random::system()?.into_iter().take(8).collect();
    Ok(format!("{TRIAL_LABEL}{}", hex::encode(octets)))
}

/// Destroys both halves; says what is left.
fn destroy(session: &TokenSession, pair: &GeneratedPair) -> Option<String> {
    let label = &pair.key.label;
    let mut failed = Vec::new();
    for (half, object) in [("private key", pair.private), ("public key", pair.public)] {
        if let Err(error) = session.destroy_object(object) {
            failed.push(format!("{half}: {}", described(&error)));
        }
    }
    let counted = by_label(&mut lock(session.connection()), label);
    match counted {
        Ok((0, 0)) => None,
        // Views of what was destroyed with the other half count for nothing: what is there counts.
        Ok((private, public)) => {
            let why = if failed.is_empty() { String::new() } else { format!(" ({})", failed.join("; ")) };
            Some(format!(
                "{label:?} is still in the token: private keys {private}, public keys {public}{why}"
            ))
        }
        Err(_) if failed.is_empty() => None,
        Err(error) => {
            failed.push(described(&error));
            Some(format!("{label:?} may still be in the token: {}", failed.join("; ")))
        }
    }
}

/// What a generation that failed has left: it destroys what it made where it can.
fn left_of(session: &TokenSession, label: &str, error: &Error) -> Option<String> {
    if lock(session.connection()).client.has_ended() {
        return Some(format!(
            "{label:?} may be in the token, since the worker process ended while it was made"
        ));
    }
    match (error, by_label(&mut lock(session.connection()), label)) {
        (_, Ok((0, 0))) => None,
        (Error::NotUndone { left, .. }, _) => Some(format!("{label:?} is still in the token: {left}")),
        (_, Ok((private, public))) => {
            Some(format!("{label:?} is still in the token: private keys {private}, public keys {public}"))
        }
        (_, Err(_)) => None,
    }
}
