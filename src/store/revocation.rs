//! Revocations: what was said about a certificate, since when, and what was said before.
//!
//! Nothing is overwritten. Each change gets the next revision of its CA, and a row is in force from its
//! revision until the one that ended it, so that every CRL can be told from its revision alone.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::row;
use super::writer::Writer;
use crate::audit::Event;
use crate::x509::crl::RevokedCertificate;
use crate::x509::extension::{Covers, ReasonCode, Value, oid};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// How many times the revocations of a CA have changed: a CRL made from one revision is refused once
/// there is a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub(super) i64);

/// What is said when a certificate is revoked (RFC 5280 s.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Why; none means unspecified.
    pub reason: Option<ReasonCode>,
    /// revocationDate: since when.
    pub date: Time,
    /// invalidityDate: since when the key is suspected.
    pub invalidity_date: Option<Time>,
}

impl Store {
    /// Revokes a certificate: any whose serial number was ever taken, also one that may never have come
    /// out. A certificate on hold can be revoked for good, and any revocation can become key compromise.
    /// What is said last counts, but never later than what was said first. Gives what is on record then.
    ///
    /// # Errors
    /// [`Error::NoCertificate`], [`Error::AlreadyRevoked`], [`Error::RevocationInFuture`].
    pub fn revoke(
        &mut self,
        ca: &CaName,
        serial: &SerialNumber,
        revocation: Revocation,
        now: Time,
    ) -> Result<Revocation, Error> {
        let dates = std::iter::once(revocation.date).chain(revocation.invalidity_date);
        if let Some(date) = dates.max().filter(|date| *date > now) {
            return Err(Error::RevocationInFuture { date, now });
        }
        self.write(now, |writer| {
            let id = ca::ca_id(writer.connection, ca)?;
            let certificate = certificate_row(writer.connection, id, ca, serial)?;
            let mut said = revocation;
            if let Some(before) = current(writer.connection, certificate)? {
                if !may_become(before.reason, revocation.reason) {
                    let Revocation { date, reason, .. } = before;
                    return Err(Error::AlreadyRevoked { serial: serial.clone(), date, reason });
                }
                // A certificate that was revoked since a date never becomes good again after it.
                said.date = said.date.min(before.date);
            }
            insert(writer, (id, certificate), said)?;
            writer.append(revoked_event(ca, serial, said))?;
            Ok(said)
        })
    }

    /// Releases a certificate on hold.
    ///
    /// # Errors
    /// [`Error::NoCertificate`]; [`Error::NotOnHold`] when it is not revoked, or for good.
    pub fn unhold(&mut self, ca: &CaName, serial: &SerialNumber, now: Time) -> Result<(), Error> {
        self.write(now, |writer| {
            let id = ca::ca_id(writer.connection, ca)?;
            let certificate = certificate_row(writer.connection, id, ca, serial)?;
            match current(writer.connection, certificate)? {
                Some(Revocation { reason: Some(ReasonCode::CertificateHold), .. }) => {}
                Some(_) | None => return Err(Error::NotOnHold { serial: serial.clone() }),
            }
            let revision = next_revision(writer, id)?;
            end(writer, certificate, revision)?;
            writer.append(Event::Unheld { ca: ca.to_string(), serial: serial.to_string() })
        })
    }
}

/// Whether a revocation on record may give way to another one.
pub(super) fn may_become(before: Option<ReasonCode>, after: Option<ReasonCode>) -> bool {
    match (before, after) {
        (Some(ReasonCode::CertificateHold), Some(ReasonCode::CertificateHold)) => false,
        (Some(ReasonCode::CertificateHold), _) => true,
        (Some(ReasonCode::KeyCompromise | ReasonCode::CaCompromise), _) => false,
        (_, Some(ReasonCode::KeyCompromise | ReasonCode::CaCompromise)) => true,
        _ => false,
    }
}

/// The event that tells of a revocation.
pub(super) fn revoked_event(ca: &CaName, serial: &SerialNumber, said: Revocation) -> Event {
    Event::Revoked {
        ca: ca.to_string(),
        serial: serial.to_string(),
        reason: said.reason.map(|reason| reason.to_string()),
        date: said.date.to_string(),
        invalidity_date: said.invalidity_date.map(|date| date.to_string()),
    }
}

/// Puts a revocation into force, in the place of the one before it if there is one.
pub(super) fn insert(
    writer: &Writer<'_>,
    (ca, certificate): (i64, i64),
    said: Revocation,
) -> Result<(), Error> {
    let revision = next_revision(writer, ca)?;
    end(writer, certificate, revision)?;
    writer
        .connection
        .prepare_cached(
            "INSERT INTO revocation (certificate, ca, serial, not_after, reason, revoked_at,
             invalidity_date, recorded_at, revision)
             SELECT id, ca, serial, not_after, ?2, ?3, ?4, ?5, ?6 FROM certificate WHERE id = ?1",
        )?
        .execute(params![
            certificate,
            said.reason.map(ReasonCode::code),
            said.date.to_unix(),
            said.invalidity_date.map(Time::to_unix),
            writer.now.to_unix(),
            revision,
        ])?;
    Ok(())
}

fn end(writer: &Writer<'_>, certificate: i64, revision: i64) -> Result<(), Error> {
    writer
        .connection
        .prepare_cached(
            "UPDATE revocation SET ended_revision = ?2 WHERE certificate = ?1 AND ended_revision IS NULL",
        )?
        .execute([certificate, revision])?;
    Ok(())
}

fn next_revision(writer: &Writer<'_>, ca: i64) -> Result<i64, Error> {
    writer.connection.prepare_cached("UPDATE ca SET revision = revision + 1 WHERE id = ?1")?.execute([ca])?;
    Ok(revision(writer.connection, ca)?.0)
}

pub(super) fn revision(connection: &Connection, ca: i64) -> Result<Revision, Error> {
    let mut statement = connection.prepare_cached("SELECT revision FROM ca WHERE id = ?1")?;
    Ok(Revision(statement.query_row([ca], |row| row.get(0))?))
}

/// The row of a serial number.
pub(super) fn certificate_row(
    connection: &Connection,
    id: i64,
    ca: &CaName,
    serial: &SerialNumber,
) -> Result<i64, Error> {
    find_certificate(connection, id, serial)?
        .ok_or_else(|| Error::NoCertificate { ca: ca.clone(), serial: serial.clone() })
}

pub(super) fn find_certificate(
    connection: &Connection,
    ca: i64,
    serial: &SerialNumber,
) -> Result<Option<i64>, Error> {
    Ok(connection
        .prepare_cached("SELECT id FROM certificate WHERE serial = ?1 AND ca = ?2")?
        .query_row(params![serial.as_bytes(), ca], |row| row.get(0))
        .optional()?)
}

/// The revocation in force.
pub(super) fn current(connection: &Connection, certificate: i64) -> Result<Option<Revocation>, Error> {
    connection
        .prepare_cached(
            "SELECT reason, revoked_at, invalidity_date FROM revocation
             WHERE certificate = ?1 AND ended_revision IS NULL",
        )?
        .query_and_then([certificate], |row| {
            Ok(Revocation {
                reason: row::reason(row, "reason")?,
                date: row::time(row, "revoked_at")?,
                invalidity_date: row::optional_time(row, "invalidity_date")?,
            })
        })?
        .next()
        .transpose()
}

/// Which of a CA's revocations a CRL is to name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selection {
    /// The certificates by their subjects.
    pub(super) covers: Covers,
    /// The one distribution point whose certificates it covers. Those that name none are on the CRL of every point.
    pub(super) point: Option<i64>,
    /// The row of the previous complete CRL of the scope; 0 where there is none.
    pub(super) previous: i64,
}

/// Every revocation that a CRL must name: those in force whose certificate is not expired, or has not been on a
/// complete CRL of the scope since it expired (RFC 5280 s.3.3). Of a number without a certificate nobody knows what it
/// covers: it is on every one.
///
/// What another scope's CRL took off the list after this one's previous CRL has not been on this scope's since.
///
/// They come in the order of their serial numbers, as SQLite reads them from the index: none is held.
pub(super) fn listed<T, E: From<Error>>(
    connection: &Connection,
    ca: i64,
    selection: Selection,
    work: impl FnOnce(&mut dyn Iterator<Item = Result<RevokedCertificate, Error>>) -> Result<T, E>,
) -> Result<T, E> {
    let Selection { covers, point, previous } = selection;
    let is_ca = is_ca(covers);
    let everything = is_ca.is_none() && point.is_none();
    let sql = if !everything {
        LISTED_OF_SCOPE
    } else if retired_since(connection, ca, previous)? {
        LISTED
    } else {
        // Without a second part, which a CA of one CRL never has, SQLite takes half the time.
        LISTED_ALONE
    };
    let mut statement = connection.prepare_cached(sql).map_err(Error::from)?;
    let rows = if everything {
        statement.query_and_then(params![ca, previous], revoked)
    } else {
        statement.query_and_then(params![ca, previous, is_ca, point], revoked)
    };
    work(&mut rows.map_err(Error::from)?)
}

/// Whether something left the list with a CRL after this one.
fn retired_since(connection: &Connection, ca: i64, previous: i64) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM revocation
         WHERE ca = ?1 AND ended_revision IS NULL AND retired_by > ?2)";
    Ok(connection.prepare_cached(sql)?.query_row([ca, previous], |row| row.get(0))?)
}

/// Which certificates are covered, as a value of their column; none means all.
const fn is_ca(covers: Covers) -> Option<bool> {
    match covers {
        Covers::All => None,
        Covers::Users => Some(false),
        Covers::Cas => Some(true),
    }
}

const LISTED_ALONE: &str = "SELECT serial, reason, revoked_at, invalidity_date FROM revocation
     WHERE ca = ?1 AND ended_revision IS NULL AND retired_by IS NULL AND ?2 IS NOT NULL
     ORDER BY length(serial), serial";

const LISTED: &str =
    "SELECT serial, reason, revoked_at, invalidity_date, length(serial) AS octets FROM revocation
     WHERE ca = ?1 AND ended_revision IS NULL AND retired_by IS NULL
     UNION ALL
     SELECT serial, reason, revoked_at, invalidity_date, length(serial) AS octets FROM revocation
     WHERE ca = ?1 AND ended_revision IS NULL AND retired_by > ?2
     ORDER BY octets, serial";

/// CROSS JOIN has SQLite go through the revocations, whose index has the order that is wanted.
const LISTED_OF_SCOPE: &str = "SELECT revocation.serial AS serial, reason, revoked_at, invalidity_date,
         length(revocation.serial) AS octets
     FROM revocation CROSS JOIN certificate ON certificate.id = revocation.certificate
     WHERE revocation.ca = ?1 AND ended_revision IS NULL AND retired_by IS NULL
       AND (?3 IS NULL OR certificate.is_ca = ?3 OR certificate.not_before IS NULL)
       AND (?4 IS NULL OR certificate.distribution_point IS NULL OR certificate.distribution_point = ?4)
     UNION ALL
     SELECT revocation.serial AS serial, reason, revoked_at, invalidity_date,
         length(revocation.serial) AS octets
     FROM revocation CROSS JOIN certificate ON certificate.id = revocation.certificate
     WHERE revocation.ca = ?1 AND ended_revision IS NULL AND retired_by > ?2
       AND (?3 IS NULL OR certificate.is_ca = ?3 OR certificate.not_before IS NULL)
       AND (?4 IS NULL OR certificate.distribution_point IS NULL OR certificate.distribution_point = ?4)
     ORDER BY octets, serial";

/// The columns by their places: looking up their names takes longer than the rest.
fn revoked(row: &Row<'_>) -> Result<RevokedCertificate, Error> {
    let serial = row.get_ref(0)?.as_blob().map_err(|error| Error::damaged(error.to_string()))?;
    let reason: Option<u8> = row.get(1)?;
    let unknown = |code| Error::damaged(format!("revocation reason {code}"));
    Ok(RevokedCertificate {
        serial: SerialNumber::from_der_contents(serial).map_err(|error| Error::damaged(error.to_string()))?,
        reason: reason.map(|code| ReasonCode::from_code(code).ok_or_else(|| unknown(code))).transpose()?,
        revocation_date: row::to_time(row.get(2)?)?,
        invalidity_date: row.get::<_, Option<i64>>(3)?.map(row::to_time).transpose()?,
        removed: false,
    })
}

/// The certificates that were released from hold since a revision and are not revoked: whoever has an older CRL of
/// the CA may have them on it. Each once, with the date of its last revocation.
pub(super) fn released(
    connection: &Connection,
    ca: i64,
    since: Revision,
) -> Result<Vec<RevokedCertificate>, Error> {
    connection
        .prepare_cached(
            "SELECT serial, NULL AS reason, max(revoked_at) AS revoked_at, NULL AS invalidity_date
             FROM revocation AS ended WHERE ca = ?1 AND ended_revision > ?2 AND NOT EXISTS (
                 SELECT 1 FROM revocation WHERE certificate = ended.certificate AND ended_revision IS NULL)
             GROUP BY certificate ORDER BY length(serial), serial",
        )?
        .query_and_then(params![ca, since.0], revoked)?
        .map(|one| one.map(|one| RevokedCertificate { removed: true, ..one }))
        .collect()
}

/// Takes off the list what a complete CRL named after its certificate had expired.
pub(super) fn retire(writer: &Writer<'_>, crl: i64) -> Result<(), Error> {
    let (base, scope, point): (Option<[u8; 16]>, Option<Vec<u8>>, Option<i64>) = writer
        .connection
        .prepare_cached("SELECT base, scope, point FROM crl WHERE id = ?1")?
        .query_row([crl], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if base.is_some() {
        return Ok(());
    }
    let distribution = scope.map(|der| Value::from_der(oid::ISSUING_DISTRIBUTION_POINT, &der));
    let distribution = distribution.as_ref().and_then(Value::as_issuing_distribution_point);
    let is_ca = is_ca(distribution.map_or(Covers::All, |point| point.covers));
    let all = "UPDATE revocation SET retired_by = ?1
         WHERE ca = (SELECT ca FROM crl WHERE id = ?1)
           AND ended_revision IS NULL AND retired_by IS NULL
           AND not_after < (SELECT this_update FROM crl WHERE id = ?1)
           AND revision <= (SELECT revision FROM crl WHERE id = ?1)";
    if is_ca.is_none() && point.is_none() {
        writer.connection.prepare_cached(all)?.execute([crl])?;
        return Ok(());
    }
    let sql = format!(
        "{all} AND EXISTS (SELECT 1 FROM certificate WHERE certificate.id = revocation.certificate
             AND (?2 IS NULL OR certificate.is_ca = ?2)
             AND (?3 IS NULL OR certificate.distribution_point IS NULL OR certificate.distribution_point = ?3))"
    );
    writer.connection.prepare_cached(&sql)?.execute(params![crl, is_ca, point])?;
    Ok(())
}
