//! Several programs on one home: who waits says so, who only reads does not wait, and who waits too long says for what.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::home::{Home, Run, finish};
use crate::support::fault_module;

/// Commands that only read.
const READERS: [&[&str]; 7] = [
    &["status"],
    &["certificate", "list"],
    &["ca", "show", "root"],
    &["audit", "list", "--from", "3"],
    &["audit", "verify"],
    &["recover", "--dry-run"],
    &["audit", "reconcile", "--ca", "root"],
];

fn spawn(home: &Home, arguments: &[&str], faults: &str) -> Child {
    let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), faults);
    command.args(home.arguments(arguments)).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn waits_for(home: &Home) -> String {
    format!("waiting for another keyrite that works in {}", home.path("ca").display())
}

/// Reads what a program says until it says that it waits.
fn until_it_waits(child: &mut Child, said: &str) -> BufReader<std::process::ChildStderr> {
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(said) {
        line.clear();
        assert_ne!(errors.read_line(&mut line).unwrap(), 0, "it ended and never said that it waits");
    }
    errors
}

fn in_use(run: &Run, home: &Home) {
    assert_eq!(run.code, Some(5), "{run:#?}");
    let ledger = home.path("ca/ledger.sqlite").canonicalize().unwrap();
    let error = format!("error: the ledger {} is in use by another process, waited 2 s", ledger.display());
    for words in [&waits_for(home), &error, "hint: --lock-timeout waits longer"] {
        assert!(run.stderr.contains(words), "{words}: {run:#?}");
    }
    assert_eq!(run.stderr.matches("waiting for").count(), 1, "said once: {run:#?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long something waits is what is tested")]
fn writers_queue_with_a_word_and_readers_never_wait() {
    let home = Home::template();
    let other = home.ledger();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE ca SET revision = revision").unwrap();
    // Readers first: none of them says anything or takes as long as a writer is patient.
    for arguments in READERS {
        let began = Instant::now();
        let run = home.keyrite(arguments, "");
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert!(!run.stderr.contains("waiting"), "{run:#?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{arguments:?} took {:?}", began.elapsed());
    }
    let revoke = ["revoke", "www.pem", "--ca", "root", "--reason", "superseded"];
    let began = Instant::now();
    let run = home.keyrite(&[&["--lock-timeout", "2s"], &revoke[..]].concat(), "");
    in_use(&run, &home);
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(home.revoked().len(), 1, "nothing was revoked");
    // Whoever waits long enough comes through, and takes the time of the moment in which it does.
    let mut child = spawn(&home, &revoke, "");
    let mut errors = until_it_waits(&mut child, &waits_for(&home));
    assert!(child.try_wait().unwrap().is_none());
    other.execute_batch("COMMIT").unwrap();
    let status = child.wait().unwrap();
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    assert!(status.success(), "{rest}");
    assert_eq!(home.revoked().len(), 2);
    home.done(&["audit", "verify"]);
}

#[test]
fn recovery_waits_for_another_keyrite_that_signs() {
    let home = Home::template();
    let arguments = home.issue(&["r1.csr"], &["--out", "r1.pem"]);
    let mut signing = spawn(&home, &arguments, "C_Sign:hang@2");
    while fault_module::committed(home.token()).is_empty() {
        assert!(signing.try_wait().unwrap().is_none(), "it ended before it signed");
        thread::sleep(Duration::from_millis(20));
    }
    // While a token signs nobody else waits: other writers go on, and readers as well.
    for arguments in READERS {
        let run = home.keyrite(arguments, "");
        assert_eq!(run.code, Some(0), "{run:#?}");
    }
    home.done(&home.issue(&["r2.csr"], &["--out", "r2.pem"]));
    let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
    let run = finish(command.args(home.arguments(&["--lock-timeout", "2s", "recover"])));
    in_use(&run, &home);
    let mut recovery = spawn(&home, &["recover"], "");
    let mut errors = until_it_waits(&mut recovery, &waits_for(&home));
    signing.kill().unwrap();
    signing.wait().unwrap();
    let output = recovery.wait_with_output().unwrap();
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("given up"), "{said}{rest}");
    assert!(home.done(&["recover"]).contains("nothing is open"));
}
