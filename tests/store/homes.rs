//! Where a ledger lives, who may write there, and what is not taken for one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use keyrite::store::{Error, LEDGER, OpenOptions, Store};

use crate::scene::{Scene, at};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn open(home: &Path) -> Result<Store, Error> {
    Store::open(home, OpenOptions::default())
}

#[test]
fn a_new_home_is_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("deep").join("home");
    let store = Store::create(&home, at(0)).unwrap();
    assert_eq!(mode(&home), 0o700);
    let mut files = 0;
    for file in fs::read_dir(&home).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert_eq!(files, 3, "the ledger, its write-ahead log, and the index of that");
    drop(store);
    let error = Store::create(&home, at(1)).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error:?}");
    assert_eq!(open(&home).unwrap().audit_head().unwrap().entries, 1, "the second attempt left no trace");
}

#[test]
fn a_home_or_ledger_that_others_may_write_is_refused_with_its_mode() {
    let scene = Scene::new();
    let home = scene.directory.path();
    for (path, mode) in [
        (home.to_owned(), 0o770),
        (home.to_owned(), 0o702),
        (home.join(LEDGER), 0o660),
        (home.join(LEDGER), 0o606),
    ] {
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        for error in [open(home).unwrap_err(), Store::open_read_only(home).unwrap_err()] {
            assert!(matches!(&error, Error::Writable { mode: found, .. } if *found == mode), "{error:?}");
            assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
        }
        fs::set_permissions(&path, before).unwrap();
    }
    // That others may read is a matter of taste, and a home reached by a link is the same home.
    fs::set_permissions(home, Permissions::from_mode(0o755)).unwrap();
    let beside = tempfile::tempdir().unwrap();
    symlink(home, beside.path().join("link")).unwrap();
    open(&beside.path().join("link")).unwrap();
}

#[test]
fn an_attempt_that_was_interrupted_is_finished() {
    let directory = tempfile::tempdir().unwrap();
    fs::File::create_new(directory.path().join(LEDGER)).unwrap();
    assert!(matches!(open(directory.path()), Err(Error::Missing { .. })));
    assert!(matches!(Store::open_read_only(directory.path()), Err(Error::Missing { .. })));
    let store = Store::create(directory.path(), at(0)).unwrap();
    assert_eq!(store.audit_head().unwrap().entries, 1);
}

#[test]
fn what_is_no_ledger_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path();
    let error = open(home).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("keyrite init"));
    assert!(matches!(open(&home.join("nowhere")), Err(Error::Missing { .. })));

    let ledger = home.join(LEDGER);
    fs::copy("Cargo.toml", &ledger).unwrap();
    fs::set_permissions(&ledger, Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(open(home), Err(Error::NotALedger { .. })), "a text");
    assert!(Store::create(home, at(0)).is_err());
    assert_eq!(fs::read(&ledger).unwrap(), fs::read("Cargo.toml").unwrap());

    fs::remove_file(&ledger).unwrap();
    rusqlite::Connection::open(&ledger).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(open(home), Err(Error::NotALedger { .. })), "another program's database");
    assert!(matches!(Store::create(home, at(0)), Err(Error::Exists { .. })));

    fs::remove_file(&ledger).unwrap();
    symlink("/etc/passwd", &ledger).unwrap();
    assert!(matches!(open(home), Err(Error::NotALedger { .. })), "a link");

    let error = open(Path::new("Cargo.toml")).unwrap_err();
    assert!(matches!(error, Error::NotADirectory { .. }), "{error:?}");
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let scene = Scene::new();
    scene.raw().pragma_update(None, "user_version", 99).unwrap();
    for error in [
        open(scene.directory.path()).unwrap_err(),
        Store::open_read_only(scene.directory.path()).unwrap_err(),
    ] {
        assert!(matches!(error, Error::Newer { found: 99, known: ..99, .. }), "{error:?}");
    }
}

#[test]
fn a_store_for_reading_reads_and_cannot_write() {
    let mut scene = Scene::new();
    scene.issue(1);
    let mut reader = Store::open_read_only(scene.directory.path()).unwrap();
    assert_eq!(reader.cas().unwrap().len(), 1);
    let event = keyrite::audit::Event::HomeCreated { version: "x".to_owned(), id: None };
    let error = reader.append(event, at(5)).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    // It sees what is written after it was opened.
    scene.issue(2);
    assert_eq!(reader.status(at(20), at(30)).unwrap().cas[0].serials, 3);
}

/// Accidents with other tools meet a refusal; whoever removes the triggers meets the chain.
#[test]
fn history_cannot_be_deleted_by_accident() {
    let mut scene = Scene::new();
    scene.issue(1);
    scene.issue_crl(at(50));
    for sql in [
        "DELETE FROM audit_log WHERE entry = 2",
        "UPDATE audit_log SET encoding = x'00' WHERE entry = 2",
        "DELETE FROM certificate",
        "DELETE FROM crl",
    ] {
        assert!(scene.raw().execute_batch(sql).is_err(), "{sql}");
    }
}
