//! What a home is, in numbers.

use rusqlite::Connection;

use super::Store;
use super::ca::{self, CaName, CaState};
use super::clock;
use super::crl::{self, CrlRecord};
use super::error::Error;
use super::row;
use super::writer;
use crate::audit::Head;
use crate::x509::extension::CrlNumber;
use crate::x509::time::Time;

/// The state of a home at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its CAs, in the order in which they were added.
    pub cas: Vec<CaStatus>,
    /// Reservations of which nobody knows whether their object exists.
    pub open_reservations: u64,
    /// The head of the audit log.
    pub audit_head: Head,
    /// The last time that this home has seen: that of the log's last entry.
    pub last_seen: Option<Time>,
}

/// The state of one CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaStatus {
    /// Its name.
    pub name: CaName,
    /// How far it has come.
    pub state: CaState,
    /// Serial numbers ever taken, whatever became of them.
    pub serials: u64,
    /// Certificates that are not expired.
    pub unexpired: u64,
    /// Certificates that expire before the instant that was asked about, and have not expired yet.
    pub expiring: u64,
    /// Revocations that the next CRL names.
    pub revoked: u64,
    /// The newest CRL of each scope that exists, and the newest delta CRL that is added to it; the first number first.
    pub crls: Vec<CrlRecord>,
}

impl Store {
    /// What this home is; `soon` bounds what counts as expiring.
    ///
    /// # Errors
    /// Those of reading.
    pub fn status(&self, now: Time, soon: Time) -> Result<Status, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let cas = ca::ids(&snapshot)?;
            Ok(Status {
                cas: cas
                    .into_iter()
                    .map(|id| ca_status(&snapshot, id, now, soon))
                    .collect::<Result<_, _>>()?,
                open_reservations: count(
                    &snapshot,
                    "SELECT (SELECT count(*) FROM certificate WHERE state = 'reserved')
                          + (SELECT count(*) FROM crl WHERE state = 'reserved')
                          + (SELECT count(*) FROM request WHERE state = 'reserved')
                          + (SELECT count(*) FROM ocsp_group WHERE state = 'reserved')",
                    &[],
                )?,
                audit_head: writer::head(&snapshot)?,
                last_seen: clock::last_seen(&snapshot)?,
            })
        })
    }
}

fn ca_status(connection: &Connection, id: i64, now: Time, soon: Time) -> Result<CaStatus, Error> {
    let (now, soon) = (now.to_unix(), soon.to_unix());
    let state = connection
        .prepare_cached("SELECT state FROM ca WHERE id = ?1")?
        .query_and_then([id], |row| row::word(row, "state"))?
        .next()
        .unwrap_or_else(|| Err(Error::damaged("a CA that vanished")))?;
    // Numbers are octets whose order is theirs.
    let crls: Vec<CrlRecord> = connection
        .prepare_cached(
            "SELECT *, max(number) FROM crl WHERE ca = ?1 AND state IN ('issued', 'imported')
             GROUP BY scope, base IS NULL ORDER BY number",
        )?
        .query_and_then([id], crl::record)?
        .collect::<Result<_, _>>()?;
    let complete: Vec<CrlNumber> =
        crls.iter().filter(|crl| crl.base.is_none()).map(|crl| crl.number).collect();
    // Whoever has a newer complete CRL adds no older delta CRL to it.
    let crls = crls.into_iter().filter(|crl| crl.base.is_none_or(|base| complete.contains(&base))).collect();
    let count = |sql, parameters: &[i64]| count(connection, sql, parameters);
    Ok(CaStatus {
        name: ca::ca_name(connection, id)?,
        state,
        serials: count("SELECT count(*) FROM certificate WHERE ca = ?1", &[id])?,
        unexpired: count("SELECT count(*) FROM certificate WHERE ca = ?1 AND not_after >= ?2", &[id, now])?,
        expiring: count(
            "SELECT count(*) FROM certificate WHERE ca = ?1 AND not_after >= ?2 AND not_after < ?3",
            &[id, now, soon],
        )?,
        revoked: count(
            "SELECT count(*) FROM revocation
             WHERE ca = ?1 AND ended_revision IS NULL AND retired_by IS NULL",
            &[id],
        )?,
        crls,
    })
}

fn count(connection: &Connection, sql: &str, parameters: &[i64]) -> Result<u64, Error> {
    let found: i64 = connection
        .prepare_cached(sql)?
        .query_row(rusqlite::params_from_iter(parameters), |row| row.get(0))?;
    u64::try_from(found).map_err(|_| Error::damaged("a negative count"))
}
