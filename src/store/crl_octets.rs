//! The octets of CRLs: in parts, so that no CRL has to be in memory as a whole.
//!
//! What is to be signed is written once, before the token is asked, and is what the signed CRL is made of: its signature
//! is put beside it (`seal`: signatureAlgorithm and signatureValue), and the header follows from the lengths.

use std::io::{self, Read};

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::Body;
use crate::audit::{Fingerprint, Kind};
use crate::x509::crl::header;
use crate::x509::extension::CrlNumber;
use crate::x509::signed::Parts;

/// How long a part is, in octets; the last one may be shorter.
const PART: usize = 64 * 1024;

/// What is kept of a CRL beside its parts.
#[derive(Clone, Debug)]
struct Kept {
    /// How many octets are to be signed.
    octets: u64,
    seal: Option<Vec<u8>>,
}

/// The octets of a CRL on record, or those that are to be signed, read from the first to the last. What is read is of
/// one moment only within a transaction.
#[derive(Debug)]
pub struct CrlOctets<'a> {
    connection: &'a Connection,
    row: i64,
    /// The seal, or nothing.
    after: Vec<u8>,
    octets: u64,
    /// The next part.
    part: i64,
    /// What was read and not given away.
    held: Vec<u8>,
    at: usize,
    /// What the parts still have to give.
    left: u64,
}

impl<'a> CrlOctets<'a> {
    fn new(connection: &'a Connection, row: i64, kept: Kept) -> Self {
        let after = kept.seal.unwrap_or_default();
        let sealed = !after.is_empty();
        let whole = kept.octets.saturating_add(length(&after));
        let before = if sealed { header(0x30, whole) } else { Vec::new() };
        let octets = whole.saturating_add(length(&before));
        Self { connection, row, after, octets, part: 0, held: before, at: 0, left: kept.octets }
    }

    /// How many octets they are.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// SHA-256 over them.
    fn sha256(mut self) -> Result<Fingerprint, Error> {
        let mut all = Sha256::new_with_prefix(&self.held);
        while self.left > 0 {
            self.fill().map_err(unreadable)?;
            all.update(&self.held);
        }
        all.update(&self.after);
        Ok(Fingerprint(all.finalize().into()))
    }

    /// Reads the next part.
    fn fill(&mut self) -> io::Result<()> {
        self.held.clear();
        self.at = 0;
        if self.left == 0 {
            std::mem::swap(&mut self.held, &mut self.after);
            return Ok(());
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT octets FROM crl_part WHERE crl = ?1 AND part = ?2")
            .map_err(io::Error::other)?;
        let held = &mut self.held;
        let found = statement
            .query_row([self.row, self.part], |row| {
                held.extend_from_slice(row.get_ref(0)?.as_blob()?);
                Ok(())
            })
            .optional()
            .map_err(io::Error::other)?;
        let left =
            self.left.checked_sub(length(&self.held)).filter(|_| found.is_some() && !self.held.is_empty());
        self.left =
            left.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "parts of it are missing"))?;
        self.part = self.part.saturating_add(1);
        Ok(())
    }
}

impl Read for CrlOctets<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.held.len() && (self.left > 0 || !self.after.is_empty()) {
            self.fill()?;
        }
        let octets = self.held.get(self.at..).unwrap_or_default();
        let count = octets.len().min(buffer.len());
        let (room, given) = (buffer.get_mut(..count), octets.get(..count));
        if let (Some(room), Some(given)) = (room, given) {
            room.copy_from_slice(given);
        }
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

impl Store {
    /// The signed CRL of a number; none where none is on record. Another process adds to what it reads, and changes
    /// nothing of it.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn crl_octets(&self, ca: &CaName, number: CrlNumber) -> Result<Option<CrlOctets<'_>>, Error> {
        let find = || {
            let connection = &self.connection;
            let id = ca::ca_id(connection, ca)?;
            let row: Option<i64> = connection
                .prepare_cached("SELECT id FROM crl WHERE ca = ?1 AND number = ?2")?
                .query_row(params![id, number.0.to_be_bytes()], |row| row.get(0))
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            signed(connection, row)
        };
        find().map_err(|error: Error| error.located(&self.path))
    }
}

/// The signed CRL of a row; none where it is not signed.
pub(super) fn signed(connection: &Connection, row: i64) -> Result<Option<CrlOctets<'_>>, Error> {
    let kept = find(connection, row)?.filter(|kept| kept.seal.is_some());
    Ok(kept.map(|kept| CrlOctets::new(connection, row, kept)))
}

fn find(connection: &Connection, row: i64) -> Result<Option<Kept>, Error> {
    let found: Option<(i64, Option<Vec<u8>>)> = connection
        .prepare_cached("SELECT octets, seal FROM crl_body WHERE id = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((octets, seal)) = found else { return Ok(None) };
    let octets = u64::try_from(octets).map_err(|_| Error::damaged("a CRL of a negative length"))?;
    Ok(Some(Kept { octets, seal }))
}

/// Puts down what is to be signed, and gives its SHA-256.
pub(super) fn put(connection: &Connection, row: i64, octets: &mut dyn Read) -> Result<Fingerprint, Error> {
    connection.prepare_cached("INSERT INTO crl_body (id, octets) VALUES (?1, 0)")?.execute([row])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO crl_part (crl, part, octets) VALUES (?1, ?2, ?3)")?;
    let mut sha256 = Sha256::new();
    let mut part = Vec::with_capacity(PART);
    let (mut number, mut sum) = (0_i64, 0_u64);
    loop {
        part.clear();
        let most = u64::try_from(PART).unwrap_or(u64::MAX);
        octets.take(most).read_to_end(&mut part).map_err(unreadable)?;
        if part.is_empty() {
            break;
        }
        sha256.update(&part);
        insert.execute(params![row, number, part])?;
        number = number.saturating_add(1);
        sum = sum.saturating_add(length(&part));
    }
    let sum = i64::try_from(sum).map_err(|_| Error::damaged("a CRL beyond all measure"))?;
    connection.prepare_cached("UPDATE crl_body SET octets = ?2 WHERE id = ?1")?.execute([row, sum])?;
    Ok(Fingerprint(sha256.finalize().into()))
}

/// Puts the signature beside what was signed; whether there was none.
pub(super) fn seal(connection: &Connection, row: i64, seal: &[u8]) -> Result<bool, Error> {
    let mut statement =
        connection.prepare_cached("UPDATE crl_body SET seal = ?2 WHERE id = ?1 AND seal IS NULL")?;
    Ok(statement.execute(params![row, seal])? == 1)
}

/// Puts down a CRL that is signed.
pub(super) fn put_signed(connection: &Connection, row: i64, der: &[u8]) -> Result<(), Error> {
    let (mut tbs, seal) = split(der)
        .ok_or_else(|| Error::Unreadable { kind: Kind::Crl, reason: "it is not signed".to_owned() })?;
    put(connection, row, &mut tbs)?;
    self::seal(connection, row, seal)?;
    Ok(())
}

/// What was signed, and what follows it.
pub(super) fn split(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let tbs = Parts::from_der(der).ok()?.tbs;
    let start = tbs.as_ptr().addr().checked_sub(der.as_ptr().addr())?;
    let end = start.checked_add(tbs.len())?;
    let same = der.get(..start)? == header(0x30, length(der.get(start..)?)).as_slice();
    same.then(|| der.split_at(end)).map(|(_, seal)| (tbs, seal))
}

/// The octets of a row as a whole, for what keeps none but short ones.
pub(super) fn body(connection: &Connection, row: i64) -> Result<Option<Body>, Error> {
    let Some(kept) = find(connection, row)? else { return Ok(None) };
    let is_signed = kept.seal.is_some();
    let mut octets = Vec::new();
    CrlOctets::new(connection, row, kept).read_to_end(&mut octets).map_err(unreadable)?;
    Ok(Some(if is_signed { Body::Signed(octets) } else { Body::ToBeSigned(octets) }))
}

/// SHA-256 over the signed CRL of a row; none where it is not signed.
pub(super) fn sha256(connection: &Connection, row: i64) -> Result<Option<Fingerprint>, Error> {
    signed(connection, row)?.map(CrlOctets::sha256).transpose()
}

/// SHA-256 over what was to be signed.
pub(super) fn sha256_to_be_signed(connection: &Connection, row: i64) -> Result<Option<Fingerprint>, Error> {
    let kept = find(connection, row)?.map(|kept| Kept { seal: None, ..kept });
    kept.map(|kept| CrlOctets::new(connection, row, kept).sha256()).transpose()
}

/// Puts the octets of an older ledger, which are whole, into parts. What is no signed object stays as it is, and is
/// then damage to whoever reads it.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut older = connection.prepare("SELECT id, tbs, der FROM crl_body_of_7")?;
    let mut rows = older.query([])?;
    let failed = |error: Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    while let Some(row) = rows.next()? {
        let (id, tbs, der): (i64, Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (mut octets, seal) = match (&tbs, &der) {
            (_, Some(der)) => {
                split(der).map_or((der.as_slice(), Some(&[][..])), |(tbs, seal)| (tbs, Some(seal)))
            }
            (Some(tbs), None) => (tbs.as_slice(), None),
            (None, None) => (&[][..], None),
        };
        put(connection, id, &mut octets).map_err(failed)?;
        if let Some(seal) = seal {
            self::seal(connection, id, seal).map_err(failed)?;
        }
    }
    drop(rows);
    drop(older);
    connection.execute_batch("DROP TABLE crl_body_of_7")
}

fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}

/// What was being read or written where it could not be: SQLite's own word, or damage.
fn unreadable(error: io::Error) -> Error {
    match error.downcast::<rusqlite::Error>() {
        Ok(error) => Error::Database(error),
        Err(error) => Error::damaged(format!("the octets of a CRL: {error}")),
    }
}
