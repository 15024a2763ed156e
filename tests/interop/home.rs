//! A home with a root, an issuing CA and a certificate of each profile, made by the program.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::softhsm::{Token, module};

/// The host for which the server's certificates are. Its domain is a public one, as pkilint's rules for
/// public certificates want it.
pub(crate) const HOST: &str = "www.example.com";

/// What the home's `keyrite.toml` says.
const CONFIGURATION: &str = r#"
[ca.root]
crl_urls = ["http://pki.example.com/root.crl"]
ca_issuer_urls = ["http://pki.example.com/root.cer"]

[ca.issuing]
crl_urls = ["http://pki.example.com/issuing.crl"]
ca_issuer_urls = ["http://pki.example.com/issuing.cer"]
ocsp_urls = ["http://ocsp.example.com/"]
next_update = "7d"
"#;

/// The home, its token, and every file that was written, all in one directory.
pub(crate) struct Home {
    token: Token,
}

impl Home {
    /// An empty home with the places of CRLs and certificates configured.
    pub(crate) fn new(name: &str) -> Self {
        let home = Self { token: Token::new(name) };
        let directory = home.path("ca");
        home.keyrite(&["init", directory.to_str().unwrap()]);
        home.write("ca/keyrite.toml", CONFIGURATION);
        home
    }

    /// A root and an issuing CA of one algorithm.
    pub(crate) fn with_cas(algorithm: &str) -> Self {
        let home = Self::new(&format!("interop-{algorithm}"));
        let (root, issuing) = (home.token.key_uri("root"), home.token.key_uri("issuing"));
        for key in [&root, &issuing] {
            home.keyrite(&["key", "generate", key, "--algorithm", algorithm]);
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

    /// Runs a program in the directory: whether it succeeded, and all that it printed.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        finish(self.token.command(program).current_dir(self.token.path()).args(arguments))
    }

    /// Runs a program, which must succeed.
    pub(crate) fn run_ok(&self, program: &str, arguments: &[&str]) -> String {
        let (ok, said) = self.run(program, arguments);
        assert!(ok, "{program} {}\n{said}", arguments.join(" "));
        said
    }

    /// Runs keyrite, which must succeed.
    pub(crate) fn keyrite(&self, arguments: &[&str]) -> String {
        let (home, module) = (self.path("ca"), module());
        let pin_source = self.token.pin_source();
        let general = ["--home", home.to_str().unwrap(), "--module", module.to_str().unwrap()];
        let general = [&general[..], &["--pin-source", &pin_source, "--yes"]].concat();
        self.run_ok(env!("CARGO_BIN_EXE_keyrite"), &[&general[..], arguments].concat())
    }

    /// A request by one of the keys of the tests, made by OpenSSL.
    pub(crate) fn request(&self, key: &str, subject: &str, alt_name: &str, out: &str) {
        let key = format!("{}/tests/vectors/keys/{key}.pem", env!("CARGO_MANIFEST_DIR"));
        let names = format!("subjectAltName={alt_name}");
        self.run_ok(
            "openssl",
            &["req", "-new", "-key", &key, "-subj", subject, "-addext", &names, "-out", out],
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
