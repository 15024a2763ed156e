//! What every command is given.

use std::path::PathBuf;

use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::home;
use crate::terminal::Terminal;

/// The global flags and the person at the terminal.
#[derive(Debug)]
pub(crate) struct Context {
    global: GlobalArgs,
    terminal: Terminal,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs) -> Self {
        Self { terminal: Terminal::of_process(), global }
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

    /// Whom to ask.
    pub(crate) fn terminal(&self) -> &Terminal {
        &self.terminal
    }
}
