//! From plain files to a ledger.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Component, Path, PathBuf};

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OpenFlags, params, params_from_iter};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{
    BODY, BodyRow, CONFIGURATION, FORMAT, LOG, MANIFEST, Manifest, RECORDS, object_of_table, quoted, tables,
};
use crate::audit::{Fingerprint, Head, Kind};
use crate::store::backup::{CopyFacts, HomeFile};
use crate::store::error::Error;
use crate::store::{crl_octets, open, schema};
use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;
use crate::x509::pem;
use crate::x509::signed::Kind as _;

/// The largest manifest, configuration, profile or object that is read, in octets.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Makes the ledger at `to`, an empty file, of the plain files in `from`.
pub(in crate::store) fn load(from: &Path, to: &Path) -> Result<(CopyFacts, Vec<HomeFile>), Error> {
    let source = Source { directory: from };
    let manifest = source.manifest()?;
    let known = schema::MIGRATIONS.len();
    if manifest.schema > known {
        return Err(Error::Newer { path: from.join(MANIFEST), found: manifest.schema, known });
    }
    fill(&source, &manifest, to).map_err(|error| error.located(to))?;
    let mut files = Vec::new();
    let beginning = format!("{CONFIGURATION}/");
    for (path, sha256) in &manifest.files {
        if let Some(name) = path.strip_prefix(&beginning) {
            let contents = source.read(path, *sha256)?;
            files.push(HomeFile { path: name.to_owned(), contents });
        }
    }
    let facts = CopyFacts {
        made_at: None,
        version: manifest.version.clone(),
        name: String::new(),
        head: manifest.head(),
    };
    Ok((facts, files))
}

fn fill(source: &Source<'_>, manifest: &Manifest, to: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(to, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // Nobody knows of this file before it is complete and synced.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    let transaction = connection.unchecked_transaction()?;
    open::migrate_to(&transaction, 0, manifest.schema)?;
    let mut log = source.lines(manifest, LOG)?;
    let mut head = Head::empty();
    while let Some(encoding) = log.next()? {
        head = head.extend(&encoding);
        let number = i64::try_from(head.entries).map_err(|_| Error::damaged("the audit log is too long"))?;
        transaction
            .prepare_cached("INSERT INTO audit_log (entry, encoding, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![number, encoding, head.hash.as_bytes()])?;
    }
    for table in tables(&transaction)? {
        let mut lines = source.lines(manifest, &format!("{RECORDS}/{table}.jsonl"))?;
        let columns = columns(&transaction, &table)?;
        while let Some(line) = lines.next()? {
            row(source, &transaction, (&table, &columns), &line)
                .map_err(|error| named(error, &lines.path))?;
        }
    }
    let loose: i64 =
        transaction.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if loose != 0 {
        return Err(Error::damaged(format!("{loose} rows name rows that are not there")));
    }
    transaction.commit()?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// A column and whether it holds octets.
type Column = (String, bool);

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare("SELECT name, type = 'BLOB' FROM pragma_table_info(?1)")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn row(
    source: &Source<'_>,
    connection: &Connection,
    (table, columns): (&str, &[Column]),
    line: &[u8],
) -> Result<(), Error> {
    let odd = |what: String| Error::damaged(format!("a row of {table}: {what}"));
    let mut members: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| odd(error.to_string()))?;
    let body = match object_of_table(table) {
        Some(kind) => members.remove(BODY).map(|body| (kind, body)),
        None => None,
    };
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (name, value) in members {
        let Some((_, octets)) = columns.iter().find(|(column, _)| *column == name) else {
            return Err(odd(format!("no column is called {name:?}")));
        };
        values.push(match value {
            Value::Number(number) => {
                Sql::Integer(number.as_i64().ok_or_else(|| odd(format!("{name} is no whole number")))?)
            }
            Value::String(text) if *octets => {
                Sql::Blob(hex::decode(&text).map_err(|error| odd(format!("{name}: {error}")))?)
            }
            Value::String(text) => Sql::Text(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(odd(format!("{name} is neither a number nor text")));
            }
        });
        names.push(quoted(&name));
    }
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(table), names.join(", "));
    connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    match body {
        Some((kind, body)) => {
            let body = serde_json::from_value(body).map_err(|error| odd(error.to_string()))?;
            self::body(source, connection, (kind, connection.last_insert_rowid()), &body)
        }
        None => Ok(()),
    }
}

fn body(
    source: &Source<'_>,
    connection: &Connection,
    (kind, row): (Kind, i64),
    body: &BodyRow,
) -> Result<(), Error> {
    let contents = source.open(&body.file).and_then(|file| bounded(file, &body.file))?;
    let signed = !body.file.ends_with(".unsigned.pem") && !body.file.ends_with(".unsigned.der");
    let label = match kind {
        Kind::Certificate => Some(Certificate::PEM_LABEL),
        Kind::Request if signed => Some(Csr::PEM_LABEL),
        Kind::Crl | Kind::Request => None,
    };
    let octets = match label {
        Some(label) => pem::one(&contents, &[label]).map_err(|error| Error::NotAnExport {
            path: source.directory.join(&body.file),
            why: error.to_string(),
        })?,
        None => contents,
    };
    if Fingerprint::of(&octets) != body.sha256 {
        return Err(Error::NotAnExport {
            path: source.directory.join(&body.file),
            why: "its SHA-256 is not the one that its record has".to_owned(),
        });
    }
    let algorithm = body.signature_algorithm.as_ref().map(hex::decode).transpose();
    let algorithm = algorithm.map_err(|error| Error::damaged(error.to_string()))?;
    match (kind, signed) {
        (Kind::Certificate, false) => {
            connection.prepare_cached(crate::store::intent::PUT)?.execute(params![row, octets, algorithm])?
        }
        (Kind::Certificate, true) => connection
            .prepare_cached("INSERT INTO certificate_body (id, der) VALUES (?1, ?2)")?
            .execute(params![row, octets])?,
        (Kind::Crl, signed) => return crl(connection, row, (&octets, signed)),
        (Kind::Request, true) => connection
            .prepare_cached("INSERT INTO request_body (id, der) VALUES (?1, ?2)")?
            .execute(params![row, octets])?,
        (Kind::Request, false) => connection
            .prepare_cached("INSERT INTO request_body (id, tbs) VALUES (?1, ?2)")?
            .execute(params![row, octets])?,
    };
    Ok(())
}

/// Puts the octets of a CRL where the schema of the export has them.
fn crl(connection: &Connection, row: i64, (octets, signed): (&[u8], bool)) -> Result<(), Error> {
    let older = connection.prepare_cached("SELECT octets FROM crl_part WHERE crl = 0").is_err();
    match (older, signed) {
        (true, true) => {
            connection.execute("INSERT INTO crl_body (id, der) VALUES (?1, ?2)", params![row, octets])?;
        }
        (true, false) => {
            connection.execute("INSERT INTO crl_body (id, tbs) VALUES (?1, ?2)", params![row, octets])?;
        }
        (false, true) => crl_octets::put_signed(connection, row, octets)?,
        (false, false) => drop(crl_octets::put(connection, row, &mut &octets[..])?),
    }
    Ok(())
}

/// Names the file in which something was that cannot be.
fn named(error: Error, path: &Path) -> Error {
    let Error::Damaged { what } = error else { return error };
    Error::NotAnExport { path: path.to_owned(), why: what }
}

/// The directory that is read.
struct Source<'a> {
    directory: &'a Path,
}

impl Source<'_> {
    fn manifest(&self) -> Result<Manifest, Error> {
        let path = self.directory.join(MANIFEST);
        let octets = self.open(MANIFEST).and_then(|file| bounded(file, MANIFEST))?;
        let not = |why: String| Error::NotAnExport { path: path.clone(), why };
        let manifest: Manifest = serde_json::from_slice(&octets).map_err(|error| not(error.to_string()))?;
        if manifest.format == FORMAT {
            Ok(manifest)
        } else {
            Err(not(format!("its format is {:?}, wanted {FORMAT:?}", manifest.format)))
        }
    }

    /// Opens a file, which must lie below the directory.
    fn open(&self, path: &str) -> Result<File, Error> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let full = self.directory.join(path);
        if !inside {
            return Err(Error::NotAnExport {
                path: full,
                why: "it does not lie below the directory".to_owned(),
            });
        }
        let failed = |source: io::Error| {
            if source.kind() == io::ErrorKind::NotFound {
                return Error::NotAnExport { path: full.clone(), why: "it is not there".to_owned() };
            }
            Error::Io { action: "read", path: full.clone(), source }
        };
        let file = File::open(&full).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Error::NotAnExport { path: full, why: "it is no file".to_owned() });
        }
        Ok(file)
    }

    /// A whole file, which must have this SHA-256.
    fn read(&self, path: &str, sha256: Fingerprint) -> Result<Vec<u8>, Error> {
        let octets = self.open(path).and_then(|file| bounded(file, path))?;
        if Fingerprint::of(&octets) == sha256 { Ok(octets) } else { Err(self.changed(path)) }
    }

    fn changed(&self, path: &str) -> Error {
        Error::NotAnExport {
            path: self.directory.join(path),
            why: format!("its SHA-256 is not the one that {MANIFEST} has"),
        }
    }

    fn lines(&self, manifest: &Manifest, path: &str) -> Result<Lines, Error> {
        let full = self.directory.join(path);
        let Some(wanted) = manifest.files.get(path) else {
            return Err(Error::NotAnExport { path: full, why: format!("{MANIFEST} does not name it") });
        };
        // A table without rows has no file.
        let empty = *wanted == Fingerprint::of(&[]);
        let file = if empty && !full.exists() { None } else { Some(BufReader::new(self.open(path)?)) };
        Ok(Lines { path: full, file, hash: Sha256::new(), wanted: *wanted })
    }
}

/// A file, line by line; at its end its SHA-256 is held against the one that it must have.
struct Lines {
    path: PathBuf,
    file: Option<BufReader<File>>,
    hash: Sha256,
    wanted: Fingerprint,
}

impl Lines {
    fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        if let Some(file) = &mut self.file {
            let failed = |source| Error::Io { action: "read", path: self.path.clone(), source };
            file.by_ref().take(LARGEST).read_until(b'\n', &mut line).map_err(failed)?;
        }
        self.hash.update(&line);
        if line.is_empty() {
            let found = Fingerprint(self.hash.clone().finalize().into());
            let why = format!("its SHA-256 is not the one that {MANIFEST} has");
            let changed = || Error::NotAnExport { path: self.path.clone(), why };
            return if found == self.wanted { Ok(None) } else { Err(changed()) };
        }
        if line.pop() != Some(b'\n') {
            let why = "its last line has no end".to_owned();
            return Err(Error::NotAnExport { path: self.path.clone(), why });
        }
        Ok(Some(line))
    }
}

fn bounded(file: File, path: &str) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { action: "read", path: PathBuf::from(path), source };
    let mut octets = Vec::new();
    file.take(LARGEST).read_to_end(&mut octets).map_err(failed)?;
    Ok(octets)
}
