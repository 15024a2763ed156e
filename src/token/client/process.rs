//! The worker process: started, looked at from outside, ended.

use std::ffi::{CStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use zeroize::Zeroizing;

use crate::token::error::Error;
use crate::token::launch::Launch;
use crate::token::worker::FUNCTIONS;

/// How the names of the program's own variables begin.
const OWN_VARIABLES: &[u8] = b"KEYRITE_";
/// How long a process may take to end after its connection has, in steps of [`STEP`].
const STEPS: u32 = 100;
const STEP: Duration = Duration::from_millis(10);

pub(super) struct Process {
    child: Child,
    /// Whether its status has been read, after which its id may become another's.
    over: bool,
}

impl Process {
    pub(super) fn start(launch: &Launch, stream: UnixStream) -> Result<Self, Error> {
        let mut command = Command::new(&launch.program);
        command
            .arg0("keyrite")
            .arg("token-worker")
            .current_dir("/")
            .env_clear()
            .envs(inherited(&launch.removed))
            .stdin(OwnedFd::from(stream))
            .stdout(Stdio::null())
            .stderr(if launch.module_output { Stdio::inherit() } else { Stdio::null() });
        for (name, value) in &launch.environment {
            command.env(name, value);
        }
        for name in &launch.removed {
            command.env_remove(name);
        }
        let child =
            command.spawn().map_err(|source| Error::Start { program: launch.program.clone(), source })?;
        Ok(Self { child, over: false })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The C_ function that the process is in, or was in when it ended.
    pub(super) fn function(&self) -> Option<String> {
        let name = std::fs::read(format!("/proc/{}/comm", self.child.id())).ok()?;
        let name = name.strip_suffix(b"\n").unwrap_or(&name);
        let within = |function: &&&CStr| {
            let full = function.to_bytes();
            // The kernel keeps 15 octets of a name.
            full.get(..15).unwrap_or(full) == name
        };
        let function = FUNCTIONS.iter().find(within)?.to_str().ok()?;
        Some(if function == "dlopen" { function.to_owned() } else { format!("C_{function}") })
    }

    /// A descriptor that becomes readable when the process ends, whoever may still hold its connection open.
    pub(super) fn end(&self) -> Option<OwnedFd> {
        rustix::process::pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty()).ok()
    }

    /// Waits a moment for the end of a process whose connection has ended, else kills it.
    pub(super) fn how_it_ended(&mut self) -> String {
        for _ in 0..STEPS {
            if self.has_ended() {
                return match self.finish() {
                    Ok(status) => described(status),
                    Err(error) => error.to_string(),
                };
            }
            std::thread::sleep(STEP);
        }
        self.kill();
        "it closed the connection and did not end".to_owned()
    }

    /// Whether it has ended, its status still to be read.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(rustix::process::waitid(WaitId::Pid(Pid::from_child(&self.child)), options), Ok(None))
    }

    /// Reads its status, and ends what the module has started beside it: the worker leads a group of its own.
    fn finish(&mut self) -> std::io::Result<ExitStatus> {
        if !self.over {
            // None is left where the module started nothing.
            let _ = rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            self.over = true;
        }
        self.child.wait()
    }

    pub(super) fn kill(&mut self) {
        // Either may find that the process has ended already.
        drop(self.child.kill());
        drop(self.finish());
    }
}

/// The environment of this process without what is none of a module's business: the program's own variables, and
/// those that hold a PIN. Their values are overwritten here, since the standard library copies all of them.
fn inherited(removed: &[OsString]) -> Vec<(OsString, OsString)> {
    let (kept, dropped): (Vec<_>, Vec<_>) = std::env::vars_os().partition(|(name, _)| {
        !name.as_encoded_bytes().starts_with(OWN_VARIABLES) && !removed.contains(name)
    });
    for (_, value) in dropped {
        drop(Zeroizing::new(value.into_vec()));
    }
    kept
}

/// The signals that a module may end by; the same numbers on every machine that keyrite runs on (signal(7)).
const SIGNALS: [(i32, &str); 17] = [
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (5, "SIGTRAP"),
    (6, "SIGABRT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (10, "SIGUSR1"),
    (11, "SIGSEGV"),
    (12, "SIGUSR2"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (24, "SIGXCPU"),
    (31, "SIGSYS"),
];

fn described(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(101), _) => "it panicked".to_owned(),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => match SIGNALS.iter().find(|(number, _)| *number == signal) {
            Some((_, name)) => format!("killed by {name}"),
            None => format!("killed by signal {signal}"),
        },
        (None, None) => "in a way that the operating system does not tell".to_owned(),
    }
}
