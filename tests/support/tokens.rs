//! Throw-away tokens in software: one directory and configuration per [`Tokens`], gone when it is dropped.
//!
//! Nothing here reads or writes the user's own tokens: every command gets its own configuration.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{kryoptic, softhsm};

/// The user PIN of every token made here.
pub(crate) const PIN: &str = "canary-7351";
/// The SO PIN of every token made here.
pub(crate) const SO_PIN: &str = "so-canary-9162";

/// A program library that keeps tokens in files.
#[derive(Clone, Debug)]
pub(crate) enum Library {
    /// SoftHSM 2, with extra lines for its configuration.
    SoftHsm { configuration: String },
    /// kryoptic, as a module of this kind.
    Kryoptic(kryoptic::Kind),
}

/// A directory of tokens with a configuration of its own.
pub(crate) struct Tokens {
    directory: TempDir,
    library: Library,
    labels: Vec<String>,
}

/// A token directory that holds a single token: what most tests want.
pub(crate) type Token = Tokens;

impl Tokens {
    /// A directory with one initialised SoftHSM token; name it after the test.
    pub(crate) fn new(label: &str) -> Self {
        let mut tokens = Self::empty("");
        tokens.add(label);
        tokens
    }

    /// A directory with one SoftHSM token that lacks mechanisms: `removed` is SoftHSM's own list, such as
    /// `CKM_ECDSA,CKM_RSA_PKCS`.
    pub(crate) fn without_mechanisms(label: &str, removed: &str) -> Self {
        // SoftHSM 2.6.1 leaves the first one of the list where it is.
        let mut tokens = Self::empty(&format!("slots.mechanisms = -CKM_MD5,{removed}\n"));
        tokens.add(label);
        tokens
    }

    /// A directory without any token of SoftHSM, with extra lines for `softhsm2.conf`.
    pub(crate) fn empty(configuration: &str) -> Self {
        Self::of(Library::SoftHsm { configuration: configuration.to_owned() })
    }

    /// A directory with one initialised token of kryoptic.
    pub(crate) fn kryoptic(kind: kryoptic::Kind, label: &str) -> Self {
        let mut tokens = Self::of(Library::Kryoptic(kind));
        tokens.add(label);
        tokens
    }

    /// A directory without any token.
    pub(crate) fn of(library: Library) -> Self {
        let tokens = Self { directory: private_directory(), library, labels: Vec::new() };
        tokens.configure();
        tokens.write_private("pin", PIN);
        tokens
    }

    /// Another directory with the same tokens, their keys, and every file that lies beside them.
    pub(crate) fn copy(&self) -> Self {
        let directory = private_directory();
        let from = self.directory.path().join(".");
        let copied = Command::new("cp").arg("-a").arg(from).arg(directory.path()).status().expect("cp");
        assert!(copied.success(), "cp -a");
        let copy = Self { directory, library: self.library.clone(), labels: self.labels.clone() };
        copy.configure();
        copy
    }

    /// Initialises one more token in the same directory.
    pub(crate) fn add(&mut self, label: &str) {
        self.labels.push(label.to_owned());
        self.configure();
        match &self.library {
            Library::SoftHsm { .. } => softhsm::initialise(self, label),
            Library::Kryoptic(_) => kryoptic::initialise(self, self.labels.len() - 1, label),
        }
    }

    /// The path of the PKCS#11 module that shows these tokens.
    ///
    /// # Panics
    /// With instructions when it is not there: its absence is a failure, not a skip.
    pub(crate) fn module(&self) -> PathBuf {
        match self.library {
            Library::SoftHsm { .. } => softhsm::module(),
            Library::Kryoptic(_) => kryoptic::module(),
        }
    }

    /// The path of the library's configuration.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.path().join(match self.library {
            Library::SoftHsm { .. } => "softhsm2.conf",
            Library::Kryoptic(_) => "token.conf",
        })
    }

    /// The environment by which a process finds these tokens and no others.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        let variable = match self.library {
            Library::SoftHsm { .. } => "SOFTHSM2_CONF",
            Library::Kryoptic(_) => "KRYOPTIC_CONF",
        };
        (variable, self.configuration())
    }

    /// Writes the configuration for the tokens that there are.
    fn configure(&self) {
        let text = match &self.library {
            Library::SoftHsm { configuration } => softhsm::configuration(self.path(), configuration),
            Library::Kryoptic(kind) => kryoptic::configuration(self.path(), *kind, self.labels.len()),
        };
        let path = self.configuration();
        self.write_private(path.file_name().and_then(OsStr::to_str).expect("a name"), &text);
    }

    /// A scratch directory that goes away with the tokens.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The label of the first token.
    pub(crate) fn label(&self) -> &str {
        self.labels.first().expect("a token was added")
    }

    /// The shortest URI of the first token.
    pub(crate) fn uri(&self) -> String {
        format!("pkcs11:token={}", self.label())
    }

    /// The URI of a key of the first token, by its label.
    pub(crate) fn key_uri(&self, object: &str) -> String {
        format!("pkcs11:token={};object={object}", self.label())
    }

    /// A file of mode 0600 that holds the right PIN.
    pub(crate) fn pin_file(&self) -> PathBuf {
        self.path().join("pin")
    }

    /// What `--pin-source` takes for the right PIN.
    pub(crate) fn pin_source(&self) -> String {
        format!("file:{}", self.pin_file().display())
    }

    /// A file of mode 0600 that holds `text`, for wrong PINs.
    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        use std::io::Write as _;
        let path = self.path().join(name);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .expect("a private file");
        file.write_all(text.as_bytes()).expect("the private file's text");
        path
    }

    /// A command that sees these tokens: the program under test, `pkcs11-tool`, `softhsm2-util`.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let (name, value) = self.environment();
        command.env(name, value).stdin(Stdio::null());
        command
    }

    /// `pkcs11-tool` logged in to the first token, to look at it or spoil it with another program.
    pub(crate) fn pkcs11_tool(&self) -> Command {
        let mut command = self.command("pkcs11-tool");
        command.arg("--module").arg(self.module());
        command.args(["--token-label", self.label(), "--login", "--pin", PIN]);
        command
    }
}

/// A directory that nobody else may enter: kryoptic makes its file of keys readable for all.
fn private_directory() -> TempDir {
    tempfile::Builder::new()
        .prefix("keyrite-test-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir()
        .expect("a temporary directory")
}
