//! Looking for a PIN in octets and in files.

use std::path::Path;

use crate::home::Run;
use crate::support::softhsm::{PIN, SO_PIN};

/// A PIN that is not the token's.
pub(crate) const WRONG: &str = "wrong-heron-5518";

/// A PIN that is not the security officer's.
pub(crate) const WRONG_SO: &str = "wrong-egret-3307";

/// Asserts that no PIN is in some octets: as it is, as hex, as base64 or as UTF-16.
#[track_caller]
pub(crate) fn assert_absent(octets: &[u8], place: &str) {
    // A search in text is much quicker than one in octets, and no form has octets that are not text.
    let text = String::from_utf8_lossy(octets);
    for pin in [PIN, WRONG, SO_PIN, WRONG_SO] {
        for (form, needle) in forms(pin) {
            assert!(!text.contains(str::from_utf8(&needle).unwrap()), "a PIN is in {place}, as {form}");
        }
    }
}

fn forms(pin: &str) -> [(&'static str, Vec<u8>); 4] {
    use base64ct::{Base64Unpadded, Encoding as _};
    // The last characters depend on what follows, the first ones on nothing.
    let base64 = Base64Unpadded::encode_string(pin.as_bytes()).into_bytes();
    let base64 = base64.get(..base64.len() - 2).unwrap().to_vec();
    let wide = pin.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [("it is", pin.into()), ("hex", hex::encode(pin).into_bytes()), ("base64", base64), ("UTF-16", wide)]
}

/// Asserts that no PIN is in what a run has said.
#[track_caller]
pub(crate) fn assert_silent(run: &Run, what: &str) {
    assert_absent(run.stdout.as_bytes(), &format!("the output of {what}"));
    assert_absent(run.stderr.as_bytes(), &format!("the messages of {what}"));
}

/// Asserts that no PIN is in any file below a directory, but those from which it was given. Gives how
/// many files were looked at.
#[track_caller]
pub(crate) fn assert_no_file(directory: &Path) -> usize {
    let mut looked_at = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            looked_at += assert_no_file(&path);
        } else if !["pin", "wrong", "so-pin"].contains(&path.file_name().unwrap().to_str().unwrap()) {
            assert_absent(&std::fs::read(&path).unwrap(), &path.display().to_string());
            assert_absent(path.to_str().unwrap().as_bytes(), "the name of a file");
            looked_at += 1;
        }
    }
    looked_at
}

/// A search that finds nothing anywhere shows nothing.
#[test]
fn what_is_there_is_found() {
    for (_, needle) in forms(PIN) {
        let octets = [b"before \xff\xc3", needle.as_slice(), b"\xe2\x82 after"].concat();
        assert!(std::panic::catch_unwind(|| assert_absent(&octets, "a test")).is_err());
    }
    assert_absent(b"nothing", "a test");
}
