//! Clocks that are wrong, and issuers that are not valid yet, or no longer: by a clock that is moved.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::aftermath::Before;
use crate::home::{Home, Run, finish};
use crate::refusal::{CRL, ISSUE, assert_refused, assert_unharmed};
use crate::support::fault_module;

const DAY: i64 = 86_400;

/// The library that moves the clock; its file goes with it.
struct Preload(PathBuf);

impl Preload {
    fn new(name: &str) -> Self {
        let built = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("clock_shift-{name}-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/clock_shift.c");
        let arguments = ["-shared", "-fPIC", "-O1", "-o"];
        let status = Command::new("cc").args(arguments).args([&built, &source]).status().unwrap();
        assert!(status.success());
        Self(built)
    }

    /// Runs keyrite with its clock moved by so many seconds.
    fn run(&self, home: &Home, shift: i64, arguments: &[&str]) -> Run {
        let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
        command.env("LD_PRELOAD", &self.0).env("CLOCK_SHIFT", shift.to_string());
        finish(command.args(home.arguments(arguments)))
    }
}

impl Drop for Preload {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

const HINT: &str =
    "hint: set the clock; where it is right, `keyrite clock confirm --reason TEXT` records that it is";

#[test]
fn a_clock_that_contradicts_the_log_signs_nothing_and_reading_goes_on() {
    let home = Home::template();
    let before = Before::of(&home);
    let preload = Preload::new("contradicts");
    let generate = ["key", "generate", &home.token().key_uri("new"), "--algorithm", "ec-p256"];
    let cases = [
        (-DAY * 5 / 2, "which is 2 days before the last entry of the audit log, "),
        (500 * DAY, "which is 500 days after the last entry of the audit log, "),
    ];
    for (shift, said) in cases {
        for arguments in
            [&CRL[..], &ISSUE, &["revoke", "www.pem", "--ca", "root", "--reason", "superseded"], &generate]
        {
            let run = preload.run(&home, shift, arguments);
            // No PIN was given to the token, and no key made in it.
            for call in ["C_Login", "C_GenerateKeyPair"] {
                assert_eq!(fault_module::calls(home.token(), call), 0, "{run:#?}");
            }
            assert_refused(&home, &before, &run, 1, &["error: the clock says ", said, HINT]);
        }
        for arguments in [
            &["status"][..],
            &["certificate", "list"],
            &["crl", "show", "first.crl"],
            &["audit", "verify"],
            &["ca", "show", "root"],
            &["recover", "--dry-run"],
        ] {
            let run = preload.run(&home, shift, arguments);
            assert_eq!(run.code, Some(0), "{run:#?}");
            let tells = run.stdout.contains("keyrite clock confirm");
            assert_eq!(tells, arguments == ["status"], "{run:#?}");
        }
    }
    assert_unharmed(&home, &before);
}

#[test]
fn an_issuer_that_is_not_valid_signs_nothing_by_a_clock_that_was_confirmed() {
    let preload = Preload::new("issuer");
    let template = Home::template();
    let confirm = ["clock", "confirm", "--reason", "checked against two watches", "--by", "Ann"];
    for (shift, wanted) in [
        (-2 * DAY, &["CA \"root\" is not valid before", "hint: is the clock right?"][..]),
        (21 * 366 * DAY, &["CA \"root\" expired at"]),
    ] {
        let home = template.copy();
        let before = Before::of(&home);
        let confirmed = preload.run(&home, shift, &confirm);
        assert_eq!(confirmed.code, Some(0), "{confirmed:#?}");
        assert!(confirmed.stdout.contains("confirmed and recorded"), "{confirmed:#?}");
        let run = preload.run(&home, shift, &CRL);
        assert_refused(&home, &before, &run, 1, wanted);
        let run = preload.run(&home, shift, &ISSUE);
        assert_refused(&home, &before, &run, 1, &["error: "]);
        // And back again, by the true clock.
        let back = home.keyrite(&confirm, "");
        assert_eq!(back.code, Some(0), "{back:#?}");
        assert_eq!(back.stdout.contains("confirmed and recorded"), shift > 0, "{back:#?}");
        let listed = home.done(&["audit", "list", "--event", "clock-confirmed"]);
        assert!(listed.contains("checked against two watches") && listed.contains("Ann"), "{listed}");
        assert_unharmed(&home, &before);
    }
}

#[test]
fn nothing_is_confirmed_where_the_clock_is_in_order_or_impossible() {
    let home = Home::template();
    let preload = Preload::new("order");
    let confirm = ["clock", "confirm", "--reason", "why"];
    let entries = || home.done(&["audit", "list"]);
    let before = entries();
    let run = home.done(&confirm);
    assert!(run.contains("in order: nothing to confirm"), "{run}");
    for reason in ["", " ", &"x".repeat(1025)] {
        let run = preload.run(&home, -2 * DAY, &["clock", "confirm", "--reason", reason]);
        assert_eq!(run.code, Some(2), "{run:#?}");
    }
    let old = -20_000 * DAY;
    let run = preload.run(&home, old, &confirm);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("and this program was not made before 2026-04-16"), "{run:#?}");
    let new = home.path("new").display().to_string();
    let run = preload.run(&home, old, &["init", &new]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("and this program was not made before 2026-04-16"), "{run:#?}");
    assert!(!home.path("new").exists());
    assert_eq!(entries(), before);
}

/// The clock is set while the program waits for the PIN: by less than a home may rest, so that the log cannot tell.
#[test]
fn a_clock_that_is_set_while_the_program_runs_signs_nothing() {
    let home = Home::template();
    let before = Before::of(&home);
    let preload = Preload::new("set");
    for shift in ["3600", "50"] {
        home.write("shift", "0");
        let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
        command.env("LD_PRELOAD", &preload.0).env("CLOCK_SHIFT_FILE", home.path("shift"));
        let ca = home.path("ca").display().to_string();
        let module = fault_module::path().display().to_string();
        command.args(["--home", &ca, "--module", &module, "--pin-source", "fd:0", "--yes"]).args(CRL);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        while fault_module::calls(home.token(), "C_OpenSession") == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it asked for the PIN");
            thread::sleep(Duration::from_millis(10));
        }
        home.write("shift", shift);
        let pin = std::fs::read(home.token().pin_source().strip_prefix("file:").unwrap()).unwrap();
        child.stdin.take().unwrap().write_all(&pin).unwrap();
        let run = Run::of(&child.wait_with_output().unwrap());
        if shift == "3600" {
            let said = "error: the clock was set while this ran: it says ";
            // The signature by which the key is proven comes before; none is over an object.
            assert_eq!(run.code, Some(1), "{run:#?}");
            assert!(
                run.stderr.contains(said) && run.stderr.contains("begin again when the clock is right"),
                "{run:#?}"
            );
            assert_eq!(
                (home.certificates(), home.crls()),
                (before.certificates.clone(), before.crls.clone())
            );
            // What the run has left in the log is of the time to which the clock was set: going back is confirmed.
            let back = home.done(&["clock", "confirm", "--reason", "set back to what two watches say"]);
            assert!(back.contains("confirmed and recorded"), "{back}");
            fault_module::forget(home.token());
            continue;
        }
        // Network time moves a clock a little.
        assert_eq!(run.code, Some(0), "{shift}: {run:#?}");
    }
}
