//! What every command is given.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use crate::args::GlobalArgs;
use crate::configuration::Settings;
use crate::failure::Failure;
use crate::home;
use crate::session::Ahead;
use crate::terminal::Terminal;

/// The global flags and the person at the terminal.
#[derive(Debug)]
pub(crate) struct Context {
    global: GlobalArgs,
    terminal: Terminal,
    settings: OnceLock<Arc<Settings>>,
    ahead: Mutex<Option<Ahead>>,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs) -> Self {
        Self { terminal: Terminal::of_process(), global, settings: OnceLock::new(), ahead: Mutex::new(None) }
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
