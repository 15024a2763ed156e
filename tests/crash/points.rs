//! Where a run can be killed: counted in a run that is left alone, then named so that another one dies there.

use crate::home::{Home, Run, finish};

/// The calls of the main process that change a file, make one durable, name one, or talk to the worker. The
/// requests to the worker are the boundaries of the token's functions: between `sendto` and `recvfrom` the
/// token signs.
const CALLS: &str = "write,pwrite64,writev,pwritev,fsync,fdatasync,?rename,renameat,renameat2,?link,linkat,\
                     ?unlink,unlinkat,ftruncate,fallocate,?open,openat,?mkdir,mkdirat,sendto,sendmsg,recvfrom,\
                     recvmsg,?chmod,fchmod";

/// One boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The main process is killed before its Nth call of this name, which is after all that came earlier.
    Main { call: String, nth: usize, line: String },
    /// The worker is killed in its Nth call of a token's function: before the token acts, or after it has.
    Worker { function: String, nth: usize, late: bool },
}

impl Point {
    /// Boundaries that are never left out: those after which something is durable, public, or signed.
    pub(crate) fn weighs(&self) -> bool {
        match self {
            Self::Main { call, .. } => {
                let grave =
                    ["write", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat"];
                grave.contains(&call.as_str())
            }
            Self::Worker { function, .. } => function == "C_Sign",
        }
    }

    /// Runs the program, which dies here.
    pub(crate) fn run(&self, home: &Home, arguments: &[&str]) -> Run {
        match self {
            Self::Main { call, nth, .. } => {
                traced(home, arguments, call, &format!("inject={call}:signal=KILL:when={nth}"))
            }
            Self::Worker { function, nth, late } => {
                let kind = if *late { "late" } else { "kill" };
                home.keyrite(arguments, &format!("{function}:{kind}@{nth}"))
            }
        }
    }
}

/// Runs the main process under strace, which follows neither the worker nor any thread.
fn traced(home: &Home, arguments: &[&str], calls: &str, option: &str) -> Run {
    let mut command = home.command("strace", "");
    command.args(["-q", "-o", "trace", "-e", &format!("trace={calls}"), "-e", option]);
    finish(command.arg(env!("CARGO_BIN_EXE_keyrite")).args(home.arguments(arguments)))
}

/// What the main process did, call by call, in a run that is left alone.
pub(crate) fn trace(home: &Home, arguments: &[&str]) -> Vec<String> {
    let run = traced(home, arguments, CALLS, "signal=none");
    assert_eq!(run.code, Some(0), "strace must be installed and allowed to trace: {run:#?}");
    let text = std::fs::read_to_string(home.path("trace")).unwrap();
    std::fs::remove_file(home.path("trace")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Every boundary of a run in the main process.
pub(crate) fn of_main(lines: &[String]) -> Vec<Point> {
    let mut counts = std::collections::BTreeMap::new();
    let mut points = Vec::new();
    for line in lines {
        let Some((call, _)) = line.split_once('(') else { continue };
        let nth: &mut usize = counts.entry(call).or_default();
        *nth += 1;
        // An existing file that is opened changes nothing.
        if !call.starts_with("open") || line.contains("O_CREAT") {
            points.push(Point::Main { call: call.to_owned(), nth: *nth, line: line.clone() });
        }
    }
    points
}

/// Every boundary of a run in the worker: before and after each function of the token.
pub(crate) fn of_worker(functions: &[String]) -> Vec<Point> {
    let mut counts = std::collections::BTreeMap::new();
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
