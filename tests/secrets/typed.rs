//! A PIN that is typed: on a terminal of its own, which `script` makes.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::home::Home;
use crate::search::{WRONG, assert_absent, assert_no_file};
use crate::support::fault_module;
use crate::support::softhsm::PIN;

/// Runs keyrite on a terminal and types `pin` when it is asked for. Gives all that the terminal showed, and
/// the exit code.
fn type_pin(home: &Home, pin: &str, faults: &str, arguments: &[&str]) -> (Vec<u8>, Option<i32>) {
    let program = env!("CARGO_BIN_EXE_keyrite");
    let module = fault_module::path().display().to_string();
    let general = [program, "--home", "ca", "--yes", "--log", "trace", "--module", &module];
    let line: Vec<String> = general.iter().chain(arguments).map(|word| format!("'{word}'")).collect();
    let line = format!("exec {}", line.join(" "));
    let mut script: Command = home.command("script", faults);
    script.env("SHELL", "/bin/sh").args(["--quiet", "--return", "--echo", "never"]);
    script.args(["--command", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    let mut typed = false;
    loop {
        let octets = stdout.read(&mut buffer).unwrap();
        shown.extend(&buffer[..octets]);
        if octets == 0 {
            break;
        }
        if !typed && String::from_utf8_lossy(&shown).contains("PIN of token") {
            // The prompt shows a moment before the terminal stops to echo.
            std::thread::sleep(Duration::from_millis(300));
            stdin.write_all(format!("{pin}\n").as_bytes()).unwrap();
            typed = true;
        }
    }
    drop(stdin);
    assert!(typed, "{}", String::from_utf8_lossy(&shown));
    (shown, child.wait().unwrap().code())
}

#[test]
fn a_typed_pin_is_in_no_output_and_no_file() {
    let home = Home::template();
    let uri = home.token().uri();
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    for (pin, faults, arguments, code) in [
        (PIN, "", &["key", "list", &uri][..], 0),
        (PIN, "", &["--json", "key", "list", &uri], 0),
        (WRONG, "", &["key", "list", &uri], 4),
        (WRONG, "", &["--json", "key", "list", &uri], 4),
        (PIN, "C_Login:rv=0xa4", &["key", "list", &uri], 4),
        (PIN, "C_Login:crash", &["key", "list", &uri], 4),
        (PIN, "C_Sign:crash@2", &issue, 4),
        (PIN, "", &issue, 0),
    ] {
        let (shown, ended) = type_pin(&home, pin, faults, arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&shown));
        assert_absent(&shown, "what the terminal showed");
    }
    assert!(assert_no_file(&home.path(".")) > 10);
}
