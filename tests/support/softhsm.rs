//! SoftHSM 2, the first test token: PKCS#11 2.40, raw ECDSA alone, no ML-DSA.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use super::tokens::{PIN, SO_PIN, Token, Tokens};

/// The text of `softhsm2.conf` for tokens in a directory, and the place for them.
pub(crate) fn configuration(directory: &Path, extra: &str) -> String {
    let place = directory.join("tokens");
    fs::create_dir_all(&place).expect("the token directory");
    format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n\
         slots.removable = false\n{extra}",
        place.display(),
    )
}

/// Initialises one more token in the directory of these.
pub(crate) fn initialise(tokens: &Tokens, label: &str) {
    let output = tokens
        .command("softhsm2-util")
        .args(["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN, "--module"])
        .arg(module())
        .output()
        .unwrap_or_else(|error| panic!("softhsm2-util did not start ({error}); {INSTALL}"));
    assert!(output.status.success(), "softhsm2-util --init-token {label}: {output:?}");
}

/// The path of SoftHSM's module: `KEYRITE_SOFTHSM_MODULE`, else where distributions put it.
///
/// # Panics
/// With instructions when SoftHSM is not installed: its absence is a failure, not a skip.
pub(crate) fn module() -> PathBuf {
    if let Some(path) = std::env::var_os("KEYRITE_SOFTHSM_MODULE") {
        return PathBuf::from(path);
    }
    let known = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/lib/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    known.iter().map(PathBuf::from).find(|path| path.exists()).unwrap_or_else(|| panic!("{INSTALL}"))
}

const INSTALL: &str = "these tests need SoftHSM 2: install it (Debian: apt-get install softhsm2), or set \
                       KEYRITE_SOFTHSM_MODULE to the path of libsofthsm2.so";
