//! The rows of the ledger itself, edited behind the program's back.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use keyrite::audit::{Entry, Examiner, Head};
use keyrite::store::{OpenOptions, Store};
use rusqlite::Connection;

use crate::history::{ENTRIES, all, home};
use crate::scene::Scene;

/// One edit, and the entries that have to be put back after it.
struct Edit {
    statement: String,
    entries: std::ops::RangeInclusive<i64>,
}

/// Without a head on paper the last entries can be cut off unseen, so it is given.
fn is_seen(store: &Store, head: Head) -> bool {
    !matches!(store.verify_audit(Some(head.hash)), Ok(verified) if verified.discrepancies.is_empty())
}

/// Takes away what keeps honest hands from editing the log.
fn disarm(scene: &Scene) {
    let raw = scene.raw();
    let mut triggers = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let names = triggers.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    assert!(!names.is_empty());
    names.iter().for_each(|name| raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
}

/// Tampers, looks, and puts everything back: on every processor, each with a copy of the ledger.
#[expect(clippy::disallowed_methods, reason = "how long it took is printed, and judged by nobody")]
fn each_is_seen(scene: &Scene, what: &str, edits: &[Edit]) {
    let begun = std::time::Instant::now();
    let head = scene.store.audit_head().unwrap();
    let saved = scene.directory.path().join("saved.sqlite");
    scene.raw().execute("VACUUM INTO ?1", [saved.to_str().unwrap()]).unwrap();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let home = tempfile::tempdir().unwrap();
                let path = home.path().join("ledger.sqlite");
                std::fs::copy(&saved, &path).unwrap();
                let store = Store::open(home.path(), OpenOptions::default()).unwrap();
                assert!(!is_seen(&store, head), "{what}: nothing is wrong yet");
                let raw = Connection::open(&path).unwrap();
                raw.execute_batch("PRAGMA synchronous = OFF").unwrap();
                raw.execute("ATTACH ?1 AS saved", [saved.to_str().unwrap()]).unwrap();
                let back =
                    "REPLACE INTO main.audit_log SELECT * FROM saved.audit_log WHERE entry BETWEEN ?1 AND ?2";
                while let Some(Edit { statement, entries }) = edits.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    raw.execute_batch(statement).unwrap();
                    assert!(raw.changes() > 0, "{what}: {statement} changed nothing");
                    assert!(is_seen(&store, head), "{what}: {statement} is not seen");
                    raw.execute(back, [entries.start(), entries.end()]).unwrap();
                }
                assert!(!is_seen(&store, head), "{what}: everything was put back");
            });
        }
    });
    std::fs::remove_file(saved).unwrap();
    println!("{what}: {} changes, all seen, {:.1} s", edits.len(), begun.elapsed().as_secs_f64());
}

fn entries(scene: &Scene) -> Vec<(i64, usize)> {
    let raw = scene.raw();
    let mut statement = raw.prepare("SELECT entry, length(encoding) FROM audit_log ORDER BY entry").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).unwrap();
    rows.map(Result::unwrap).map(|(entry, length)| (entry, usize::try_from(length).unwrap())).collect()
}

#[test]
fn a_row_of_the_log_is_changed_in_any_octet_deleted_or_swapped() {
    let scene = home(if all() { ENTRIES } else { 60 });
    disarm(&scene);
    let entries = entries(&scene);
    // Each of them is tried below.
    let step = if all() { 97 } else { 211 };
    let last = i64::try_from(entries.len()).unwrap();
    let octets: Vec<Edit> = entries
        .iter()
        .flat_map(|(entry, length)| (1..=*length).map(move |at| (*entry, at)))
        .enumerate()
        .filter(|(number, _)| number % step == 0)
        .map(|(_, (entry, at))| {
            let end = at + 1;
            let statement = format!(
                "UPDATE audit_log SET encoding = CAST(substr(encoding, 1, {at} - 1) ||
                    CASE substr(encoding, {at}, 1) WHEN CAST('x' AS BLOB) THEN 'y' ELSE 'x' END ||
                    substr(encoding, {end}) AS BLOB) WHERE entry = {entry}"
            );
            Edit { statement, entries: entry..=entry }
        })
        .collect();
    each_is_seen(&scene, "octets of rows", &octets);
    let numbers = || entries.iter().map(|(entry, _)| *entry).step_by(if all() { 1 } else { 9 });
    let hashes: Vec<Edit> = numbers()
        .map(|entry| Edit {
            statement: format!("UPDATE audit_log SET hash = randomblob(32) WHERE entry = {entry}"),
            entries: entry..=entry,
        })
        .collect();
    each_is_seen(&scene, "hashes of rows", &hashes);
    let deleted: Vec<Edit> = numbers()
        .flat_map(|entry| {
            let one = format!("DELETE FROM audit_log WHERE entry = {entry}");
            let from_there = format!("DELETE FROM audit_log WHERE entry >= {entry}");
            [
                Edit { statement: one, entries: entry..=entry },
                Edit { statement: from_there, entries: entry..=last },
            ]
        })
        .collect();
    each_is_seen(&scene, "rows deleted, and all from there on", &deleted);
    let swapped: Vec<Edit> = numbers()
        .filter(|entry| *entry < last)
        .map(|entry| {
            let next = entry + 1;
            let statement = format!(
                "UPDATE audit_log SET entry = -1 WHERE entry = {entry};
                 UPDATE audit_log SET entry = {entry} WHERE entry = {next};
                 UPDATE audit_log SET entry = {next} WHERE entry = -1"
            );
            Edit { statement, entries: entry..=next }
        })
        .collect();
    each_is_seen(&scene, "rows swapped with the next", &swapped);
}

/// What the verification of a ledger does with each row first: no bit of it can be another, nor any of the hash that is
/// kept beside it, nor can it have another number.
#[test]
fn a_row_of_the_log_is_changed_in_any_bit() {
    let scene = home(if all() { ENTRIES } else { 60 });
    let mut rows = Vec::new();
    scene
        .store
        .audit_entries(0, |entry| {
            rows.push(entry);
            ControlFlow::Continue(())
        })
        .unwrap();
    let mut examiner = Examiner::new([]);
    let mut changes = 0_u64;
    for row in &rows {
        let mut seen = |changed: &Entry| {
            changes += 1;
            assert!(examiner.add(changed).is_err(), "{changed:?}");
        };
        let mut changed = row.clone();
        for at in 0..row.encoding.len() {
            for bit in (0..8).step_by(if all() { 1 } else { 5 }) {
                changed.encoding[at] ^= 1 << bit;
                seen(&changed);
                changed.encoding[at] ^= 1 << bit;
            }
        }
        for bit in 0..256 {
            changed.hash.0[bit / 8] ^= 1 << (bit % 8);
            seen(&changed);
            changed.hash.0[bit / 8] ^= 1 << (bit % 8);
        }
        for number in [row.number - 1, row.number + 1] {
            seen(&Entry { number, ..row.clone() });
        }
        examiner.add(row).unwrap();
    }
    println!("bits of rows: {changes} changes, all seen");
}
