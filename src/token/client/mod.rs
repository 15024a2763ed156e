//! The program's end of the connection to the worker: asks, times out, measures, believes nothing.
//!
//! A module never comes into this process. When the worker does not answer in time, ends, or answers
//! nonsense, it is killed, the error names the C_ function that it was in, and every later request is
//! refused without being sent: whoever wants more starts anew.

mod process;
mod window;

use std::io::{self, BufReader, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use self::process::Process;
use self::window::window;
use super::confinement::Confinement;
use super::error::Error;
use super::launch::{Launch, Timeouts};
use super::pin::Pin;
use super::wire::{self, ANSWER_LIMIT, Answer, Failure, Library, REQUEST_LIMIT, Request, WireError};

/// A running worker with one module loaded.
pub(super) struct Client {
    process: Process,
    stream: BufReader<Deadline>,
    timeouts: Timeouts,
    library: Library,
    confinement: Confinement,
    ended: bool,
    /// Whether the worker was told that nothing more will be asked.
    dismissed: bool,
}

impl Client {
    /// Starts a worker and has it load the module.
    pub(super) fn start(launch: &Launch, module: &Path) -> Result<Self, Error> {
        Self::spawn(launch)?.load(module)
    }

    /// Starts a worker, which confines itself and waits: it knows of no module yet.
    pub(super) fn spawn(launch: &Launch) -> Result<Self, Error> {
        let (ours, theirs) =
            UnixStream::pair().map_err(|source| Error::Start { program: launch.program.clone(), source })?;
        let process = Process::start(launch, theirs)?;
        let end = process.end();
        let stream = BufReader::new(Deadline { stream: ours, end, write_timeout: None, until: None });
        let mut client = Self {
            process,
            stream,
            timeouts: launch.timeouts,
            library: Library::default(),
            confinement: Confinement::default(),
            ended: false,
            dismissed: false,
        };
        let hello = Request::Hello { version: wire::VERSION, enclosure: launch.enclosure() };
        client.send(&hello, client.timeouts.other)?;
        Ok(client)
    }

    /// Hears what a worker says that was started, and has it load the module.
    pub(super) fn load(self, module: &Path) -> Result<Self, Error> {
        let mut client = self;
        let greeting = client.receive("start", client.timeouts.other)?;
        client.confinement = match greeting {
            Ok(Answer::Hello { version: wire::VERSION, confinement }) => confinement,
            Ok(_) => return Err(client.mismatch("start")),
            Err(failure) => return Err(Error::from_failure(failure, "start")),
        };
        let path = module.as_os_str().as_bytes().to_vec();
        let loaded = client.call_raw(&Request::Load { path }, None)?;
        match loaded {
            Ok(Answer::Loaded) => {}
            Ok(_) => return Err(client.mismatch("C_Initialize")),
            Err(Failure::Module(fault)) => {
                return Err(Error::ModuleLoad { path: module.to_owned(), fault });
            }
            Err(failure) => return Err(Error::from_failure(failure, "C_Initialize")),
        }
        Ok(client)
    }

    /// Has the module say what it is, which most runs need not know.
    pub(super) fn describe_library(&mut self) -> Result<(), Error> {
        self.library = self.ask(&Request::Library, |answer| {
            if let Answer::Library(library) = answer { Some(library) } else { None }
        })?;
        Ok(())
    }

    /// What the worker's module is kept from; told before the module was loaded.
    pub(super) const fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// What the module says that it is; empty if it was not asked.
    pub(super) const fn library(&self) -> &Library {
        &self.library
    }

    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// One request and its answer, from which `part` takes what belongs to the request.
    pub(super) fn ask<T>(
        &mut self,
        request: &Request,
        part: impl FnOnce(Answer) -> Option<T>,
    ) -> Result<T, Error> {
        self.ask_with_pin(request, None, part)
    }

    /// `C_Login`, with the PIN in a frame of its own behind the request.
    pub(super) fn login(&mut self, pin: Option<&Pin>) -> Result<(), Error> {
        let request = Request::Login { pin_follows: pin.is_some() };
        self.ask_with_pin(&request, pin, |answer| (answer == Answer::LoggedIn).then_some(()))
    }

    /// As [`ask`](Self::ask), with a PIN in a frame of its own behind the request if there is one.
    pub(super) fn ask_with_pin<T>(
        &mut self,
        request: &Request,
        pin: Option<&Pin>,
        part: impl FnOnce(Answer) -> Option<T>,
    ) -> Result<T, Error> {
        match self.call_raw(request, pin)? {
            Ok(answer) => part(answer).ok_or_else(|| self.mismatch(request.name())),
            Err(failure) => Err(Error::from_failure(failure, request.name())),
        }
    }

    fn call_raw(&mut self, request: &Request, pin: Option<&Pin>) -> Result<Result<Answer, Failure>, Error> {
        if self.ended || self.dismissed {
            return Err(Error::NotAttempted);
        }
        let timeout = timeout(&self.timeouts, request);
        self.send(request, timeout)?;
        if let Some(pin) = pin {
            self.send_pin(pin)?;
        }
        self.receive(request.name(), timeout)
    }

    /// Several signatures of so many octets, each with the PIN in a frame of its own behind the request if there is
    /// one: requests are sent ahead of the answers to earlier ones, up to [`window`].
    ///
    /// The first failure ends the batch. What had been sent by then is answered by the worker as not
    /// attempted, or is lost with the worker; the rest is not sent. `accept` gets one result per request.
    pub(super) fn batch(
        &mut self,
        count: usize,
        octets: usize,
        pin: Option<&Pin>,
        mut request: impl FnMut(usize) -> Request,
        mut accept: impl FnMut(Result<Vec<u8>, Error>) -> Answered,
    ) {
        let timeout = self.timeouts.signature;
        let window = window(octets);
        let mut sent: usize = 0;
        // What stopped the sending, if the failure belongs to a request that was not sent whole.
        let mut unsent = None;
        let mut going_on = !self.ended && !self.dismissed;
        for answered in 0..count {
            // Half a window at a time: one message to the worker for many requests.
            let few = sent.saturating_sub(answered) <= window / 2;
            let until = count.min(answered.saturating_add(window));
            if going_on && few && sent < until {
                match self.send_ahead(&mut sent, until, pin, timeout, &mut request) {
                    Ok(()) => {}
                    Err(error) => {
                        going_on = false;
                        unsent = Some((sent, error));
                    }
                }
            }
            let result = match unsent.take() {
                Some((index, error)) if index == answered => Err(error),
                kept => {
                    unsent = kept;
                    if answered >= sent { Err(Error::NotAttempted) } else { self.signature(timeout) }
                }
            };
            going_on &= result.is_ok();
            if accept(result) == Answered::End {
                going_on = false;
                self.end();
            }
        }
    }

    /// Sends requests for signatures, in one piece where no PIN comes between them. `sent` counts those that went out
    /// whole.
    fn send_ahead(
        &mut self,
        sent: &mut usize,
        until: usize,
        pin: Option<&Pin>,
        timeout: Duration,
        request: &mut impl FnMut(usize) -> Request,
    ) -> Result<(), Error> {
        if let Some(pin) = pin {
            while *sent < until {
                self.send(&request(*sent), timeout)?;
                self.send_pin(pin)?;
                *sent = sent.saturating_add(1);
            }
            return Ok(());
        }
        let mut frames = Vec::new();
        let mut framed = *sent;
        let mut unfit = Ok(());
        while framed < until && frames.len() < PIECE {
            match frame(&request(framed)) {
                Ok(frame) => frames.extend(frame),
                Err(error) => {
                    unfit = Err(error);
                    break;
                }
            }
            framed = framed.saturating_add(1);
        }
        if framed > *sent {
            self.write("C_Sign", &frames, timeout)?;
            *sent = framed;
        }
        unfit
    }

    /// The answer to a signature request that was sent before.
    fn signature(&mut self, timeout: Duration) -> Result<Vec<u8>, Error> {
        if self.ended {
            return Err(Error::Unanswered);
        }
        match self.receive("C_Sign", timeout)? {
            Ok(Answer::Signature(signature)) => Ok(signature),
            Ok(_) => Err(self.mismatch("C_Sign")),
            Err(failure) => Err(Error::from_failure(failure, "C_Sign")),
        }
    }

    fn send(&mut self, request: &Request, timeout: Duration) -> Result<(), Error> {
        self.write(request.name(), &frame(request)?, timeout)
    }

    fn send_pin(&mut self, pin: &Pin) -> Result<(), Error> {
        let octets = pin.expose();
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.write("C_Login", &length, self.timeouts.other)?;
        self.write("C_Login", octets, self.timeouts.other)
    }

    fn write(&mut self, request: &'static str, octets: &[u8], timeout: Duration) -> Result<(), Error> {
        match self.stream.get_mut().write(octets, timeout) {
            Ok(()) => Ok(()),
            // The worker has ended. What it answered before can still be read, and then its end.
            Err(error)
                if [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset].contains(&error.kind()) =>
            {
                Ok(())
            }
            Err(error) => Err(self.failed(request, timeout, &error.into())),
        }
    }

    fn receive(
        &mut self,
        request: &'static str,
        timeout: Duration,
    ) -> Result<Result<Answer, Failure>, Error> {
        self.stream.get_mut().begin(timeout);
        match wire::receive(&mut self.stream, ANSWER_LIMIT) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => {
                let ended = io::Error::from(io::ErrorKind::UnexpectedEof);
                Err(self.failed(request, timeout, &ended.into()))
            }
            Err(error) => Err(self.failed(request, timeout, &error)),
        }
    }

    /// Ends the worker and says in which function it was and how it ended.
    fn failed(&mut self, request: &'static str, after: Duration, error: &WireError) -> Error {
        self.ended = true;
        let timed_out = matches!(error, WireError::Io(error)
            if [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut].contains(&error.kind()));
        let within = self.process.function().unwrap_or_else(|| request.to_owned());
        match error {
            WireError::Io(_) if timed_out => {
                self.process.kill();
                Error::TimedOut { request: within, after }
            }
            WireError::Io(_) => Error::WorkerEnded { request: within, how: self.process.how_it_ended() },
            WireError::Length { .. } | WireError::Form => {
                self.process.kill();
                Error::Protocol { request: request.to_owned(), reason: error.to_string() }
            }
        }
    }

    /// An answer that does not belong to its request.
    fn mismatch(&mut self, request: &str) -> Error {
        self.end();
        let reason = "the answer belongs to another request or version".to_owned();
        Error::Protocol { request: request.to_owned(), reason }
    }

    /// Whether the worker has ended, so that nothing more can be asked of it.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Tells the worker that nothing more will be asked: it logs out and closes its module while the program goes on.
    /// Every later request is refused.
    pub(super) fn dismiss(&mut self) {
        if !self.ended && !self.dismissed {
            self.dismissed = true;
            // The worker reads the end of the connection.
            drop(self.stream.get_mut().stream.shutdown(std::net::Shutdown::Write));
        }
    }

    /// Ends the worker at once; every later request is refused.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.process.kill();
    }
}

impl Drop for Client {
    /// Lets the worker log out and close its module, for a while.
    fn drop(&mut self) {
        self.dismiss();
        if !self.ended {
            self.stream.get_mut().begin(FAREWELL);
            let mut rest = Vec::new();
            drop(self.stream.by_ref().take(1024).read_to_end(&mut rest));
        }
        self.process.kill();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client(process {}, ended: {})", self.process.id(), self.ended)
    }
}

/// Whether a batch goes on after a signature that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// The next one.
    GoOn,
    /// What arrived is not to be trusted: the worker is ended.
    End,
}

/// From so many octets on nothing more is put into one piece: messages that the token hashes itself may be long.
const PIECE: usize = 32 << 10;

/// A request as octets. One that is too long is not sent, so that the connection is as good as before.
fn frame(request: &Request) -> Result<Vec<u8>, Error> {
    wire::encode(request, REQUEST_LIMIT).map_err(|error| {
        let request = request.name().to_owned();
        Error::Protocol { request, reason: error.to_string() }
    })
}

/// How long a module may take to close down.
const FAREWELL: Duration = Duration::from_secs(2);

const fn timeout(timeouts: &Timeouts, request: &Request) -> Duration {
    match request {
        Request::Sign { .. } => timeouts.signature,
        // Some tokens take as long to erase what they hold.
        Request::Generate { .. } | Request::InitToken { pin_follows: true, .. } => timeouts.generation,
        Request::Login { pin_follows: false }
        | Request::LoginOfficer { pin_follows: false }
        | Request::InitToken { pin_follows: false, .. }
        | Request::InitPin { pin_follows: false } => timeouts.pin_pad,
        Request::Hello { .. }
        | Request::Load { .. }
        | Request::Library
        | Request::Mechanism { .. }
        | Request::Slots { .. }
        | Request::Token { .. }
        | Request::Mechanisms { .. }
        | Request::Open { .. }
        | Request::Beside { .. }
        | Request::Habits
        | Request::Widen { .. }
        | Request::Login { pin_follows: true }
        | Request::LoginOfficer { pin_follows: true }
        | Request::InitPin { pin_follows: true }
        | Request::Logout
        | Request::Objects { .. }
        | Request::Keys { .. }
        | Request::Count { .. }
        | Request::Destroy { .. }
        | Request::Certificates { .. }
        | Request::Signatures
        | Request::Random { .. } => timeouts.other,
    }
}

/// A stream whose reads all end by a deadline, however slowly the octets come, and with the process at its
/// other end, whoever else may hold that end: a child of the module's may.
struct Deadline {
    stream: UnixStream,
    end: Option<OwnedFd>,
    write_timeout: Option<Duration>,
    until: Option<Instant>,
}

impl Deadline {
    /// The next answer has this long.
    fn begin(&mut self, timeout: Duration) {
        self.until = now().checked_add(timeout);
    }

    fn write(&mut self, octets: &[u8], timeout: Duration) -> io::Result<()> {
        if self.write_timeout != Some(timeout) {
            self.stream.set_write_timeout(Some(timeout))?;
            self.write_timeout = Some(timeout);
        }
        self.stream.write_all(octets)
    }
}

impl io::Read for Deadline {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.until.map_or(Duration::MAX, |until| until.saturating_duration_since(now()));
            let left = Timespec::try_from(left).ok();
            let end = self.end.as_ref().map_or_else(|| self.stream.as_fd(), AsFd::as_fd);
            let mut watched =
                [PollFd::new(&self.stream, PollFlags::IN), PollFd::from_borrowed_fd(end, PollFlags::IN)];
            match rustix::event::poll(&mut watched, left.as_ref()) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            // What was written before the end is there with it.
            let written = watched.first().is_some_and(|stream| !stream.revents().is_empty());
            return if written { self.stream.read(buffer) } else { Ok(0) };
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place where calls are timed")]
fn now() -> Instant {
    Instant::now()
}
