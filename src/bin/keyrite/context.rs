//! What every command is given.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use keyrite::token::KeyInfo;

use crate::args::GlobalArgs;
use crate::attendance::Attendance;
use crate::configuration::Settings;
use crate::failure::Failure;
use crate::home;
use crate::safe_text::Page;
use crate::session::Ahead;
use crate::terminal::Terminal;

/// The global flags and the person at the terminal.
#[derive(Debug)]
pub(crate) struct Context {
    global: GlobalArgs,
    terminal: Terminal,
    settings: OnceLock<Arc<Settings>>,
    ahead: Mutex<Option<Ahead>>,
    attendance: Option<Arc<dyn Attendance>>,
    environment: Vec<(OsString, OsString)>,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs) -> Self {
        Self {
            terminal: Terminal::of_process(),
            global,
            settings: OnceLock::new(),
            ahead: Mutex::new(None),
            attendance: None,
            environment: Vec::new(),
        }
    }

    /// The same for a ceremony: others approve than who typed the command, and the configuration has been read.
    pub(crate) fn attended(
        global: GlobalArgs,
        settings: Option<Arc<Settings>>,
        attendance: Arc<dyn Attendance>,
        environment: Vec<(OsString, OsString)>,
    ) -> Self {
        let once = OnceLock::new();
        if let Some(settings) = settings {
            let _first = once.set(settings);
        }
        Self { settings: once, attendance: Some(attendance), environment, ..Self::new(global) }
    }

    /// The same for tokens of its own, whose module finds them by its environment.
    pub(crate) fn with_environment(global: GlobalArgs, environment: Vec<(OsString, OsString)>) -> Self {
        Self { environment, ..Self::new(global) }
    }

    /// The same with another terminal: one that a screen has.
    pub(crate) fn at(self, terminal: Terminal) -> Self {
        Self { terminal, ..self }
    }

    /// What modules find in their environment beside what is there.
    pub(crate) fn environment(&self) -> &[(OsString, OsString)] {
        &self.environment
    }

    /// Shows what will happen and has it approved: by those who attend, else by an exact answer at the terminal.
    /// `digests` are SHA-256 over the octets of each object that will be signed.
    ///
    /// # Errors
    /// A [`Failure`] when it is not approved, or nobody can be asked.
    pub(crate) fn confirm(
        &self,
        shown: &Page,
        question: &str,
        answer: &str,
        digests: &[[u8; 32]],
    ) -> Result<(), Failure> {
        match &self.attendance {
            Some(attendance) => attendance.approve(shown, question, digests),
            None => self.terminal.confirm(self.global.yes, shown, question, answer),
        }
    }

    /// Those who attend, if any do: they keep that a label was unused before a key gets it.
    pub(crate) fn attendance(&self) -> Option<&dyn Attendance> {
        self.attendance.as_deref()
    }

    /// Tells those who attend, if any do, what a token says of a key that was made, or that something is made of.
    ///
    /// # Errors
    /// A [`Failure`] when they cannot keep it.
    pub(crate) fn seen(&self, key: &KeyInfo) -> Result<(), Failure> {
        self.attendance.as_ref().map_or(Ok(()), |attendance| attendance.seen(key))
    }

    /// The home directory of the CAs: `--home`, else `KEYRITE_HOME`, else the current directory.
    ///
    /// # Errors
    /// A [`Failure`] when there is no current directory.
    pub(crate) fn home(&self) -> Result<PathBuf, Failure> {
        home::resolve(self.global.home.as_deref())
    }

    /// The flags that hold for every command.
    pub(crate) fn global(&self) -> &GlobalArgs {
        &self.global
    }

    /// The configuration of the home, once it has been read: a command goes by one from its beginning to its end.
    pub(crate) const fn settings(&self) -> &OnceLock<Arc<Settings>> {
        &self.settings
    }

    /// The worker that was started ahead of being needed.
    pub(crate) const fn ahead(&self) -> &Mutex<Option<Ahead>> {
        &self.ahead
    }

    /// Whom to ask.
    pub(crate) fn terminal(&self) -> &Terminal {
        &self.terminal
    }
}
