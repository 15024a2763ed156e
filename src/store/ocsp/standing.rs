//! What the ledger says of a certificate, as OCSP puts it.

use rusqlite::{Connection, Row, params};

use crate::store::ca::{self, CaName};
use crate::store::error::Error;
use crate::store::{Store, row};
use crate::x509::extension::ReasonCode;
use crate::x509::ocsp::CertStatus;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// A serial number and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspStanding {
    /// The number.
    pub serial: SerialNumber,
    /// What of it.
    pub status: CertStatus,
    /// Whether its certificate is one of a CA.
    pub is_ca: bool,
}

/// About which certificates answers are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen<'a> {
    /// Every number that was ever taken and whose certificate has not expired at this time. The CA's own
    /// certificate is not among them: nobody asks a CA about itself.
    Unexpired(Time),
    /// These, whether or not they were ever taken.
    Serials(&'a [SerialNumber]),
}

/// What there is to know of one number. It is `good` only if its certificate is on record with its octets; what is
/// reserved and did not come out, or may have, is `unknown` until somebody revokes it (RFC 6960 s.2.2).
const COLUMNS: &str = "certificate.serial AS serial,
    certificate.state IN ('issued', 'imported')
        AND EXISTS (SELECT 1 FROM certificate_body AS body WHERE body.id = certificate.id AND body.der IS NOT NULL)
        AS there,
    certificate.is_ca AS is_ca, revocation.revoked_at AS revoked_at, revocation.reason AS reason
    FROM certificate LEFT JOIN revocation
        ON revocation.certificate = certificate.id AND revocation.ended_revision IS NULL";

impl Store {
    /// What OCSP is to say about certificates of a CA, all at one instant.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn ocsp_standings(&self, ca: &CaName, chosen: Chosen<'_>) -> Result<Vec<OcspStanding>, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let id = ca::ca_id(&snapshot, ca)?;
            match chosen {
                Chosen::Unexpired(at) => unexpired(&snapshot, id, at),
                Chosen::Serials(serials) => serials
                    .iter()
                    .map(|serial| {
                        let (status, is_ca) = of_number(&snapshot, id, serial)?;
                        Ok(OcspStanding { serial: serial.clone(), status, is_ca })
                    })
                    .collect(),
            }
        })
    }

    /// What OCSP is to say about one certificate now.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn ocsp_status(&self, ca: &CaName, serial: &SerialNumber) -> Result<CertStatus, Error> {
        self.read(|connection| status(connection, ca::ca_id(connection, ca)?, serial))
    }
}

fn unexpired(connection: &Connection, ca: i64, at: Time) -> Result<Vec<OcspStanding>, Error> {
    let own = ca::load(connection, ca)?.certificate.filter(|own| own.is_self_issued());
    let sql = format!(
        "SELECT {COLUMNS} WHERE certificate.ca = ?1
         AND (certificate.not_after >= ?2 OR (certificate.not_after IS NULL AND revocation.id IS NOT NULL))
         ORDER BY certificate.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let all = statement.query_and_then(params![ca, at.to_unix()], |row| {
        Ok(OcspStanding {
            serial: row::serial(row, "serial")?,
            status: of_row(row)?,
            is_ca: row.get("is_ca")?,
        })
    })?;
    let others = |one: &Result<OcspStanding, Error>| match (one, &own) {
        (Ok(one), Some(own)) => one.serial != *own.serial(),
        _ => true,
    };
    all.filter(others).collect()
}

/// What is to be said about one number.
pub(super) fn status(connection: &Connection, ca: i64, serial: &SerialNumber) -> Result<CertStatus, Error> {
    Ok(of_number(connection, ca, serial)?.0)
}

/// The same, with whether its certificate is one of a CA.
fn of_number(connection: &Connection, ca: i64, serial: &SerialNumber) -> Result<(CertStatus, bool), Error> {
    let sql = format!("SELECT {COLUMNS} WHERE certificate.serial = ?1 AND certificate.ca = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement
        .query_and_then(params![serial.as_bytes(), ca], |row| {
            Ok::<_, Error>((of_row(row)?, row.get("is_ca")?))
        })?
        .next();
    Ok(found.transpose()?.unwrap_or((CertStatus::Unknown, false)))
}

fn of_row(row: &Row<'_>) -> Result<CertStatus, Error> {
    Ok(match row::optional_time(row, "revoked_at")? {
        Some(at) => CertStatus::Revoked { at, reason: row::reason(row, "reason")?.map(ReasonCode::code) },
        None if row.get("there")? => CertStatus::Good,
        None => CertStatus::Unknown,
    })
}
