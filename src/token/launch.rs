//! How the worker process is started: which program, environment and time-outs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::confinement::Enclosure;

/// How to start the worker process.
#[derive(Clone, Debug)]
pub struct Launch {
    pub(super) program: PathBuf,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) removed: Vec<OsString>,
    pub(super) timeouts: Timeouts,
    pub(super) module_output: bool,
    home: Option<PathBuf>,
    granted: Vec<PathBuf>,
    open: Option<String>,
    beside: Option<String>,
}

impl Default for Launch {
    /// This program itself, with its environment.
    fn default() -> Self {
        Self {
            program: PathBuf::from("/proc/self/exe"),
            environment: Vec::new(),
            removed: Vec::new(),
            timeouts: Timeouts::default(),
            module_output: false,
            home: None,
            granted: Vec::new(),
            open: None,
            beside: None,
        }
    }
}

impl Launch {
    /// Starts another program, which must be this one: it is called with `token-worker`.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    /// Sets a variable in the worker's environment, such as the one for a module's configuration.
    #[must_use]
    pub fn environment(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Keeps a variable from the worker: one that holds a PIN.
    #[must_use]
    pub fn without_environment(mut self, name: impl AsRef<OsStr>) -> Self {
        self.removed.push(name.as_ref().to_owned());
        self
    }

    /// Keeps the home of the CAs from the module, which no module has any business in: an absolute path without
    /// symbolic links. What lies elsewhere stays within reach, since nobody knows what a module needs.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Leaves the home in the module's reach, and says why: the module makes files in the home itself.
    #[must_use]
    pub fn home_in_reach(mut self, reason: impl Into<String>) -> Self {
        self.open = Some(reason.into());
        self
    }

    /// Says why the module may have to make files right beside the home, or in a directory above it: then the
    /// home can be hidden, but not forbidden.
    #[must_use]
    pub fn files_beside_home(mut self, reason: impl Into<String>) -> Self {
        self.beside = Some(reason.into());
        self
    }

    /// Lets the module use a file, or a directory and all that is in it, inside the home; relative to the home.
    #[must_use]
    pub fn granted(mut self, place: impl Into<PathBuf>) -> Self {
        self.granted.push(place.into());
        self
    }

    /// What the worker is told to keep from its module.
    pub(super) fn enclosure(&self) -> Enclosure {
        use std::os::unix::ffi::OsStrExt as _;
        let octets = |path: &Path| path.as_os_str().as_bytes().to_vec();
        let granted = self.granted.iter().map(|place| octets(place)).collect();
        let (open, beside) = (self.open.clone(), self.beside.clone());
        Enclosure { home: self.home.as_deref().map(octets), granted, open, beside }
    }

    /// How long calls may take.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Lets what the module writes to standard error through, to look for a fault. It is foreign text.
    #[must_use]
    pub const fn module_output(mut self, shown: bool) -> Self {
        self.module_output = shown;
        self
    }
}

/// The time that a module has for a call before its process is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For one signature.
    pub signature: Duration,
    /// For the generation of a key pair.
    pub generation: Duration,
    /// For a login in which a person types the PIN on the token's own keyboard.
    pub pin_pad: Duration,
    /// For everything else.
    pub other: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            signature: Duration::from_secs(60),
            generation: Duration::from_secs(300),
            pin_pad: Duration::from_secs(120),
            other: Duration::from_secs(30),
        }
    }
}
