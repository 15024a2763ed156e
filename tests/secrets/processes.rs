//! What others on the machine can see of the running processes: their arguments and environments.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::commands::{Source, command};
use crate::home::Home;
use crate::search::assert_absent;
use crate::support::fault_module;
use crate::support::softhsm::PIN;

/// The program at work on a certificate, while the token does not answer.
pub(crate) fn hanging(home: &Home, source: Source, function: &str, arguments: &[&str]) -> (Child, u32) {
    fault_module::forget(home.token());
    let mut command = command(home, source, PIN, &format!("{function}:hang"), arguments);
    let stdin = if let Source::Descriptor = source {
        std::fs::File::open(home.token().pin_file()).unwrap().into()
    } else {
        Stdio::null()
    };
    let child = command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for _ in 0..1_000 {
        if fault_module::calls(home.token(), function) > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let worker = worker_of(child.id());
    (child, worker)
}

/// The one child of a process.
pub(crate) fn worker_of(program: u32) -> u32 {
    let children = format!("/proc/{program}/task/{program}/children");
    std::fs::read_to_string(children).unwrap().trim().parse().unwrap()
}

#[test]
fn no_process_shows_the_pin() {
    let home = Home::template();
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    for (source, function, arguments) in [
        (Source::File, "C_Sign", &issue[..]),
        (Source::Environment, "C_Sign", &issue),
        (Source::Environment, "C_InitToken", &["token", "init", "pkcs11:", "--label", "x"]),
        // No PIN is used, but the worker could inherit it all the same.
        (Source::Environment, "C_GetSlotList", &["token", "list"]),
    ] {
        let place = format!("the environment of the worker in {function}");
        let (mut program, worker) = hanging(&home, source, function, arguments);
        let read = |process: u32, name: &str| std::fs::read(format!("/proc/{process}/{name}")).unwrap();
        for process in [program.id(), worker] {
            assert_absent(&read(process, "cmdline"), "an argument list");
        }
        assert!(!read(worker, "environ").is_empty());
        assert_absent(&read(worker, "environ"), &place);
        if let Source::File = source {
            assert_absent(&read(program.id(), "environ"), "the program's environment");
        }
        program.kill().unwrap();
        program.wait().unwrap();
    }
}
