//! What a command costs: wall time, processor time and peak memory of it and of every process that it waits for.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The first argument by which this program runs a command and says what it cost.
///
/// A process counts the memory of the one from which it was started, so that it is started from one that has none to
/// speak of.
pub(crate) const MEASURED: &str = "measured";

/// What a run cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Of the process that had most.
    pub(crate) peak_kib: u64,
}

/// Runs a command, which has to succeed.
pub(crate) fn measured(command: &Command) -> Cost {
    let mut outer = Command::new(std::env::current_exe().expect("this program"));
    outer.arg(MEASURED).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        outer.current_dir(directory);
    }
    let output = outer.stdin(Stdio::null()).output().expect("this program starts");
    let told = String::from_utf8_lossy(&output.stdout);
    let mut numbers = told.split_whitespace().map(|number| number.parse::<u64>().expect("a number"));
    let mut next = || numbers.next().unwrap_or_else(|| panic!("{:?}: {output:?}", command.get_program()));
    let (wall, cpu, peak_kib, status) = (next(), next(), next(), next());
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(status, 0, "{:?} {:?}: {complaints}", command.get_program(), command.get_args().next());
    Cost { wall: Duration::from_nanos(wall), cpu: Duration::from_micros(cpu), peak_kib }
}

/// The other side of [`measured`].
pub(crate) fn measure(arguments: &[OsString]) {
    let (program, arguments) = arguments.split_first().expect("a program");
    let start = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    let wall = start.elapsed().as_nanos();
    let (cpu, peak) = of_children();
    println!("{wall} {cpu} {peak} {}", u8::from(!status.success()));
}

/// Microseconds of processor time and KiB of the children that were waited for, and of theirs.
#[expect(unsafe_code, reason = "the operating system tells it in no other way so exactly")]
fn of_children() -> (i64, i64) {
    // SAFETY: a structure of numbers, for which zeros are values.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives through the call.
    let result = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) };
    assert_eq!(result, 0, "getrusage");
    let micros = |time: libc::timeval| time.tv_sec * 1_000_000 + time.tv_usec;
    (micros(usage.ru_utime) + micros(usage.ru_stime), usage.ru_maxrss)
}

/// Whether a program is there to be run.
pub(crate) fn is_there(program: impl AsRef<OsStr>) -> bool {
    let name = PathBuf::from(program.as_ref());
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(&name).is_file()))
}
