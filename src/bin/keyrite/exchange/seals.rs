//! Seals: a key signs the statement that stands for a manifest.

use keyrite::audit::{Checkpoint, KeyName, NoteSignature};
use keyrite::authority::checkpoint::{self, CheckpointDraft};
use keyrite::authority::system::SystemClock;
use keyrite::store::Store;
use keyrite::token::TokenSigner;
use keyrite::x509::algorithm::SignatureAlgorithm;

use crate::failure::{Exit, Failure};

/// Has a key sign a checkpoint under its origin as name, after it was approved.
///
/// # Errors
/// A [`Failure`] when the token does not sign, or that cannot be recorded.
pub(super) fn endorse(
    store: Option<&mut Store>,
    signer: &mut TokenSigner,
    checkpoint: &Checkpoint,
    algorithm: SignatureAlgorithm,
) -> Result<NoteSignature, Failure> {
    let name: KeyName = checkpoint.origin.parse().map_err(|error| Failure::of(Exit::Defect, &error))?;
    let draft = CheckpointDraft {
        checkpoint: checkpoint.clone(),
        name,
        key_uri: signer.key().uri.to_string(),
        algorithm,
        witness: false,
    };
    Ok(checkpoint::complete(store, signer, &draft, &SystemClock)?)
}
