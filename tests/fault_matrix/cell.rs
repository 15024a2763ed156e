//! One cell: a run of one command with one fault, and what it said.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::command::Command;
use crate::home::{Home, Run};
use crate::row::{Fault, Row};
use crate::scene::Scene;
use crate::support::fault_module;
use crate::support::softhsm::PIN;

/// How long a run may take whose module hangs: a second for the call, two for the farewell, and what a busy
/// machine adds.
const IMPATIENT: Duration = Duration::from_secs(25);
/// How long any other run may take.
const PATIENT: Duration = Duration::from_secs(120);

/// A run and its home.
pub(crate) struct Ran {
    pub(crate) home: Home,
    pub(crate) run: Run,
    /// Whether the fault was committed.
    pub(crate) committed: bool,
    /// Whether it had to be ended.
    pub(crate) overran: bool,
    /// The calls of `C_Sign`.
    pub(crate) signatures: usize,
}

/// Where the modules lie.
pub(crate) struct Modules<'a> {
    /// The fault module. Each thread has one of its own, since workers lock it.
    pub(crate) own: &'a Path,
    /// The directory of files that are put in the place of a module; an absolute name is that file.
    pub(crate) others: &'a Path,
}

/// Runs a command on a copy of the scene. `at` is the number of the cell: the PIN comes from a file, the environment or a descriptor, in turn.
#[expect(clippy::disallowed_methods, reason = "a run that does not end has to be ended")]
pub(crate) fn run(scene: &Scene, row: &Row, command: Command, modules: &Modules<'_>, at: usize) -> Ran {
    let home = scene.copy(row.hangs());
    let (module, faults) = match &row.fault {
        Fault::Committed(faults) => (modules.own.to_owned(), faults.as_str()),
        Fault::Module(name) => (modules.others.join(name), ""),
    };
    let mut program = home.command(env!("CARGO_BIN_EXE_keyrite"), faults);
    program.args(["--home", "ca", "--yes", "--log", "trace", "--module"]).arg(module).env("TMPDIR", "out");
    program.stdin(Stdio::null());
    match at % 3 {
        0 => {
            program.args(["--pin-source", &home.token().pin_source()]);
        }
        1 => {
            program.env("KEYRITE_TEST_PIN", PIN).args(["--pin-source", "env:KEYRITE_TEST_PIN"]);
        }
        _ => {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(PIN.as_bytes()).unwrap();
            let again = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
            program.stdin(again).args(["--pin-source", "fd:0"]);
        }
    }
    let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    program.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
    program.args(command.arguments(&home, scene.algorithm));
    let mut child = program.spawn().unwrap();
    let until = Instant::now() + if row.hangs() { IMPATIENT } else { PATIENT };
    let mut overran = false;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            overran = true;
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let run =
        Run { code: status.code(), signal: status.signal(), stdout: text(stdout), stderr: text(stderr) };
    let committed = match &row.fault {
        Fault::Committed(faults) => faults.is_empty() || !fault_module::committed(home.token()).is_empty(),
        Fault::Module(_) => true,
    };
    let signatures = fault_module::calls(home.token(), "C_Sign");
    Ran { home, run, committed, overran, signatures }
}

fn text(mut file: File) -> String {
    let mut octets = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut octets).unwrap();
    String::from_utf8_lossy(&octets).into_owned()
}

impl Ran {
    /// The lines of the error, without what was logged before it; of a batch, those of its requests.
    pub(crate) fn error(&self) -> &str {
        let stderr = self.run.stderr.as_str();
        let own = if stderr.starts_with("error: ") { Some(0) } else { stderr.find("\nerror: ") };
        let listed = || self.run.stdout.find("error: ").and_then(|at| self.run.stdout.get(at..));
        own.and_then(|at| stderr.get(at..)).or_else(listed).unwrap_or_default()
    }
}
