//! Standard output and error as scripts use them.

use std::io::Write as _;
use std::process::Stdio;

use crate::program::{command, feed};
use crate::request::Request;

/// `keyrite … | head -0`: a reader that went away is not an error.
#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(directory.path())
        .args(["request", "show", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(&Request::good().to_der()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}

#[test]
fn a_full_device_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(directory.path()).arg("--help").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: standard output does not take the result\ncaused by: No space"),
        "{stderr}"
    );
}

/// The log is on standard error and the result alone on standard output, whatever the level.
#[test]
fn results_stay_alone_on_standard_output() {
    let directory = tempfile::tempdir().unwrap();
    let request = Request::good().to_der();
    let quiet = feed(directory.path(), ["request", "show", "-"], &request).ends(0);
    let loud = feed(directory.path(), ["--log", "trace", "request", "show", "-"], &request).ends(0);
    assert_eq!(quiet.stdout, loud.stdout);
    assert_eq!(quiet.stderr, "");
}
