//! Certificates of a real home, from the first key to the verified CRL, as an operator goes the way.

use std::process::Command;

use crate::program::{Run, assert_safe, command, finish, save};
use crate::request::Request;
use crate::support::softhsm::{PIN, Tokens, module};

/// A home with a root on a throw-away token.
pub(crate) struct Home {
    pub(crate) tokens: Tokens,
    /// Whether the program has to ask for the PIN.
    asking: bool,
}

impl Home {
    pub(crate) fn with_root(label: &str) -> Self {
        let home = Self::empty(label);
        home.create("root", "ec-p256");
        home
    }

    /// A home without a CA, and a token without a key.
    pub(crate) fn empty(label: &str) -> Self {
        let home = Self { tokens: Tokens::new(label), asking: false };
        home.run(&["init"]).ends(0);
        home
    }

    /// Makes a root with a key of this kind.
    pub(crate) fn create(&self, name: &str, algorithm: &str) {
        let key = self.tokens.key_uri(name);
        self.run(&["key", "generate", &key, "--algorithm", algorithm]).ends(0);
        let create = ["ca", "create", name, "--key", &key, "--subject", "C=AT,O=Example,CN=Example Root"];
        let out = format!("{name}.pem");
        self.run(&[&create[..], &["--out", &out, "--yes"]].concat()).ends(0);
    }

    /// The same home with the PIN to be typed.
    pub(crate) fn asking(self) -> Self {
        Self { asking: true, ..self }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let (name, value) = self.tokens.environment();
        let mut command = command(self.tokens.path());
        command.env(name, value).args(arguments).arg("--module").arg(module());
        command.args(["--home", "home"]);
        if !self.asking {
            command.args(["--pin-source", &self.tokens.pin_source()]);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.args(["--log", "trace"]);
        let run = finish(command, b"");
        assert_safe(&run);
        assert!(!run.stdout.contains(PIN) && !run.stderr.contains(PIN), "{run:#?}");
        run
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.run(&[arguments, &["--json"]].concat()).ends(0).json()
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("openssl").current_dir(self.tokens.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn a_certificate_is_issued_found_exported_revoked_and_on_the_crl() {
    let home = Home::with_root("cli-issued");
    let at = home.tokens.path();
    save(&at.join("www.csr"), Request::good().to_der());
    let issue =
        ["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--subject", "CN=Ann Example"];
    home.run(&[&issue[..], &["--out", "ann.pem", "--yes"]].concat()).ends(0);

    // Found by its serial number, and the same as in its file.
    let listed = home.json(&["certificate", "list", "--ca", "root", "--profile", "tls-client"]);
    let serial = listed["certificates"][0]["serial"].as_str().unwrap().to_owned();
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["certificates"][0]["status"], "valid");
    let shown = home.json(&["certificate", "show", &serial]);
    assert_eq!(shown["subject"], "CN=Ann Example");
    assert_eq!(shown["record"]["ca"], "root");
    assert_eq!(shown["sha256"], home.json(&["certificate", "show", "ann.pem"])["sha256"]);
    for (filter, count) in [
        (&["--subject", "ann"][..], 1),
        (&["--subject", "bob"], 0),
        (&["--revoked"], 0),
        (&["--not-revoked"], 2),
        (&["--state", "issued"], 2),
        (&["--expires-within", "1h"], 0),
        (&["--expires-within", "50y"], 2),
    ] {
        let listed = home.json(&[&["certificate", "list"][..], filter].concat());
        assert_eq!(listed["certificates"].as_array().unwrap().len(), count, "{filter:?}: {listed}");
    }

    // Exported in every format: others read them.
    for (format, out) in [("pem", "e.pem"), ("der", "e.der")] {
        home.run(&["certificate", "export", &serial, "--format", format, "--out", out]).ends(0);
        let subject = home.openssl(&["x509", "-noout", "-subject", "-in", out]);
        assert!(subject.contains("Ann Example"), "{format}: {subject}");
    }
    home.run(&["certificate", "export", &serial, "--with-path", "--format", "p7b", "--out", "e.p7b"]).ends(0);
    let printed = home.openssl(&["pkcs7", "-inform", "DER", "-print_certs", "-noout", "-in", "e.p7b"]);
    assert_eq!(printed.matches("subject=").count(), 1, "the root is not part of a path: {printed}");
    home.run(&["certificate", "export", &serial, "--out", "e.pem"]).ends(5);
    home.run(&["certificate", "export", &serial, "--with-path", "--format", "der", "--out", "x"]).ends(2);

    // Revoked, and on a CRL that is verified by name and by certificate.
    home.run(&["revoke", &serial, "--ca", "root", "--reason", "key-compromise", "--yes"]).ends(0);
    let listed = home.json(&["certificate", "list", "--revoked"]);
    assert_eq!(listed["certificates"][0]["status"], "revoked (key-compromise)");
    home.run(&["crl", "issue", "--ca", "root", "--out", "root.crl", "--yes"]).ends(0);
    home.run(&["crl", "verify", "root.crl", "--ca", "root"]).ends(0);
    home.run(&["crl", "verify", "root.crl", "--issuer", "root.pem"]).ends(0);
    let crl = home.json(&["crl", "show", "root.crl"]);
    assert_eq!(crl["entries"][0]["serial"], serial.as_str());
    home.run(&["lint", "root.pem", "ann.pem", "root.crl", "--issuer", "root.pem"]).ends(0);
    home.run(&["lint", "ann.pem", "--issuer", "root.pem", "--profile", "tls-client"]).ends(0);
    home.run(&["audit", "verify"]).ends(0);
    let told = home.json(&["audit", "list", "--event", "revoked"]);
    assert_eq!(told["entries"][0]["details"]["serial"], serial.as_str());

    // The PIN was used for all of this, at the highest log level, and is in no file but its own.
    let mut files = vec![at.to_owned()];
    let mut looked_at = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path != home.tokens.pin_file() {
            let contents = std::fs::read(&path).unwrap();
            let found = contents.windows(PIN.len()).any(|part| part == PIN.as_bytes());
            assert!(!found, "the PIN is in {}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 10);
}

/// Every bad request goes through `issue` as well: refused, no serial number taken, nothing signed.
#[test]
fn bad_requests_are_refused_before_the_token_is_asked() {
    let home = Home::with_root("cli-refused");
    let before = home.json(&["audit", "list", "--event", "signing"])["entries"].as_array().unwrap().len();
    for (name, octets, wanted) in crate::bad_requests::cases() {
        save(&home.tokens.path().join(name), octets);
        let run =
            home.run(&["issue", name, "--ca", "root", "--profile", "tls-client", "--out", "x.pem", "--yes"]);
        assert_eq!(run.code, 1, "{name}: {run:#?}");
        assert!(run.stderr.contains(wanted) || run.stdout.contains(wanted), "{name}: {run:#?}");
        assert!(!home.tokens.path().join("x.pem").exists(), "{name}");
    }
    let after = home.json(&["audit", "list", "--event", "signing"])["entries"].as_array().unwrap().len();
    assert_eq!(before, after, "a signature was asked for");
    assert_eq!(home.json(&["certificate", "list"])["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_is_signed_without_an_answer() {
    let home = Home::with_root("cli-unasked");
    save(&home.tokens.path().join("www.csr"), Request::good().to_der());
    let run =
        home.run(&["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--out", "x.pem"]).ends(2);
    assert!(run.stderr.contains("--yes"), "{run:#?}");
    assert!(!home.tokens.path().join("x.pem").exists());
}

/// Another process that keeps the ledger: a message while waiting, then an end with the right code.
#[test]
fn a_home_in_use_is_waited_for_and_then_given_up() {
    let home = Home::with_root("cli-locked");
    let serial =
        home.json(&["certificate", "list"])["certificates"][0]["serial"].as_str().unwrap().to_owned();
    let ledger = home.tokens.path().join("home").join(keyrite::store::LEDGER);
    let other = rusqlite::Connection::open(&ledger).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let revoke = ["revoke", &serial, "--ca", "root", "--reason", "superseded", "--yes", "--lock-timeout"];
    let run = home.run(&[&revoke[..], &["2s"]].concat()).ends(5);
    assert!(run.stderr.contains("waiting for another keyrite that works in"), "{run:#?}");
    assert!(
        run.stderr.contains("in use by another process") && run.stderr.contains("--lock-timeout"),
        "{run:#?}"
    );
    // Readers do not wait.
    home.run(&["certificate", "list"]).ends(0);
    other.execute_batch("COMMIT").unwrap();
    home.run(&[&revoke[..], &["2s"]].concat()).ends(0);
}

#[test]
fn an_unknown_configuration_key_is_named_with_its_line_and_the_nearest_known_one() {
    let home = Home::with_root("cli-config");
    let path = home.tokens.path().join("home/keyrite.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    save(&path, format!("modul = \"/x.so\"\n{text}"));
    let run = home.run(&["ca", "show", "root"]).ends(3);
    for wanted in ["keyrite.toml", "line 1", "modul", "did you mean \"module\"?"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {run:#?}");
    }
}

/// Whoever comes back to a home after months reads what to do next.
#[test]
fn every_state_of_a_ca_says_what_comes_next() {
    let home = Home::with_root("cli-next");
    let shows = |wanted: &str| {
        let shown = home.run(&["status"]).ends(0).stdout;
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    };
    shows("no CRL yet: keyrite crl issue --ca root");
    let key = home.tokens.key_uri("sub");
    home.run(&["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    let request = |name, key: &str, out| {
        let subject = ["--subject", "C=AT,O=Example,CN=Example Issuing", "--out", out, "--yes"];
        home.run(&[&["ca", "request", name, "--key", key][..], &subject].concat())
    };
    let taken = request("twin", &home.tokens.key_uri("root"), "twin.csr").ends(1);
    assert!(taken.stderr.contains("the key is already that of CA root\nhint: "), "{taken:#?}");
    let made = request("sub", &key, "sub.csr").ends(0);
    assert!(made.stdout.contains("keyrite ca install sub CERT"), "{made:#?}");
    shows("waits for its certificate: keyrite ca install sub CERT");
    let issue =
        ["issue", "sub.csr", "--ca", "root", "--profile", "intermediate", "--out", "sub.pem", "--yes"];
    home.run(&issue).ends(0);
    let installed = home.run(&["ca", "install", "sub", "sub.pem"]).ends(0);
    assert!(installed.stdout.contains("keyrite crl issue --ca sub"), "{installed:#?}");
    let elsewhere = ["revoke", "sub.pem", "--ca", "sub", "--reason", "superseded", "--yes"];
    let elsewhere = home.run(&elsewhere).ends(1);
    assert!(elsewhere.stderr.contains("hint: CA root issued it: give --ca root"), "{elsewhere:#?}");
    let revoked = home.run(&["revoke", "sub.pem", "--ca", "root", "--reason", "superseded", "--yes"]).ends(0);
    assert!(revoked.stdout.contains("keyrite crl issue --ca root makes it known"), "{revoked:#?}");
    shows("its certificate, or one above it, is REVOKED: it cannot issue certificates");
}
