//! What `softhsm-setup/kryoptic.sh` builds for the tests, and where it lies.

use std::path::{Path, PathBuf};

/// The path of a program `openssl` that knows ML-DSA and SLH-DSA: `KEYRITE_OPENSSL35`, else kryoptic's own.
///
/// # Panics
/// With instructions when it was not built: its absence is a failure, not a skip.
pub(crate) fn openssl() -> PathBuf {
    built("KEYRITE_OPENSSL35", "bin/openssl")
}

/// What `softhsm-setup/kryoptic.sh` built: at the path that the environment variable names, else where it puts it.
pub(crate) fn built(variable: &str, file: &str) -> PathBuf {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        // Cargo's directory for the tests' files is `tmp` in the target directory.
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("../kryoptic").join(versions()).join(file),
    };
    assert!(path.exists(), "{} is not there; {BUILD}", path.display());
    path
}

/// The name under which `softhsm-setup/kryoptic.sh` keeps what its lock file describes.
fn versions() -> String {
    let lock = include_str!("../../softhsm-setup/kryoptic/Cargo.lock");
    let version = |name: &str| {
        let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).expect(name);
        package.split_once('"').expect("a version").0
    };
    // The crate with OpenSSL's sources says which ones after a plus sign: 300.5.5+3.5.5.
    let (_, openssl) = version("openssl-src").split_once('+').expect("OpenSSL's version");
    format!("kryoptic-{}-openssl-{openssl}", version("kryoptic"))
}

const BUILD: &str = "these tests need kryoptic and OpenSSL 3.5: run softhsm-setup/kryoptic.sh once, which builds \
                     them, or set KEYRITE_KRYOPTIC_MODULE and KEYRITE_OPENSSL35 to their paths";
