//! The newest response about each certificate.

use std::ops::ControlFlow;

use rusqlite::params;

use super::group::IssuedAnswer;
use super::standing;
use crate::store::ca::{self, CaName};
use crate::store::error::Error;
use crate::store::writer::Writer;
use crate::store::{Store, row};
use crate::x509::ocsp::{CertIdHash, CertStatus, OcspResponse};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// A response on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspAnswer {
    /// The number of the certificate.
    pub serial: SerialNumber,
    /// By which function its CertID names the issuer.
    pub hash: CertIdHash,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Time,
    /// The whole response.
    pub der: Vec<u8>,
    /// What the ledger says of the certificate now, which may be something else.
    pub status_now: CertStatus,
}

impl OcspAnswer {
    /// What the response itself says.
    #[must_use]
    pub fn status(&self) -> Option<CertStatus> {
        let response = OcspResponse::from_der(&self.der).ok()?;
        Some(response.basic()?.data.answers.first()?.status)
    }
}

/// A number that changes with every change of the ledger by another process (`PRAGMA data_version`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspChange(i64);

/// How far revocations and responses have come. While it stays the same, a certificate that was good or revoked is
/// still that, and its newest response is still the newest; of a number that was unknown this does not say that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspMark {
    revisions: i64,
    answers: Option<i64>,
    group: Option<i64>,
}

impl Store {
    /// The newest response about a certificate, by the hash function that a client uses.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn ocsp_answer(
        &self,
        ca: &CaName,
        serial: &SerialNumber,
        hash: CertIdHash,
    ) -> Result<Option<OcspAnswer>, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let id = ca::ca_id(&snapshot, ca)?;
            let found = snapshot
                .prepare_cached(
                    "SELECT this_update, next_update, der FROM ocsp_answer
                     WHERE serial = ?1 AND ca = ?2 AND hash = ?3",
                )?
                .query_and_then(params![serial.as_bytes(), id, hash.word()], |row| {
                    Ok::<_, Error>(OcspAnswer {
                        serial: serial.clone(),
                        hash,
                        this_update: row::time(row, "this_update")?,
                        next_update: row::time(row, "next_update")?,
                        der: row.get("der")?,
                        status_now: standing::status(&snapshot, id, serial)?,
                    })
                })?
                .next();
            found.transpose()
        })
    }

    /// Gives the newest responses about each certificate of a CA to `visit`, in the order of their numbers, until that
    /// breaks off.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn ocsp_answers(
        &self,
        ca: &CaName,
        mut visit: impl FnMut(OcspAnswer) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let id = ca::ca_id(&snapshot, ca)?;
            let mut statement = snapshot.prepare_cached(
                "SELECT serial, hash, this_update, next_update, der FROM ocsp_answer WHERE ca = ?1
                 ORDER BY serial, hash",
            )?;
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                let serial = row::serial(row, "serial")?;
                let answer = OcspAnswer {
                    hash: row::word(row, "hash")?,
                    this_update: row::time(row, "this_update")?,
                    next_update: row::time(row, "next_update")?,
                    der: row.get("der")?,
                    status_now: standing::status(&snapshot, id, &serial)?,
                    serial,
                };
                if visit(answer).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The earliest nextUpdate among the newest responses about unexpired certificates of a CA, and how many these are;
    /// none when there are none.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn ocsp_due(&self, ca: &CaName, now: Time) -> Result<Option<(Time, u64)>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT min(answer.next_update) AS next_update, count(*) AS number
                 FROM ocsp_answer AS answer JOIN certificate
                     ON certificate.serial = answer.serial AND certificate.ca = answer.ca
                 WHERE answer.ca = ?1 AND certificate.not_after >= ?2",
            )?;
            let mut rows = statement.query(params![id, now.to_unix()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let number: i64 = row.get("number")?;
            Ok(row::optional_time(row, "next_update")?
                .map(|next| (next, u64::try_from(number).unwrap_or_default())))
        })
    }

    /// Changes whenever another process has changed the ledger, whatever it changed. Asking costs next to nothing.
    ///
    /// # Errors
    /// Those of reading.
    pub fn ocsp_change(&self) -> Result<OcspChange, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("PRAGMA data_version")?;
            Ok(OcspChange(statement.query_row([], |row| row.get(0))?))
        })
    }

    /// Changes with every revocation, every release from hold, and every group of responses that is recorded.
    ///
    /// # Errors
    /// Those of reading.
    pub fn ocsp_mark(&self) -> Result<OcspMark, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT (SELECT coalesce(sum(revision), 0) FROM ca), (SELECT max(id) FROM ocsp_answer),
                 (SELECT max(ocsp_group) FROM ocsp_answer)",
            )?;
            Ok(statement.query_row([], |row| {
                Ok(OcspMark { revisions: row.get(0)?, answers: row.get(1)?, group: row.get(2)? })
            })?)
        })
    }

    /// The latest nextUpdate of the responses of a CA that are the newest about their certificates; none where there are
    /// none.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn latest_ocsp(&self, ca: &CaName) -> Result<Option<Time>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT max(next_update) FROM ocsp_group WHERE ca = ?1 AND hashes IS NOT NULL",
            )?;
            let latest: Option<i64> = statement.query_row([id], |row| row.get(0))?;
            latest.map(row::to_time).transpose()
        })
    }
}

/// Puts responses in the place of older ones about the same certificates.
pub(super) fn keep<'a>(
    writer: &Writer<'_>,
    group: i64,
    answers: impl Iterator<Item = &'a IssuedAnswer>,
) -> Result<(), Error> {
    let mut put = writer.connection.prepare_cached(
        "INSERT INTO ocsp_answer (ca, serial, hash, ocsp_group, place, status, this_update, next_update, der)
         SELECT ca, ?2, ?3, id, ?4, ?5, this_update, next_update, ?6 FROM ocsp_group WHERE id = ?1
         ON CONFLICT (serial, ca, hash) DO UPDATE SET ocsp_group = excluded.ocsp_group,
             place = excluded.place, status = excluded.status, this_update = excluded.this_update,
             next_update = excluded.next_update, der = excluded.der
         WHERE excluded.this_update >= this_update",
    )?;
    for (place, one) in answers.enumerate() {
        put.execute(params![
            group,
            one.serial.as_bytes(),
            one.hash.word(),
            i64::try_from(place).unwrap_or(i64::MAX),
            one.status.word(),
            one.signed.as_der(),
        ])?;
    }
    // Of a group without a current answer the log alone tells.
    writer
        .connection
        .prepare_cached(
            "UPDATE ocsp_group SET hashes = NULL
             WHERE hashes IS NOT NULL AND ca = (SELECT ca FROM ocsp_group WHERE id = ?1)
               AND NOT EXISTS (SELECT 1 FROM ocsp_answer WHERE ocsp_answer.ocsp_group = ocsp_group.id)",
        )?
        .execute([group])?;
    Ok(())
}
