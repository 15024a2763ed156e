//! A ledger as plain files, for whoever wants to read it without a database, and for moving house.
//!
//! `log.jsonl` holds the audit log, one entry a line, in the octets that are hashed. `records/TABLE.jsonl` holds each
//! other table, one row a line: whole numbers and text as they are, octets in hex, what is not there left out.
//! Certificates, CRLs and requests are files of their own, which the rows name with their SHA-256. `home.json` comes
//! last and says what belongs to it: without it the rest is a heap of files.

mod load;
mod save;

pub(super) use load::load;
pub use save::{PlainSink, Snapshot};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audit::{Fingerprint, Kind};

/// The name of the file that says what belongs to an export.
pub const MANIFEST: &str = "home.json";
/// The name of the audit log among plain files.
const LOG: &str = "log.jsonl";
/// Where the files of the home lie that are not of the ledger: its configuration and its profiles.
const CONFIGURATION: &str = "configuration";
/// What the manifest says that it is of.
const FORMAT: &str = "keyrite home 1";
/// Where the tables lie.
const RECORDS: &str = "records";

/// What belongs to an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: String,
    version: String,
    schema: usize,
    entries: u64,
    head: Fingerprint,
    /// SHA-256 over each file but for those that the rows name, by their paths.
    files: BTreeMap<String, Fingerprint>,
}

impl Manifest {
    /// The octets of the file.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// How many entries the log has, and the hash of the last one.
    #[must_use]
    pub fn head(&self) -> crate::audit::Head {
        crate::audit::Head { entries: self.entries, hash: self.head }
    }
}

/// What a row says of the octets of its object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BodyRow {
    file: String,
    sha256: Fingerprint,
    /// Of a certificate that is not signed, what stands in the octets that get signed, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature_algorithm: Option<String>,
}

/// The column of a row that is none of its table's.
const BODY: &str = "body";

/// The tables whose rows have octets beside them.
const OBJECTS: [(&str, Kind); 3] =
    [("certificate", Kind::Certificate), ("crl", Kind::Crl), ("request", Kind::Request)];

fn object_of_table(table: &str) -> Option<Kind> {
    OBJECTS.iter().find(|(name, _)| *name == table).map(|(_, kind)| *kind)
}

/// The tables that are written row by row, in the order of their names.
fn tables(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             AND name NOT LIKE '%\\_body' ESCAPE '\\' AND name NOT IN ('audit_log', 'crl_part') ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// A name of the schema as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
