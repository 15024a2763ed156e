//! A home with a root and an issuing CA, its token, and requests for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyrite::store::LEDGER;
use keyrite::x509::algorithm::{Curve, Digest, SignatureAlgorithm};
use keyrite::x509::csr::RequestFields;
use keyrite::x509::extension::{Extension, SubjectAltName, Value};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::signed::{Signed, Verification};
use keyrite::x509::spki::PublicKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;

use crate::measured::{Cost, measured};
use crate::support::softhsm;

/// A home whose issuing CA has a key of some kind.
pub(crate) struct Ca {
    token: softhsm::Token,
}

impl Ca {
    /// Makes the token, the keys and the CAs.
    pub(crate) fn new(algorithm: &str) -> Self {
        let ca = Self { token: softhsm::Token::new("bench") };
        let (root_key, issuing_key) = (ca.key_uri("root"), ca.key_uri("issuing"));
        let (csr, certificate) = (ca.path("issuing.csr"), ca.path("issuing.pem"));
        let (csr, certificate) = (text(&csr), text(&certificate));
        ca.keyrite(&["init", text(&ca.path("home"))]);
        for key in [&root_key, &issuing_key] {
            ca.keyrite(&["key", "generate", key, "--algorithm", algorithm]);
        }
        let root = "C=AT,O=Example,CN=Example Root G1";
        ca.keyrite(&["ca", "create", "root", "--key", &root_key, "--profile", "root", "--subject", root]);
        let request = ["ca", "request", "issuing", "--key", &issuing_key, "--profile", "intermediate"];
        let issuing = ["--subject", "C=AT,O=Example,CN=Example TLS CA 1", "--out", csr];
        ca.keyrite(&[&request[..], &issuing].concat());
        ca.keyrite(&["issue", csr, "--ca", "root", "--profile", "intermediate", "--out", certificate]);
        ca.keyrite(&["ca", "install", "issuing", certificate]);
        ca
    }

    /// A path in the directory that goes away with the token.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.token.path().join(name)
    }

    pub(crate) fn key_uri(&self, label: &str) -> String {
        self.token.key_uri(label)
    }

    /// A command that finds the token.
    pub(crate) fn command(&self, program: &Path) -> Command {
        self.token.command(program)
    }

    /// The program with a home, the token and its PIN.
    pub(crate) fn program(&self, home: &str) -> Command {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_keyrite")));
        command.arg("--home").arg(self.path(home)).arg("--module").arg(softhsm::module());
        command.args(["--pin-source", &self.token.pin_source(), "--yes"]);
        command
    }

    fn keyrite(&self, arguments: &[&str]) {
        let output = self.program("home").args(arguments).output().expect("the program starts");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "keyrite {}: {complaints}", arguments.join(" "));
    }

    /// Requests of as many keys, each for a name of its own.
    pub(crate) fn requests(&self, count: usize) -> Vec<PathBuf> {
        let write = |number: usize| {
            let path = self.path(&format!("{number}.csr"));
            if !path.exists() {
                std::fs::write(&path, request(number)).expect("a request is written");
            }
            path
        };
        (0..count).map(write).collect()
    }

    /// One run of the program for all requests, with a home as it is right after it was made.
    pub(crate) fn issue(&self, out: &str, sessions: u32, requests: &[PathBuf]) -> Cost {
        self.renew_home(&format!("home-{out}"));
        self.issue_in(&format!("home-{out}"), out, sessions, requests)
    }

    /// The same with a certain home. Nothing is deleted before the end: a file system that has just deleted files makes
    /// new ones more slowly.
    pub(crate) fn issue_in(&self, home: &str, out: &str, sessions: u32, requests: &[PathBuf]) -> Cost {
        let out = self.path(out);
        std::fs::create_dir(&out).expect("a directory for certificates");
        let mut command = self.program(home);
        command.arg("issue").args(requests).args(["--ca", "issuing", "--profile", "tls-server"]);
        command.args(["--sessions", &sessions.to_string(), "--out-dir"]).arg(&out);
        let cost = measured(&command);
        let written = std::fs::read_dir(&out).expect("the certificates").count();
        assert_eq!(written, requests.len(), "certificates written");
        cost
    }

    /// Makes a key for a responder of the issuing CA, in the home, and its certificate.
    pub(crate) fn responder(&self, algorithm: &str) -> PathBuf {
        let (key, public, certificate) =
            (self.key_uri("responder"), self.path("responder.pub"), self.path("responder.pem"));
        self.keyrite(&["key", "generate", &key, "--algorithm", algorithm]);
        self.keyrite(&["key", "show", &key, "--public-out", text(&public)]);
        let of =
            ["issue", "--public-key", text(&public), "--possession", "made on this token", "--ca", "issuing"];
        let to = ["--subject", "C=AT,O=Example,CN=Responder", "--out", text(&certificate)];
        self.keyrite(&[&of[..], &["--profile", "ocsp-responder"], &to].concat());
        certificate
    }

    /// Signs responses about all certificates of a home.
    pub(crate) fn sign_answers(&self, home: &str, out: &str, responder: &Path, answers: usize) -> Cost {
        let out = self.path(out);
        std::fs::create_dir(&out).expect("a directory for responses");
        let mut command = self.program(home);
        command.args(["ocsp", "sign", "--ca", "issuing", "--all", "--responder"]).arg(responder);
        command.args(["--key", &self.key_uri("responder"), "--out"]).arg(&out);
        let cost = measured(&command);
        let written = std::fs::read_dir(out.join("by-serial")).expect("the responses").count();
        assert_eq!(written, answers, "responses written");
        cost
    }

    /// A copy of the home.
    pub(crate) fn renew_home(&self, name: &str) {
        let status = Command::new("cp").arg("-a").arg(self.path("home")).arg(self.path(name)).status();
        assert!(status.expect("cp").success());
    }

    /// Puts so many certificates into the ledger of a home, past the program: the rows that each one has, with their
    /// indices, two entries of the log and its tiles, but neither true signatures nor a true chain of hashes.
    pub(crate) fn fill(&self, home: &str, rows: u32) {
        let ledger = rusqlite::Connection::open(self.path(home).join(LEDGER)).expect("the ledger");
        ledger
            .execute_batch(&format!(
                "PRAGMA synchronous = OFF;
                 BEGIN;
                 CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                     SELECT i FROM n;
                 INSERT INTO certificate (ca, serial, state, subject, not_before, not_after, profile, profile_sha256,
                         request_sha256, requester, reserved_at, settled_at, origin, key_sha256)
                     SELECT (SELECT id FROM ca WHERE name = 'issuing'), randomblob(20), 'issued',
                         'CN=host-' || i || '.example.com', 1800000000, 1800000000 + i, 'tls-server', randomblob(32),
                         randomblob(32), 'user id 0', 1800000000, 1800000000, 'request', randomblob(32) FROM n;
                 INSERT INTO certificate_body (id, der)
                     SELECT id, randomblob(700) FROM certificate WHERE id NOT IN (SELECT id FROM certificate_body);
                 CREATE TEMP TABLE last AS SELECT max(entry) AS entry FROM audit_log;
                 INSERT INTO audit_log (entry, encoding, hash)
                     SELECT last.entry + i,
                         CAST('{{\"event\":\"' || hex(randomblob(180)) || '\",\"time\":\"'
                             || strftime('%Y-%m-%dT%H:%M:%SZ', 'now') || '\"}}' AS BLOB), randomblob(32)
                     FROM (SELECT i FROM n UNION ALL SELECT {rows} + i FROM n), last;
                 INSERT INTO audit_tile (level, tile, hashes)
                     SELECT 0, i - 1, randomblob(8192) FROM n WHERE i <= (SELECT max(entry) / 256 FROM audit_log)
                     UNION ALL SELECT 1, i - 1, randomblob(8192) FROM n
                         WHERE i <= (SELECT max(entry) / 65536 FROM audit_log);
                 COMMIT;
                 PRAGMA wal_checkpoint(TRUNCATE);"
            ))
            .expect("rows");
    }
}

/// Writes requests into a directory, as far as they are not there.
pub(crate) fn write_requests(directory: &Path, count: usize) {
    for number in 0..count {
        let path = directory.join(format!("r{number:06}.csr"));
        if !path.exists() {
            // Half a request would be refused for ever: it gets its name when it is whole.
            let part = path.with_extension("part");
            std::fs::write(&part, request(number)).expect("a request is written");
            std::fs::rename(&part, &path).expect("a request gets its name");
        }
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A request in PEM by a key that nothing else uses.
fn request(number: usize) -> String {
    let mut secret = [0x5a; 32];
    for (to, from) in secret.iter_mut().zip(number.to_be_bytes()) {
        *to = from ^ 0x33;
    }
    let key = p256::ecdsa::SigningKey::from_slice(&secret).expect("a private key");
    let point = key.verifying_key().to_sec1_point(false);
    let public_key = PublicKey::from_ec_point(Curve::P256, point.as_bytes()).expect("a public key");
    let signature = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let host = format!("host-{number}.example.com");
    let subject = format!("CN={host}").parse().expect("a name");
    let names = Value::SubjectAltName(SubjectAltName(vec![GeneralName::Dns(host)]));
    let extensions = vec![Extension { critical: false, value: names }];
    let fields = RequestFields { signature, subject, public_key: public_key.clone(), extensions };
    let tbs = fields.build().expect("a request");
    let raw: p256::ecdsa::Signature =
        key.sign_prehash(&Digest::Sha256.of(tbs.as_der())).expect("a signature");
    let value = SignatureValue::from_token(&public_key, signature, &raw.to_bytes()).expect("a signature");
    Signed::seal(&tbs, &value, &public_key, Verification::Once).expect("a signed request").to_pem()
}
