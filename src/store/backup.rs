//! A copy of a home in one file, made while others work in it.
//!
//! The copy is an SQLite file with the tables of the ledger and two more. Another application id keeps it from being
//! taken for a ledger: only [`super::Restoration`] makes one of it, and sees to it that no number is used twice.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};
use sha2::{Digest as _, Sha256};

use super::Store;
use super::cross_check::Discrepancy;
use super::error::Error;
use super::writer;
use crate::audit::{Event, Fingerprint, Head, Record};
use crate::x509::time::Time;

/// Says in the file's header that it is a copy of a home: "kyrb".
pub(super) const BACKUP_ID: i32 = 0x6b79_7262;

const TABLES: &str = "
CREATE TABLE backup (
    made_at  INTEGER NOT NULL,
    version  TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    entries  INTEGER NOT NULL,
    head     BLOB    NOT NULL
) STRICT;
CREATE TABLE backup_file (
    path     TEXT    PRIMARY KEY,
    contents BLOB    NOT NULL
) STRICT;
";

/// A file of the home beside the ledger: its configuration or a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeFile {
    /// Where it lies in the home, with `/` between directories.
    pub path: String,
    /// What is in it.
    pub contents: Vec<u8>,
}

/// From when a copy of a home is, and how far the home had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFacts {
    /// When it was made; none of plain files.
    pub made_at: Option<Time>,
    /// The version of the program that made it.
    pub version: String,
    /// The name that it was made under; empty of plain files.
    pub name: String,
    /// The head of its audit log.
    pub head: Head,
}

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// From when it is.
    pub facts: CopyFacts,
    /// SHA-256 over the file.
    pub sha256: Fingerprint,
    /// The size of the file.
    pub octets: u64,
    /// Where ledger and audit log contradict each other, in the copy as in the original.
    pub discrepancies: Vec<Discrepancy>,
}

impl CopyFacts {
    /// The record by which the original tells of this copy, if nothing came in between.
    ///
    /// The copy cannot hold it, since it gives the SHA-256 of the copy; so it can be made again from the copy.
    pub(super) fn record(&self, sha256: Fingerprint) -> Option<Record> {
        Some(Record {
            entry: self.head.entries.saturating_add(1),
            time: self.made_at?.to_string(),
            event: self.event(sha256),
        })
    }

    fn event(&self, sha256: Fingerprint) -> Event {
        let Head { entries, hash: head } = self.head;
        Event::BackedUp { to: self.name.clone(), sha256, entries, head }
    }
}

impl Store {
    /// Copies the ledger as it is at one instant, and some files beside it, into the empty file `to`, and reads the
    /// copy back. Others may read and write meanwhile. `name` is what the audit log will call it.
    ///
    /// # Errors
    /// [`Error::Full`] and the like about `to`; [`Error::Damaged`] or [`Error::Chain`] when what was copied is not
    /// whole.
    pub fn back_up(&self, to: &Path, name: &str, files: &[HomeFile], now: Time) -> Result<Backup, Error> {
        let facts = self.copy(to, name, files, now).map_err(|error| error.located(to))?;
        let (sha256, octets) = sha256_of(to)?;
        let copied = of_file(to)?;
        let verified = copied.verify_audit(None)?;
        if verified.head != facts.head {
            return Err(Error::damaged("the copy has another head than the original"));
        }
        Ok(Backup { facts, sha256, octets, discrepancies: verified.discrepancies })
    }

    /// Records that a copy was made. If nothing happened meanwhile, the entry is the one that the copy foretells.
    ///
    /// # Errors
    /// Those of writing.
    pub fn record_backup(&mut self, backup: &Backup, now: Time) -> Result<(), Error> {
        let unchanged = self.audit_head()? == backup.facts.head;
        let time = backup.facts.made_at.filter(|_| unchanged).unwrap_or(now);
        self.append(backup.facts.event(backup.sha256), time)
    }

    fn copy(&self, to: &Path, name: &str, files: &[HomeFile], now: Time) -> Result<CopyFacts, Error> {
        let text = to.to_str().ok_or_else(|| Error::Io {
            action: "copy the ledger into",
            path: to.to_owned(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the path is not UTF-8"),
        })?;
        // A snapshot of one instant, without what deleted rows may have left behind in unused pages.
        self.connection.execute("VACUUM INTO ?1", [text])?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let copy = Connection::open_with_flags(to, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        // What is half written has no name yet, and whoever asked for it syncs it: a journal is of no use.
        copy.pragma_update(None, "journal_mode", "MEMORY")?;
        copy.pragma_update(None, "synchronous", "OFF")?;
        let head = writer::head(&copy)?;
        let transaction = copy.unchecked_transaction()?;
        transaction.execute_batch(TABLES)?;
        let version = env!("CARGO_PKG_VERSION");
        let entries = i64::try_from(head.entries).map_err(|_| Error::damaged("the audit log is too long"))?;
        transaction.execute(
            "INSERT INTO backup (made_at, version, name, entries, head) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![now.to_unix(), version, name, entries, head.hash.as_bytes()],
        )?;
        for HomeFile { path, contents } in files {
            transaction.execute(
                "INSERT INTO backup_file (path, contents) VALUES (?1, ?2)",
                params![path, contents],
            )?;
        }
        transaction.pragma_update(None, "application_id", BACKUP_ID)?;
        transaction.commit()?;
        copy.close().map_err(|(_, error)| error)?;
        Ok(CopyFacts { made_at: Some(now), version: version.to_owned(), name: name.to_owned(), head })
    }
}

/// Opens a copy for reading it back.
fn of_file(path: &Path) -> Result<Store, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| Error::from(error).located(path))?;
    Ok(Store::of_connection(connection, path.to_owned()))
}

/// SHA-256 over a file, and its size.
pub(super) fn sha256_of(path: &Path) -> Result<(Fingerprint, u64), Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut octets = 0_u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok((Fingerprint(hash.finalize().into()), octets)),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(failed(source)),
        };
        hash.update(buffer.get(..count).unwrap_or_default());
        octets = octets.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// What a copy says of itself, and the files that came with it. Its tables of this are taken away.
pub(super) fn take_apart(connection: &Connection) -> Result<(CopyFacts, Vec<HomeFile>), Error> {
    let (made_at, version, name, entries, head): (i64, String, String, i64, [u8; 32]) = connection
        .query_row("SELECT made_at, version, name, entries, head FROM backup", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    let entries = u64::try_from(entries).map_err(|_| Error::damaged("a negative number of entries"))?;
    let head = Head { entries, hash: Fingerprint(head) };
    let files = connection
        .prepare("SELECT path, contents FROM backup_file ORDER BY path")?
        .query_map([], |row| Ok(HomeFile { path: row.get(0)?, contents: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    connection.execute_batch("DROP TABLE backup; DROP TABLE backup_file;")?;
    let made_at = Some(super::row::to_time(made_at)?);
    Ok((CopyFacts { made_at, version, name, head }, files))
}
