//! How SQLite goes about every statement of `src/store`: none of them reads a whole table that grows with what is on
//! record, but for those that are listed here with the reason.
//!
//! A statement that is made of parts while it runs is seen by its parts, if at all; there are few, and none of them is
//! asked when something is issued.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::scene::Scene;

/// What is in the way of no issuance: the file, how the statement begins, and who asks it.
const WHOLE: &[(&str, &str, &str)] = &[
    (
        "audit_log.rs",
        "SELECT encoding FROM audit_log WHERE instr",
        "recover: what is open, newest entries first",
    ),
    (
        "audit_tile.rs",
        "SELECT encoding FROM audit_log ORDER BY entry",
        "a ledger of an older version is opened",
    ),
    ("audit_tile.rs", "SELECT count(*) FROM audit_tile", "audit verify"),
    ("cross_check.rs", "SELECT certificate FROM revocation WHERE ended", "audit verify"),
    (
        "distribution_point.rs",
        "SELECT id, coalesce(der, unsigned) FROM certificate_body",
        "a ledger of an older version is opened",
    ),
    ("intent.rs", "SELECT id, unsigned FROM certificate_body", "a ledger of an older version is opened"),
    (
        "known_key.rs",
        "SELECT modulus, key_sha256 FROM rsa_modulus",
        "RSA keys: each modulus is held against all",
    ),
    ("ocsp/account.rs", "SELECT ocsp_group.*, ca.name AS name", "audit verify"),
    ("ocsp/answer.rs", "SELECT serial, hash, this_update, next_update, der", "publish: every response"),
    (
        "ocsp/group.rs",
        "SELECT ocsp_group.id, ca.name, answers, reserved_at",
        "recover, by the index of what is open",
    ),
    ("ocsp/group.rs", "SELECT encoding FROM audit_log WHERE instr", "recover: a group that is open"),
    ("recover.rs", "SELECT certificate.* FROM certificate JOIN", "recover --abandoned"),
    ("recover.rs", "SELECT crl.* FROM crl JOIN", "recover --abandoned"),
    ("reservation.rs", "SELECT * FROM crl WHERE state", "recover"),
    ("reservation.rs", "SELECT id FROM certificate_body WHERE der", "audit export"),
    ("reservation.rs", "SELECT id FROM crl_body WHERE seal", "audit export"),
    (
        "reservation.rs",
        "SELECT object.id, object.state, body.id IS NULL AS bare FROM certificate",
        "audit verify",
    ),
    ("reservation.rs", "SELECT object.id, object.state, body.id IS NULL AS bare FROM crl", "audit verify"),
    (
        "reservation.rs",
        "SELECT object.id, object.state, body.id IS NULL AS bare FROM request",
        "audit verify",
    ),
    ("status.rs", "SELECT (SELECT count(*) FROM certificate WHERE state", "status: CRLs that are open"),
    (
        "take_over.rs",
        "SELECT certificate, revoked_at, reason FROM revocation WHERE ended",
        "migrate, once in a run",
    ),
];

/// The tables that grow with what is issued. The others have a row for each CA, key of a CA, profile or copy.
const GROWING: [&str; 11] = [
    "certificate",
    "certificate_body",
    "revocation",
    "crl",
    "crl_body",
    "crl_part",
    "audit_log",
    "audit_tile",
    "rsa_modulus",
    "ocsp_group",
    "ocsp_answer",
];

/// A statement, and where it stands.
struct Statement {
    file: String,
    line: usize,
    sql: String,
}

/// Every statement that stands in the source as one text.
fn statements() -> Vec<Statement> {
    let mut found = Vec::new();
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    for path in sources(&store) {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(&store).unwrap().to_str().unwrap().to_owned();
        // The statements of one kind of object, which differ in the names of tables alone.
        let expansions: Vec<String> = if text.contains("macro_rules! table") {
            ["certificate", "crl", "request"].map(|name| joined(&text, name)).to_vec()
        } else {
            vec![text]
        };
        for text in expansions {
            for (line, literal) in literals(&text) {
                let sql = literal.split_whitespace().collect::<Vec<_>>().join(" ");
                let verb = sql.split(' ').next().unwrap_or_default();
                if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&verb) {
                    found.push(Statement { file: file.clone(), line, sql });
                }
            }
        }
    }
    found
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text with the parts of each `concat!` put together for one table.
fn joined(text: &str, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("concat!(") {
        let mut parts = String::new();
        let mut end = 0;
        let mut inside = false;
        for (at, character) in after.char_indices() {
            match character {
                '"' => inside = !inside,
                ')' if !inside => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        for (at, part) in after[..end].split('"').enumerate() {
            if at % 2 == 1 {
                parts.push_str(part);
            } else if part.contains("$name") {
                parts.push_str(name);
            }
        }
        out.push_str(&format!("{before}\"{parts}\""));
        rest = &after[end + 1..];
    }
    out + rest
}

/// The string literals of a source that is not commented out, each with its line.
fn literals(text: &str) -> Vec<(usize, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        if open.is_none() && line.trim_start().starts_with("//") {
            continue;
        }
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match (&mut open, character) {
                (None, '\'') if characters.peek() == Some(&'"') => drop(characters.next()),
                (None, '"') => open = Some((number + 1, String::new())),
                (None, _) => {}
                (Some((_, literal)), '\\') => literal.extend(characters.next()),
                (Some(_), '"') => found.extend(open.take()),
                (Some((_, literal)), character) => literal.push(character),
            }
        }
        if let Some((_, literal)) = &mut open {
            literal.push(' ');
        }
    }
    found
}

#[test]
fn no_statement_reads_a_whole_table_unless_it_is_listed_with_the_reason() {
    let scene = Scene::new();
    let raw = scene.raw();
    let statements = statements();
    let mut unlisted = Vec::new();
    let mut used: BTreeMap<&(&str, &str, &str), usize> = WHOLE.iter().map(|entry| (entry, 0)).collect();
    let mut explained = 0;
    for Statement { file, line, sql } in &statements {
        // Not of the schema of today, or not a whole statement.
        let Ok(mut plan) = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")) else { continue };
        explained += 1;
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps =
            plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        // The newest row alone is read of these.
        let first = sql.ends_with("ORDER BY entry DESC LIMIT 1") && !sql.contains("WHERE");
        let whole = steps.iter().any(|step| {
            let mut words = step.split(' ');
            let scans = words.next() == Some("SCAN");
            // A partial index that has only what is open is no table.
            let few = step.ends_with("USING INDEX certificate_open")
                || step.contains("INDEX certificate_of_ca")
                || step.ends_with("USING INDEX revocation_listed");
            scans && !few && words.next().is_some_and(|table| GROWING.contains(&table) || table == "object")
        });
        if whole && !first {
            let listed = WHOLE.iter().find(|(of, start, _)| of == file && sql.starts_with(start));
            match listed {
                Some(entry) => *used.get_mut(entry).unwrap() += 1,
                None => unlisted.push(format!("{file}:{line}: {sql}: {steps:?}")),
            }
        }
    }
    assert!(unlisted.is_empty(), "{unlisted:#?}");
    let unused: Vec<_> = used.iter().filter(|(_, count)| **count == 0).map(|(entry, _)| entry).collect();
    assert!(
        unused.is_empty(),
        "listed, and there is no such statement, or it reads by an index: {unused:#?}"
    );
    assert!(explained > 120, "{explained} of {} statements were explained", statements.len());
}

/// A plan that is bad is seen: the statements of `status` once more without what makes them good.
#[test]
fn a_whole_table_is_noticed() {
    let scene = Scene::new();
    let raw = scene.raw();
    let plan = |sql: &str| -> String {
        raw.query_row(&format!("EXPLAIN QUERY PLAN {sql}"), [], |row| row.get(3)).unwrap()
    };
    assert_eq!(plan("SELECT id FROM certificate WHERE subject = 'x'"), "SCAN certificate");
    assert!(plan("SELECT id FROM certificate WHERE serial = x'01'").starts_with("SEARCH certificate USING"));
}
