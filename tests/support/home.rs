//! A home with one root CA, some certificates and a CRL; copied for each run that spoils it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::{Connection, OpenFlags};

use crate::support::fault_module;
use crate::support::softhsm::Token;

/// A home, its token, and every file that was written, all in one directory.
pub(crate) struct Home {
    token: Token,
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One number that the ledger has taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taken {
    pub(crate) number: String,
    pub(crate) state: String,
    pub(crate) der: Option<Vec<u8>>,
}

impl Home {
    /// The one of which copies are made: two certificates, `old.pem` revoked, `www.pem` not; CRL 1; four requests.
    pub(crate) fn template() -> Self {
        Self::with_key_of("ec-p256")
    }

    /// The same, with a CA key of this algorithm.
    pub(crate) fn with_key_of(algorithm: &str) -> Self {
        let home = Self { token: Token::new("crash") };
        let directory = home.path("ca");
        let key = home.token.key_uri("root");
        home.done(&["init", directory.to_str().unwrap()]);
        home.append("ca/keyrite.toml", "[ca.root]\ncrl_urls = [\"http://pki.example.test/root.crl\"]\n");
        home.done(&["key", "generate", &key, "--algorithm", algorithm]);
        let subject = ["--subject", "C=AT,O=Example,CN=Example Root", "--out", "root.pem"];
        home.done(&[&["ca", "create", "root", "--key", &key][..], &subject].concat());
        for name in ["old", "www", "r1", "r2", "r3"] {
            home.request(name);
        }
        home.done(&home.issue(&["old.csr"], &["--out", "old.pem"]));
        home.done(&home.issue(&["www.csr"], &["--out", "www.pem"]));
        home.done(&["revoke", "old.pem", "--ca", "root", "--reason", "superseded"]);
        home.done(&["crl", "issue", "--ca", "root", "--out", "first.crl"]);
        std::fs::create_dir(home.path("out")).unwrap();
        fault_module::forget(&home.token);
        home
    }

    pub(crate) fn copy(&self) -> Self {
        Self { token: self.token.copy() }
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.token.path().join(name)
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Makes `NAME.csr` by OpenSSL, with a key of its own.
    pub(crate) fn request(&self, name: &str) {
        let (subject, names) =
            (format!("/CN={name}.example.test"), format!("subjectAltName=DNS:{name}.example.test"));
        let (key, out) = (format!("{name}.key"), format!("{name}.csr"));
        let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let (ok, said) = self.openssl(
            &[&new[..], &["-keyout", &key, "-subj", &subject, "-addext", &names, "-out", &out]].concat(),
        );
        assert!(ok, "{said}");
    }

    /// The arguments that issue certificates for some requests.
    pub(crate) fn issue<'a>(&self, requests: &[&'a str], output: &[&'a str]) -> Vec<&'a str> {
        [&["issue"], requests, &["--ca", "root", "--profile", "tls-server"], output].concat()
    }

    /// One more token, without keys.
    pub(crate) fn add_token(&mut self, label: &str) {
        self.token.add(label);
    }

    /// Writes a file in the directory.
    #[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The arguments of every run: `FAULT_LOG` tells which functions of the token were called.
    pub(crate) fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        self.arguments_by(&fault_module::path().display().to_string(), arguments)
    }

    fn arguments_by(&self, module: &str, arguments: &[&str]) -> Vec<String> {
        let home = self.path("ca").display().to_string();
        let general =
            ["--home", &home, "--module", module, "--pin-source", &self.token.pin_source(), "--yes"];
        general.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect()
    }

    /// A command that runs in the directory and sees the token through the fault module.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, faults: &str) -> Command {
        let mut command = self.token.command(program);
        // Where cargo lets libraries be looked for: dozens of calls that are none of the program's.
        command.env_remove("LD_LIBRARY_PATH");
        command.current_dir(self.token.path()).envs(fault_module::environment(&self.token, faults));
        command
    }

    /// Runs keyrite with faults in its module.
    pub(crate) fn keyrite(&self, arguments: &[&str], faults: &str) -> Run {
        let mut command = self.command(program(), faults);
        finish(command.args(self.arguments(arguments)))
    }

    /// Runs keyrite with another module.
    pub(crate) fn keyrite_by(&self, module: &str, arguments: &[&str], faults: &str) -> Run {
        let mut command = self.command(program(), faults);
        finish(command.args(self.arguments_by(module, arguments)))
    }

    /// Runs keyrite, which must succeed; gives what it said.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let run = self.keyrite(arguments, "");
        assert_eq!(run.code, Some(0), "keyrite {}: {run:#?}", arguments.join(" "));
        run.stdout
    }

    /// Runs `openssl` in the directory: whether it succeeded, and all that it said.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> (bool, String) {
        let run = finish(self.token.command("openssl").current_dir(self.token.path()).args(arguments));
        (run.code == Some(0), run.stdout + &run.stderr)
    }

    /// Every serial number that was ever taken, in the order of the ledger.
    pub(crate) fn certificates(&self) -> Vec<Taken> {
        self.taken("SELECT hex(serial), state, der FROM certificate LEFT JOIN certificate_body USING (id) ORDER BY id")
    }

    /// Every CRL number that was ever taken.
    pub(crate) fn crls(&self) -> Vec<Taken> {
        self.crls_where("TRUE")
    }

    /// The CRL numbers of one CA.
    pub(crate) fn crls_of(&self, ca: &str) -> Vec<Taken> {
        let of = format!("ca = (SELECT id FROM ca WHERE name = '{ca}')");
        self.crls_where(&of)
    }

    /// Those of which no CRL has more than one part: the header is what the ledger does not hold.
    fn crls_where(&self, condition: &str) -> Vec<Taken> {
        let mut taken = self.taken(&format!(
            "SELECT hex(number), state, CAST(crl_part.octets || seal AS BLOB) FROM crl
             LEFT JOIN crl_body USING (id) LEFT JOIN crl_part ON crl_part.crl = crl.id
             WHERE {condition} ORDER BY crl.id"
        ));
        for der in taken.iter_mut().filter_map(|one| one.der.as_mut()) {
            let header = keyrite::x509::crl::header(0x30, u64::try_from(der.len()).unwrap());
            der.splice(0..0, header);
        }
        taken
    }

    /// The serial numbers that are revoked.
    pub(crate) fn revoked(&self) -> Vec<String> {
        let sql = "SELECT hex(serial), '', NULL FROM revocation WHERE ended_revision IS NULL";
        self.taken(sql).into_iter().map(|taken| taken.number).collect()
    }

    fn taken(&self, sql: &str) -> Vec<Taken> {
        let connection = self.ledger();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement
            .query_map([], |row| Ok(Taken { number: row.get(0)?, state: row.get(1)?, der: row.get(2)? }));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The ledger as it lies, with whatever a killed process has left beside it.
    pub(crate) fn ledger(&self) -> Connection {
        Connection::open_with_flags(self.path("ca/ledger.sqlite"), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
    }

    /// The files in a directory, sorted.
    pub(crate) fn files(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The program under test: the one that was built with the tests, or the file that `KEYRITE_PROGRAM` names, which a
/// build in the meantime leaves alone.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("KEYRITE_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_keyrite").into(), PathBuf::from)
}

/// Runs a command to its end, with nothing on standard input.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("{} is needed by this test: {error}", Path::new(command.get_program()).display())
    });
    Run::of(&output)
}

impl Run {
    /// What a program left behind.
    pub(crate) fn of(output: &std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            signal: output.status.signal(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
