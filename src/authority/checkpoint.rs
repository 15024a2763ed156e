//! Checkpoints signed by a key of a token: of the home's own log, or as a witness of another.

use super::complete::{Failure, complete_checkpoint};
use crate::audit::{
    self, Checkpoint, Event, Fingerprint, KeyName, Miscount, NoteSignature, SignedCheckpoint,
};
use crate::evidence::Scheme;
use crate::port::{Clock, Signer, SignerError};
use crate::store::{self, Store};
use crate::x509::algorithm::SignatureAlgorithm;

/// What is to be signed, and as whom.
#[derive(Clone, Debug)]
pub struct CheckpointDraft {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The name of the key in the signature line.
    pub name: KeyName,
    /// The URI of the key, for the record.
    pub key_uri: String,
    /// The algorithm by which it signs.
    pub algorithm: SignatureAlgorithm,
    /// Whether the log is another's, and this the word of a witness.
    pub witness: bool,
}

/// Why there is no signature line.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Origin or name cannot be part of what this kind of key signs.
    #[error("the origin {origin:?} or the name {name} is too long for a signature by this key")]
    Form {
        /// The origin of the log.
        origin: String,
        /// The name of the key.
        name: KeyName,
    },
    /// The intent could not be recorded: the token was not asked.
    #[error("nothing was signed, since that could not be recorded")]
    Intent(#[source] store::Error),
    /// The token did not sign, or what it gave is not right.
    #[error("the checkpoint was not signed")]
    Sign(#[source] Failure),
    /// The signature exists and is not recorded.
    #[error("the checkpoint was signed, but that is not recorded: {line}")]
    Record {
        /// The signature line.
        line: Box<NoteSignature>,
        /// Why.
        source: store::Error,
    },
    /// The token was called to sign more or less often than is accounted for. What was signed is on record.
    #[error(transparent)]
    Miscounted(#[from] Miscount),
}

/// Has a key sign a checkpoint: the intent is recorded first, the signature verified twice, and the outcome recorded,
/// if there is a ledger.
///
/// # Errors
/// [`CheckpointError`] says how far it came.
pub fn complete(
    mut store: Option<&mut Store>,
    signer: &mut dyn Signer,
    draft: &CheckpointDraft,
    clock: &dyn Clock,
) -> Result<NoteSignature, CheckpointError> {
    let CheckpointDraft { checkpoint, name, key_uri, algorithm, witness } = draft;
    let key = signer.public_key().clone();
    let scheme = Scheme::of(*algorithm, &key, *witness);
    let time = clock.now();
    let message = scheme
        .message(checkpoint, name, time)
        .ok_or_else(|| CheckpointError::Form { origin: checkpoint.origin.clone(), name: name.clone() })?;
    let what = || SignedCheckpoint {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: checkpoint.root,
        key: key_uri.clone(),
        key_name: name.to_string(),
        public_key_sha256: Fingerprint(key.sha256()),
    };
    if let Some(store) = &mut store {
        let event = Event::CheckpointSigning {
            checkpoint: what(),
            algorithm: algorithm.to_string(),
            message_sha256: Fingerprint::of(message.as_bytes()),
        };
        store.append(event, time).map_err(CheckpointError::Intent)?;
    }
    let (answer, count) = complete_checkpoint(signer, &message, *algorithm);
    let counted = match (&mut store, count) {
        (Some(store), Some(count)) => count.note(store, clock.now()),
        _ => Ok(()),
    };
    match answer {
        Ok(signature) => {
            let line = scheme.line(name.clone(), &key, time, signature.as_bytes());
            if let Some(store) = &mut store {
                let signature_sha256 = Fingerprint::of(signature.as_bytes());
                let event = Event::CheckpointSigned { checkpoint: what(), signature_sha256 };
                if let Err(source) = store.append(event, clock.now()) {
                    return Err(CheckpointError::Record { line: Box::new(line), source });
                }
            }
            counted?;
            Ok(line)
        }
        Err(error) => {
            if let Some(store) = &mut store {
                let failure = match &error {
                    Failure::Sign(SignerError::NotAttempted) => audit::Failure::NotAttempted,
                    Failure::Sign(SignerError::Failed(_)) => audit::Failure::Token,
                    Failure::Verify(_) => audit::Failure::Signature,
                };
                let event =
                    Event::CheckpointFailed { checkpoint: what(), failure, reason: error.in_one_line() };
                if let Err(error) = store.append(event, clock.now()) {
                    tracing::error!("cannot record why the checkpoint was not signed: {error}");
                }
            }
            Err(CheckpointError::Sign(error))
        }
    }
}
