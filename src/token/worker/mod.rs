//! The process that loads a vendor's module, and the only code that names `cryptoki`.
//!
//! A module is foreign code that crashes, hangs and lies, so it runs in a process of its own: the same
//! program started as `keyrite token-worker`, with one end of a socket pair as its standard input. It has
//! nothing of the CA but what each request carries. It keeps no judgement either: which token and key are
//! meant, whether a key is fit and whether a signature is right is all decided on the other side.

mod attributes;
mod calling;
mod certificate;
mod count;
mod failure;
mod generate;
mod hardening;
mod inbox;
mod initialise;
mod key;
mod lanes;
mod mechanism;
mod module;
mod quirks;
mod raw;
mod session;
mod signing;
mod slot;

use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use zeroize::Zeroizing;

pub(super) use self::calling::FUNCTIONS;
use self::inbox::Inbox;
use self::lanes::Lanes;
use self::module::Module;
use self::session::{OpenSession, SignRequest};
use super::pin::PIN_LIMIT;
use super::return_value::ReturnValue;
use super::wire::{self, ANSWER_LIMIT, Answer, Failure, REQUEST_LIMIT, Request, WireError};

/// Why a worker process ended before its connection did.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Standard input is not the socket of a parent that speaks the protocol.
    #[error("keyrite starts its token worker itself; it is of no use by hand")]
    NotStarted,
    /// The connection failed or carried nonsense.
    #[error("connection to the program failed: {0}")]
    Connection(String),
}

impl From<WireError> for ServeError {
    fn from(error: WireError) -> Self {
        Self::Connection(error.to_string())
    }
}

/// Serves the program whose socket is standard input, until it ends the connection.
///
/// To be called first thing in `main`, before any other file is opened or thread started: every
/// inherited descriptor but 0, 1 and 2 is closed.
///
/// # Errors
/// [`ServeError`] when standard input is no such socket or what comes from it is no request.
pub fn serve() -> Result<(), ServeError> {
    let stream = hardening::take_connection().ok_or(ServeError::NotStarted)?;
    let mut inbox = Inbox::new(stream);
    let Some(Request::Hello { enclosure, .. }) = wire::receive(&mut inbox, REQUEST_LIMIT)? else {
        return Err(ServeError::NotStarted);
    };
    let confinement = hardening::confine(&enclosure);
    answer(inbox.stream(), Ok(Answer::Hello { version: wire::VERSION, confinement }))?;
    hardening::end_with_parent(inbox.stream());
    let mut worker = Worker { module: None, session: None, remains: None, lanes: None };
    let mut next = None;
    while let Some(request) = take(&mut next, &mut inbox)? {
        if worker.lanes.is_some() && lanes::takes(&request) && inbox.has_frame() {
            let mut round = vec![request];
            while next.is_none() && inbox.has_frame() {
                match wire::receive(&mut inbox, REQUEST_LIMIT)? {
                    Some(request) if lanes::takes(&request) => round.push(request),
                    other => next = other,
                }
            }
            worker.sign_round(round, inbox.stream())?;
            continue;
        }
        let pin = if request.pin_follows() { Some(receive_pin(&mut inbox)?) } else { None };
        let result = worker.fulfil(request, pin);
        answer(inbox.stream(), result)?;
    }
    worker.end();
    Ok(())
}

/// The next request: one that was taken in before, or one that comes in.
fn take(next: &mut Option<Request>, inbox: &mut Inbox<UnixStream>) -> Result<Option<Request>, ServeError> {
    match next.take() {
        Some(request) => Ok(Some(request)),
        None => Ok(wire::receive(inbox, REQUEST_LIMIT)?),
    }
}

fn answer(stream: &mut UnixStream, result: Result<Answer, Failure>) -> Result<(), ServeError> {
    Ok(wire::send(stream, &result, ANSWER_LIMIT)?)
}

/// Receives the PIN into a buffer of exactly its length, which overwrites itself when it goes.
fn receive_pin(stream: &mut Inbox<UnixStream>) -> Result<Zeroizing<Vec<u8>>, ServeError> {
    use std::io::Read as _;
    let octets = wire::receive_length(stream, PIN_LIMIT)?
        .ok_or_else(|| ServeError::Connection("ended before the PIN".to_owned()))?;
    let mut pin = Zeroizing::new(vec![0; octets]);
    stream.read_exact(&mut pin).map_err(WireError::from)?;
    Ok(pin)
}

/// One module, at most one session with one token.
struct Worker {
    module: Option<Module>,
    session: Option<OpenSession>,
    /// After a failed signature in a session that may write: another one, to destroy the key with.
    remains: Option<OpenSession>,
    /// Further sessions that sign beside it.
    lanes: Option<Lanes>,
}

impl Worker {
    fn fulfil(&mut self, request: Request, pin: Option<Zeroizing<Vec<u8>>>) -> Result<Answer, Failure> {
        match request {
            Request::Hello { .. } => Err(Failure::Order),
            Request::Load { path } => {
                use std::os::unix::ffi::OsStringExt as _;
                if self.module.is_some() {
                    return Err(Failure::Order);
                }
                self.module = Some(Module::load(PathBuf::from(std::ffi::OsString::from_vec(path)))?);
                Ok(Answer::Loaded)
            }
            Request::Library => Ok(Answer::Library(self.module()?.library()?)),
            Request::Slots { again, described } => {
                if self.session.is_some() {
                    return Err(Failure::Order);
                }
                let (slots, restarted) = self.module()?.slots(again, described)?;
                Ok(Answer::Slots { slots, restarted })
            }
            Request::Token { slot } => Ok(Answer::Token(self.module()?.token(slot)?)),
            Request::Mechanisms { slot } => Ok(Answer::Mechanisms(mechanism::list(self.module()?, slot)?)),
            Request::Mechanism { slot, mechanism } => {
                Ok(Answer::Mechanism(mechanism::info(self.module()?, slot, mechanism)?))
            }
            Request::Open { token, read_write } => self.open(token, read_write),
            Request::Beside { read_write } => {
                self.session()?.beside(self.module.as_ref().ok_or(Failure::Order)?, read_write)?;
                Ok(Answer::Opened)
            }
            Request::Habits => Ok(Answer::Habits(self.module()?.habits())),
            Request::Login { .. } => {
                let module = self.module.as_ref().ok_or(Failure::Order)?;
                let session = self.session.take().ok_or(Failure::Order)?;
                self.session = Some(session.login(module, pin)?);
                Ok(Answer::LoggedIn)
            }
            Request::Keys { label, id, public } => {
                Ok(Answer::Keys(key::pairs(self.session()?, label.as_deref(), id.as_deref(), public)?))
            }
            Request::Count { label, id } => {
                let (private, public) = key::count(self.session()?, label.as_deref(), id.as_deref())?;
                Ok(Answer::Count { private, public })
            }
            Request::Certificates { from } => {
                let (found, more) = certificate::page(self.session()?, from)?;
                Ok(Answer::Certificates { found, more })
            }
            Request::Generate { key, template, wishes, label, id } => {
                let (private, public) =
                    generate::generate(self.session()?, &key, template, &wishes, label, id)?;
                Ok(Answer::Generated { private, public })
            }
            Request::Destroy { object } => {
                let open = self.session.as_ref().or(self.remains.as_ref()).ok_or(Failure::NotAttempted)?;
                key::destroy(open, object)?;
                Ok(Answer::Destroyed)
            }
            Request::Sign { key, mechanism, input, octets, login } => {
                self.sign(&SignRequest { key, mechanism, input: &input, octets, login }, pin)
            }
            Request::Signatures => {
                let (made, failed) = count::so_far();
                Ok(Answer::Signatures(made, failed))
            }
            Request::InitToken { slot, label, .. } => {
                if self.session.is_some() {
                    return Err(Failure::Order);
                }
                initialise::token(self.module()?, slot, &label, pin)?;
                Ok(Answer::TokenInitialised)
            }
            Request::LoginOfficer { .. } => {
                initialise::officer(self.session()?, pin)?;
                Ok(Answer::LoggedIn)
            }
            Request::InitPin { .. } => {
                initialise::user_pin(self.session()?, pin)?;
                Ok(Answer::PinInitialised)
            }
            Request::Logout => {
                initialise::logout(self.session()?)?;
                Ok(Answer::LoggedOut)
            }
            Request::Objects { class, label, id } => {
                Ok(Answer::Objects(key::objects(self.session()?, class, label.as_deref(), id.as_deref())?))
            }
            Request::Widen { sessions } => self.widen(sessions),
            Request::Random { octets } => Ok(Answer::Random(self.session()?.random(octets)?)),
        }
    }

    /// Opens a session in place of the one that is open.
    fn open(&mut self, token: wire::TokenAddress, read_write: bool) -> Result<Answer, Failure> {
        let before = self.session.as_ref().or(self.remains.as_ref());
        let handles = before.map(|open| open.handles().clone()).unwrap_or_default();
        let logged_in = before.is_some_and(OpenSession::logged_in);
        let module = self.module.as_ref().ok_or(Failure::Order)?;
        // The login belongs to all sessions: the new one is open before the old one goes. A token that has
        // room for one only is served if nobody has logged in yet.
        let session = match OpenSession::open(module, token.clone(), read_write, handles.clone()) {
            Err(Failure::Call { value, .. }) if value == ReturnValue::SESSION_COUNT && !logged_in => {
                self.session = None;
                OpenSession::open(module, token, read_write, handles)?
            }
            result => result?,
        };
        self.session = Some(if logged_in { session.after_login() } else { session });
        Ok(Answer::Opened)
    }

    /// After a failure the session is closed, since the module may still hold the operation, and what
    /// was sent ahead is not attempted. Only a mechanism that is refused at `C_SignInit` leaves nothing
    /// behind, so that the program can choose another one. A key that was generated and does not sign is
    /// destroyed in another session.
    fn sign(
        &mut self,
        request: &SignRequest<'_>,
        pin: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Answer, Failure> {
        let module = self.module.as_ref().ok_or(Failure::Order)?;
        let session = self.session.as_mut().ok_or(Failure::NotAttempted)?;
        let pin = pin.map(session::take_pin);
        match session.sign(request, pin.as_ref()) {
            Ok(signature) => Ok(Answer::Signature(signature)),
            Err(failure) => {
                if !failure::mechanism_refused(&failure) {
                    // The login ends with the last session, so the other one is opened before.
                    self.remains = session.remains(module);
                    self.session = None;
                    self.narrow();
                }
                Err(failure)
            }
        }
    }

    /// Opens further sessions to sign in, as far as module and token take part.
    fn widen(&mut self, sessions: u32) -> Result<Answer, Failure> {
        self.narrow();
        let module = self.module.as_ref().ok_or(Failure::Order)?;
        let session = self.session.as_ref().ok_or(Failure::NotAttempted)?;
        let sessions = if module.is_for_threads() { sessions } else { 1 };
        let lanes = Lanes::open(module, session, sessions);
        let sessions = lanes.sessions();
        self.lanes = Some(lanes).filter(|_| sessions > 1);
        Ok(Answer::Widened { sessions })
    }

    /// Closes the further sessions.
    fn narrow(&mut self) {
        if let Some(lanes) = self.lanes.take() {
            drop(lanes.end());
        }
    }

    /// Signs in all sessions at once. After a failure all are closed, as after one in the only session.
    fn sign_round(&mut self, round: Vec<Request>, stream: &mut UnixStream) -> Result<(), ServeError> {
        let (Some(lanes), Some(session), Some(module)) = (&self.lanes, &self.session, &self.module) else {
            for _ in round {
                answer(stream, Err(Failure::NotAttempted))?;
            }
            return Ok(());
        };
        if !lanes.sign(session, round, stream)? {
            // The login ends with the last session, so the other one is opened before.
            self.remains = session.remains(module);
            self.narrow();
            self.session = None;
        }
        Ok(())
    }

    fn module(&mut self) -> Result<&mut Module, Failure> {
        self.module.as_mut().ok_or(Failure::Order)
    }

    fn session(&self) -> Result<&OpenSession, Failure> {
        self.session.as_ref().ok_or(Failure::NotAttempted)
    }

    /// Ends the module, and with it sessions and login: closing them one by one would be calls more.
    fn end(mut self) {
        let others = self.lanes.take().map(Lanes::end).unwrap_or_default();
        for session in self.session.take().into_iter().chain(self.remains.take()).chain(others) {
            std::mem::forget(session);
        }
        if let Some(module) = self.module.take() {
            module.finalize();
        }
    }
}
