//! The rows of the ledger itself, edited behind the program's back.

use rusqlite::Connection;

use crate::history::{all, home};
use crate::scene::Scene;

/// Without a head on paper the last entries can be cut off unseen, so it is given.
fn is_seen(scene: &Scene, head: keyrite::audit::Head) -> bool {
    !matches!(scene.store.verify_audit(Some(head.hash)), Ok(verified) if verified.discrepancies.is_empty())
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

/// Tampers, looks, and puts everything back.
fn each_is_seen(scene: &Scene, what: &str, statements: &[String]) {
    let head = scene.store.audit_head().unwrap();
    let path = scene.store.path().to_owned();
    let saved = scene.directory.path().join("saved.sqlite");
    scene.raw().execute("VACUUM INTO ?1", [saved.to_str().unwrap()]).unwrap();
    for statement in statements {
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch(statement).unwrap();
        assert!(raw.changes() > 0, "{what}: {statement} changed nothing");
        assert!(is_seen(scene, head), "{what}: {statement} is not seen");
        raw.execute("ATTACH ?1 AS saved", [saved.to_str().unwrap()]).unwrap();
        raw.execute_batch(
            "DELETE FROM main.audit_log; INSERT INTO main.audit_log SELECT * FROM saved.audit_log",
        )
        .unwrap();
    }
    std::fs::remove_file(saved).unwrap();
    assert!(!is_seen(scene, head), "{what}: everything was put back");
    println!("{what}: {} changes, all seen", statements.len());
}

fn entries(scene: &Scene) -> Vec<(i64, usize)> {
    let raw = scene.raw();
    let mut statement = raw.prepare("SELECT entry, length(encoding) FROM audit_log ORDER BY entry").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).unwrap();
    rows.map(Result::unwrap).map(|(entry, length)| (entry, usize::try_from(length).unwrap())).collect()
}

#[test]
fn a_row_of_the_log_is_changed_in_any_octet_deleted_or_swapped() {
    let scene = home(if all() { 200 } else { 60 });
    disarm(&scene);
    let entries = entries(&scene);
    let step = if all() { 1 } else { 211 };
    let octets: Vec<String> = entries
        .iter()
        .flat_map(|(entry, length)| (1..=*length).map(move |at| (*entry, at)))
        .enumerate()
        .filter(|(number, _)| number % step == 0)
        .map(|(_, (entry, at))| {
            let end = at + 1;
            format!(
                "UPDATE audit_log SET encoding = CAST(substr(encoding, 1, {at} - 1) ||
                    CASE substr(encoding, {at}, 1) WHEN CAST('x' AS BLOB) THEN 'y' ELSE 'x' END ||
                    substr(encoding, {end}) AS BLOB) WHERE entry = {entry}"
            )
        })
        .collect();
    each_is_seen(&scene, "octets of rows", &octets);
    let hashes: Vec<String> = entries
        .iter()
        .step_by(if all() { 1 } else { 9 })
        .map(|(entry, _)| format!("UPDATE audit_log SET hash = randomblob(32) WHERE entry = {entry}"))
        .collect();
    each_is_seen(&scene, "hashes of rows", &hashes);
    let deleted: Vec<String> = entries
        .iter()
        .step_by(if all() { 1 } else { 9 })
        .flat_map(|(entry, _)| {
            let from_there = format!("DELETE FROM audit_log WHERE entry >= {entry}");
            [format!("DELETE FROM audit_log WHERE entry = {entry}"), from_there]
        })
        .collect();
    each_is_seen(&scene, "rows deleted, and all from there on", &deleted);
    let last = entries.len();
    let swapped: Vec<String> = entries
        .iter()
        .take(last - 1)
        .step_by(if all() { 1 } else { 9 })
        .map(|(entry, _)| {
            let next = entry + 1;
            format!(
                "UPDATE audit_log SET entry = -1 WHERE entry = {entry};
                 UPDATE audit_log SET entry = {entry} WHERE entry = {next};
                 UPDATE audit_log SET entry = {next} WHERE entry = -1"
            )
        })
        .collect();
    each_is_seen(&scene, "rows swapped with the next", &swapped);
}
