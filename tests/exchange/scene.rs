//! Two sides: the CA's home with its token, and a directory of people who ask, with a key of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use keyrite::exchange::Contents;

use crate::home::{Home, Run, finish, program};
use crate::support::fault_module;

/// What the requester may ask for.
const REQUESTER: &str = "\n[requester.web-team]\nkeys = [\"team.pub\", \"soft.pub\"]\ncas = [\"root\"]\n\
                         profiles = [\"tls-server\"]\nmost_requests = 3\nasks = [\"crl\", \"ocsp\", \"revoke\"]\n";

pub(crate) struct Scene {
    pub(crate) home: Home,
}

impl Scene {
    /// A root CA that knows `web-team` by two keys: one of a token, and one of OpenSSL. Three requests.
    pub(crate) fn new() -> Self {
        static TEMPLATE: OnceLock<Home> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let home = Home::template();
            let key = home.token().key_uri("team");
            home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
            home.done(&["key", "show", &key, "--public-out", "ca/team.pub"]);
            let soft =
                ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "soft.key"];
            assert!(home.openssl(&soft).0);
            assert!(home.openssl(&["pkey", "-in", "soft.key", "-pubout", "-out", "ca/soft.pub"]).0);
            let key = home.token().key_uri("responder");
            home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
            home.done(&["key", "show", &key, "--public-out", "ca/responder.pub"]);
            let of = ["--public-key", "ca/responder.pub", "--possession", "made on this token"];
            let to = ["--subject", "C=AT,O=Example,CN=Responder", "--out", "ca/responder.pem"];
            home.done(&[&["issue", "--ca", "root", "--profile", "ocsp-responder"], &of[..], &to].concat());
            home.append(
                "ca/keyrite.toml",
                &format!("\n[ca.root.ocsp]\nresponder = \"responder.pem\"\nkey = \"{key}\"\n"),
            );
            home.append("ca/keyrite.toml", REQUESTER);
            std::fs::create_dir(home.path("online")).unwrap();
            home
        });
        let home = template.copy();
        fault_module::forget(home.token());
        Self { home }
    }

    /// A command of the people who ask: they have no home, and their token is another's business.
    fn online_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(program(), "");
        let nowhere = self.path("online").display().to_string();
        let module = fault_module::path().display().to_string();
        let pin = self.home.token().pin_source();
        command
            .args(["--home", &nowhere, "--module", &module, "--pin-source", &pin, "--yes"])
            .args(arguments);
        command
    }

    pub(crate) fn online(&self, arguments: &[&str]) -> Run {
        finish(&mut self.online_command(arguments))
    }

    #[track_caller]
    pub(crate) fn online_done(&self, arguments: &[&str]) -> String {
        let run = self.online(arguments);
        assert_eq!(run.code, Some(0), "keyrite {}: {run:#?}", arguments.join(" "));
        run.stdout
    }

    /// Makes the bundle `request` for some requests.
    #[track_caller]
    pub(crate) fn ask(&self, requests: &[&str], more: &[&str]) {
        let key = self.home.token().key_uri("team");
        let to = ["--ca", "root", "--ca-certificate", "root.pem", "--requester", "web-team"];
        let by = ["--sign-with", &key, "--out", "request"];
        let profile: &[&str] = if requests.is_empty() { &[] } else { &["--profile", "tls-server"] };
        self.online_done(&[&["bundle", "request"], requests, &to, profile, &by, more].concat());
        fault_module::forget(self.home.token());
    }

    /// Has the CA answer a bundle.
    pub(crate) fn answer(&self, request: &str, out: &str) -> Run {
        self.home.keyrite(&["bundle", "answer", request, "--out", out], "")
    }

    /// Takes what came back.
    pub(crate) fn accept(&self, answer: &str, out: &str) -> Run {
        self.online(&[
            "bundle",
            "accept",
            answer,
            "--request",
            "request",
            "--ca-certificate",
            "root.pem",
            "--out",
            out,
        ])
    }

    /// How often the token has signed since it was last forgotten.
    pub(crate) fn signatures(&self) -> usize {
        fault_module::calls(self.home.token(), "C_Sign")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path(name)
    }

    /// The files of a bundle.
    pub(crate) fn contents(&self, bundle: &str) -> Contents {
        let mut contents = Contents::new();
        gather(&self.path(bundle), "", &mut contents);
        contents
    }

    /// Writes files as a bundle.
    #[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
    pub(crate) fn put(&self, bundle: &str, contents: &Contents) {
        let directory = self.path(bundle);
        drop(std::fs::remove_dir_all(&directory));
        for (file, octets) in contents {
            let path = directory.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, octets).unwrap();
        }
    }

    /// Every serial number of the ledger, with what became of it.
    pub(crate) fn serials(&self) -> BTreeMap<String, String> {
        self.home.certificates().into_iter().map(|taken| (taken.number, taken.state)).collect()
    }
}

fn gather(directory: &Path, prefix: &str, contents: &mut Contents) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), &format!("{name}/"), contents);
        } else {
            contents.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}
