//! The commands that show what others made.

use crate::points::{assert_shown, texts};
use crate::program::feed;
use crate::{documents, points};

/// Runs a command on documents made of all texts, as text and as JSON; gives back how many characters it printed.
fn shown(commands: &[&[&str]], document: fn(&[String]) -> Vec<u8>) -> usize {
    let directory = tempfile::tempdir().unwrap();
    let mut printed = 0;
    for few in texts(24).chunks(90) {
        let der = document(few);
        for command in commands {
            for arguments in [command.to_vec(), [*command, &["--json"]].concat()] {
                let run = feed(directory.path(), &arguments, &der);
                assert!(run.code == 0 || run.code == 1, "{run:#?}");
                assert!(!run.stdout.is_empty(), "{arguments:?}: {run:#?}");
                assert_shown(&run, &arguments);
                printed += run.stdout.len();
            }
        }
    }
    printed
}

/// At least so many: what is asked for stands in the answer, and none was dropped for being strange.
fn floor() -> usize {
    points::points().len() * 4
}

#[test]
fn requests() {
    let judged = ["request", "show", "-", "--profile", "tls-client"];
    assert!(shown(&[&["request", "show", "-"], &judged, &["lint", "-"]], documents::request) > floor());
}

#[test]
fn certificates() {
    assert!(shown(&[&["certificate", "show", "-"], &["lint", "-"]], documents::certificate) > floor());
}

#[test]
fn crls() {
    assert!(shown(&[&["crl", "show", "-"], &["lint", "-"]], documents::crl) > floor());
}
