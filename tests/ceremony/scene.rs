//! A home, two tokens and a script beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use keyrite::evidence::Memory;

use crate::support::fault_module;
use crate::support::softhsm::Tokens;

/// A small ceremony: everything that is signed in the template, without what only people do.
pub(crate) const SCRIPT: &str = r#"
[ceremony]
title = "Test Root"
purpose = "Make a root and a CA below it."
document = "CPS 6.1.1"

[roles.administrator]
description = "does it"

[roles.witness]
description = "looks at it"

[ca.root]
crl_urls = ["http://pki.example.test/root.crl"]

[ca.issuing]
crl_urls = ["http://pki.example.test/issuing.crl"]

[[section]]
title = "All of it"
present = { administrator = 1, witness = 1 }
approvals = 2

[[section.step]]
do = "action"
text = "Open the bag."
observe = ["bag"]

[[section.step]]
do = "create-root"
ca = "root"
token = "root-token"
key = "root-g1"
algorithm = "ec-p256"
subject = "C=AT,O=Example,CN=Example Root"

[[section.step]]
do = "request"
ca = "issuing"
token = "issuing-token"
key = "issuing-1"
algorithm = "ec-p256"
subject = "C=AT,O=Example,CN=Example Issuing"

[[section.step]]
do = "issue"
ca = "root"
for = "issuing"
profile = "intermediate"

[[section.step]]
do = "install"
ca = "issuing"

[[section.step]]
do = "issue-crl"
ca = "root"
next_update = "180d"

[[section.step]]
do = "checkpoint"
ca = "root"
"#;

/// What the sections of CAs in the script say.
pub(crate) const CAS: &str = "[ca.root]\ncrl_urls = [\"http://pki.example.test/root.crl\"]\n\
                              [ca.issuing]\ncrl_urls = [\"http://pki.example.test/issuing.crl\"]\n";

pub(crate) const ANSWERS: &str = "[people]\nadministrator = [\"Alice\"]\nwitness = [\"Wim\"]\n\
                                  [observe.\"1.1\"]\nbag = \"A-1\"\n";

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct Scene {
    tokens: Tokens,
}

impl Scene {
    /// The home, the tokens, and the script in `script.toml`.
    pub(crate) fn new() -> Self {
        let mut tokens = Tokens::new("root-g1");
        tokens.add("issuing");
        let scene = Self { tokens };
        scene.write("script.toml", SCRIPT);
        scene.write("answers.toml", ANSWERS);
        let pin = scene.tokens.pin_source();
        scene.write(
            "site.toml",
            &format!(
                "[tokens.root-token]\nuri = \"pkcs11:token=root-g1?pin-source={pin}\"\n\
                 [tokens.issuing-token]\nuri = \"pkcs11:token=issuing?pin-source={pin}\"\n"
            ),
        );
        scene.done(&["init", "home"]);
        scene.append("home/keyrite.toml", CAS);
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.tokens.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let before = self.read(name);
        self.write(name, &format!("{before}{text}"));
    }

    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let before = self.read(name);
        assert!(before.contains(from), "{name} has no {from:?}");
        self.write(name, &before.replacen(from, to, 1));
    }

    /// The command, in the directory, with the tokens behind the fault module.
    pub(crate) fn command(&self, arguments: &[&str], faults: &str) -> Command {
        let mut command = self.tokens.command(env!("CARGO_BIN_EXE_keyrite"));
        command.current_dir(self.tokens.path()).env_remove("LD_LIBRARY_PATH");
        command.envs(fault_module::environment(&self.tokens, faults));
        command.args(["--home", "home", "--module"]).arg(fault_module::path()).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn keyrite_with(&self, arguments: &[&str], faults: &str) -> Ended {
        let output = self.command(arguments, faults).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn keyrite(&self, arguments: &[&str]) -> Ended {
        self.keyrite_with(arguments, "")
    }

    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ended = self.keyrite(arguments);
        assert_eq!(ended.code, Some(0), "keyrite {}: {}", arguments.join(" "), ended.stderr);
        ended.stdout
    }

    /// The hash of the plan.
    #[track_caller]
    pub(crate) fn plan(&self) -> String {
        let shown = self.done(&["--json", "ceremony", "plan", "script.toml", "--site", "site.toml"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["plan"]["sha256"]["hex"].as_str().unwrap().to_owned()
    }

    /// The arguments of a run of a plan.
    pub(crate) fn run(plan: &str) -> Vec<&str> {
        let run = ["ceremony", "run", "script.toml", "--site", "site.toml", "--plan", plan];
        [&run[..], &["--dir", "out", "--answers", "answers.toml"]].concat()
    }

    pub(crate) const RESUME: &'static [&'static str] =
        &["ceremony", "resume", "out", "--answers", "answers.toml"];

    /// How often a function of the module was called.
    pub(crate) fn calls(&self, function: &str) -> usize {
        fault_module::calls(&self.tokens, function)
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Puts the bundle together, which must verify; gives what verifying said.
    #[track_caller]
    pub(crate) fn proven(&self) -> String {
        self.done(&["ceremony", "bundle", "out", "--out", "bundle"]);
        self.done(&["ceremony", "verify", "bundle"])
    }
}

/// Every file below a directory, by its path there.
pub(crate) fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// The files of one bundle, made once for all tests that spoil it.
pub(crate) fn bundle() -> Memory {
    static BUNDLE: OnceLock<Memory> = OnceLock::new();
    BUNDLE
        .get_or_init(|| {
            let scene = Scene::new();
            scene.done(&Scene::run(&scene.plan()));
            scene.done(&["ceremony", "bundle", "out", "--out", "bundle"]);
            Memory(files(&scene.path("bundle")))
        })
        .clone()
}

/// The findings of a bundle, as they are told.
pub(crate) fn findings(bundle: &Memory) -> Vec<String> {
    keyrite::ceremony::verify(bundle).findings.iter().map(ToString::to_string).collect()
}
