//! The one place where a token is asked to sign: reservations go in, verified objects come out.

use crate::port::{Signer, SignerError};
use crate::store::Reservation;
use crate::x509::signed::{Kind, SealError, Signed, Verification};

/// What became of a batch of reservations.
#[derive(Debug)]
pub(super) struct Completed<K: Kind> {
    /// Signed and verified, in the order of the batch.
    pub(super) signed: Vec<(Reservation<K>, Signed<K>)>,
    /// Not signed, or signed wrongly: each stays reserved and is never signed again.
    pub(super) failed: Vec<(Reservation<K>, Failure)>,
}

/// Why a reservation did not become a signed object.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The token did not sign.
    #[error(transparent)]
    Sign(#[from] SignerError),
    /// What the token returned is not a signature by the CA's key over the octets.
    #[error(transparent)]
    Verify(#[from] SealError),
}

/// Signs exactly the octets of each reservation and verifies every signature before it counts.
///
/// A signature that does not verify ends the batch: whatever made it wrong may have made others wrong too,
/// and it is never asked for again.
pub(super) fn complete<K: Kind>(
    signer: &mut dyn Signer,
    batch: Vec<Reservation<K>>,
    verification: Verification,
) -> Completed<K> {
    let mut completed = Completed { signed: Vec::new(), failed: Vec::new() };
    let Some(algorithm) = batch.first().map(|first| first.tbs().algorithm()) else { return completed };
    let messages: Vec<&[u8]> = batch.iter().map(|reservation| reservation.tbs().as_der()).collect();
    let signatures = signer.sign(algorithm, &messages);
    let key = signer.public_key();
    let mut answers = signatures.into_iter();
    for reservation in batch {
        // A signer that answers too little has not signed the rest.
        match answers.next().unwrap_or(Err(SignerError::NotAttempted)) {
            Err(error) => completed.failed.push((reservation, error.into())),
            Ok(signature) => match Signed::seal(reservation.tbs(), &signature, key, verification) {
                Ok(signed) => completed.signed.push((reservation, signed)),
                Err(error) => completed.failed.push((reservation, error.into())),
            },
        }
    }
    completed
}
