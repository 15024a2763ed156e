//! The replies of one thread: decided from the ledger, and remembered until it says something else.

use std::collections::HashMap;
use std::sync::Arc;

use hyper::body::Bytes;
use keyrite::authority::Error;
use keyrite::authority::ocsp_desk::{Ask, Decision, OcspDesk, Outcome, Reply};
use keyrite::store::{OcspChange, OcspMark};
use keyrite::x509::time::Time;
use sha2::{Digest as _, Sha256};

use super::caching::Caching;

/// The most octets of requests and responses that a thread remembers.
const MEMORY: usize = 16 * 1024 * 1024;
/// What an entry takes beside its octets, about.
const OVERHEAD: usize = 512;

/// A reply, ready to be sent.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) octets: Bytes,
    pub(super) outcome: Outcome,
    /// What caches want to know; none of an error.
    pub(super) caching: Option<Caching>,
}

impl Remembered {
    pub(super) fn of(reply: Reply) -> Self {
        let Reply { der, outcome, dates } = reply;
        let caching = dates.and_then(|(this_update, next_update)| {
            let tag = format!("\"{}\"", hex::encode(Sha256::digest(&der)));
            Caching::new(&tag, this_update, Some(next_update))
        });
        Self { octets: der.into(), outcome, caching }
    }

    /// Whether the ledger's mark tells when it may not be given away any more: not so of what it does not know.
    const fn is_lasting(&self) -> bool {
        matches!(self.outcome, Outcome::Good | Outcome::Revoked) && self.caching.is_some()
    }
}

/// What a thread says to a request.
#[derive(Debug)]
pub(super) enum Said {
    /// This; and whether it was remembered.
    Reply(Arc<Remembered>, bool),
    /// Somebody has to sign. What comes of it may be remembered under the mark, if the ledger still has it.
    Sign(Box<Ask>, OcspMark),
}

/// The desk of one thread, with its memory.
#[derive(Debug)]
pub(super) struct Counter {
    desk: OcspDesk,
    seen: Option<(OcspChange, OcspMark)>,
    memory: HashMap<Box<[u8]>, Kept>,
    octets: usize,
}

/// A reply and the last second in which it is given away again.
#[derive(Debug)]
struct Kept {
    reply: Arc<Remembered>,
    until: Time,
}

impl Counter {
    pub(super) fn new(desk: OcspDesk) -> Self {
        Self { desk, seen: None, memory: HashMap::new(), octets: 0 }
    }

    pub(super) const fn desk(&self) -> &OcspDesk {
        &self.desk
    }

    /// The reply to a request.
    ///
    /// # Errors
    /// [`Error::Store`] when the ledger cannot be read.
    pub(super) fn reply(&mut self, request: &[u8], now: Time) -> Result<Said, Error> {
        let mark = self.mark()?;
        if let Some(kept) = self.memory.get(request)
            && now <= kept.until
        {
            return Ok(Said::Reply(Arc::clone(&kept.reply), true));
        }
        Ok(match self.desk.decide(request, now) {
            Decision::Sign(ask) => Said::Sign(Box::new(ask), mark),
            Decision::Reply { reply, again } => {
                let reply = Arc::new(Remembered::of(reply));
                if let Some(until) =
                    reply.caching.as_ref().filter(|_| again).and_then(|caching| caching.until)
                {
                    self.keep(request, &reply, mark, until);
                }
                Said::Reply(reply, false)
            }
        })
    }

    /// Remembers a reply that was made when the ledger had this mark, or later.
    pub(super) fn keep(&mut self, request: &[u8], reply: &Arc<Remembered>, mark: OcspMark, until: Time) {
        if !reply.is_lasting() || self.seen.is_none_or(|(_, seen)| seen != mark) {
            return;
        }
        let octets = request.len().saturating_add(reply.octets.len()).saturating_add(OVERHEAD);
        self.octets = self.octets.saturating_add(octets);
        if self.octets > MEMORY {
            self.forget();
            self.octets = octets;
        }
        self.memory.insert(request.into(), Kept { reply: Arc::clone(reply), until });
    }

    /// The ledger's mark now. What was remembered under another one is forgotten.
    fn mark(&mut self) -> Result<OcspMark, Error> {
        // In this order: what changes in between is seen by the next request.
        let change = self.desk.change()?;
        if let Some((seen, mark)) = self.seen
            && seen == change
        {
            return Ok(mark);
        }
        let mark = self.desk.mark()?;
        if self.seen.is_none_or(|(_, seen)| seen != mark) {
            self.forget();
        }
        self.seen = Some((change, mark));
        Ok(mark)
    }

    fn forget(&mut self) {
        self.memory.clear();
        self.octets = 0;
    }
}
