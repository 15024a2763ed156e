//! The worker's count of signatures, beside what came of them in this process.

use super::session::{Connection, TokenSession, lock};
use super::wire::{Answer, Request};
use crate::port::SignatureCount;

/// What was counted and is not handed out yet, and how far the worker's count was then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    made: u64,
    failed: u64,
    challenges: u64,
    unsure: u64,
}

impl Tally {
    /// A signature over a random challenge came back, or did not although it was asked for.
    pub(super) const fn challenge(&mut self, came: bool) {
        if came {
            self.challenges = self.challenges.saturating_add(1);
        } else {
            self.unsure = self.unsure.saturating_add(1);
        }
    }
}

impl Connection {
    /// What was signed since this was asked last. Nothing when the worker has ended, since its count ended with it.
    pub(super) fn take_count(&mut self) -> Option<SignatureCount> {
        if self.client.has_ended() {
            return None;
        }
        let told = self.client.ask(&Request::Signatures, |answer| {
            if let Answer::Signatures(made, failed) = answer { Some((made, failed)) } else { None }
        });
        let (made, failed) = told.ok()?;
        let before = std::mem::replace(&mut self.tally, Tally { made, failed, ..Tally::default() });
        Some(SignatureCount {
            token: self.token.uri().to_string(),
            made: made.saturating_sub(before.made),
            failed: failed.saturating_sub(before.failed),
            challenges: before.challenges,
            unsure: before.unsure,
        })
    }
}

impl TokenSession {
    /// What was signed in this session since this was asked last; nothing when its worker has ended.
    #[must_use]
    pub fn take_count(&self) -> Option<SignatureCount> {
        lock(self.connection()).take_count()
    }
}
