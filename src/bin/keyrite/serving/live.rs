//! Responses signed as clients ask for them: for each CA a thread with the key of its responder.
//!
//! What comes while the token signs is signed together next. A token that fails is opened anew; a PIN that it has refused
//! is never given again, since a token locks itself after some. Whatever cannot be signed is answered with what was signed
//! ahead, else with tryLater, and `/ready` says why.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use keyrite::authority::Error;
use keyrite::authority::ocsp::ResponderError;
use keyrite::authority::ocsp_desk::{Ask, Reply};
use keyrite::authority::ocsp_live::{Draft, LiveResponder, LiveSigned};
use keyrite::port::Signer as _;
use keyrite::store::{CaName, Store};
use keyrite::token::{Error as TokenError, Pkcs11Uri, TokenSigner};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::journal::{Entry, Journal};
use super::now;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::session;

/// How many requests wait for a token at a time. What comes beyond is answered without it.
const QUEUE: usize = 512;
/// How many responses are signed together.
const BATCH: usize = 64;
/// How long a client waits for a signature.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a thread looks for nothing but requests.
const TICK: Duration = Duration::from_secs(1);
/// How long after a failure a token is opened anew: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What signs for one CA.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) live: LiveResponder,
    pub(crate) key: Pkcs11Uri,
    pub(crate) sessions: u32,
}

/// Everyone who signs live.
#[derive(Debug, Default)]
pub(crate) struct Live {
    desks: Vec<(CaName, SyncSender<Job>, Arc<Health>)>,
}

/// A response that somebody waits for.
#[derive(Debug)]
struct Job {
    ask: Ask,
    answer: oneshot::Sender<Reply>,
}

/// How the signing for one CA goes.
#[derive(Debug, Default)]
pub(super) struct Health {
    trouble: Mutex<Option<String>>,
    pub(super) signed: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) full: AtomicU64,
}

impl Health {
    /// Why nothing can be signed; nothing where all is well.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

impl Live {
    /// Opens the tokens, each in a thread of its own. The threads end when this is dropped.
    ///
    /// # Errors
    /// A [`Failure`] when a token is not there, or has not the key.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        context: &'scope Context,
        journal: &'scope Journal,
        home: &Path,
        plans: Vec<Plan>,
    ) -> Result<Self, Failure> {
        let mut live = Self::default();
        for plan in plans {
            let ca = plan.live.authority().name().clone();
            let (queue, jobs) = sync_channel(QUEUE);
            let health = Arc::new(Health::default());
            let desk = Desk { context, journal, home: home.to_owned(), plan, health: Arc::clone(&health) };
            let (opened, opening) = sync_channel(1);
            scope.spawn(move || desk.work(&jobs, &opened));
            opening.recv().unwrap_or_else(|_| Err(Failure::new(Exit::Defect, "a thread has ended")))?;
            live.desks.push((ca, queue, health));
        }
        Ok(live)
    }

    /// The CAs for which is signed.
    pub(crate) fn cas(&self) -> Vec<CaName> {
        self.desks.iter().map(|(ca, ..)| ca.clone()).collect()
    }

    /// How it goes.
    pub(super) fn health(&self) -> impl Iterator<Item = (&CaName, &Health)> {
        self.desks.iter().map(|(ca, _, health)| (ca, health.as_ref()))
    }

    /// Has a response signed, or gives what there is instead.
    pub(super) async fn answer(&self, ask: Ask) -> Reply {
        let Some((_, queue, health)) = self.desks.iter().find(|(ca, ..)| *ca == ask.ca) else {
            return ask.otherwise;
        };
        let otherwise = ask.otherwise.clone();
        let (answer, answered) = oneshot::channel();
        match queue.try_send(Job { ask, answer }) {
            Ok(()) => match tokio::time::timeout(PATIENCE, answered).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(_)) | Err(_) => otherwise,
            },
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                health.full.fetch_add(1, Ordering::Relaxed);
                otherwise
            }
        }
    }
}

/// A thread that signs for one CA.
struct Desk<'a> {
    context: &'a Context,
    journal: &'a Journal,
    home: PathBuf,
    plan: Plan,
    health: Arc<Health>,
}

/// The key of the responder, as far as it can be had.
enum Hand {
    Ready(Box<TokenSigner>),
    /// Until then nothing is tried; and how long the next pause is.
    Resting(Instant, Duration),
    /// Nothing will be tried any more.
    GivenUp,
}

/// Why nothing was signed.
enum Trouble {
    /// The token may do better when it is opened anew.
    Token(Failure),
    /// Whatever it is, the token is not to blame.
    Other(Failure),
    /// Somebody has to look at it.
    Alarm(Failure),
}

impl Desk<'_> {
    fn work(self, jobs: &Receiver<Job>, opened: &SyncSender<Result<(), Failure>>) {
        let mut hand = match self.open() {
            Ok(signer) => Hand::Ready(Box::new(signer)),
            Err((failure, _)) => {
                drop(opened.send(Err(failure)));
                return;
            }
        };
        drop(opened.send(Ok(())));
        loop {
            let first = match jobs.recv_timeout(TICK) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let batch: Vec<Job> = first.into_iter().chain(jobs.try_iter()).take(BATCH).collect();
            self.recover(&mut hand);
            if !batch.is_empty() {
                self.serve(&mut hand, batch);
            }
        }
    }

    fn serve(&self, hand: &mut Hand, batch: Vec<Job>) {
        // Once more with the token opened anew, where it was the token: a response may be signed twice.
        for attempt in 0..2_u8 {
            let Hand::Ready(signer) = hand else { break };
            match self.replies(signer, &batch) {
                Ok(replies) => {
                    self.health.is(None);
                    for (job, reply) in batch.into_iter().zip(replies) {
                        // Whoever waits no more has gone.
                        drop(job.answer.send(reply.unwrap_or(job.ask.otherwise)));
                    }
                    return;
                }
                Err(trouble) => {
                    self.failed(hand, trouble, batch.len());
                    if attempt == 0 {
                        self.recover(hand);
                    }
                }
            }
        }
        for Job { ask, answer } in batch {
            drop(answer.send(ask.otherwise));
        }
    }

    /// Drafts, notes, signs, verifies, notes. A reply that is missing was refused by a lint.
    fn replies(&self, signer: &mut TokenSigner, batch: &[Job]) -> Result<Vec<Option<Reply>>, Trouble> {
        let live = &self.plan.live;
        let other = |error: Error| Trouble::Other(error.into());
        let now = now();
        let store = Store::open_read_only(&self.home).map_err(|error| Trouble::Other(error.into()))?;
        let asks: Vec<&Ask> = batch.iter().map(|job| &job.ask).collect();
        let drafted = live.draft(&store, &asks, now).map_err(other)?;
        drop(store);
        let mut places = Vec::with_capacity(batch.len());
        let mut drafts = Vec::with_capacity(batch.len());
        for (place, draft) in drafted.into_iter().enumerate() {
            match draft {
                Ok(draft) => {
                    places.push(place);
                    drafts.push(draft);
                }
                Err(error) => tracing::error!("a response cannot be signed: {}", Failure::from(error).line()),
            }
        }
        let mut replies: Vec<Option<Reply>> = batch.iter().map(|_| None).collect();
        if drafts.is_empty() {
            return Ok(replies);
        }
        let (ca, key) = (live.authority().name().as_str(), live.public_key().sha256());
        let unwritten = |error: std::io::Error| {
            Trouble::Other(Failure::of(Exit::Output, &error).about(self.journal.path()))
        };
        let tbs: Vec<[u8; 32]> = drafts.iter().map(Draft::tbs_sha256).collect();
        self.journal.note(&Entry::signing(now, ca, key, &tbs)).map_err(unwritten)?;
        let LiveSigned { replies: signed, counted } = live.ask_to_sign(signer, drafts);
        let mut failure = None;
        let mut hashes = Vec::with_capacity(signed.len());
        for (place, reply) in places.into_iter().zip(signed) {
            match reply {
                Ok(reply) => {
                    hashes.push(<[u8; 32]>::from(Sha256::digest(&reply.der)));
                    if let Some(found) = replies.get_mut(place) {
                        *found = Some(reply);
                    }
                }
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        self.health.signed.fetch_add(u64::try_from(hashes.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        // It was signed: that this cannot be told keeps nobody from its answer.
        let told = self.journal.note(&Entry::signed(now, ca, key, &hashes));
        counted.map_err(|error| Trouble::Alarm(error.into()))?;
        match failure {
            Some(error) => Err(Trouble::Token(error.into())),
            None => told.map(|()| replies).map_err(unwritten),
        }
    }

    /// Says what went wrong, and what is to become of the hand.
    fn failed(&self, hand: &mut Hand, trouble: Trouble, responses: usize) {
        self.health.failed.fetch_add(u64::try_from(responses).unwrap_or(u64::MAX), Ordering::Relaxed);
        let (failure, next) = match trouble {
            Trouble::Token(failure) => (failure, Some(Hand::Resting(at_once(), FIRST_PAUSE))),
            Trouble::Other(failure) => (failure, None),
            Trouble::Alarm(failure) => (failure, Some(Hand::GivenUp)),
        };
        self.tell(&failure);
        if let Some(mut next) = next {
            // Nobody types a PIN in the night.
            let unattended =
                session::source(self.context, &self.plan.key).is_ok_and(|source| !source.is_typed());
            if !unattended {
                next = Hand::GivenUp;
            }
            *hand = next;
        }
    }

    fn tell(&self, failure: &Failure) {
        let line = failure.line();
        tracing::error!("CA {}: {line}", self.plan.live.authority().name());
        self.health.is(Some(line));
    }

    /// Opens the token anew, if it is time.
    #[expect(clippy::disallowed_methods, reason = "how long a token is left alone")]
    fn recover(&self, hand: &mut Hand) {
        let Hand::Resting(until, pause) = *hand else { return };
        if Instant::now() < until {
            return;
        }
        *hand = match self.open() {
            Ok(signer) => {
                self.health.is(None);
                Hand::Ready(Box::new(signer))
            }
            Err((failure, refused)) => {
                self.tell(&failure);
                if refused {
                    Hand::GivenUp
                } else {
                    let until = Instant::now().checked_add(pause).unwrap_or(until);
                    Hand::Resting(until, pause.saturating_mul(2).min(LONGEST_PAUSE))
                }
            }
        };
    }

    /// The key, proven to be the responder's; or why there is none, and whether the token has refused a PIN.
    fn open(&self) -> Result<TokenSigner, (Failure, bool)> {
        let uri = &self.plan.key;
        let refused = |error: TokenError| {
            let refused = error.is_refused_login();
            (Failure::from(error), refused)
        };
        let session = session::open(self.context, uri).map_err(|failure| (failure, false))?;
        let key = session.find_key_of(uri, self.plan.live.public_key()).map_err(refused)?;
        session.fit(&key).map_err(refused)?;
        let mut signer = session.signer_with(key).map_err(refused)?;
        if *signer.public_key() != *self.plan.live.public_key() {
            return Err((Error::from(ResponderError::OtherKey).into(), false));
        }
        signer.use_sessions(self.plan.sessions);
        Ok(signer)
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a token is left alone")]
fn at_once() -> Instant {
    Instant::now()
}
