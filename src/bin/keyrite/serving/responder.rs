//! The responder: OCSP from the ledger, each thread with a connection of its own to it, which never waits for writers.

use std::cell::RefCell;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use keyrite::authority::ocsp_desk::{Ask, Coverage, OcspDesk, Reply};
use keyrite::store::{CaName, LEDGER, OcspMark, Store};
use keyrite::x509::time::Time;

use super::counter::{Counter, Remembered, Said};
use super::live::Live;
use super::metrics::Metrics;
use super::now;
use crate::failure::Failure;

/// What all threads share.
#[derive(Debug)]
pub(crate) struct Responder {
    /// The home whose ledger is read.
    home: PathBuf,
    /// The CAs for which it answers.
    cas: Vec<CaName>,
    /// Who signs what is not there.
    live: Live,
}

/// What one thread has open.
struct Open {
    counter: Counter,
    /// Which file the ledger was when it was opened.
    file: Option<(u64, u64)>,
    /// When that was looked at last.
    looked: Time,
}

thread_local! {
    /// The counter of this thread, once there was a request for it.
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

impl Responder {
    /// Answers for these CAs of a home; for all that have a certificate where none is named.
    ///
    /// # Errors
    /// A [`Failure`] when there is no such CA, none at all, or the ledger cannot be read.
    pub(crate) fn new(home: PathBuf, cas: Vec<CaName>) -> Result<Self, Failure> {
        let store = Store::open_read_only(&home)?;
        let cas = if cas.is_empty() {
            store.cas()?.into_iter().filter(|ca| ca.certificate.is_some()).map(|ca| ca.name).collect()
        } else {
            cas
        };
        if cas.is_empty() {
            let message = "no CA of this home has a certificate: there is nothing to answer about";
            return Err(Failure::new(crate::failure::Exit::Refused, message));
        }
        let responder = Self { home, cas, live: Live::default() };
        // Whatever is wrong is said now and not to the first client.
        drop(OcspDesk::new(store, &responder.cas, &[])?);
        Ok(responder)
    }

    /// The same with somebody who signs.
    pub(crate) fn with(self, live: Live) -> Self {
        Self { live, ..self }
    }

    /// Who signs what is not there.
    pub(super) const fn live(&self) -> &Live {
        &self.live
    }

    /// The CAs for which it answers.
    pub(crate) fn cas(&self) -> &[CaName] {
        &self.cas
    }

    fn open(&self) -> Result<Open, Failure> {
        let file = self.file();
        let desk = OcspDesk::new(Store::open_read_only(&self.home)?, &self.cas, &self.live.cas())?;
        Ok(Open { counter: Counter::new(desk), file, looked: now() })
    }

    fn file(&self) -> Option<(u64, u64)> {
        self.home.join(LEDGER).metadata().ok().map(|found| (found.dev(), found.ino()))
    }

    /// Does something at the counter of this thread. A ledger in whose place another one was put, such as a copy that was
    /// restored, is opened anew: within a second.
    fn at_counter<T>(
        &self,
        work: impl FnOnce(&mut Counter, Time) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = now();
        OPEN.with_borrow_mut(|place| {
            if let Some(open) = place
                && open.looked != now
            {
                open.looked = now;
                if self.file() != open.file {
                    *place = None;
                }
            }
            let open = match place {
                Some(open) => open,
                None => place.insert(self.open()?),
            };
            let done = work(&mut open.counter, now);
            if done.is_err() {
                // Whatever it is that cannot be read is opened anew for the next request.
                *place = None;
            }
            done
        })
    }

    /// The reply to a request, whatever it is.
    #[expect(clippy::disallowed_methods, reason = "how long a reply took is told by the metrics alone")]
    pub(super) async fn reply(&self, request: &[u8], metrics: &Metrics) -> Arc<Remembered> {
        let begun = Instant::now();
        let said = self.at_counter(|counter, now| Ok(counter.reply(request, now)?));
        let (reply, remembered) = match said {
            Ok(Said::Reply(reply, remembered)) => (reply, remembered),
            Ok(Said::Sign(ask, mark)) => (self.signed_live(request, *ask, mark).await, false),
            Err(failure) => {
                tracing::error!("{}", failure.line());
                (Arc::new(Remembered::of(Reply::internal())), false)
            }
        };
        metrics.reply(reply.outcome, begun.elapsed(), remembered);
        reply
    }

    /// Has a response signed. One without a nonce is remembered for half of its life: whoever gets it has the other half.
    async fn signed_live(&self, request: &[u8], ask: Ask, mark: OcspMark) -> Arc<Remembered> {
        let may_come_again = ask.nonce.is_none();
        let reply = self.live.answer(ask).await;
        let until = reply.dates.and_then(|(this, next)| {
            let half = next.to_unix().saturating_sub(this.to_unix()).div_euclid(2);
            this.plus_seconds(half).ok()
        });
        let reply = Arc::new(Remembered::of(reply));
        if let Some(until) = until.filter(|_| may_come_again) {
            // What cannot be remembered is signed again.
            drop(self.at_counter(|counter, _| {
                counter.keep(request, &reply, mark, until);
                Ok(())
            }));
        }
        reply
    }

    /// Of each CA how it is answered for.
    ///
    /// # Errors
    /// A [`Failure`] when the ledger cannot be read.
    pub(super) fn coverage(&self) -> Result<Vec<Coverage>, Failure> {
        self.at_counter(|counter, _| Ok(counter.desk().coverage()?))
    }

    /// Why nobody should be sent here; nothing where all is well.
    pub(super) fn not_ready(&self) -> Option<String> {
        let Ok(coverage) = self.coverage() else { return Some("the ledger cannot be read".to_owned()) };
        let now = now();
        let without = coverage.iter().filter(|one| !one.live && one.latest.is_none_or(|latest| latest < now));
        let without: Vec<String> = without.map(|one| one.ca.to_string()).collect();
        let troubles = self.live.health().filter_map(|(ca, health)| Some((ca, health.trouble()?)));
        let troubles = troubles.map(|(ca, trouble)| format!("nothing is signed for {ca}: {trouble}"));
        let without = (!without.is_empty()).then(|| format!("no current responses of {}", without.join(" ")));
        let all: Vec<String> = without.into_iter().chain(troubles).collect();
        (!all.is_empty()).then(|| all.join("\n"))
    }
}
