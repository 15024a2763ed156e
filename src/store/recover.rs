//! What a crash or a failing token left open, and how it is settled.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::audit_log;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded, Reservation, table_of};
use super::row;
use super::writer::Writer;
use crate::audit::{Event, Fingerprint, Kind, Object, Outcome};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::extension::CrlNumber;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::{Parts, ToBeSigned};
use crate::x509::time::Time;
use crate::x509::verify::verify_twice;

/// Which reservation is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId {
    pub(super) kind: Kind,
    pub(super) row: i64,
}

/// A reservation of which nobody knows whether its object exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReservation {
    /// Which one.
    pub id: ReservationId,
    /// What was reserved.
    pub object: Object,
    /// The octets that were to be signed.
    pub tbs: Vec<u8>,
    /// When it was reserved.
    pub reserved_at: Time,
    /// What the token said, where it said something.
    pub failure: Option<String>,
}

/// How a reservation is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement<'a> {
    /// The object is given up. Its number stays burned, and a certificate can still be revoked.
    Abandon,
    /// The signed object was found: its DER. It is recorded if it is what was reserved and its signature
    /// verifies under the CA's key.
    Found(&'a [u8]),
}

impl Store {
    /// Every reservation that is neither committed nor settled, of all CAs. Another process may be at work
    /// on them, unless [`Store::be_alone`] came before.
    ///
    /// # Errors
    /// [`Error::NotAsTold`] when the octets of one are not those of which the audit log tells, or those of reading.
    pub fn open_reservations(&self) -> Result<Vec<OpenReservation>, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut open = Vec::new();
            for kind in [Kind::Request, Kind::Certificate, Kind::Crl] {
                let mut statement = snapshot.prepare_cached(table_of(kind).open)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    open.push(open_reservation(&snapshot, kind, row)?);
                }
            }
            Ok(open)
        })
    }

    /// The reservation of these octets, if their object is not on record: one that is open, or one that was given
    /// up before its object was found.
    ///
    /// # Errors
    /// As [`Store::open_reservations`].
    pub fn reservation_of(&self, tbs: &[u8]) -> Result<Option<OpenReservation>, Error> {
        if let Some(open) = self.open_reservations()?.into_iter().find(|each| each.tbs == tbs) {
            return Ok(Some(open));
        }
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            for kind in [Kind::Request, Kind::Certificate, Kind::Crl] {
                let mut statement = snapshot.prepare_cached(given_up(kind))?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let body = reservation::body(&snapshot, table_of(kind), row.get("id")?)?;
                    if matches!(body, Some(Body::ToBeSigned(found)) if found == tbs) {
                        return Ok(Some(open_reservation(&snapshot, kind, row)?));
                    }
                }
            }
            Ok(None)
        })
    }

    /// The permission to have the octets of an open reservation signed, for whoever goes on after a crash: number and
    /// octets are those that were reserved, so that there is no second of either. The caller has to be alone in the
    /// home.
    ///
    /// # Errors
    /// [`Error::AlreadySettled`] when it is not open any more, or of another kind; [`Error::NotAsTold`].
    pub fn take_up<K: Recorded>(
        &self,
        open: &OpenReservation,
        algorithm: SignatureAlgorithm,
    ) -> Result<Reservation<K>, Error> {
        let still = self.open_reservations()?.into_iter().any(|one| one == *open);
        if !still || open.id.kind != K::KIND {
            return Err(Error::AlreadySettled { object: Box::new(open.object.clone()) });
        }
        let tbs = ToBeSigned::reserved(open.tbs.clone(), algorithm);
        Ok(Reservation { row: open.id.row, object: open.object.clone(), tbs, follows: true })
    }

    /// Settles an open reservation; the audit log tells of it.
    ///
    /// # Errors
    /// [`Error::AlreadySettled`], [`Error::NotAsTold`]; for a found object [`Error::NotAsReserved`] or [`Error::BadSignature`].
    pub fn settle(&mut self, id: ReservationId, settlement: Settlement<'_>, now: Time) -> Result<(), Error> {
        self.write(now, |writer| {
            let ReservationId { kind, row } = id;
            let table = table_of(kind);
            let object = object_of(writer.connection, kind, row)?;
            let settled = || Error::AlreadySettled { object: Box::new(object.clone()) };
            let body = reservation::body(writer.connection, table, row)?;
            let Some(Body::ToBeSigned(tbs)) = body else { return Err(settled()) };
            audit_log::told_of(writer.connection, &object, &tbs)?;
            match settlement {
                Settlement::Abandon => {
                    if !reservation::abandon(writer, table, row)? {
                        return Err(settled());
                    }
                    writer.append(Event::Settled { object, outcome: Outcome::Abandoned, sha256: None })
                }
                Settlement::Found(der) => {
                    verify_found(writer, row, &object, &tbs, der)?;
                    reservation::record(writer, table, row, &object, der)?;
                    let sha256 = Some(Fingerprint::of(der));
                    let event = Event::Settled { object: object.clone(), outcome: Outcome::Found, sha256 };
                    writer.append(event)?;
                    reservation::follow_up(writer, &object, row, der)
                }
            }
        })
    }
}

/// Those of which nobody expected an object any more. A number that was only taken has no octets.
const fn given_up(kind: Kind) -> &'static str {
    match kind {
        Kind::Certificate => {
            "SELECT certificate.* FROM certificate JOIN certificate_body USING (id) WHERE state = 'abandoned' ORDER BY id"
        }
        Kind::Crl => "SELECT crl.* FROM crl JOIN crl_body USING (id) WHERE state = 'abandoned' ORDER BY id",
        Kind::Request => {
            "SELECT request.* FROM request JOIN request_body USING (id) WHERE state = 'abandoned' ORDER BY id"
        }
    }
}

/// What was found must be the reserved octets under a signature by the CA's key.
fn verify_found(writer: &Writer<'_>, row: i64, object: &Object, tbs: &[u8], der: &[u8]) -> Result<(), Error> {
    let not_as_reserved = || Error::NotAsReserved { object: Box::new(object.clone()) };
    let parts = Parts::from_der(der).map_err(|_| not_as_reserved())?;
    let algorithm =
        SignatureAlgorithm::from_identifier_der(parts.algorithm).map_err(|_| not_as_reserved())?;
    // Of RSASSA-PSS more than one form is read, but only one is made.
    if parts.tbs != tbs || parts.algorithm != algorithm.identifier_der() {
        return Err(not_as_reserved());
    }
    let key = ca::public_key(writer.connection, ca_of(writer.connection, object.kind, row)?)?;
    verify_twice(&key, algorithm, parts.tbs, parts.signature)
        .map_err(|source| Error::BadSignature { object: Box::new(object.clone()), source })
}

fn open_reservation(connection: &Connection, kind: Kind, row: &Row<'_>) -> Result<OpenReservation, Error> {
    let id: i64 = row.get("id")?;
    let Some(Body::ToBeSigned(tbs)) = reservation::body(connection, table_of(kind), id)? else {
        return Err(Error::damaged(format!("an open {kind} without octets to sign")));
    };
    let object = object_of(connection, kind, id)?;
    audit_log::told_of(connection, &object, &tbs)?;
    Ok(OpenReservation {
        id: ReservationId { kind, row: id },
        object,
        tbs,
        reserved_at: row::time(row, "reserved_at")?,
        failure: row.get("failure")?,
    })
}

/// What a row is about, as the audit log names it.
pub(super) fn object_of(connection: &Connection, kind: Kind, row: i64) -> Result<Object, Error> {
    let number = match kind {
        Kind::Certificate => connection
            .prepare_cached("SELECT serial FROM certificate WHERE id = ?1")?
            .query_and_then([row], |row| Ok(row::serial(row, "serial")?.to_string()))?
            .next(),
        Kind::Crl => connection
            .prepare_cached("SELECT number FROM crl WHERE id = ?1")?
            .query_and_then([row], |row| Ok(CrlNumber::to_string(&row::crl_number(row, "number")?)))?
            .next(),
        Kind::Request => Some(Ok(row.to_string())),
    };
    let number = number.unwrap_or_else(|| Err(Error::damaged(format!("no {kind} in row {row}"))))?;
    let name = ca::ca_name(connection, ca_of(connection, kind, row)?)?;
    Ok(Object { kind, ca: name.to_string(), number })
}

fn ca_of(connection: &Connection, kind: Kind, row: i64) -> Result<i64, Error> {
    let sql = match kind {
        Kind::Certificate => "SELECT ca FROM certificate WHERE id = ?1",
        Kind::Crl => "SELECT ca FROM crl WHERE id = ?1",
        Kind::Request => "SELECT ca FROM request WHERE id = ?1",
    };
    let ca = connection.prepare_cached(sql)?.query_row([row], |row| row.get(0)).optional()?;
    ca.ok_or_else(|| Error::damaged(format!("no {kind} in row {row}")))
}

/// The row of an object that the log names.
pub(super) fn find_row(connection: &Connection, object: &Object) -> Result<Option<i64>, Error> {
    let Ok(name) = object.ca.parse::<CaName>() else { return Ok(None) };
    let name = name.as_str();
    let found = match object.kind {
        Kind::Certificate => {
            let Ok(serial) = object.number.parse::<SerialNumber>() else { return Ok(None) };
            connection
                .prepare_cached(
                    "SELECT id FROM certificate
                     WHERE serial = ?1 AND ca = (SELECT id FROM ca WHERE name = ?2)",
                )?
                .query_row(params![serial.as_bytes(), name], |row| row.get(0))
        }
        Kind::Crl => {
            let Ok(number) = object.number.parse::<u128>() else { return Ok(None) };
            connection
                .prepare_cached(
                    "SELECT id FROM crl WHERE number = ?1 AND ca = (SELECT id FROM ca WHERE name = ?2)",
                )?
                .query_row(params![number.to_be_bytes(), name], |row| row.get(0))
        }
        Kind::Request => {
            let Ok(id) = object.number.parse::<i64>() else { return Ok(None) };
            connection
                .prepare_cached(
                    "SELECT id FROM request WHERE id = ?1 AND ca = (SELECT id FROM ca WHERE name = ?2)",
                )?
                .query_row(params![id, name], |row| row.get(0))
        }
    };
    Ok(found.optional()?)
}
