//! What a certificate's reservation keeps: the certificate without a signature (RFC 9925).
//!
//! Whoever has the ledger and any program that shows certificates can read what was about to be signed, and nothing
//! can take it for something that was. The octets that get signed are made of it again, one field exchanged; that
//! this gives the very octets is proven when they are put down, and held against the audit log when they are read.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::revocation;
use crate::audit::Kind;
use crate::x509::serial::SerialNumber;
use crate::x509::unsigned::UnsignedCertificate;

/// Puts down what is about to be signed.
pub(super) const PUT: &str =
    "INSERT INTO certificate_body (id, unsigned, signature_algorithm) VALUES (?1, ?2, ?3)";
/// Puts the signed certificate in its place.
pub(super) const PUT_SIGNED: &str = "UPDATE certificate_body
    SET unsigned = NULL, signature_algorithm = NULL, der = ?2 WHERE id = ?1 AND der IS NULL";
/// Either of them.
pub(super) const BODY: &str = "SELECT unsigned, signature_algorithm, der FROM certificate_body WHERE id = ?1";

impl Store {
    /// What was about to be signed under a serial number, as the DER of an unsigned certificate (RFC 9925); none
    /// where the signed certificate is on record, or only the number is known.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::NoCertificate`], or those of reading.
    pub fn certificate_intent(&self, ca: &CaName, serial: &SerialNumber) -> Result<Option<Vec<u8>>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let row = revocation::certificate_row(connection, id, ca, serial)?;
            let found = connection.prepare_cached(BODY)?.query_row([row], |row| row.get("unsigned"));
            Ok(found.optional()?.flatten())
        })
    }
}

/// Puts down the octets that get signed.
pub(super) fn put(connection: &Connection, row: i64, tbs: &[u8]) -> Result<(), Error> {
    let unsigned = UnsignedCertificate::of(tbs)
        .map_err(|error| Error::Unreadable { kind: Kind::Certificate, reason: error.to_string() })?;
    connection.prepare_cached(PUT)?.execute(params![row, unsigned.as_der(), unsigned.algorithm_der()])?;
    Ok(())
}

/// The octets that get signed.
pub(super) fn tbs(row: &Row<'_>) -> Result<Vec<u8>, Error> {
    let (Some(der), Some(algorithm)) = (row.get("unsigned")?, row.get("signature_algorithm")?) else {
        return Err(Error::damaged("a certificate's reservation without what was to be signed"));
    };
    UnsignedCertificate::from_parts(der, algorithm)
        .tbs()
        .map_err(|error| Error::damaged(format!("what was to be signed is no unsigned certificate: {error}")))
}

/// Gives the reservations of an older ledger, which are the plain octets, their new form. What cannot have it stays
/// as it is, and is then damage to whoever reads it.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut open =
        connection.prepare("SELECT id, unsigned FROM certificate_body WHERE unsigned IS NOT NULL")?;
    let mut change = connection
        .prepare("UPDATE certificate_body SET unsigned = ?2, signature_algorithm = ?3 WHERE id = ?1")?;
    let all: Vec<(i64, Vec<u8>)> =
        open.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    for (row, tbs) in all {
        if let Ok(unsigned) = UnsignedCertificate::of(&tbs) {
            change.execute(params![row, unsigned.as_der(), unsigned.algorithm_der()])?;
        }
    }
    Ok(())
}
