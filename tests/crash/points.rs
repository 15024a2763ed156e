//! Where a run can be disturbed: counted in a run that is left alone, then named so that another one meets it there.

use std::collections::BTreeMap;

use crate::disturbance::traced;
use crate::home::Home;

/// Every call of Linux by which a program changes a file, a directory or a lock, or makes one durable. Names that not
/// every machine knows begin with a question mark.
///
/// The index of the write-ahead log is memory that processes share: what is written there is no call, and nothing
/// that must last.
pub(crate) const FILES: &[&str] = &[
    "?open",
    "openat",
    "?openat2",
    "?creat",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "copy_file_range",
    "sendfile",
    "splice",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "syncfs",
    "sync",
    "msync",
    "?rename",
    "renameat",
    "renameat2",
    "?link",
    "linkat",
    "?symlink",
    "symlinkat",
    "?unlink",
    "unlinkat",
    "?mkdir",
    "mkdirat",
    "?rmdir",
    "?mknod",
    "mknodat",
    "truncate",
    "ftruncate",
    "fallocate",
    "?chmod",
    "fchmod",
    "fchmodat",
    "?chown",
    "?lchown",
    "fchown",
    "fchownat",
    "?utime",
    "?utimes",
    "?futimesat",
    "utimensat",
    "setxattr",
    "fsetxattr",
    "fcntl",
    "flock",
];

/// The requests to the worker are the boundaries of the token's functions: between `sendto` and `recvfrom` the token
/// signs.
const TALK: &[&str] = &["sendto", "sendmsg", "recvfrom", "recvmsg"];

/// What strace is to follow. Threads are looked for, since it would not follow them.
pub(crate) fn calls() -> String {
    FILES.iter().chain(TALK).chain(&["clone", "?clone3"]).copied().collect::<Vec<_>>().join(",")
}

/// One boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before the Nth call of this name in the main process, which is after all that came earlier.
    Main { call: String, nth: usize, line: String, earlier: Earlier },
    /// In the worker's Nth call of a token's function: before the token acts, or after it has.
    Worker { function: String, nth: usize, late: bool },
}

/// How often each call was made before a point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// By name, whatever it was about.
    pub(crate) calls: BTreeMap<String, usize>,
    /// Writes to regular files.
    pub(crate) writes: usize,
    /// Openings that made or emptied a file.
    pub(crate) creations: usize,
}

impl Point {
    /// Boundaries that are never left out when the program is killed: those after which something is durable,
    /// public, or signed.
    pub(crate) fn weighs(&self) -> bool {
        match self {
            Self::Main { call, .. } => {
                let grave = ["write", "fsync", "fdatasync", "syncfs", "rename", "link", "unlink"];
                grave.iter().any(|word| call.starts_with(word))
            }
            Self::Worker { function, .. } => function == "C_Sign",
        }
    }

    /// Whether the call is about files: those can fail.
    pub(crate) fn is_of_a_file(&self) -> bool {
        matches!(self, Self::Main { call, .. } if !TALK.contains(&call.as_str()))
    }
}

/// What the main process did, call by call, in a run that is left alone.
pub(crate) fn trace(home: &Home, arguments: &[&str]) -> Vec<String> {
    let run = traced(home, arguments, &calls(), &[], &[]);
    assert_eq!(run.run.code, Some(0), "strace must be installed and allowed to trace: {run:#?}");
    let thread = run.trace.iter().find(|line| line.starts_with("clone") && line.contains("CLONE_THREAD"));
    assert_eq!(thread, None, "a thread's calls are not seen here");
    run.trace
}

/// Every boundary of a run in the main process.
pub(crate) fn of_main(lines: &[String]) -> Vec<Point> {
    let mut earlier = Earlier::default();
    let mut points = Vec::new();
    for line in lines {
        let Some((call, rest)) = line.split_once('(') else { continue };
        if is_boundary(call, line) {
            let nth = earlier.calls.get(call).copied().unwrap_or_default() + 1;
            points.push(Point::Main {
                call: call.to_owned(),
                nth,
                line: line.clone(),
                earlier: earlier.clone(),
            });
        }
        *earlier.calls.entry(call.to_owned()).or_default() += 1;
        earlier.writes += usize::from(writes_a_file(call, rest));
        earlier.creations += usize::from(call.starts_with("open") && makes(line));
    }
    points
}

/// An existing file that is opened changes nothing, nor does a descriptor's flag; a process that is made is no file.
fn is_boundary(call: &str, line: &str) -> bool {
    match call {
        "open" | "openat" | "openat2" => makes(line),
        "fcntl" => line.contains("_SETLK"),
        _ => !call.starts_with("clone"),
    }
}

fn makes(line: &str) -> bool {
    ["O_CREAT", "O_TRUNC", "O_TMPFILE"].iter().any(|flag| line.contains(flag))
}

/// Whether it writes to a regular file: strace tells the path of each descriptor, or what it is otherwise.
pub(crate) fn writes_a_file(call: &str, rest: &str) -> bool {
    let named =
        rest.split_once('<').is_some_and(|(_, path)| path.starts_with('/') && !path.starts_with("/dev/pts"));
    ["write", "pwrite64", "writev", "pwritev"].contains(&call) && named
}

/// Every boundary of a run in the worker: before and after each function of the token.
pub(crate) fn of_worker(functions: &[String]) -> Vec<Point> {
    let mut counts = BTreeMap::new();
    let mut points = Vec::new();
    for function in functions {
        let nth: &mut usize = counts.entry(function).or_default();
        *nth += 1;
        for late in [false, true] {
            points.push(Point::Worker { function: function.clone(), nth: *nth, late });
        }
    }
    points
}
