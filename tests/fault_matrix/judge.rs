//! What must hold after every run, and how it has to have ended.

use std::panic::catch_unwind;

use crate::aftermath::examine;
use crate::cell::Ran;
use crate::command::Command;
use crate::home::Taken;
use crate::row::{Expect, Row};
use crate::scene::{Scene, files, objects};
use crate::search::assert_absent;

/// What a cell may show that must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// Something came out that OpenSSL does not accept under the CA's real certificate, or after a refusal.
    Output,
    /// The main process panicked, or ended otherwise than programs of good manners do.
    Panic,
    /// It did not end in time.
    Hang,
    /// The ledger, the numbers or the files are not as they must be.
    Damage,
    /// A PIN was told or written.
    Pin,
    /// Something is left in the token that nobody was told of.
    Left,
    /// The error is not the one that the fault calls for.
    Words,
    /// More signatures were asked for than the fault allows.
    Signatures,
}

/// Everything that is wrong with a run.
pub(crate) fn judge(scene: &Scene, row: &Row, command: Command, ran: &Ran) -> Vec<(Wrong, String)> {
    let mut wrong = Vec::new();
    if ran.overran {
        wrong.push((Wrong::Hang, "it had to be ended".to_owned()));
        return wrong;
    }
    manners(command, ran, &mut wrong);
    pins(scene, ran, &mut wrong);
    if let Err(text) = ended_as_expected(row, command, ran) {
        wrong.push((Wrong::Words, text));
    }
    if ran.run.code != Some(0)
        && command != Command::Doctor
        && row.signatures.is_some_and(|most| ran.signatures > most)
    {
        wrong.push((Wrong::Signatures, format!("{} calls of C_Sign", ran.signatures)));
    }
    // Where the fault could not happen it was a run like any other, of which one row shows that it is good.
    if !ran.committed && ran.run.code == Some(0) {
        return wrong;
    }
    if let Err(text) = outputs(scene, command, ran) {
        wrong.push((Wrong::Output, text));
    }
    if let Err(text) = token(scene, command, ran) {
        wrong.push((Wrong::Left, text));
    }
    if let Err(text) = home(scene, command, ran) {
        wrong.push((Wrong::Damage, text));
    }
    wrong
}

fn manners(command: Command, ran: &Ran, wrong: &mut Vec<(Wrong, String)>) {
    let run = &ran.run;
    if run.signal.is_some() || !matches!(run.code, Some(0 | 1 | 3 | 4 | 5 | 6)) {
        wrong.push((Wrong::Panic, format!("code {:?}, signal {:?}", run.code, run.signal)));
    }
    for word in ["has a defect", "panicked at", "RUST_BACKTRACE"] {
        if run.stderr.contains(word) {
            wrong.push((Wrong::Panic, format!("{word:?} in what it said")));
        }
    }
    let control = |text: &str| text.contains(['\x1b', '\x07', '\r', '\t']);
    if control(&run.stdout) || control(ran.error()) {
        wrong.push((Wrong::Words, "control characters of the module in what it said".to_owned()));
    }
    // A batch lists its requests, with the error of each, as its answer.
    let answered = !run.stdout.is_empty() && !run.stdout.contains("r1.csr: ");
    // So does an examination, of a token that is not fit.
    let unfit = command == Command::Doctor && run.code == Some(1) && answered;
    if !unfit && run.code != Some(0) && (ran.error().is_empty() || answered) {
        wrong.push((Wrong::Words, "no error, or an answer beside it".to_owned()));
    }
}

/// The PIN is in nothing that was said and in no file that was written.
fn pins(scene: &Scene, ran: &Ran, wrong: &mut Vec<(Wrong, String)>) {
    let mut look = |octets: &[u8], place: &str| {
        if catch_unwind(|| assert_absent(octets, place)).is_err() {
            wrong.push((Wrong::Pin, place.to_owned()));
        }
    };
    look(ran.run.stdout.as_bytes(), "the output");
    look(ran.run.stderr.as_bytes(), "the messages");
    for (name, octets) in files(&ran.home) {
        if scene.files.get(&name) != Some(&octets) {
            look(&octets, &name);
        }
    }
    for directory in [".", "out"] {
        for name in ran.home.files(directory) {
            let path = ran.home.path(directory).join(&name);
            let old = scene.home.path(directory).join(&name);
            if path.is_file() && !["pin", "softhsm2.conf"].contains(&&*name) {
                let octets = std::fs::read(&path).unwrap();
                if std::fs::read(old).ok().as_ref() != Some(&octets) {
                    look(&octets, &name);
                }
            }
        }
    }
}

fn ended_as_expected(row: &Row, command: Command, ran: &Ran) -> Result<(), String> {
    if command == Command::Doctor {
        // What fails is told in its place, and the rest examined; only without the token there is no answer.
        let told = match ran.run.code {
            Some(0 | 1) => ran.run.stdout.contains("verdict"),
            _ => !ran.error().is_empty(),
        };
        return if told { Ok(()) } else { Err("expected a verdict, or an error".to_owned()) };
    }
    let expected = if ran.committed { row.expected(command) } else { &Expect::Done };
    let refused = |code: &i32, words: &str| ran.run.code == Some(*code) && says(ran.error(), words);
    let good = match expected {
        Expect::Done => ran.run.code == Some(0),
        Expect::Refused(code, words) => refused(code, words),
        Expect::Any => true,
        Expect::Either(code, words) => ran.run.code == Some(0) || refused(code, words),
    };
    if good { Ok(()) } else { Err(format!("expected {expected:?}")) }
}

/// Whether a text has these words in their order, with anything in the place of each ….
fn says(text: &str, words: &str) -> bool {
    let mut rest = text;
    words.split('…').all(|part| {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        true
    })
}

/// Whatever came out is right, and nothing did where the command says that it failed.
fn outputs(scene: &Scene, command: Command, ran: &Ran) -> Result<(), String> {
    let home = &ran.home;
    if let Some(name) = command.output() {
        let there = home.path(name).exists();
        if there != (ran.run.code == Some(0)) {
            return Err(format!("{name} is {}", if there { "there" } else { "not there" }));
        }
    }
    let new = |now: Vec<Taken>, old: &[Taken]| -> Vec<Vec<u8>> {
        let new = now.into_iter().filter(|each| each.state == "issued" && !old.contains(each));
        new.filter_map(|each| each.der).collect()
    };
    let certificates = new(home.certificates(), &scene.before.certificates);
    let crls = new(home.crls(), &scene.before.crls);
    let wanted = match (command, ran.run.code) {
        (Command::Issue, Some(0)) => (3, 0),
        (Command::Create, Some(0)) => (1, 0),
        (Command::Crl, Some(0)) => (0, 1),
        (Command::Generate | Command::Doctor, _) => (0, 0),
        (Command::Issue, _) => (certificates.len().min(2), 0),
        (Command::Crl | Command::Create, _) => (0, 0),
    };
    if (certificates.len(), crls.len()) != wanted {
        return Err(format!("{} certificates and {} CRLs are on record", certificates.len(), crls.len()));
    }
    for (number, der) in certificates.iter().enumerate() {
        let name = format!("issued{number}.key");
        write(home, &name, der);
        let (good, said) = home.openssl(&["verify", "-x509_strict", "-CAfile", command.issuer(), &name]);
        std::fs::remove_file(home.path(&name)).unwrap();
        if !good {
            return Err(said);
        }
    }
    for der in crls {
        write(home, "issued.key", &der);
        let (_, said) = home.openssl(&[
            "crl",
            "-inform",
            "DER",
            "-in",
            "issued.key",
            "-CAfile",
            command.issuer(),
            "-noout",
        ]);
        std::fs::remove_file(home.path("issued.key")).unwrap();
        if !said.contains("verify OK") {
            return Err(said);
        }
    }
    if command == Command::Create && ran.run.code == Some(0) {
        let (_, key) = home.openssl(&["x509", "-in", "new.pem", "-noout", "-pubkey"]);
        if key.trim() != scene.next.trim() {
            return Err("the new CA has another key".to_owned());
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
fn write(home: &crate::home::Home, name: &str, octets: &[u8]) {
    std::fs::write(home.path(name), octets).unwrap();
}

/// Nothing but the pair that was asked for is new in the token, or the error says what is.
fn token(scene: &Scene, command: Command, ran: &Ran) -> Result<(), String> {
    let home = &ran.home;
    let now = objects(home);
    if let Some(gone) = scene.objects.iter().find(|name| !now.contains(*name)) {
        return Err(format!("{gone} is gone"));
    }
    let new = now.len() - scene.objects.len();
    if command != Command::Generate {
        return if new == 0 { Ok(()) } else { Err(format!("{new} objects")) };
    }
    if ran.run.code != Some(0) {
        let told = ran.error().contains("in the token") && ran.error().contains("\"new\"");
        return if new == 0 || told { Ok(()) } else { Err(format!("{new} objects, and nobody was told")) };
    }
    if new != 2 {
        return Err(format!("{new} objects, wanted a pair"));
    }
    // The key that was told of is the one that is there, and a good one.
    let shown = home.keyrite(&["key", "show", &home.token().key_uri("new")], "");
    let digest = |text: &str| text.lines().find(|line| line.contains("SHA-256")).map(str::to_owned);
    if shown.code != Some(0)
        || digest(&shown.stdout).is_none()
        || digest(&shown.stdout) != digest(&ran.run.stdout)
    {
        return Err(format!("{shown:#?}"));
    }
    let key = home.token().key_uri("new");
    let create = ["ca", "create", "proof", "--key", &key, "--subject", "C=AT,O=Example,CN=Example Proof"];
    let run = home.keyrite(&create, "");
    if run.code == Some(0) { Ok(()) } else { Err(format!("{run:#?}")) }
}

/// The home is octet for octet as it was, or it is whole and works on with a module that is good.
fn home(scene: &Scene, command: Command, ran: &Ran) -> Result<(), String> {
    let home = &ran.home;
    if files(home) == scene.files {
        return Ok(());
    }
    // An examination has keys of its own sign, and records that in the home: nothing else is changed by it.
    if ran.run.code != Some(0) && command != Command::Doctor {
        // Without the short time-outs, which a busy machine needs longer than.
        std::fs::copy(scene.home.path("ca/keyrite.toml"), home.path("ca/keyrite.toml")).unwrap();
        return examine(home, &scene.before).map_err(|fault| format!("{fault:?}"));
    }
    for arguments in [&["audit", "verify"][..], &["status"]] {
        let run = home.keyrite(arguments, "");
        if run.code != Some(0) {
            return Err(format!("{run:#?}"));
        }
    }
    let open = home.keyrite(&["recover"], "");
    if open.stdout.contains("nothing is open") { Ok(()) } else { Err(format!("{open:#?}")) }
}
