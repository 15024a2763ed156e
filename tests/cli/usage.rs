//! Command lines that mean nothing, and inputs that are not there.

use crate::program::run;

#[test]
fn usage_errors_end_with_2_and_say_what_was_meant() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, wanted) in [
        (&[][..], "keyrite wants a command, one of init status"),
        (&["requst"], "similar subcommands exist: 'restore', 'request'"),
        (&["request"], "keyrite request wants a command, one of show"),
        (&["request", "show"], "<FILE>"),
        (&["request", "show", "a", "b"], "unexpected argument 'b'"),
        (&["--lock-timeout", "soon", "request", "show", "-"], "--lock-timeout"),
        (&["--log", "loud", "request", "show", "-"], "loud"),
        (&["certificate", "show", "00"], "serial number is zero"),
        (&["completions", "dos"], "dos"),
    ] {
        let run = run(directory.path(), arguments).ends(2);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.stderr.contains(wanted), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn usage_errors_are_json_when_json_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let run = run(directory.path(), ["--json", "request"]).ends(2);
    let object: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(object["exit"], "usage");
}

#[test]
fn inputs_that_cannot_be_read_name_their_path() {
    let directory = tempfile::tempdir().unwrap();
    for (path, wanted) in [
        ("missing.csr", "error: missing.csr: cannot be read\ncaused by: No such file"),
        (".", "error: .: is a directory, wanted a file"),
        ("/dev/null", "error: /dev/null: is a device, wanted a file"),
    ] {
        let run = run(directory.path(), ["request", "show", path]).ends(2);
        assert!(run.stderr.starts_with(wanted), "{path}: {}", run.stderr);
    }
}
