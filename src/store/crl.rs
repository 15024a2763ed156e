//! CRLs on record: their numbers, what they cover, and what is known of their entries.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::crl_octets;
use super::crl_sources;
use super::distribution_point;
use super::error::Error;
use super::reservation::{Body, State};
use super::row;
use crate::x509::extension::{Covers, CrlNumber, IssuingDistributionPoint, Value, oid};
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
    pub(super) fn covers(&self) -> Covers {
        self.distribution.as_ref().map_or(Covers::All, |point| point.covers)
    }

    pub(super) fn der(&self) -> Option<Vec<u8>> {
        let value = self.distribution.clone().map(Value::IssuingDistributionPoint)?;
        value.to_der().ok()
    }

    /// The row of its point, where it covers one alone.
    pub(super) fn point(&self, connection: &Connection) -> Result<Option<i64>, Error> {
        let Some(distribution) = self.distribution.as_ref().filter(|_| self.of_one_point) else {
            return Ok(None);
        };
        // Row 0 is none: no certificate has named the point so far.
        Ok(Some(distribution_point::find(connection, &distribution.uris)?.unwrap_or_default()))
    }
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
    /// What is known of a serial number; none when it is not on record.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn standing(&self, ca: &CaName, serial: &SerialNumber) -> Result<Option<Standing>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            crl_sources::standing(connection, id, serial)
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
            match crl_octets::body(connection, row.get("id")?)? {
                Some(Body::Signed(der)) => Ok(Some((record(row)?, der))),
                Some(Body::ToBeSigned(_)) | None => Err(Error::damaged("a CRL without octets")),
            }
        })
    }
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
