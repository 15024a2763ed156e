//! What the process gives up before it loads foreign code.

mod landlock;
mod limits;
mod namespace;
mod reach;
mod seccomp;

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::process::Signal;

use self::namespace::User;
use super::calling::IDLE;
use super::raw;
use crate::token::confinement::{Confinement, Enclosure, HomeReach};

/// How long a module may take to close down when the program has gone.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(3);

/// Takes the socket from standard input, leaves `/dev/null` there, and closes what was inherited.
pub(super) fn take_connection() -> Option<UnixStream> {
    let stat = rustix::fs::fstat(rustix::stdio::stdin()).ok()?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Socket {
        return None;
    }
    raw::close_inherited();
    let stream = UnixStream::from(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).ok()?);
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).ok()?;
    rustix::stdio::dup2_stdin(&null).ok()?;
    Some(stream)
}

/// Confines this process for good, and every process that the module may start. Gives what is in force.
///
/// To be called while there is one thread.
pub(super) fn confine(enclosure: &Enclosure) -> Confinement {
    let parent = rustix::process::getppid().map_or(1, |parent| parent.as_raw_nonzero().get().unsigned_abs());
    // A session of its own has no terminal that could be typed into, and no key on one ends the module in the
    // middle of a call: the program does, in order.
    let _ = rustix::process::setsid();
    let hidden = hide(enclosure);
    let files = landlock::confine(enclosure, !matches!(hidden, Hidden::Not));
    let limits = limits::set();
    let system_calls = seccomp::refuse(parent, files.truncation_open);
    let _ = rustix::thread::set_name(IDLE);
    Confinement {
        home: match hidden {
            Hidden::Home { granted } => HomeReach::Closed { granted },
            Hidden::Neither { reason } => HomeReach::Open { reason },
            Hidden::Not => files.home,
        },
        landlock: files.version,
        terminals: files.terminals,
        signals: files.signals,
        system_calls,
        no_new_privileges: limits.no_new_privileges,
        not_dumpable: limits.not_dumpable,
    }
}

/// Whether the home is out of sight.
enum Hidden {
    /// It is, but for these places.
    Home { granted: Vec<PathBuf> },
    /// It is not, and Landlock would forbid the module files of its own.
    Neither { reason: String },
    /// It is not, so it is for Landlock.
    Not,
}

/// Hides the home as root can. As anybody else it takes a user namespace, in which some modules miss the groups
/// that they look for; so that is done only if Landlock would be worse.
fn hide(enclosure: &Enclosure) -> Hidden {
    if let Ok(Some(granted)) = namespace::hide(enclosure, User::Same) {
        return Hidden::Home { granted };
    }
    let Some(reason) = enclosure.beside.clone() else { return Hidden::Not };
    match namespace::hide(enclosure, User::Alone) {
        Ok(Some(granted)) => Hidden::Home { granted },
        Ok(None) | Err(_) => Hidden::Neither { reason },
    }
}

/// Ends this process when the program does, even while the module hangs.
///
/// Not `PR_SET_PDEATHSIG`, which ends it already with the thread that started it.
pub(super) fn end_with_parent(stream: &UnixStream) {
    let Ok(watched) = stream.try_clone() else { return };
    let watch = move || {
        loop {
            let mut descriptors = [PollFd::from_borrowed_fd(watched.as_fd(), PollFlags::RDHUP)];
            match rustix::event::poll(&mut descriptors, None) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
        std::thread::sleep(FAREWELL);
        // Still here: the main thread is stuck in the module.
        let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
    };
    // Without the thread the worker still ends at the end of the connection, unless it hangs.
    drop(std::thread::Builder::new().name("watch".to_owned()).spawn(watch));
}
