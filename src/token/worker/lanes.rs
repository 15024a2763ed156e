//! Lanes: further sessions with the same token, each with a thread that signs in it.
//!
//! Requests for signatures that are here at the same time make a round. Every lane takes the next one of it when it is
//! done with its last; the answers go out in the order of the requests all the same. After a failure nothing more is
//! begun, and what had been begun is answered truthfully.

use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::module::Module;
use super::session::{OpenSession, SignRequest};
use crate::token::wire::{self, ANSWER_LIMIT, Answer, ContextLogin, Failure, Request, WireError};

/// The most sessions that one worker signs in.
pub(super) const MOST: u32 = 32;

/// The sessions beside the worker's own.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    done: Receiver<()>,
}

struct Lane {
    rounds: Sender<Arc<Round>>,
    thread: JoinHandle<OpenSession>,
}

/// Requests for signatures that are answered together.
struct Round {
    requests: Vec<Request>,
    next: AtomicUsize,
    failed: AtomicBool,
    outbox: Mutex<Outbox>,
}

/// The answers of a round, which go out in order.
struct Outbox {
    stream: UnixStream,
    answers: Vec<Option<Result<Answer, Failure>>>,
    sent: usize,
    fault: Option<WireError>,
}

/// Whether a request can be part of a round: a key that wants a login for every signature is served alone.
pub(super) const fn takes(request: &Request) -> bool {
    matches!(request, Request::Sign { login: ContextLogin::None, .. })
}

impl Lanes {
    /// Opens further sessions until there are as many as wanted, or the token has no more.
    pub(super) fn open(module: &Module, own: &OpenSession, sessions: u32) -> Self {
        let (finished, done) = channel();
        let mut lanes = Vec::new();
        for _ in 1..sessions.min(MOST) {
            // A module without locks is for one thread.
            let Ok(session) = own.beside(module, false) else { break };
            let (rounds, given) = channel::<Arc<Round>>();
            let finished = finished.clone();
            let work = move || {
                for round in given {
                    let end = End(finished.clone());
                    round.work(&session);
                    drop(round);
                    drop(end);
                }
                session
            };
            match std::thread::Builder::new().name("lane".to_owned()).spawn(work) {
                Ok(thread) => lanes.push(Lane { rounds, thread }),
                Err(_) => break,
            }
        }
        Self { lanes, done }
    }

    /// How many sessions there are with the worker's own.
    pub(super) fn sessions(&self) -> u32 {
        u32::try_from(self.lanes.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Signs, in the worker's own session as well, and answers each request. The answer is whether all went well.
    pub(super) fn sign(
        &self,
        own: &OpenSession,
        requests: Vec<Request>,
        stream: &UnixStream,
    ) -> Result<bool, WireError> {
        let answers = requests.iter().map(|_| None).collect();
        let outbox = Outbox { stream: stream.try_clone()?, answers, sent: 0, fault: None };
        let round = Arc::new(Round {
            requests,
            next: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            outbox: Mutex::new(outbox),
        });
        let helpers = self.lanes.len().min(round.requests.len().saturating_sub(1));
        let helping: Vec<&Lane> = self.lanes.iter().take(helpers).collect();
        let begun = helping.iter().filter(|lane| lane.rounds.send(Arc::clone(&round)).is_ok()).count();
        round.work(own);
        // Each sends when it is done, also if it ends otherwise.
        for _ in 0..begun {
            if self.done.recv().is_err() {
                break;
            }
        }
        round.finish()
    }

    /// Lets the threads end, and gives back their sessions.
    pub(super) fn end(self) -> Vec<OpenSession> {
        let (rounds, threads): (Vec<_>, Vec<_>) =
            self.lanes.into_iter().map(|lane| (lane.rounds, lane.thread)).unzip();
        drop(rounds);
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    }
}

/// Says that a lane is done with a round.
struct End(Sender<()>);

impl Drop for End {
    fn drop(&mut self) {
        // Nobody waits any more when the worker ends.
        let _ = self.0.send(());
    }
}

impl Round {
    fn work(&self, session: &OpenSession) {
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(request) = self.requests.get(place) else { return };
            let answer = if self.failed.load(Ordering::Acquire) {
                Err(Failure::NotAttempted)
            } else {
                sign(session, request)
            };
            if answer.is_err() {
                self.failed.store(true, Ordering::Release);
            }
            self.outbox.lock().unwrap_or_else(PoisonError::into_inner).put(place, answer);
        }
    }

    /// Answers what a thread left behind that ended in the middle, and says whether all went well.
    fn finish(&self) -> Result<bool, WireError> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        for place in outbox.sent..self.requests.len() {
            let reason = "the thread that signed has ended".to_owned();
            outbox.put(place, Err(Failure::Nonsense { function: "C_Sign".to_owned(), reason }));
            self.failed.store(true, Ordering::Release);
        }
        match outbox.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(!self.failed.load(Ordering::Acquire)),
        }
    }
}

impl Outbox {
    /// Takes an answer, and sends every one that is next in order.
    fn put(&mut self, place: usize, answer: Result<Answer, Failure>) {
        if let Some(slot) = self.answers.get_mut(place) {
            slot.get_or_insert(answer);
        }
        while let Some(answer) = self.answers.get(self.sent).and_then(Option::as_ref) {
            if self.fault.is_none() {
                self.fault = wire::send(&mut self.stream, answer, ANSWER_LIMIT).err();
            }
            self.sent = self.sent.saturating_add(1);
        }
    }
}

fn sign(session: &OpenSession, request: &Request) -> Result<Answer, Failure> {
    let Request::Sign { key, mechanism, input, octets, login: ContextLogin::None } = request else {
        return Err(Failure::Order);
    };
    let login = ContextLogin::None;
    let request = SignRequest { key: *key, mechanism: *mechanism, input, octets: *octets, login };
    session.sign(&request, None).map(Answer::Signature)
}
