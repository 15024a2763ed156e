//! Throw-away SoftHSM tokens: one directory and configuration per [`Tokens`], gone when it is dropped.
//!
//! Nothing here reads or writes the user's own tokens: every command gets its own `SOFTHSM2_CONF`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The user PIN of every token made here.
pub(crate) const PIN: &str = "canary-7351";
/// The SO PIN of every token made here.
pub(crate) const SO_PIN: &str = "so-canary-9162";

/// A directory of SoftHSM tokens with a configuration of its own.
pub(crate) struct Tokens {
    directory: TempDir,
    labels: Vec<String>,
}

/// A token directory that holds a single token: what most tests want.
pub(crate) type Token = Tokens;

impl Tokens {
    /// A directory with one initialised token; name it after the test.
    pub(crate) fn new(label: &str) -> Self {
        let mut tokens = Self::empty("");
        tokens.add(label);
        tokens
    }

    /// A directory with one token that lacks mechanisms: `removed` is SoftHSM's own list, such as
    /// `CKM_ECDSA,CKM_RSA_PKCS`.
    pub(crate) fn without_mechanisms(label: &str, removed: &str) -> Self {
        // SoftHSM 2.6.1 leaves the first one of the list where it is.
        let mut tokens = Self::empty(&format!("slots.mechanisms = -CKM_MD5,{removed}\n"));
        tokens.add(label);
        tokens
    }

    /// A directory without any token, with extra lines for `softhsm2.conf`.
    pub(crate) fn empty(configuration: &str) -> Self {
        let directory = TempDir::with_prefix("keyrite-test-").expect("a temporary directory");
        fs::create_dir(directory.path().join("tokens")).expect("the token directory");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n\
             slots.removable = false\n{configuration}",
            directory.path().join("tokens").display(),
        );
        let tokens = Self { directory, labels: Vec::new() };
        tokens.write_private("softhsm2.conf", &text);
        tokens.write_private("pin", PIN);
        tokens
    }

    /// Another directory with the same tokens, their keys, and every file that lies beside them.
    pub(crate) fn copy(&self) -> Self {
        let directory = TempDir::with_prefix("keyrite-test-").expect("a temporary directory");
        let from = self.directory.path().join(".");
        let copied = Command::new("cp").arg("-a").arg(from).arg(directory.path()).status().expect("cp");
        assert!(copied.success(), "cp -a");
        let copy = Self { directory, labels: self.labels.clone() };
        let text = fs::read_to_string(self.configuration()).expect("softhsm2.conf");
        let (old, new) = (self.path().display().to_string(), copy.path().display().to_string());
        copy.write_private("softhsm2.conf", &text.replace(&old, &new));
        copy
    }

    /// Initialises one more token in the same directory.
    pub(crate) fn add(&mut self, label: &str) {
        let output = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN])
            .args([OsStr::new("--module"), module().as_os_str()])
            .env("SOFTHSM2_CONF", self.configuration())
            .output()
            .unwrap_or_else(|error| panic!("softhsm2-util did not start ({error}); {INSTALL}"));
        assert!(output.status.success(), "softhsm2-util --init-token {label}: {output:?}");
        self.labels.push(label.to_owned());
    }

    /// The path of `softhsm2.conf`, the value for `SOFTHSM2_CONF`.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.path().join("softhsm2.conf")
    }

    /// The environment by which a process finds these tokens and no others.
    pub(crate) fn environment(&self) -> (&'static str, PathBuf) {
        ("SOFTHSM2_CONF", self.configuration())
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
        self.directory.path().join("pin")
    }

    /// What `--pin-source` takes for the right PIN.
    pub(crate) fn pin_source(&self) -> String {
        format!("file:{}", self.pin_file().display())
    }

    /// A file of mode 0600 that holds `text`, for wrong PINs.
    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        use std::io::Write as _;
        let path = self.directory.path().join(name);
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
        command.env("SOFTHSM2_CONF", self.configuration()).stdin(Stdio::null());
        command
    }

    /// `pkcs11-tool` logged in to the first token, to look at it or spoil it with another program.
    pub(crate) fn pkcs11_tool(&self) -> Command {
        let mut command = self.command("pkcs11-tool");
        command.arg("--module").arg(module()).args(["--token-label", self.label(), "--login", "--pin", PIN]);
        command
    }
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
