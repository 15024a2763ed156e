//! CRLs: their numbers reserved, signed CRLs recorded, and what the next one must name.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded as _, Reservation, ReserveError, State};
use super::revocation::{self, Revision};
use super::row;
use super::writer::Writer;
use crate::audit::{Conditions, Event, Kind, Object, Source};
use crate::lint::Linted;
use crate::x509::crl::{Crl, RevokedCertificate, TbsCertList};
use crate::x509::extension::{CrlNumber, Value, oid};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What a CA's next CRL must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedList {
    /// The state of the revocations that was read.
    pub revision: Revision,
    /// The entries, in no order.
    pub revoked: Vec<RevokedCertificate>,
    /// Which of the CA's certificates, revoked or not, are themselves of CAs: their revocation must give a
    /// reason.
    pub ca_serials: Vec<SerialNumber>,
}

/// A CRL that is about to be signed.
#[derive(Debug)]
pub struct CrlIntent {
    /// Its octets.
    pub linted: Linted<Crl>,
    /// The state of the revocations from which its entries were made.
    pub revision: Revision,
}

/// A CRL on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlRecord {
    /// Its number.
    pub number: CrlNumber,
    /// What became of it.
    pub state: State,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Option<Time>,
    /// When its number was taken.
    pub reserved_at: Time,
    /// When it was recorded or given up.
    pub settled_at: Option<Time>,
}

impl Store {
    /// Everything that the next CRL of a CA must name (RFC 5280 s.3.3).
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn revoked_for_crl(&self, ca: &CaName) -> Result<RevokedList, Error> {
        self.read(|connection| {
            // One snapshot for the revision and the rows.
            let snapshot = connection.unchecked_transaction()?;
            let id = ca::ca_id(&snapshot, ca)?;
            Ok(RevokedList {
                revision: revocation::revision(&snapshot, id)?,
                revoked: revocation::listed(&snapshot, id)?,
                ca_serials: ca_serials(&snapshot, id)?,
            })
        })
    }

    /// A number greater than every CRL number of the CA that was ever reserved or imported.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn next_crl_number(&self, ca: &CaName) -> Result<CrlNumber, Error> {
        let greatest = self.latest_crl(ca)?.map(|(number, _)| number);
        let next = greatest.unwrap_or(CrlNumber(0)).next();
        next.ok_or_else(|| Error::damaged("the CRL numbers are used up"))
    }

    /// The greatest CRL number of a CA that was ever taken, and the latest thisUpdate, whether or not a
    /// CRL came of them.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn latest_crl(&self, ca: &CaName) -> Result<Option<(CrlNumber, Time)>, Error> {
        self.read(|connection| latest(connection, ca::ca_id(connection, ca)?))
    }

    /// Reserves a CRL number: the number, the octets, and the audit entry "signing", in one transaction.
    /// Number and times are read from the octets.
    ///
    /// # Errors
    /// The intent comes back, with [`Error::RevocationsChanged`] when its entries are outdated,
    /// [`Error::CrlNumberUsed`] when the number is not greater than every one before, or
    /// [`Error::CrlGoesBack`] when thisUpdate lies before that of an earlier CRL.
    pub fn reserve_crl(
        &mut self,
        ca: &CaName,
        intent: CrlIntent,
        now: Time,
    ) -> Result<Reservation<Crl>, ReserveError<CrlIntent>> {
        match self.be_present().and_then(|()| self.write(now, |writer| reserve(writer, ca, &intent))) {
            Ok((row, object)) => {
                Ok(Reservation { row, object, tbs: intent.linted.into_tbs(), follows: true })
            }
            Err(source) => Err(ReserveError { intents: vec![intent], source }),
        }
    }

    /// The CRLs of a CA, the newest first.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn crls(&self, ca: &CaName) -> Result<Vec<CrlRecord>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            connection
                .prepare_cached("SELECT * FROM crl WHERE ca = ?1 ORDER BY number DESC")?
                .query_and_then([id], record)?
                .collect()
        })
    }

    /// The newest CRL of a CA that exists, and its DER.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn current_crl(&self, ca: &CaName) -> Result<Option<(CrlRecord, Vec<u8>)>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT * FROM crl WHERE ca = ?1 AND state IN ('issued', 'imported')
                 ORDER BY number DESC LIMIT 1",
            )?;
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            match reservation::body(connection, Crl::TABLE, row.get("id")?)? {
                Some(Body::Signed(der)) => Ok(Some((record(row)?, der))),
                Some(Body::ToBeSigned(_)) | None => Err(Error::damaged("a CRL without octets")),
            }
        })
    }
}

fn reserve(writer: &Writer<'_>, ca: &CaName, intent: &CrlIntent) -> Result<(i64, Object), Error> {
    let id = ca::active_id(writer.connection, ca)?;
    let tbs = intent.linted.tbs();
    let (number, this_update, next_update) = facts(tbs.as_der())?;
    if revocation::revision(writer.connection, id)? != intent.revision {
        return Err(Error::RevocationsChanged { ca: ca.clone() });
    }
    if let Some((greatest, latest)) = latest(writer.connection, id)? {
        if number <= greatest {
            return Err(Error::CrlNumberUsed { ca: ca.clone(), number, greatest });
        }
        if this_update < latest {
            return Err(Error::CrlGoesBack { ca: ca.clone(), this_update, latest });
        }
    }
    writer
        .connection
        .prepare_cached(
            "INSERT INTO crl (ca, number, state, revision, this_update, next_update, reserved_at)
             VALUES (?1, ?2, 'reserved', ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            id,
            number.0.to_be_bytes(),
            intent.revision.0,
            this_update.to_unix(),
            next_update.map(Time::to_unix),
            writer.now.to_unix()
        ])?;
    let row = writer.connection.last_insert_rowid();
    writer.connection.prepare_cached(Crl::TABLE.put_body)?.execute(params![row, tbs.as_der()])?;
    let object = Object { kind: Kind::Crl, ca: ca.to_string(), number: number.to_string() };
    writer.append(Event::Signing {
        object: object.clone(),
        tbs_sha256: tbs.sha256().into(),
        profile: None,
        profile_sha256: None,
        request_sha256: None,
        requester: None,
        source: Source::default(),
        conditions: Conditions::default(),
    })?;
    Ok((row, object))
}

/// Number, thisUpdate and nextUpdate, from the octets themselves; the entries are not looked at.
fn facts(tbs: &[u8]) -> Result<(CrlNumber, Time, Option<Time>), Error> {
    use der::Decode as _;
    let unreadable = |reason: String| Error::Unreadable { kind: Kind::Crl, reason };
    let tbs = TbsCertList::from_der(tbs).map_err(|error| unreadable(error.to_string()))?;
    let extensions = tbs.raw_extensions().map_err(|error| unreadable(error.to_string()))?;
    let number = extensions
        .iter()
        .filter(|each| each.oid == oid::CRL_NUMBER)
        .find_map(|each| if let Value::CrlNumber(number) = each.read().value { Some(number) } else { None });
    let this_update = Time::from_x509(tbs.this_update).map_err(|error| unreadable(error.to_string()))?;
    let next_update =
        tbs.next_update.map(Time::from_x509).transpose().map_err(|error| unreadable(error.to_string()))?;
    Ok((number.ok_or(Error::NoCrlNumber)?, this_update, next_update))
}

pub(super) fn latest(connection: &Connection, ca: i64) -> Result<Option<(CrlNumber, Time)>, Error> {
    let number: Option<[u8; 16]> = connection
        .prepare_cached("SELECT number FROM crl WHERE ca = ?1 ORDER BY number DESC LIMIT 1")?
        .query_row([ca], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(None) };
    let this_update = connection
        .prepare_cached("SELECT max(this_update) FROM crl WHERE ca = ?1")?
        .query_row([ca], |row| row.get(0))?;
    Ok(Some((CrlNumber(u128::from_be_bytes(number)), row::to_time(this_update)?)))
}

fn ca_serials(connection: &Connection, ca: i64) -> Result<Vec<SerialNumber>, Error> {
    connection
        .prepare_cached("SELECT serial FROM certificate WHERE ca = ?1 AND is_ca = 1")?
        .query_and_then([ca], |row| row::serial(row, "serial"))?
        .collect()
}

pub(super) fn record(row: &Row<'_>) -> Result<CrlRecord, Error> {
    Ok(CrlRecord {
        number: row::crl_number(row, "number")?,
        state: row::word(row, "state")?,
        this_update: row::time(row, "this_update")?,
        next_update: row::optional_time(row, "next_update")?,
        reserved_at: row::time(row, "reserved_at")?,
        settled_at: row::optional_time(row, "settled_at")?,
    })
}
