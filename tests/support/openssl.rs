//! OpenSSL's program as a judge.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyrite::x509::algorithm::KeyAlgorithm;

use super::built;

/// A directory for one test's files, gone when the test ends.
pub(crate) struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    /// A new empty directory.
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// Where a file of this name lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file.
    #[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// The octets of a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` in the directory: whether it succeeded, and all that it printed.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> (bool, String) {
        run(self.directory.path(), "openssl", arguments)
    }

    /// Runs an `openssl` that knows the algorithm: OpenSSL has ML-DSA since 3.5, the system's may be older.
    pub(crate) fn openssl_of(&self, algorithm: KeyAlgorithm, arguments: &[&str]) -> (bool, String) {
        match algorithm {
            KeyAlgorithm::MlDsa(_) | KeyAlgorithm::SlhDsa(_) => {
                run(self.directory.path(), built::openssl().to_str().unwrap(), arguments)
            }
            KeyAlgorithm::Ec(_) | KeyAlgorithm::Rsa { .. } | KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => {
                self.openssl(arguments)
            }
        }
    }

    /// The same, which must succeed.
    pub(crate) fn openssl_of_ok(&self, algorithm: KeyAlgorithm, arguments: &[&str]) -> String {
        let (ok, text) = self.openssl_of(algorithm, arguments);
        assert!(ok, "openssl {}\n{text}", arguments.join(" "));
        text
    }

    /// Runs `openssl`, which must succeed.
    pub(crate) fn openssl_ok(&self, arguments: &[&str]) -> String {
        let (ok, text) = self.openssl(arguments);
        assert!(ok, "openssl {}\n{text}", arguments.join(" "));
        text
    }
}

fn run(directory: &Path, program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed by this test: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
