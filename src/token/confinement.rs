//! What a worker is to keep from its module, and what of it is in force.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the module must not reach: the home of the CAs, but for places in it that are the module's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Enclosure {
    /// The home, absolute and without symbolic links, in octets.
    pub(super) home: Option<Vec<u8>>,
    /// Files and directories in it, relative to it, that the module may use.
    pub(super) granted: Vec<Vec<u8>>,
    /// Why a home that there is cannot be kept from the module.
    pub(super) open: Option<String>,
    /// Why the module may have to make files beside the home, if it may.
    pub(super) beside: Option<String>,
}

/// Whether a module can reach the files of the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HomeReach {
    /// The worker was started without a home.
    NoHome,
    /// The kernel keeps the module out, but for the places that were granted: these, as far as they are there.
    Closed {
        /// Relative to the home.
        granted: Vec<PathBuf>,
    },
    /// The module can do with the home what the user can, since the kernel does not keep it out.
    Open {
        /// Why.
        reason: String,
    },
}

/// What the operating system keeps a worker's module from, as the worker told before it loaded the module.
/// Each is a second line of defence: a worker on a kernel that lacks one is still of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Whether the home is out of reach.
    pub home: HomeReach,
    /// The version of Landlock's interface in force, at least 1; none where the kernel has no Landlock.
    pub landlock: Option<u8>,
    /// Whether the terminals that the operator reads and types on cannot be opened.
    pub terminals: bool,
    /// Whether signals reach the worker's own processes alone. Where Landlock is older than 6, the system
    /// call filter still spares the program itself.
    pub signals: bool,
    /// Whether system calls that no module needs are refused.
    pub system_calls: bool,
    /// Whether no process of the worker can gain privileges from a program that it runs.
    pub no_new_privileges: bool,
    /// Whether nobody but root can look into the worker, and its crash leaves no core dump.
    pub not_dumpable: bool,
}

impl Default for Confinement {
    /// Nothing is in force.
    fn default() -> Self {
        Self {
            home: HomeReach::Open { reason: "the worker has not said".to_owned() },
            landlock: None,
            terminals: false,
            signals: false,
            system_calls: false,
            no_new_privileges: false,
            not_dumpable: false,
        }
    }
}

impl Confinement {
    /// What is not in force, as one phrase each; empty on a kernel with everything.
    #[must_use]
    pub fn shortfalls(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let HomeReach::Open { reason } = &self.home {
            found.push(format!("the module can reach the home: {reason}"));
        }
        for (in_force, what) in [
            (self.terminals, "the module can open terminals"),
            (self.signals, "the module can signal other processes of the user"),
            (self.system_calls, "system calls that no module needs are not refused"),
            (self.no_new_privileges, "the module can gain privileges from programs that it runs"),
            (self.not_dumpable, "the worker may leave a core dump"),
        ] {
            if !in_force {
                found.push(what.to_owned());
            }
        }
        found
    }
}

impl fmt::Display for Confinement {
    /// One line, such as `complete (Landlock 7)` or `incomplete: ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shortfalls = self.shortfalls();
        if shortfalls.is_empty() {
            f.write_str("complete")?;
        } else {
            write!(f, "incomplete: {}", shortfalls.join("; "))?;
        }
        match self.landlock {
            Some(version) => write!(f, " (Landlock {version})"),
            None => f.write_str(" (no Landlock)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Confinement {
        Confinement {
            home: HomeReach::Closed { granted: Vec::new() },
            landlock: Some(7),
            terminals: true,
            signals: true,
            system_calls: true,
            no_new_privileges: true,
            not_dumpable: true,
        }
    }

    #[test]
    fn what_is_not_in_force_is_told() {
        assert_eq!(complete().to_string(), "complete (Landlock 7)");
        assert_eq!(Confinement { home: HomeReach::NoHome, ..complete() }.shortfalls(), [""; 0]);
        let home = HomeReach::Open { reason: "the kernel has no Landlock".to_owned() };
        let bare = Confinement { home, landlock: None, terminals: false, signals: false, ..complete() };
        assert_eq!(
            bare.to_string(),
            "incomplete: the module can reach the home: the kernel has no Landlock; the module can open \
             terminals; the module can signal other processes of the user (no Landlock)"
        );
    }
}
