//! Issuers that are not valid yet, or no longer: by a clock that is moved.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::aftermath::Before;
use crate::home::{Home, Run, finish};
use crate::refusal::{CRL, ISSUE, assert_refused, assert_unharmed};

const DAY: i64 = 86_400;

fn preload() -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("clock_shift-{}.so", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/clock_shift.c");
    let status =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&built, &source]).status().unwrap();
    assert!(status.success());
    built
}

fn keyrite_at(home: &Home, preload: &Path, shift: i64, arguments: &[&str]) -> Run {
    let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
    command.env("LD_PRELOAD", preload).env("CLOCK_SHIFT", shift.to_string());
    finish(command.args(home.arguments(arguments)))
}

#[test]
fn an_issuer_that_is_not_valid_signs_nothing() {
    let home = Home::template();
    let before = Before::of(&home);
    let preload = preload();
    for (shift, wanted) in [
        (-2 * DAY, &["CA \"root\" is not valid before", "hint: is the clock right?"][..]),
        (21 * 366 * DAY, &["CA \"root\" expired at"]),
    ] {
        let run = keyrite_at(&home, &preload, shift, &CRL);
        assert_refused(&home, &before, &run, 1, wanted);
        let run = keyrite_at(&home, &preload, shift, &ISSUE);
        assert_refused(&home, &before, &run, 1, &["error: "]);
    }
    std::fs::remove_file(preload).unwrap();
    assert_unharmed(&home, &before);
}
