//! A home with a root, an issuing CA and a certificate of each profile, made by the program.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::kryoptic::{self, Kind};
use crate::support::tokens::Tokens;

/// The host for which the server's certificates are. Its domain is a public one, as pkilint's rules for
/// public certificates want it.
pub(crate) const HOST: &str = "www.example.com";

/// What the home's `keyrite.toml` says; of each CA also how it signs.
const CONFIGURATION: &str = r#"
[ca.root]
SIGNING
crl_urls = ["http://pki.example.com/root.crl"]
ca_issuer_urls = ["http://pki.example.com/root.cer"]

[ca.issuing]
SIGNING
crl_urls = ["http://pki.example.com/issuing.crl"]
ca_issuer_urls = ["http://pki.example.com/issuing.cer"]
ocsp_urls = ["http://ocsp.example.com/"]
next_update = "7d"
"#;

/// By what the CAs of a home sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// The name of the keys' algorithm.
    pub(crate) algorithm: String,
    /// What the configuration of each CA says of its signatures.
    signing: &'static str,
}

impl Scheme {
    /// As a CA signs with such keys if nothing is configured.
    pub(crate) fn of(algorithm: &str) -> Self {
        Self::configured(algorithm, "")
    }

    /// As lines of its configuration say.
    pub(crate) fn configured(algorithm: &str, signing: &'static str) -> Self {
        Self { algorithm: algorithm.to_owned(), signing }
    }
}

/// The home, its token, and every file that was written, all in one directory.
pub(crate) struct Home {
    token: Tokens,
    scheme: Scheme,
    openssl: PathBuf,
}

impl Home {
    /// A root and an issuing CA on a SoftHSM token, judged by the system's OpenSSL.
    pub(crate) fn with_cas(scheme: Scheme) -> Self {
        Self::on(Tokens::new("interop"), scheme, PathBuf::from("openssl"))
    }

    /// A root and an issuing CA on a token of kryoptic, judged by OpenSSL 3.5.
    pub(crate) fn with_cas_on(kind: Kind, scheme: Scheme) -> Self {
        Self::on(Tokens::kryoptic(kind, "interop"), scheme, kryoptic::openssl())
    }

    fn on(token: Tokens, scheme: Scheme, openssl: PathBuf) -> Self {
        let home = Self { token, scheme, openssl };
        let directory = home.path("ca");
        home.keyrite(&["init", directory.to_str().unwrap()]);
        home.write("ca/keyrite.toml", CONFIGURATION.replace("SIGNING", home.scheme.signing));
        let (root, issuing) = (home.token.key_uri("root"), home.token.key_uri("issuing"));
        for key in [&root, &issuing] {
            home.keyrite(&["key", "generate", key, "--algorithm", &home.scheme.algorithm]);
        }
        let subject = "C=AT,O=Example,CN=Example Root";
        let root_profile = ["--profile", "root", "--subject", subject, "--out", "root.pem"];
        home.keyrite(&[&["ca", "create", "root", "--key", &root], &root_profile[..]].concat());
        let subject = "C=AT,O=Example,CN=Example Issuing";
        let intermediate = ["--profile", "intermediate", "--subject", subject, "--out", "issuing.csr"];
        home.keyrite(&[&["ca", "request", "issuing", "--key", &issuing], &intermediate[..]].concat());
        home.issue("issuing.csr", "root", "intermediate", "issuing.pem");
        home.keyrite(&["ca", "install", "issuing", "issuing.pem"]);
        home
    }

    pub(crate) const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.token.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    /// Runs a program in the directory: whether it succeeded, and all that it printed. `openssl` is this home's.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let program = if program == "openssl" { self.openssl.as_os_str() } else { OsStr::new(program) };
        finish(self.token.command(program).current_dir(self.token.path()).args(arguments))
    }

    /// Runs a program, which must succeed.
    pub(crate) fn run_ok(&self, program: &str, arguments: &[&str]) -> String {
        let (ok, said) = self.run(program, arguments);
        assert!(ok, "{program} {}\n{said}", arguments.join(" "));
        said
    }

    /// The URI of a key on the home's token.
    pub(crate) fn key_uri(&self, name: &str) -> String {
        self.token.key_uri(name)
    }

    /// A program as the home's commands run it, not started yet.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.token.command(program);
        command.current_dir(self.token.path());
        command
    }

    /// The module of the token.
    pub(crate) fn module(&self) -> String {
        self.token.module().to_str().unwrap().to_owned()
    }

    /// Where its PIN comes from.
    pub(crate) fn pin_source(&self) -> String {
        self.token.pin_source()
    }

    /// Runs keyrite, which must succeed.
    pub(crate) fn keyrite(&self, arguments: &[&str]) -> String {
        let (ok, said) = self.try_keyrite(arguments);
        assert!(ok, "keyrite {}\n{said}", arguments.join(" "));
        said
    }

    /// Runs keyrite: whether it succeeded, and all that it printed.
    pub(crate) fn try_keyrite(&self, arguments: &[&str]) -> (bool, String) {
        let (home, module) = (self.path("ca"), self.token.module());
        let pin_source = self.token.pin_source();
        let general = ["--home", home.to_str().unwrap(), "--module", module.to_str().unwrap()];
        let general = [&general[..], &["--pin-source", &pin_source, "--yes"]].concat();
        self.run(env!("CARGO_BIN_EXE_keyrite"), &[&general[..], arguments].concat())
    }

    /// A request by one of the keys of the tests, made by OpenSSL.
    pub(crate) fn request(&self, key: &str, subject: &str, alt_name: &str, out: &str) {
        let key = format!("{}/tests/vectors/keys/{key}.pem", env!("CARGO_MANIFEST_DIR"));
        self.request_by(&key, subject, alt_name, out);
    }

    /// A request by the key in a file, made by OpenSSL.
    pub(crate) fn request_by(&self, key: &str, subject: &str, alt_name: &str, out: &str) {
        let names = format!("subjectAltName={alt_name}");
        self.run_ok(
            "openssl",
            &["req", "-new", "-key", key, "-subj", subject, "-addext", &names, "-out", out],
        );
    }

    pub(crate) fn issue(&self, request: &str, ca: &str, profile: &str, out: &str) {
        self.keyrite(&["issue", request, "--ca", ca, "--profile", profile, "--out", out]);
    }

    /// The CRLs of both CAs, as `root.crl` and `issuing.crl`, each with `.pem` as PEM, and both in `crls.pem`.
    pub(crate) fn crls(&self) {
        let mut both = String::new();
        for ca in ["root", "issuing"] {
            let out = format!("{ca}.crl");
            if self.path(&out).exists() {
                std::fs::remove_file(self.path(&out)).unwrap();
            }
            self.keyrite(&["crl", "issue", "--ca", ca, "--out", &out]);
            let pem = self.run_ok("openssl", &["crl", "-inform", "DER", "-in", &out]);
            self.write(&format!("{ca}.crl.pem"), &pem);
            both += &pem;
        }
        self.write("crls.pem", both);
    }
}

fn finish(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("{} is needed by this test: {error}", command.get_program().display())
    });
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
