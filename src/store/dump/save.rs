//! From the ledger to plain files.

use std::collections::BTreeMap;
use std::io;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{BODY, BodyRow, CONFIGURATION, FORMAT, LOG, Manifest, RECORDS, object_of_table, quoted, tables};
use crate::audit::{Fingerprint, Kind, Object};
use crate::store::audit_log::each_entry;
use crate::store::backup::HomeFile;
use crate::store::error::Error;
use crate::store::reservation::Body;
use crate::store::{Store, crl_octets, recover, schema, writer};
use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;
use crate::x509::pem;
use crate::x509::signed::Kind as _;

/// Where plain files go. Paths have `/` between directories and begin with none.
pub trait PlainSink {
    /// Appends to a file, which is begun by the first call. A file is complete before another is begun.
    ///
    /// # Errors
    /// Whatever the disk says.
    fn append(&mut self, path: &str, octets: &[u8]) -> io::Result<()>;

    /// Writes a whole file; calls for it come between those of [`PlainSink::append`].
    ///
    /// # Errors
    /// Whatever the disk says.
    fn whole(&mut self, path: &str, contents: &[u8]) -> io::Result<()>;
}

/// The ledger as it is at one instant, whoever writes meanwhile.
#[derive(Debug)]
pub struct Snapshot<'a> {
    transaction: Transaction<'a>,
}

impl Store {
    /// The ledger as it is now.
    ///
    /// # Errors
    /// Those of reading.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        let transaction = self.connection.unchecked_transaction();
        transaction
            .map(|transaction| Snapshot { transaction })
            .map_err(|error| Error::from(error).located(self.path()))
    }
}

impl Snapshot<'_> {
    /// Writes everything but the manifest, which is given back to be written when all else is on the disk.
    ///
    /// # Errors
    /// [`Error::Export`] with what the sink said, or those of reading.
    pub fn write(&self, files: &[HomeFile], sink: &mut dyn PlainSink) -> Result<Manifest, Error> {
        let mut out = Out { sink, hashes: BTreeMap::new() };
        for HomeFile { path, contents } in files {
            out.whole(&format!("{CONFIGURATION}/{path}"), contents)?;
        }
        out.begin(LOG);
        each_entry(&self.transaction, 0, |entry| {
            out.line(LOG, &entry.encoding)?;
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        for table in tables(&self.transaction)? {
            self.table(&table, &mut out)?;
        }
        let head = writer::head(&self.transaction)?;
        let hash = |hash: Sha256| Fingerprint(hash.finalize().into());
        Ok(Manifest {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema::MIGRATIONS.len(),
            entries: head.entries,
            head: head.hash,
            files: out.hashes.into_iter().map(|(path, sum)| (path, hash(sum))).collect(),
        })
    }

    fn table(&self, table: &str, out: &mut Out<'_>) -> Result<(), Error> {
        let path = format!("{RECORDS}/{table}.jsonl");
        out.begin(&path);
        let kind = object_of_table(table);
        let key = primary_key(&self.transaction, table)?;
        let sql = format!("SELECT * FROM {} ORDER BY {key}", quoted(table));
        let mut statement = self.transaction.prepare(&sql)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut members = members(row, &columns)?;
            if let Some(kind) = kind
                && let Some(body) = self.body(kind, row.get("id")?, out)?
            {
                members.insert(BODY.to_owned(), serde_json::to_value(body).unwrap_or_default());
            }
            let line = serde_json::to_vec(&members).map_err(|error| Error::damaged(error.to_string()))?;
            out.line(&path, &line)?;
        }
        Ok(())
    }

    /// Writes the octets of an object as a file of their own.
    fn body(&self, kind: Kind, row: i64, out: &mut Out<'_>) -> Result<Option<BodyRow>, Error> {
        let Object { ca, number, .. } = recover::object_of(&self.transaction, kind, row)?;
        let (sql, directory) = match kind {
            Kind::Certificate => (
                "SELECT unsigned, der, signature_algorithm FROM certificate_body WHERE id = ?1",
                "certificates",
            ),
            Kind::Crl => return self.crl(row, &format!("crls/{ca}/{number}"), out),
            Kind::Request => ("SELECT tbs, der, NULL FROM request_body WHERE id = ?1", "requests"),
        };
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query([row])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (unsigned, signed): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
        let algorithm: Option<Vec<u8>> = row.get(2)?;
        let is_signed = signed.is_some();
        let Some(octets) = signed.or(unsigned) else {
            return Err(Error::damaged(format!("{kind} {number} of {ca} without octets")));
        };
        let pem = |label| pem::encode(label, &octets).into_bytes();
        let (end, contents) = match (kind, is_signed) {
            (Kind::Certificate, true) => ("pem", pem(Certificate::PEM_LABEL)),
            (Kind::Certificate, false) => ("unsigned.pem", pem(Certificate::PEM_LABEL)),
            (Kind::Request, true) => ("csr", pem(Csr::PEM_LABEL)),
            (Kind::Request, false) => ("unsigned.der", octets.clone()),
            (Kind::Crl, _) => return Ok(None),
        };
        let file = format!("{directory}/{ca}/{number}.{end}");
        out.sink.whole(&file, &contents).map_err(|source| Error::Export { file: file.clone(), source })?;
        let signature_algorithm = algorithm.map(hex::encode);
        Ok(Some(BodyRow { file, sha256: Fingerprint::of(&octets), signature_algorithm }))
    }
}

impl Snapshot<'_> {
    /// Writes the octets of a CRL as a file of their own.
    fn crl(&self, row: i64, path: &str, out: &mut Out<'_>) -> Result<Option<BodyRow>, Error> {
        let (octets, end) = match crl_octets::body(&self.transaction, row)? {
            None => return Ok(None),
            Some(Body::Signed(der)) => (der, "crl"),
            Some(Body::ToBeSigned(tbs)) => (tbs, "unsigned.der"),
        };
        let file = format!("{path}.{end}");
        out.sink.whole(&file, &octets).map_err(|source| Error::Export { file: file.clone(), source })?;
        Ok(Some(BodyRow { file, sha256: Fingerprint::of(&octets), signature_algorithm: None }))
    }
}

/// The sink, and SHA-256 over what goes into it.
struct Out<'a> {
    sink: &'a mut dyn PlainSink,
    hashes: BTreeMap<String, Sha256>,
}

impl Out<'_> {
    fn begin(&mut self, path: &str) {
        self.hashes.entry(path.to_owned()).or_default();
    }

    fn line(&mut self, path: &str, line: &[u8]) -> Result<(), Error> {
        let octets = [line, b"\n"].concat();
        if let Some(hash) = self.hashes.get_mut(path) {
            hash.update(&octets);
        }
        self.sink.append(path, &octets).map_err(|source| Error::Export { file: path.to_owned(), source })
    }

    fn whole(&mut self, path: &str, contents: &[u8]) -> Result<(), Error> {
        self.hashes.insert(path.to_owned(), Sha256::new_with_prefix(contents));
        self.sink.whole(path, contents).map_err(|source| Error::Export { file: path.to_owned(), source })
    }
}

/// The columns of a row that hold something. Sorted, so that a row has one form.
fn members(row: &Row<'_>, columns: &[String]) -> Result<BTreeMap<String, Value>, Error> {
    let mut members = BTreeMap::new();
    for (at, column) in columns.iter().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => Value::from(number),
            ValueRef::Text(text) => Value::from(
                std::str::from_utf8(text).map_err(|_| Error::damaged(format!("{column} is not text")))?,
            ),
            ValueRef::Blob(octets) => Value::from(hex::encode(octets)),
            ValueRef::Real(_) => return Err(Error::damaged(format!("{column} is no whole number"))),
        };
        members.insert(column.clone(), value);
    }
    Ok(members)
}

/// The columns of the primary key, as ORDER BY wants them.
fn primary_key(connection: &Connection, table: &str) -> rusqlite::Result<String> {
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", "))
}
