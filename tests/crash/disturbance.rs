//! What befalls a run: it is killed, a call fails once or from then on, a write comes short.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use crate::home::{Home, Run, program};
use crate::points::{self, FILES, Point};

/// After this a run is held to hang.
const LIMIT: Duration = Duration::from_secs(120);

/// The calls that the preloaded library looks after, where a disturbance lasts.
const PRELOADED: &[&str] = &["open", "openat", "openat2", "creat", "write", "pwrite64", "writev", "pwritev"];

/// A disturbance, at a point of the run.
#[derive(Clone, Debug)]
pub(crate) struct Disturbance {
    pub(crate) point: Point,
    pub(crate) how: How,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The process is killed before the call.
    Kill,
    /// The call fails, and nothing else does.
    Once(Errno),
    /// The call fails, and from then on every call that changes a file or makes one durable.
    Always(Errno),
    /// The write writes half of what it was given.
    Short,
    /// The same, and from then on no write to a file comes through.
    ShortThenFull,
}

/// Errors as disks and file systems give them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errno {
    Io,
    NoSpace,
    Quota,
    ReadOnly,
    NoLock,
}

impl Errno {
    fn name(self) -> &'static str {
        match self {
            Self::Io => "EIO",
            Self::NoSpace => "ENOSPC",
            Self::Quota => "EDQUOT",
            Self::ReadOnly => "EROFS",
            Self::NoLock => "ENOLCK",
        }
    }

    fn number(self) -> i32 {
        match self {
            Self::Io => libc::EIO,
            Self::NoSpace => libc::ENOSPC,
            Self::Quota => libc::EDQUOT,
            Self::ReadOnly => libc::EROFS,
            Self::NoLock => libc::ENOLCK,
        }
    }
}

/// A run under strace.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) run: Run,
    /// The calls of the main process.
    pub(crate) trace: Vec<String>,
    /// Whether it had to be ended.
    pub(crate) hung: bool,
}

impl Traced {
    /// Whether the disturbance was met.
    pub(crate) fn was_met(&self, disturbance: &Disturbance) -> bool {
        match (&disturbance.point, disturbance.how) {
            (Point::Worker { .. }, _) => self.run.code != Some(0),
            (Point::Main { .. }, How::Kill) => self.run.signal == Some(9),
            // A write that comes short leaves no mark that strace would set.
            (Point::Main { .. }, How::Short | How::ShortThenFull) => true,
            (Point::Main { .. }, How::Once(_) | How::Always(_)) => {
                self.trace.iter().any(|line| line.contains("(INJECTED)")) || self.run.code != Some(0)
            }
        }
    }
}

impl Disturbance {
    /// Runs the program, which meets it.
    pub(crate) fn run(&self, home: &Home, arguments: &[&str]) -> Traced {
        let (call, nth, earlier) = match &self.point {
            Point::Main { call, nth, earlier, .. } => (call, nth, earlier),
            Point::Worker { function, nth, late } => {
                let kind = if *late { "late" } else { "kill" };
                let run = home.keyrite(arguments, &format!("{function}:{kind}@{nth}"));
                return Traced { run, trace: Vec::new(), hung: false };
            }
        };
        let once = |what: &str| vec![format!("inject={call}:{what}:when={nth}")];
        let calls = points::calls();
        match self.how {
            How::Kill => traced(home, arguments, call, &once("signal=KILL"), &[]),
            How::Once(errno) => {
                traced(home, arguments, &calls, &once(&format!("error={}", errno.name())), &[])
            }
            How::Always(errno) => {
                // Of an opening only the preloaded library knows whether it makes a file, and of a write whether it
                // is to one.
                let by_name = FILES.iter().map(|name| name.trim_start_matches('?'));
                let injections: Vec<String> = by_name
                    .filter(|name| !PRELOADED.contains(name) && *name != "fcntl")
                    .map(|name| {
                        let first = earlier.calls.get(name).copied().unwrap_or_default() + 1;
                        format!("inject=?{name}:error={}:when={first}+", errno.name())
                    })
                    .collect();
                let preloaded = [
                    ("FULL_WRITE", (earlier.writes + 1).to_string()),
                    ("FULL_CREATE", (earlier.creations + 1).to_string()),
                    ("FULL_ERROR", errno.number().to_string()),
                ];
                traced(home, arguments, &calls, &injections, &preloaded)
            }
            How::Short => {
                traced(home, arguments, &calls, &[], &[("SHORT_WRITE", (earlier.writes + 1).to_string())])
            }
            How::ShortThenFull => {
                let preloaded = [
                    ("SHORT_WRITE", (earlier.writes + 1).to_string()),
                    ("FULL_WRITE", (earlier.writes + 2).to_string()),
                ];
                traced(home, arguments, &calls, &[], &preloaded)
            }
        }
    }
}

/// Runs the main process under strace, which follows neither the worker nor any thread.
pub(crate) fn traced(
    home: &Home,
    arguments: &[&str],
    calls: &str,
    injections: &[String],
    preloaded: &[(&str, String)],
) -> Traced {
    let mut command = home.command("strace", "");
    command.args(["-q", "-y", "-o", "trace", "-e", &format!("trace={calls}")]);
    for injection in injections {
        command.args(["-e", injection]);
    }
    if !preloaded.is_empty() {
        command.args(["-E", &format!("LD_PRELOAD={}", preload().display())]);
        for (name, value) in preloaded {
            command.args(["-E", &format!("{name}={value}")]);
        }
    }
    let (run, hung) = in_time(command.arg(program()).args(home.arguments(arguments)));
    let text = std::fs::read(home.path("trace")).unwrap_or_default();
    drop(std::fs::remove_file(home.path("trace")));
    let trace = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
    Traced { run, trace, hung }
}

/// Runs a command to its end, or to the limit; whether it had to be ended. What strace has started dies with it.
fn in_time(command: &mut Command) -> (Run, bool) {
    use std::os::unix::process::CommandExt as _;
    use std::process::Stdio;
    command.process_group(0);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("strace, which these tests need");
    let process = rustix::process::Pid::from_child(&child);
    let (ended, watched) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let over = watched.recv_timeout(LIMIT).is_err();
        if over {
            rustix::process::kill_process_group(process, rustix::process::Signal::KILL).ok();
        }
        over
    });
    let output = child.wait_with_output().unwrap();
    ended.send(()).ok();
    (Run::of(&output), watch.join().unwrap())
}

/// The library of `tests/support/short_write.c`. Built with the C compiler that Rust's linker needs as well.
fn preload() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/short_write.c");
        let building = directory.join(format!("short_write-{}.so", std::process::id()));
        let built = directory.join("short_write.so");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o"]).args([&building, &source]);
        assert!(compile.status().unwrap().success());
        std::fs::rename(&building, &built).unwrap();
        built
    })
}
