//! From reserved to recorded: what is on disk before a signature, and what comes of it.
//!
//! A [`Reservation`] is the permission to sign, once, exactly the octets that are on disk. Dropping it does
//! not give the number back: it stays open until it is settled.

use std::fmt;
use std::str::FromStr;

use rusqlite::params;

use super::Store;
use super::error::Error;
use super::writer::Writer;
use super::{certificate, crl_octets, intent, request, revocation};
use crate::audit::{self, Event, Fingerprint, Object};
use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::{Kind, Parts, Signed, ToBeSigned};
use crate::x509::time::Time;

/// A kind of signed object that the ledger keeps.
pub trait Recorded: Kind + Sized {
    /// What the audit log calls it.
    const KIND: audit::Kind;
    #[doc(hidden)]
    const TABLE: Table;
}

/// The statements for one kind of object, which differ in the tables' names alone.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub(super) put_body: &'static str,
    pub(super) put_signed: &'static str,
    pub(super) settle: &'static str,
    pub(super) abandon: &'static str,
    pub(super) fail: &'static str,
    pub(super) body: &'static str,
    pub(super) open: &'static str,
    pub(super) unsigned: &'static str,
    pub(super) states: &'static str,
}

macro_rules! table {
    ($name:literal, $put_body:expr, $put_signed:expr, $body:expr) => {
        Table {
            put_body: $put_body,
            put_signed: $put_signed,
            settle: concat!("UPDATE ", $name, " SET state = 'issued', settled_at = ?2 WHERE id = ?1"),
            abandon: concat!(
                "UPDATE ",
                $name,
                " SET state = 'abandoned', settled_at = ?2 WHERE id = ?1 AND state = 'reserved'"
            ),
            fail: concat!("UPDATE ", $name, " SET failure = ?2 WHERE id = ?1"),
            body: $body,
            unsigned: concat!("SELECT id FROM ", $name, "_body WHERE der IS NULL ORDER BY id"),
            open: concat!("SELECT * FROM ", $name, " WHERE state = 'reserved' ORDER BY id"),
            states: concat!(
                "SELECT object.id, object.state, body.id IS NULL AS bare FROM ",
                $name,
                " AS object LEFT JOIN ",
                $name,
                "_body AS body ON body.id = object.id ORDER BY object.id"
            ),
        }
    };
    ($name:literal) => {
        table!(
            $name,
            concat!("INSERT INTO ", $name, "_body (id, tbs) VALUES (?1, ?2)"),
            concat!("UPDATE ", $name, "_body SET tbs = NULL, der = ?2 WHERE id = ?1 AND der IS NULL"),
            concat!("SELECT tbs, der FROM ", $name, "_body WHERE id = ?1")
        )
    };
}

/// The statements for CRLs, whose octets lie in parts.
pub(super) const CRL_TABLE: Table =
    Table { unsigned: "SELECT id FROM crl_body WHERE seal IS NULL ORDER BY id", ..table!("crl", "", "", "") };

impl Recorded for Certificate {
    const KIND: audit::Kind = audit::Kind::Certificate;
    const TABLE: Table = table!("certificate", intent::PUT, intent::PUT_SIGNED, intent::BODY);
}

impl Recorded for Csr {
    const KIND: audit::Kind = audit::Kind::Request;
    const TABLE: Table = table!("request");
}

/// The statements for a kind known only while running.
pub(super) const fn table_of(kind: audit::Kind) -> Table {
    match kind {
        audit::Kind::Certificate => Certificate::TABLE,
        audit::Kind::Crl => CRL_TABLE,
        audit::Kind::Request => Csr::TABLE,
    }
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It may have been used: nobody knows yet.
    Reserved,
    /// The object is on record.
    Issued,
    /// The object was made elsewhere, before this ledger knew of the CA.
    Imported,
    /// The number is burned.
    Abandoned,
}

impl State {
    const ALL: [Self; 4] = [Self::Reserved, Self::Issued, Self::Imported, Self::Abandoned];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reserved => "reserved",
            Self::Issued => "issued",
            Self::Imported => "imported",
            Self::Abandoned => "abandoned",
        })
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.to_string() == text).ok_or(())
    }
}

/// The permission to have these octets signed, once: they and their number are on disk.
#[must_use = "a reservation that is neither committed nor failed stays open"]
pub struct Reservation<K> {
    pub(super) row: i64,
    pub(super) object: Object,
    pub(super) tbs: ToBeSigned<K>,
    /// Whether more follows in the ledger from its signature than that it is on record.
    pub(super) follows: bool,
}

impl<K: Kind> Reservation<K> {
    /// The octets that the token is to sign.
    #[must_use]
    pub fn tbs(&self) -> &ToBeSigned<K> {
        &self.tbs
    }

    /// What was reserved, as the audit log names it.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl<K> fmt::Debug for Reservation<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reservation({})", self.object)
    }
}

/// A signed object that is on record: it may be published.
pub struct Issued<K> {
    object: Object,
    signed: Signed<K>,
}

impl<K: Kind> Issued<K> {
    /// What it is, as the audit log names it.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The whole object.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.signed.as_der()
    }

    /// The whole object as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.signed.to_pem()
    }

    /// SHA-256 over the whole object.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Fingerprint::of(self.as_der()).0
    }
}

impl Issued<Certificate> {
    /// The serial number.
    ///
    /// # Errors
    /// [`Error::Damaged`] never for an object that this program has reserved; kept for totality.
    pub fn serial(&self) -> Result<SerialNumber, Error> {
        self.object.number.parse().map_err(|_| Error::damaged(self.object.to_string()))
    }
}

impl<K> fmt::Debug for Issued<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issued({})", self.object)
    }
}

/// Why nothing was reserved; what was to be reserved comes back.
#[derive(Debug, thiserror::Error)]
#[error("nothing was reserved")]
pub struct ReserveError<I: fmt::Debug> {
    /// What was given, in its order.
    pub intents: Vec<I>,
    /// What went wrong.
    pub source: Error,
}

/// Why nothing was recorded although signatures exist. They travel in here, so that they can be recorded
/// again or written elsewhere: they must not be lost.
#[derive(Debug, thiserror::Error)]
#[error("{} signed object(s) could not be recorded", signed.len())]
pub struct CommitError<K: Kind> {
    /// What was given, in its order.
    pub signed: Vec<(Reservation<K>, Signed<K>)>,
    /// What went wrong.
    pub source: Box<Error>,
}

/// Why there is no signed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningFailure {
    /// The token was never asked: the reservation is settled at once, the number burned.
    NotAttempted {
        /// Why not.
        reason: String,
    },
    /// The token was asked and failed: a signature may exist, so the reservation stays open.
    Token {
        /// What the token said.
        reason: String,
    },
    /// What the token gave does not verify: the reservation stays open.
    Signature {
        /// Why not.
        reason: String,
    },
}

impl Store {
    /// Records signed objects, all of them or none, in one transaction: octets, state, audit entry
    /// "signed", and what follows from them (a self-signed CA becomes active, a CA has made its request, a
    /// CRL has named certificates after they expired).
    ///
    /// # Errors
    /// [`CommitError`] holds everything that was given: the objects exist and must not be lost.
    pub fn commit<K: Recorded>(
        &mut self,
        signed: Vec<(Reservation<K>, Signed<K>)>,
        now: Time,
    ) -> Result<Vec<Issued<K>>, CommitError<K>> {
        let recorded = self.write_done(now, |writer| {
            for (reservation, signed) in &signed {
                let Reservation { row, object, tbs, follows } = reservation;
                let parts = Parts::from_der(signed.as_der());
                if parts.map_or(true, |parts| parts.tbs != tbs.as_der()) {
                    return Err(Error::NotAsReserved { object: Box::new(object.clone()) });
                }
                record(writer, K::TABLE, *row, object, signed.as_der())?;
                writer.append(Event::Signed {
                    object: object.clone(),
                    sha256: Fingerprint::of(signed.as_der()),
                })?;
                if *follows {
                    follow_up(writer, object, *row, signed.as_der())?;
                }
            }
            Ok(())
        });
        match recorded {
            Ok(()) => Ok(signed
                .into_iter()
                .map(|(reservation, signed)| Issued { object: reservation.object, signed })
                .collect()),
            Err(source) => Err(CommitError { signed, source: Box::new(source) }),
        }
    }

    /// Records that signatures failed, in one transaction. The numbers stay burned.
    ///
    /// # Errors
    /// Those of writing: the reservations then stay open without a word on why.
    pub fn fail<K: Recorded>(
        &mut self,
        failed: &[(Reservation<K>, SigningFailure)],
        now: Time,
    ) -> Result<(), Error> {
        self.write_done(now, |writer| {
            let mut each = failed.iter();
            each.try_for_each(|(one, failure)| {
                self::failed(writer, K::TABLE, (one.row, &one.object), failure)
            })
        })
    }
}

/// Records that a signature failed.
pub(super) fn failed(
    writer: &Writer<'_>,
    table: Table,
    (row, object): (i64, &Object),
    failure: &SigningFailure,
) -> Result<(), Error> {
    let (word, reason) = match failure {
        SigningFailure::NotAttempted { reason } => (audit::Failure::NotAttempted, reason),
        SigningFailure::Token { reason } => (audit::Failure::Token, reason),
        SigningFailure::Signature { reason } => (audit::Failure::Signature, reason),
    };
    writer.connection.prepare_cached(table.fail)?.execute(params![row, reason])?;
    if word == audit::Failure::NotAttempted {
        abandon(writer, table, row)?;
    }
    writer.append(Event::SigningFailed { object: object.clone(), failure: word, reason: reason.clone() })
}

/// Puts a signed object in the place of the octets that were signed. A reservation that was given up in
/// the meantime is taken up again: what was signed exists.
pub(super) fn record(
    writer: &Writer<'_>,
    table: Table,
    row: i64,
    object: &Object,
    der: &[u8],
) -> Result<(), Error> {
    if object.kind == audit::Kind::Crl {
        let split =
            crl_octets::split(der).ok_or_else(|| Error::NotAsReserved { object: Box::new(object.clone()) });
        return seal(writer, row, object, split?.1);
    }
    let changed = writer.connection.prepare_cached(table.put_signed)?.execute(params![row, der])?;
    if changed != 1 {
        return Err(Error::AlreadySettled { object: Box::new(object.clone()) });
    }
    writer.connection.prepare_cached(table.settle)?.execute([row, writer.now.to_unix()])?;
    Ok(())
}

/// Puts the signature of a CRL beside what was signed, as [`record`] does.
pub(super) fn seal(writer: &Writer<'_>, row: i64, object: &Object, seal: &[u8]) -> Result<(), Error> {
    if !crl_octets::seal(writer.connection, row, seal)? {
        return Err(Error::AlreadySettled { object: Box::new(object.clone()) });
    }
    writer.connection.prepare_cached(CRL_TABLE.settle)?.execute([row, writer.now.to_unix()])?;
    Ok(())
}

/// What follows from an object that is now on record.
pub(super) fn follow_up(writer: &Writer<'_>, object: &Object, row: i64, der: &[u8]) -> Result<(), Error> {
    match object.kind {
        audit::Kind::Certificate => certificate::install_if_own(writer, row, object, der),
        audit::Kind::Crl => revocation::retire(writer, row),
        audit::Kind::Request => request::now_requested(writer, row),
    }
}

/// Gives up a number, unless it is settled already.
pub(super) fn abandon(writer: &Writer<'_>, table: Table, row: i64) -> Result<bool, Error> {
    let mut statement = writer.connection.prepare_cached(table.abandon)?;
    Ok(statement.execute([row, writer.now.to_unix()])? == 1)
}

/// The octets of an object: those that are to be signed, or the signed ones.
pub(super) enum Body {
    ToBeSigned(Vec<u8>),
    Signed(Vec<u8>),
}

pub(super) fn body(connection: &rusqlite::Connection, table: Table, row: i64) -> Result<Option<Body>, Error> {
    if table.body.is_empty() {
        return crl_octets::body(connection, row);
    }
    let mut statement = connection.prepare_cached(table.body)?;
    let mut rows = statement.query([row])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if let Some(der) = row.get("der")? {
        return Ok(Some(Body::Signed(der)));
    }
    if table.body == intent::BODY {
        return Ok(Some(Body::ToBeSigned(intent::tbs(row)?)));
    }
    Ok(row.get::<_, Option<Vec<u8>>>("tbs")?.map(Body::ToBeSigned))
}
