//! CRLs: their numbers reserved, signed CRLs recorded, and what the next one must name.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::distribution_point;
use super::error::Error;
use super::reservation::{self, Body, Recorded as _, Reservation, ReserveError, State};
use super::revocation::{self, Revision, Selection};
use super::row;
use super::writer::Writer;
use crate::audit::{Conditions, Event, Kind, Object, Source};
use crate::lint::Linted;
use crate::x509::crl::{Crl, RevokedCertificate, TbsCertList};
use crate::x509::extension::{
    Covers, CrlNumber, Extension, IssuingDistributionPoint, RawExtension, Value, oid,
};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What a CRL covers, and which of the CA's certificates that are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrlScope {
    /// Its issuingDistributionPoint; none when it covers everything.
    pub distribution: Option<IssuingDistributionPoint>,
    /// Whether it covers only the certificates that name its URIs: one part of several.
    pub of_one_point: bool,
}

impl CrlScope {
    fn covers(&self) -> Covers {
        self.distribution.as_ref().map_or(Covers::All, |point| point.covers)
    }

    fn der(&self) -> Option<Vec<u8>> {
        let value = self.distribution.clone().map(Value::IssuingDistributionPoint)?;
        value.to_der().ok()
    }

    /// The row of its point, where it covers one alone.
    fn point(&self, connection: &Connection) -> Result<Option<i64>, Error> {
        let Some(distribution) = self.distribution.as_ref().filter(|_| self.of_one_point) else {
            return Ok(None);
        };
        // Row 0 is none: no certificate has named the point so far.
        Ok(Some(distribution_point::find(connection, &distribution.uris)?.unwrap_or_default()))
    }
}

/// What a CA's next CRL of a scope must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedList {
    /// The state of the revocations that was read.
    pub revision: Revision,
    /// The entries, in no order.
    pub revoked: Vec<RevokedCertificate>,
    /// Which of the CA's certificates, revoked or not, are themselves of CAs: their revocation must give a
    /// reason.
    pub ca_serials: Vec<SerialNumber>,
    /// The newest complete CRL of the scope that exists.
    pub previous: Option<PreviousCrl>,
}

/// A complete CRL after which another one is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousCrl {
    /// Its number.
    pub number: CrlNumber,
    /// Its DER.
    pub der: Vec<u8>,
    /// What was released from hold since it was made, as entries that take it off the list.
    pub released: Vec<RevokedCertificate>,
}

/// What is known of a serial number that a CRL has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The end of its certificate, where it is known.
    pub not_after: Option<Time>,
    /// Whether it is revoked now.
    pub revoked: bool,
}

/// A place that unexpired certificates name for their CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointInUse {
    /// The URIs of the distribution point.
    pub uris: Vec<String>,
    /// Whether these are certificates of CAs.
    pub is_ca: bool,
    /// How many they are.
    pub certificates: u64,
}

/// A CRL that is about to be signed.
#[derive(Debug)]
pub struct CrlIntent {
    /// Its octets.
    pub linted: Linted<Crl>,
    /// The state of the revocations from which its entries were made.
    pub revision: Revision,
    /// Whether it covers only the certificates that name its distribution point.
    pub of_one_point: bool,
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
    /// What it covers; none when that is everything, or said in a form that keyrite does not write.
    pub distribution: Option<IssuingDistributionPoint>,
    /// Of a delta CRL, the number of the complete CRL to which it is added.
    pub base: Option<CrlNumber>,
    /// When its number was taken.
    pub reserved_at: Time,
    /// When it was recorded or given up.
    pub settled_at: Option<Time>,
}

impl Store {
    /// Everything that the next complete CRL of a scope must name (RFC 5280 s.3.3).
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn revoked_for_crl(&self, ca: &CaName, scope: &CrlScope) -> Result<RevokedList, Error> {
        self.read(|connection| {
            // One snapshot for the revision and the rows.
            let snapshot = connection.unchecked_transaction()?;
            let id = ca::ca_id(&snapshot, ca)?;
            let previous = previous(&snapshot, id, scope)?;
            let selection = Selection {
                covers: scope.covers(),
                point: scope.point(&snapshot)?,
                previous: previous.as_ref().map_or(0, |(row, _)| *row),
            };
            Ok(RevokedList {
                revision: revocation::revision(&snapshot, id)?,
                revoked: revocation::listed(&snapshot, id, selection)?,
                ca_serials: ca_serials(&snapshot, id)?,
                previous: previous.map(|(_, previous)| previous),
            })
        })
    }

    /// What is known of a serial number; none when it is not on record.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn standing(&self, ca: &CaName, serial: &SerialNumber) -> Result<Option<Standing>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let Some(row) = revocation::find_certificate(connection, id, serial)? else { return Ok(None) };
            let not_after = connection
                .prepare_cached("SELECT not_after FROM certificate WHERE id = ?1")?
                .query_and_then([row], |row| row::optional_time(row, "not_after"))?
                .next()
                .transpose()?
                .flatten();
            Ok(Some(Standing { not_after, revoked: revocation::current(connection, row)?.is_some() }))
        })
    }

    /// How many certificates of a CA are neither revoked nor expired, those included that may have been signed.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn unrevoked(&self, ca: &CaName, now: Time) -> Result<u64, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let count: i64 = connection
                .prepare_cached(
                    "SELECT count(*) FROM certificate WHERE ca = ?1 AND not_after >= ?2 AND becomes_own = 0
                     AND state <> 'abandoned' AND NOT EXISTS (SELECT 1 FROM revocation
                         WHERE revocation.certificate = certificate.id AND ended_revision IS NULL)",
                )?
                .query_row(params![id, now.to_unix()], |row| row.get(0))?;
            u64::try_from(count).map_err(|_| Error::damaged("a negative count"))
        })
    }

    /// The distribution points that unexpired certificates of a CA name.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn points_in_use(&self, ca: &CaName, now: Time) -> Result<Vec<PointInUse>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let points = distribution_point::in_use(connection, id, now.to_unix())?;
            let each = |(uris, is_ca, certificates)| PointInUse { uris, is_ca, certificates };
            Ok(points.into_iter().map(each).collect())
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

    /// The newest CRL of a CA that exists and covers everything, and its DER.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn current_crl(&self, ca: &CaName) -> Result<Option<(CrlRecord, Vec<u8>)>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT * FROM crl WHERE ca = ?1 AND state IN ('issued', 'imported')
                 AND scope IS NULL AND base IS NULL ORDER BY number DESC LIMIT 1",
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
    let Facts { number, this_update, next_update, extensions } = facts(tbs.as_der())?;
    let mut values = extensions.iter().map(|extension| &extension.value);
    let uris = values.find_map(Value::as_issuing_distribution_point).map(|point| &point.uris);
    let point = match uris.filter(|_| intent.of_one_point) {
        Some(uris) => Some(distribution_point::take(writer.connection, uris)?),
        None => None,
    };
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
            "INSERT INTO crl (ca, number, state, revision, this_update, next_update, reserved_at, scope, point,
             base)
             VALUES (?1, ?2, 'reserved', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id,
            number.0.to_be_bytes(),
            intent.revision.0,
            this_update.to_unix(),
            next_update.map(Time::to_unix),
            writer.now.to_unix(),
            distribution_point::scope_of(&extensions),
            point,
            distribution_point::base_of(&extensions)
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

/// What the octets of a CRL say; the entries are not looked at.
struct Facts {
    number: CrlNumber,
    this_update: Time,
    next_update: Option<Time>,
    extensions: Vec<Extension>,
}

fn facts(tbs: &[u8]) -> Result<Facts, Error> {
    use der::Decode as _;
    let unreadable = |reason: String| Error::Unreadable { kind: Kind::Crl, reason };
    let tbs = TbsCertList::from_der(tbs).map_err(|error| unreadable(error.to_string()))?;
    let extensions = tbs.raw_extensions().map_err(|error| unreadable(error.to_string()))?;
    let extensions: Vec<Extension> = extensions.iter().map(RawExtension::read).collect();
    let number = extensions
        .iter()
        .find_map(|each| if let Value::CrlNumber(number) = each.value { Some(number) } else { None });
    let this_update = Time::from_x509(tbs.this_update).map_err(|error| unreadable(error.to_string()))?;
    let next_update =
        tbs.next_update.map(Time::from_x509).transpose().map_err(|error| unreadable(error.to_string()))?;
    Ok(Facts { number: number.ok_or(Error::NoCrlNumber)?, this_update, next_update, extensions })
}

/// The newest complete CRL of a scope, and its row.
fn previous(connection: &Connection, ca: i64, scope: &CrlScope) -> Result<Option<(i64, PreviousCrl)>, Error> {
    let found: Option<(i64, [u8; 16], i64)> = connection
        .prepare_cached(
            "SELECT id, number, revision FROM crl WHERE ca = ?1 AND scope IS ?2 AND base IS NULL
             AND state IN ('issued', 'imported') ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![ca, scope.der()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((row, number, revision)) = found else { return Ok(None) };
    let der = match reservation::body(connection, Crl::TABLE, row)? {
        Some(Body::Signed(der)) => der,
        Some(Body::ToBeSigned(_)) | None => return Err(Error::damaged("a CRL without octets")),
    };
    let number = CrlNumber(u128::from_be_bytes(number));
    let released = revocation::released(connection, ca, Revision(revision))?;
    Ok(Some((row, PreviousCrl { number, der, released })))
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
        distribution: distribution(row)?,
        base: row.get::<_, Option<[u8; 16]>>("base")?.map(|base| CrlNumber(u128::from_be_bytes(base))),
        reserved_at: row::time(row, "reserved_at")?,
        settled_at: row::optional_time(row, "settled_at")?,
    })
}

fn distribution(row: &Row<'_>) -> Result<Option<IssuingDistributionPoint>, Error> {
    let der: Option<Vec<u8>> = row.get("scope")?;
    Ok(der.and_then(|der| {
        Value::from_der(oid::ISSUING_DISTRIBUTION_POINT, &der).as_issuing_distribution_point().cloned()
    }))
}
