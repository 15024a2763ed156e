//! The commands that sign, record or write: one row for each, with what it promises.

use crate::aftermath::{Before, Fault, serial};
use crate::home::{Home, Run, finish, program};
use crate::old_ca;
use crate::support::fault_module;

/// A command, the home in which it runs, and what must hold afterwards.
pub(crate) struct Act {
    /// What the report calls it.
    pub(crate) name: &'static str,
    /// A home in which the command succeeds.
    pub(crate) prepare: fn() -> Home,
    pub(crate) arguments: fn(&Home) -> Vec<String>,
    /// What the command itself mends when it is given again, where the home is not of use before that.
    pub(crate) mend: fn(&Home) -> Result<(), Fault>,
    /// What a run that ended with 0 has done.
    pub(crate) done: fn(&Home, &Before) -> Result<(), Fault>,
    /// What must still be possible, whatever became of the run, before recovery is looked at.
    pub(crate) then: fn(&Home) -> Result<(), Fault>,
}

/// How many requests the larger batch has: its files are synced together.
const LARGE: usize = 9;

pub(crate) const ONE: Act = Act {
    name: "issue",
    prepare: Home::template,
    arguments: |home| owned(&home.issue(&["r1.csr"], &["--out", "one.pem"])),
    mend: |_| Ok(()),
    done: |home, before| {
        let issued = issued(home, before, 1)?;
        there(home, "one.pem").and_then(|()| on_record(&issued, &serial(home, "one.pem")))
    },
    then: |_| Ok(()),
};

pub(crate) const BATCH: Act = Act {
    name: "issue, three",
    prepare: Home::template,
    arguments: |home| owned(&home.issue(&["r1.csr", "r2.csr", "r3.csr"], &["--out-dir", "out"])),
    mend: |_| Ok(()),
    done: |home, before| published(home, before, 3),
    then: |_| Ok(()),
};

pub(crate) const LARGE_BATCH: Act = Act {
    name: "issue, nine",
    prepare: || {
        let home = Home::template();
        for number in 4..=LARGE {
            home.request(&format!("r{number}"));
        }
        home
    },
    arguments: |home| {
        let requests: Vec<String> = (1..=LARGE).map(|number| format!("r{number}.csr")).collect();
        let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
        owned(&home.issue(&requests, &["--out-dir", "out"]))
    },
    mend: |_| Ok(()),
    done: |home, before| published(home, before, LARGE),
    then: |_| Ok(()),
};

pub(crate) const REVOKE: Act = Act {
    name: "revoke",
    prepare: Home::template,
    arguments: |_| owned(&["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]),
    mend: |_| Ok(()),
    done: |home, _| {
        if home.revoked().contains(&serial(home, "www.pem")) { Ok(()) } else { lost("the revocation") }
    },
    then: |_| Ok(()),
};

pub(crate) const CRL: Act = Act {
    name: "crl issue",
    prepare: Home::template,
    arguments: |_| owned(&["crl", "issue", "--ca", "root", "--out", "next.crl"]),
    mend: |_| Ok(()),
    done: |home, before| {
        let issued = home.crls().iter().filter(|each| each.state == "issued").count();
        if issued != before.crls.len() + 1 {
            return lost("the record of the CRL");
        }
        there(home, "next.crl")
    },
    then: |_| Ok(()),
};

/// What has changed since the complete CRL, under a number of the same sequence.
pub(crate) const DELTA: Act = Act {
    name: "crl issue, delta",
    prepare: || {
        let home = Home::template();
        let configuration = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
        let (before, _) = configuration.split_once("[ca.root]").unwrap();
        home.write("ca/keyrite.toml", &format!("{before}{SERIES}"));
        home.done(&["crl", "issue", "--ca", "root", "--out", "base.crl"]);
        home.done(&["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]);
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["crl", "issue", "--ca", "root", "--delta", "--out", "delta.crl"]),
    mend: |_| Ok(()),
    done: |home, before| {
        let issued = home.crls().iter().filter(|each| each.state == "issued").count();
        if issued != before.crls.len() + 1 {
            return lost("the record of the delta CRL");
        }
        there(home, "delta.crl")
    },
    then: |home| {
        must(home, &["crl", "issue", "--ca", "root", "--delta", "--out", "again.crl"])?;
        must(home, &["crl", "verify", "again.crl", "--ca", "root"])
    },
};

const SERIES: &str = r#"
[ca.root.crls.all]
urls = ["http://pki.example.test/root.crl"]
delta_urls = ["http://pki.example.test/root-delta.crl"]
"#;

/// OCSP responses in a group, and their files.
pub(crate) const OCSP_SIGN: Act = Act {
    name: "ocsp sign",
    prepare: || {
        let home = Home::template();
        let key = home.token().key_uri("responder");
        home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
        home.done(&["key", "show", &key, "--public-out", "ca/responder.pub"]);
        let of = ["--public-key", "ca/responder.pub", "--possession", "made on this token"];
        let to = ["--subject", "C=AT,O=Example,CN=Responder", "--out", "responder.pem"];
        home.done(&[&["issue", "--ca", "root", "--profile", "ocsp-responder"], &of[..], &to].concat());
        std::fs::create_dir(home.path("answers")).unwrap();
        fault_module::forget(home.token());
        home
    },
    arguments: answer,
    mend: |_| Ok(()),
    done: |home, _| answered(home),
    then: |home| {
        // What was open is given up first, as everything that a crash has left.
        must(home, &["recover"])?;
        let again = answer(home);
        must(home, &again.iter().map(String::as_str).collect::<Vec<_>>())?;
        answered(home)
    },
};

fn answer(home: &Home) -> Vec<String> {
    let key = home.token().key_uri("responder");
    let by = ["--responder", "responder.pem", "--key", &key, "--out", "answers"];
    owned(&[&["ocsp", "sign", "--ca", "root", "--all"], &by[..]].concat())
}

/// Whoever asks about the certificates finds a response by the responder.
fn answered(home: &Home) -> Result<(), Fault> {
    for certificate in ["old.pem", "www.pem"] {
        let serial = serial(home, certificate);
        let file = format!("answers/by-serial/{serial}.ors");
        must(home, &["ocsp", "verify", &file, "--ca", "root", "--serial", &serial])?;
    }
    Ok(())
}

/// What relying parties fetch: each file whole, the old one or the new one, and all of them by the next run.
pub(crate) const PUBLISH: Act = Act {
    name: "publish",
    prepare: || {
        let home = Home::template();
        std::fs::create_dir(home.path("www")).unwrap();
        home.done(&["publish", "www"]);
        home.done(&["crl", "issue", "--ca", "root", "--out", "second.crl"]);
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["publish", "www"]),
    mend: |_| Ok(()),
    done: |home, _| same(home, "www/root.crl", "second.crl"),
    then: |home| {
        if same(home, "www/root.crl", "second.crl").is_err() {
            same(home, "www/root.crl", "first.crl")?;
        }
        must(home, &["publish", "www"])?;
        must(home, &["publish", "--check", "www"])?;
        // What was being written beside its place when the program was killed has a name that no server serves.
        let strange = |name: &String| {
            !["index.html", "manifest.json", "root.crl"].contains(&name.as_str())
                && !name.starts_with(".keyrite-")
        };
        match home.files("www").into_iter().find(strange) {
            Some(name) => Err(Fault::Partial(format!("www/{name} was left"))),
            None => Ok(()),
        }
    },
};

fn same(home: &Home, file: &str, other: &str) -> Result<(), Fault> {
    let [file, other] = [file, other].map(|name| std::fs::read(home.path(name)).unwrap_or_default());
    if file == other { Ok(()) } else { Err(Fault::Partial(format!("{} octets", file.len()))) }
}

/// Settling is an act as well: disturbed at any boundary, it can be done again.
pub(crate) const RECOVER: Act = Act {
    name: "recover",
    prepare: || {
        let home = Home::template();
        let arguments = home.issue(&["r1.csr", "r2.csr", "r3.csr"], &["--out-dir", "out"]);
        let run = home.keyrite(&arguments, "C_Sign:kill@2");
        assert_eq!(run.code, Some(4), "{run:#?}");
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["recover", "--revoke"]),
    mend: |_| Ok(()),
    done: |home, _| {
        let open = home.certificates().into_iter().filter(|each| each.state == "reserved").count();
        if open == 0 { Ok(()) } else { lost("what was settled") }
    },
    then: |_| Ok(()),
};

/// A new root that is interrupted can be asked for again, and becomes active in the end.
pub(crate) const CREATE: Act = Act {
    name: "ca create",
    prepare: || {
        let home = Home::template();
        let key = home.token().key_uri("second");
        home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
        fault_module::forget(home.token());
        home
    },
    arguments: |home| create(home, "second.pem"),
    mend: |_| Ok(()),
    done: |home, before| {
        let issued = issued(home, before, 1)?;
        there(home, "second.pem").and_then(|()| on_record(&issued, &serial(home, "second.pem")))
    },
    then: |home| {
        let again = create(home, "again.pem");
        let run = home.keyrite(&again.iter().map(String::as_str).collect::<Vec<_>>(), "");
        let active = run.code == Some(1) && run.stderr.contains("there is a CA second already");
        if run.code != Some(0) && !active {
            return Err(Fault::Hands(format!("{run:#?}")));
        }
        let run = home.keyrite(&["crl", "issue", "--ca", "second", "--out", "second.crl"], "");
        if run.code == Some(0) { Ok(()) } else { Err(Fault::Hands(format!("{run:#?}"))) }
    },
};

/// A home that is half made is finished by making it again.
pub(crate) const INIT: Act = Act {
    name: "init",
    prepare: Home::template,
    arguments: |_| owned(&["init", "fresh"]),
    mend: |_| Ok(()),
    done: |home, _| {
        let run = status_of_fresh(home);
        let whole = home.path("fresh/keyrite.toml").exists() && home.path("fresh/profiles").exists();
        if whole && run.code == Some(0) { Ok(()) } else { lost("the new home") }
    },
    then: |home| {
        let run = home.keyrite(&["init", "fresh"], "");
        let exists = run.code != Some(0) && run.stderr.contains("exists already");
        let fresh = status_of_fresh(home);
        let whole = home.path("fresh/keyrite.toml").exists() && home.path("fresh/profiles").exists();
        if (run.code == Some(0) || exists) && fresh.code == Some(0) && whole {
            return Ok(());
        }
        Err(Fault::Hands(format!("{run:#?}\n{fresh:#?}")))
    },
};

/// A CA of `openssl ca` moves in, all of it or nothing, and can move in again.
pub(crate) const MIGRATE: Act = Act {
    name: "migrate openssl",
    prepare: || {
        let home = Home::template();
        // The key was in a file: it cannot show that it never left the token.
        let urls = "[ca.root]\ncrl_urls = [\"http://pki.example.test/root.crl\"]\n";
        home.write("ca/keyrite.toml", &format!("[keys]\nrequire = []\n{urls}"));
        old_ca::make(&home);
        home
    },
    arguments: migrate,
    mend: |_| Ok(()),
    done: |home, before| {
        let more = home.certificates().len() - before.certificates.len();
        if more >= old_ca::CERTIFICATES && !home.crls_of("old").is_empty() {
            Ok(())
        } else {
            lost("what was taken over")
        }
    },
    then: |home| {
        must(home, &migrate(home).iter().map(String::as_str).collect::<Vec<_>>())?;
        must(home, &["crl", "issue", "--ca", "old", "--out", "old-next.crl"])?;
        let crls = home.crls_of("old");
        let [first, .., last] = crls.as_slice() else { return lost("a CRL of the old CA") };
        if last.number <= first.number {
            return Err(Fault::Reused(format!("CRL {}", last.number)));
        }
        Ok(())
    },
};

/// A CA is written as a directory, all of it or nothing, and can be written again.
pub(crate) const MOVE_OUT: Act = Act {
    name: "export openssl",
    prepare: Home::template,
    arguments: |_| owned(&["export", "openssl", "moved", "--ca", "root"]),
    mend: |_| Ok(()),
    done: |home, _| whole_directory(home, "moved"),
    then: |home| {
        if home.path("moved").exists() {
            whole_directory(home, "moved")?;
            std::fs::remove_dir_all(home.path("moved")).unwrap();
        }
        must(home, &["export", "openssl", "moved", "--ca", "root"])?;
        no_leftovers(home)?;
        whole_directory(home, "moved")
    },
};

/// A copy of the home in one file, from which a home can be made.
pub(crate) const BACKUP: Act = Act {
    name: "backup",
    prepare: Home::template,
    arguments: |_| owned(&["backup", "ca.keyrite"]),
    mend: |_| Ok(()),
    done: |home, _| there(home, "ca.keyrite"),
    then: |home| {
        // The file may have its name, and the directory in which it was made be there still: the next one takes it away.
        must(home, &["backup", "again.keyrite"])?;
        no_leftovers(home)?;
        let copy = if home.path("ca.keyrite").exists() { "ca.keyrite" } else { "again.keyrite" };
        must(home, &["restore", copy, "--crl", "first.crl", "--crl", "after.crl", "--replace"])
    },
};

/// The home is replaced by a copy, or stays as it was; until one of both is true the command can be given again.
pub(crate) const RESTORE: Act = Act {
    name: "restore",
    prepare: || {
        let home = Home::template();
        home.done(&["backup", "ca.keyrite"]);
        home
    },
    arguments: |_| owned(RESTORED),
    mend: |home| if home.path("ca/ledger.sqlite").exists() { Ok(()) } else { must(home, RESTORED) },
    done: |home, _| there(home, "ca/ledger.sqlite"),
    then: |_| Ok(()),
};

const RESTORED: &[&str] = &["restore", "ca.keyrite", "--crl", "first.crl", "--replace"];

/// A home as plain files, all of it or nothing.
pub(crate) const EXPORT_HOME: Act = Act {
    name: "export home",
    prepare: Home::template,
    arguments: |_| owned(&["export", "home", "exported"]),
    mend: |_| Ok(()),
    done: |home, _| there(home, "exported"),
    then: |home| {
        if !home.path("exported").exists() {
            must(home, &["export", "home", "exported"])?;
        }
        no_leftovers(home)?;
        must(home, &["import", "home", "exported", "--crl", "first.crl", "--crl", "after.crl", "--replace"])
    },
};

/// As `restore`, from plain files.
pub(crate) const IMPORT_HOME: Act = Act {
    name: "import home",
    prepare: || {
        let home = Home::template();
        home.done(&["export", "home", "exported"]);
        home
    },
    arguments: |_| owned(IMPORTED),
    mend: |home| if home.path("ca/ledger.sqlite").exists() { Ok(()) } else { must(home, IMPORTED) },
    done: |home, _| there(home, "ca/ledger.sqlite"),
    then: |_| Ok(()),
};

const IMPORTED: &[&str] = &["import", "home", "exported", "--crl", "first.crl", "--replace"];

/// The log for an auditor, all of it or nothing.
pub(crate) const AUDIT_EXPORT: Act = Act {
    name: "audit export",
    prepare: Home::template,
    arguments: |_| owned(&["audit", "export", "exported"]),
    mend: |_| Ok(()),
    done: |home, _| must(home, &["audit", "verify", "--export", "exported"]),
    then: |home| {
        if !home.path("exported").exists() {
            must(home, &["audit", "export", "exported"])?;
        }
        no_leftovers(home)?;
        must(home, &["audit", "verify", "--export", "exported"])
    },
};

/// What came over an air gap is answered once, whatever happened the first time.
pub(crate) const BUNDLE_ANSWER: Act = Act {
    name: "bundle answer",
    prepare: || {
        let home = Home::template();
        let key = home.token().key_uri("team");
        home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
        home.done(&["key", "show", &key, "--public-out", "ca/team.pub"]);
        let requester = "keys = [\"team.pub\"]\ncas = [\"root\"]\nprofiles = [\"tls-server\"]\n";
        home.append("ca/keyrite.toml", &format!("\n[requester.team]\n{requester}"));
        let asked = ["bundle", "request", "r1.csr", "--profile", "tls-server", "--requester", "team"];
        let of = ["--ca", "root", "--ca-certificate", "root.pem", "--sign-with", &key, "--out", "request"];
        home.done(&[&asked[..], &of].concat());
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["bundle", "answer", "request", "--out", "answer"]),
    mend: |_| Ok(()),
    done: |home, before| {
        issued(home, before, 1)?;
        there(home, "answer")
    },
    then: |home| {
        // A number that recovery gave up is refused in the answer: code 1. There is never a second one.
        let run = home.keyrite(&["bundle", "answer", "request", "--out", "again"], "");
        if !matches!(run.code, Some(0 | 1)) {
            return Err(Fault::Hands(format!("answered again: {run:#?}")));
        }
        let taken: u32 = home
            .ledger()
            .query_row(
                "SELECT count(*) FROM certificate WHERE requester LIKE 'team by bundle %'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        if taken > 1 {
            return Err(Fault::Reused(format!("{taken} serial numbers for one request")));
        }
        if home.path("answer").exists() {
            same(home, "answer/answer.json", "again/answer.json")?;
            same(home, "answer/checkpoint", "again/checkpoint")?;
        }
        no_leftovers(home)?;
        let accept = ["bundle", "accept", "again", "--request", "request", "--ca-certificate", "root.pem"];
        let accepted = home.keyrite(&[&accept[..], &["--out", "accepted"]].concat(), "");
        if accepted.code == run.code { Ok(()) } else { Err(Fault::Hands(format!("{accepted:#?}"))) }
    },
};

/// A key is there or gone, and in the end the log tells that it is gone.
pub(crate) const DESTROY: Act = Act {
    name: "key destroy",
    prepare: || {
        let home = Home::template();
        home.done(&["key", "generate", SPARE, "--algorithm", "ec-p256"]);
        fault_module::forget(home.token());
        home
    },
    arguments: |_| owned(&["key", "destroy", SPARE]),
    mend: |_| Ok(()),
    done: |_, _| Ok(()),
    then: |home| {
        // Refused where it is on record already.
        drop(home.keyrite(&["key", "destroy", SPARE], ""));
        let listed = home.done(&["audit", "list", "--event", "key-destroyed"]);
        if listed.contains("object=spare") { Ok(()) } else { lost("the end of the key") }
    },
};

const SPARE: &str = "pkcs11:object=spare";

/// OpenSSL counts the certificates of the directory, and finds each.
fn whole_directory(home: &Home, directory: &str) -> Result<(), Fault> {
    let partial = |what: String| Err(Fault::Partial(format!("{directory}: {what}")));
    let Ok(index) = std::fs::read_to_string(home.path(directory).join("index.txt")) else {
        return partial("no index.txt".to_owned());
    };
    for serial in index.lines().filter_map(|line| line.split('\t').nth(3)) {
        if !home.path(directory).join(format!("newcerts/{serial}.pem")).is_file() {
            return partial(format!("no certificate {serial}"));
        }
    }
    for file in ["serial", "crlnumber", "openssl.cnf"] {
        if !home.path(directory).join(file).is_file() {
            return partial(format!("no {file}"));
        }
    }
    if index.is_empty() { partial("index.txt is empty".to_owned()) } else { Ok(()) }
}

fn no_leftovers(home: &Home) -> Result<(), Fault> {
    match home.files(".").into_iter().find(|name| name.ends_with(".part")) {
        Some(name) => Err(Fault::Partial(format!("{name} was left, and not taken away"))),
        None => Ok(()),
    }
}

fn must(home: &Home, arguments: &[&str]) -> Result<(), Fault> {
    let run = home.keyrite(arguments, "");
    if run.code == Some(0) { Ok(()) } else { Err(Fault::Hands(format!("{arguments:?}: {run:#?}"))) }
}

fn migrate(home: &Home) -> Vec<String> {
    let key = home.token().key_uri("old");
    owned(&["migrate", "openssl", "old", "--ca", "old", "--key", &key])
}

fn create(home: &Home, out: &str) -> Vec<String> {
    let key = home.token().key_uri("second");
    owned(&["ca", "create", "second", "--key", &key, "--subject", "C=AT,O=Example,CN=Second", "--out", out])
}

fn status_of_fresh(home: &Home) -> Run {
    finish(home.command(program(), "").args(["--home", "fresh", "status"]))
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

fn lost<T>(what: &str) -> Result<T, Fault> {
    Err(Fault::Lost(format!("{what} that exit code 0 acknowledged")))
}

/// The serial numbers of the certificates that are new on record, of which there must be so many.
fn issued(home: &Home, before: &Before, wanted: usize) -> Result<Vec<String>, Fault> {
    let new = home.certificates().into_iter().skip(before.certificates.len());
    let issued: Vec<String> = new.filter(|each| each.state == "issued").map(|each| each.number).collect();
    if issued.len() == wanted { Ok(issued) } else { lost(&format!("{wanted} certificates")) }
}

/// Each new certificate lies in `out` under its number.
fn published(home: &Home, before: &Before, wanted: usize) -> Result<(), Fault> {
    issued(home, before, wanted)?.iter().try_for_each(|number| there(home, &format!("out/{number}.pem")))
}

fn there(home: &Home, file: &str) -> Result<(), Fault> {
    if home.path(file).exists() { Ok(()) } else { lost(file) }
}

fn on_record(issued: &[String], number: &String) -> Result<(), Fault> {
    if issued.contains(number) { Ok(()) } else { lost(number) }
}
