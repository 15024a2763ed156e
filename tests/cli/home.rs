//! Homes that are there and not there: the ledger and its audit log.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use keyrite::audit::Event;
use keyrite::store::Store;
use keyrite::x509::time::Time;

use crate::program::{assert_safe, run};

/// A home with an empty ledger, and some events in its log.
fn home() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let now = Time::from_unix(1_800_000_000).unwrap();
    let mut store = Store::create(directory.path(), now).unwrap();
    for token in ["pkcs11:token=a", "pkcs11:token=\u{1b}[31m\nentry"] {
        let event = Event::LoginFailed { token: token.to_owned(), reason: "wrong PIN".to_owned() };
        store.append(event, now).unwrap();
    }
    directory
}

const READERS: [&[&str]; 5] = [
    &["certificate", "list"],
    &["certificate", "show", "4C0FFEE1"],
    &["certificate", "export", "4C0FFEE1", "--out", "x.pem"],
    &["audit", "list"],
    &["audit", "verify"],
];

#[test]
fn without_a_home_commands_say_how_to_name_or_make_one() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in READERS {
        let run = run(directory.path(), arguments).ends(3);
        assert!(run.stderr.starts_with("error: no ledger at /"), "{run:#?}");
        assert!(run.stderr.contains("init") && run.stderr.contains("--home"), "{run:#?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "something was made");
}

#[test]
fn a_home_that_others_may_write_is_refused() {
    let home = home();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
    for arguments in READERS {
        let run = run(home.path(), arguments).ends(3);
        assert!(run.stderr.contains("wanted no write permission for group and others"), "{run:#?}");
    }
}

/// By flag, by environment, and as the current directory.
#[test]
fn the_home_is_found_in_three_ways() {
    let home = home();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    run(home.path(), ["audit", "verify"]).ends(0);
    run(elsewhere.path(), ["audit", "verify", "--home", path]).ends(0);
    let by_environment = crate::program::command(elsewhere.path())
        .env("KEYRITE_HOME", path)
        .args(["audit", "verify"])
        .output();
    assert!(by_environment.unwrap().status.success());
}

#[test]
fn the_audit_log_is_listed_and_escaped() {
    let home = home();
    let text = run(home.path(), ["audit", "list"]).ends(0);
    assert_safe(&text);
    assert_eq!(text.stdout.matches("login-failed").count(), 2);
    let json =
        run(home.path(), ["audit", "list", "--from", "2", "--event", "login-failed", "--json"]).ends(0);
    let json = json.json();
    let entries = json["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["details"]["token"], "pkcs11:token=a");
    assert_eq!(entries[1]["details"]["token"], "pkcs11:token=\u{1b}[31m\nentry");
}

fn head(home: &Path) -> String {
    run(home, ["audit", "verify", "--json"]).ends(0).json()["head"]["hex"].as_str().unwrap().to_owned()
}

#[test]
fn the_audit_log_is_verified_against_a_head_on_paper() {
    let home = home();
    let earlier = head(home.path());
    let mut store = Store::open(home.path(), keyrite::store::OpenOptions::default()).unwrap();
    let event = Event::LoginFailed { token: "pkcs11:token=b".to_owned(), reason: "x".to_owned() };
    store.append(event, Time::from_unix(1_800_000_001).unwrap()).unwrap();
    drop(store);
    assert_ne!(head(home.path()), earlier);
    // The old head is still in the chain, in whatever case it is typed; another one never was.
    run(home.path(), ["audit", "verify", "--head", &earlier.to_uppercase()]).ends(0);
    let other = run(home.path(), ["audit", "verify", "--head", &"ab".repeat(32)]).ends(6);
    assert!(other.stderr.starts_with("error: "), "{other:#?}");
    let short = run(home.path(), ["audit", "verify", "--head", "abcd"]).ends(2);
    assert!(short.stderr.contains("--head"), "{short:#?}");
}

#[test]
fn a_changed_entry_is_found() {
    let home = home();
    let ledger = rusqlite::Connection::open(home.path().join(keyrite::store::LEDGER)).unwrap();
    ledger
        .execute_batch(
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'trigger'; PRAGMA writable_schema = OFF;",
        )
        .unwrap();
    drop(ledger);
    let ledger = rusqlite::Connection::open(home.path().join(keyrite::store::LEDGER)).unwrap();
    let changed = ledger
        .execute(
            "UPDATE audit_log SET encoding = CAST(replace(CAST(encoding AS TEXT), 'wrong PIN', 'right PIN') AS BLOB) WHERE entry = 2",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(ledger);
    let run = run(home.path(), ["audit", "verify"]).ends(6);
    assert!(run.stderr.contains("entry 2"), "{run:#?}");
}

#[test]
fn an_unknown_serial_is_refused_and_nothing_written() {
    let home = home();
    let run = run(home.path(), ["certificate", "export", "4C0FFEE1", "--out", "x.pem"]).ends(1);
    assert!(run.stderr.contains("no certificate 4C0FFEE1 in this home"), "{run:#?}");
    assert!(!home.path().join("x.pem").exists());
}
