//! The count of whoever calls the token, beside the signatures for which this program accounts.
//!
//! The audit log tells of the signatures that this program knows of. How often the module was called to sign is
//! counted by the worker process, in another place and by other code: where the two differ, something was signed that
//! nobody asked for, or something that was asked for was not signed.

use super::error::Error;
use crate::audit::{Event, Fingerprint, Miscount};
use crate::port::{SignatureCount, Signer, SignerError};
use crate::store::Store;
use crate::x509::time::Time;

/// What came back of the signatures over objects that were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// How many signatures, right or wrong.
    pub(super) objects: u64,
    /// How many errors of a token that was asked.
    pub(super) unsure: u64,
}

impl Came {
    /// Takes one answer.
    pub(super) fn tell<T>(&mut self, answer: &Result<T, SignerError>) {
        match answer {
            Ok(_) => self.objects = self.objects.saturating_add(1),
            Err(SignerError::Failed(_)) => self.unsure = self.unsure.saturating_add(1),
            Err(SignerError::NotAttempted) => {}
        }
    }
}

/// The count of a signer beside what came back.
pub(super) struct Counted {
    count: SignatureCount,
    public_key_sha256: Fingerprint,
    came: Came,
}

impl Counted {
    /// What was counted since this was asked last; nothing where nobody counts.
    pub(super) fn of(signer: &mut dyn Signer, came: Came) -> Option<Self> {
        let public_key_sha256 = Fingerprint(signer.public_key().sha256());
        signer.take_count().map(|count| Self { count, public_key_sha256, came })
    }

    /// Whether nothing else was signed meanwhile, where nothing is recorded.
    pub(super) fn fits(&self) -> Result<(), Miscount> {
        fits(&self.count, self.came)
    }

    /// Has it recorded with the next transaction, whatever that is. Gives the alarm where the two differ, for after what
    /// was signed is on record.
    pub(super) fn note(&self, store: &mut Store, now: Time) -> Result<(), Miscount> {
        note(store, &self.count, self.public_key_sha256, self.came, now)
    }
}

/// Has challenges recorded that a key has signed, to show that it is there; the event goes into the next transaction.
///
/// # Errors
/// [`Error::Miscounted`].
pub fn note_challenges(
    store: &mut Store,
    count: &SignatureCount,
    public_key_sha256: [u8; 32],
    now: Time,
) -> Result<(), Error> {
    Ok(note(store, count, Fingerprint(public_key_sha256), Came::default(), now)?)
}

/// The event for challenges that a key has signed where no store is open; none where nothing was signed.
#[must_use]
pub fn of_challenges(count: &SignatureCount, public_key_sha256: [u8; 32]) -> Option<Event> {
    event(count, Fingerprint(public_key_sha256), Came::default())
}

fn note(
    store: &mut Store,
    count: &SignatureCount,
    public_key_sha256: Fingerprint,
    came: Came,
    now: Time,
) -> Result<(), Miscount> {
    let Some(event) = event(count, public_key_sha256, came) else { return Ok(()) };
    store.note(event, now);
    fits(count, came)
}

fn fits(count: &SignatureCount, came: Came) -> Result<(), Miscount> {
    let accounted = came.objects.saturating_add(count.challenges);
    let unsure = came.unsure.saturating_add(count.unsure);
    Miscount::unless_they_fit(count.made, accounted, unsure).map_or(Ok(()), Err)
}

fn event(count: &SignatureCount, public_key_sha256: Fingerprint, came: Came) -> Option<Event> {
    let SignatureCount { token, made, failed, challenges, unsure } = count;
    let calls = made.saturating_add(*failed);
    let unsure = came.unsure.saturating_add(*unsure);
    let nothing = calls == 0 && came.objects == 0 && *challenges == 0 && unsure == 0;
    (!nothing).then(|| Event::SignaturesCounted {
        token: token.clone(),
        public_key_sha256,
        calls,
        failed: *failed,
        objects: came.objects,
        challenges: *challenges,
        unsure,
    })
}
