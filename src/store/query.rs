//! Looking up and listing certificates.

use std::ops::ControlFlow;

use rusqlite::{Row, ToSql};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded as _, State};
use super::revocation::{self, Revocation};
use super::row;
use crate::audit::{Fingerprint, Origin};
use crate::x509::certificate::Certificate;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// Which certificates are listed: those for which everything that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFilter {
    /// Issued by this CA.
    pub ca: Option<CaName>,
    /// In this state.
    pub state: Option<State>,
    /// Revoked, or not.
    pub revoked: Option<bool>,
    /// Made by this profile.
    pub profile: Option<String>,
    /// With this text somewhere in the subject, in either case of ASCII letters.
    pub subject: Option<String>,
    /// With a notAfter before this.
    pub expires_before: Option<Time>,
    /// With this or a later notAfter.
    pub expires_from: Option<Time>,
}

/// A certificate on record, or a serial number for which there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// The CA that issued it.
    pub ca: CaName,
    /// Its serial number.
    pub serial: SerialNumber,
    /// What became of it.
    pub state: State,
    /// Whether its subject is a CA.
    pub is_ca: bool,
    /// Its subject as RFC 4514 text, not escaped for a terminal; none when only the number is known.
    pub subject: Option<String>,
    /// notBefore.
    pub not_before: Option<Time>,
    /// notAfter.
    pub not_after: Option<Time>,
    /// The profile that made it.
    pub profile: Option<String>,
    /// SHA-256 over the profile's text.
    pub profile_sha256: Option<Fingerprint>,
    /// SHA-256 over the request.
    pub request_sha256: Option<Fingerprint>,
    /// Who asked.
    pub requester: Option<String>,
    /// From what it was made; none where that was not recorded.
    pub origin: Option<Origin>,
    /// SHA-256 over the certificate that was renewed or certified across.
    pub origin_sha256: Option<Fingerprint>,
    /// How it was proven that the holder of a bare key has its private half.
    pub possession: Option<String>,
    /// When its number was taken.
    pub reserved_at: Time,
    /// When it was recorded or given up.
    pub settled_at: Option<Time>,
    /// Why and since when it is revoked.
    pub revocation: Option<Revocation>,
}

impl Store {
    /// Gives each certificate that fits to `visit`, in the order in which their numbers were taken, until
    /// that breaks off; those of one CA within bounds of expiry in the order of notAfter. Nothing is collected: memory does not grow with the ledger.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn certificates(
        &self,
        filter: &CertificateFilter,
        mut visit: impl FnMut(CertificateRecord) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read(|connection| {
            let ca = filter.ca.as_ref().map(|name| ca::ca_id(connection, name)).transpose()?;
            let (sql, parameters) = listing(filter, ca);
            let mut statement = connection.prepare_cached(&sql)?;
            let parameters: Vec<(&str, &dyn ToSql)> =
                parameters.iter().map(|(name, value)| (*name, value.as_ref())).collect();
            let mut rows = statement.query(parameters.as_slice())?;
            while let Some(row) = rows.next()? {
                if visit(record(row)?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The certificate of a CA with a serial number.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::NoCertificate`], or those of reading.
    pub fn certificate(&self, ca: &CaName, serial: &SerialNumber) -> Result<CertificateRecord, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let row = revocation::certificate_row(connection, id, ca, serial)?;
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} {ALL} WHERE certificate.id = ?1"))?;
            let mut rows = statement.query([row])?;
            record(rows.next()?.ok_or_else(|| Error::damaged("a certificate that vanished"))?)
        })
    }

    /// The DER of a certificate; none when it is not known to exist.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::NoCertificate`], or those of reading.
    pub fn certificate_der(&self, ca: &CaName, serial: &SerialNumber) -> Result<Option<Vec<u8>>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let row = revocation::certificate_row(connection, id, ca, serial)?;
            Ok(match reservation::body(connection, Certificate::TABLE, row)? {
                Some(Body::Signed(der)) => Some(der),
                Some(Body::ToBeSigned(_)) | None => None,
            })
        })
    }

    /// Whether a serial number was ever taken, by whatever CA of this home.
    ///
    /// # Errors
    /// Those of reading.
    pub fn is_taken(&self, serial: &SerialNumber) -> Result<bool, Error> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM certificate WHERE serial = ?1")?
                .exists([serial.as_bytes()])?)
        })
    }

    /// Every certificate with a serial number, of whatever CA.
    ///
    /// # Errors
    /// Those of reading.
    pub fn find_serial(&self, serial: &SerialNumber) -> Result<Vec<CertificateRecord>, Error> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} {ALL} WHERE certificate.serial = ?1"))?
                .query_and_then([serial.as_bytes()], record)?
                .collect()
        })
    }
}

const SELECT: &str = "SELECT ca.name AS ca_name, certificate.*,
    revocation.id AS revocation_id, revocation.reason, revocation.revoked_at, revocation.invalidity_date";
/// Every certificate, and its revocation if it is revoked.
const ALL: &str = "FROM certificate JOIN ca ON ca.id = certificate.ca
    LEFT JOIN revocation ON revocation.certificate = certificate.id AND revocation.ended_revision IS NULL";
/// The revoked ones, found by their revocations; CROSS keeps SQLite from beginning elsewhere.
const REVOKED: &str = "FROM revocation CROSS JOIN certificate ON certificate.id = revocation.certificate
    JOIN ca ON ca.id = certificate.ca";

type Parameters = Vec<(&'static str, Box<dyn ToSql>)>;

/// A query that comes in the order of an index, so that nothing is sorted and nothing is held.
fn listing(filter: &CertificateFilter, ca: Option<i64>) -> (String, Parameters) {
    let mut clauses: Vec<&str> = Vec::new();
    let mut parameters: Parameters = Vec::new();
    let by_expiry = filter.expires_before.is_some() || filter.expires_from.is_some();
    let (tables, order) = match (filter.revoked, ca) {
        (Some(true), _) => (REVOKED, "revocation.certificate"),
        (_, Some(_)) if by_expiry => (ALL, "certificate.not_after, certificate.id"),
        _ => (ALL, "certificate.id"),
    };
    match filter.revoked {
        Some(true) => clauses.push("revocation.ended_revision IS NULL"),
        Some(false) => clauses.push("revocation.id IS NULL"),
        None => {}
    }
    if let Some(id) = ca {
        // The plus keeps SQLite from the index by expiry where it would have to sort afterwards.
        clauses.push(if order == "certificate.id" {
            "+certificate.ca = :ca"
        } else {
            "certificate.ca = :ca"
        });
        parameters.push((":ca", Box::new(id)));
    }
    if let Some(state) = filter.state {
        clauses.push(match state {
            State::Reserved => "certificate.state = 'reserved'",
            State::Issued => "certificate.state = 'issued'",
            State::Imported => "certificate.state = 'imported'",
            State::Abandoned => "certificate.state = 'abandoned'",
        });
    }
    if let Some(profile) = &filter.profile {
        clauses.push("certificate.profile = :profile");
        parameters.push((":profile", Box::new(profile.clone())));
    }
    if let Some(text) = &filter.subject {
        clauses.push("instr(lower(certificate.subject), lower(:subject)) > 0");
        parameters.push((":subject", Box::new(text.clone())));
    }
    if let Some(time) = filter.expires_before {
        clauses.push("certificate.not_after < :expires_before");
        parameters.push((":expires_before", Box::new(time.to_unix())));
    }
    if let Some(time) = filter.expires_from {
        clauses.push("certificate.not_after >= :expires_from");
        parameters.push((":expires_from", Box::new(time.to_unix())));
    }
    let condition = if clauses.is_empty() { "1 = 1".to_owned() } else { clauses.join(" AND ") };
    (format!("{SELECT} {tables} WHERE {condition} ORDER BY {order}"), parameters)
}

fn record(row: &Row<'_>) -> Result<CertificateRecord, Error> {
    let revocation = if row.get::<_, Option<i64>>("revocation_id")?.is_some() {
        Some(Revocation {
            reason: row::reason(row, "reason")?,
            date: row::time(row, "revoked_at")?,
            invalidity_date: row::optional_time(row, "invalidity_date")?,
        })
    } else {
        None
    };
    Ok(CertificateRecord {
        ca: row::word(row, "ca_name")?,
        serial: row::serial(row, "serial")?,
        state: row::word(row, "state")?,
        is_ca: row.get("is_ca")?,
        subject: row.get("subject")?,
        not_before: row::optional_time(row, "not_before")?,
        not_after: row::optional_time(row, "not_after")?,
        profile: row.get("profile")?,
        profile_sha256: row.get::<_, Option<[u8; 32]>>("profile_sha256")?.map(Fingerprint),
        request_sha256: row.get::<_, Option<[u8; 32]>>("request_sha256")?.map(Fingerprint),
        requester: row.get("requester")?,
        origin: row.get::<_, Option<String>>("origin")?.map(origin).transpose()?,
        origin_sha256: row.get::<_, Option<[u8; 32]>>("origin_sha256")?.map(Fingerprint),
        possession: row.get("possession")?,
        reserved_at: row::time(row, "reserved_at")?,
        settled_at: row::optional_time(row, "settled_at")?,
        revocation,
    })
}

fn origin(word: String) -> Result<Origin, Error> {
    word.parse().map_err(|()| Error::damaged(format!("origin {word:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    fn plan(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    }

    /// Sorting ten million rows would take memory for all of them.
    #[test]
    fn no_listing_sorts() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in schema::MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        let time = Some(Time::from_unix(0).unwrap());
        for ca in [None, Some(1)] {
            for revoked in [None, Some(true), Some(false)] {
                for expires_before in [None, time] {
                    for state in [None, Some(State::Reserved), Some(State::Issued)] {
                        let filter = CertificateFilter {
                            revoked,
                            expires_before,
                            state,
                            ..CertificateFilter::default()
                        };
                        let plan = plan(&connection, &listing(&filter, ca).0);
                        assert!(
                            plan.iter().all(|step| !step.contains("TEMP B-TREE")),
                            "{filter:?}: {plan:?}"
                        );
                    }
                }
            }
        }
    }

    /// The lookups of each issuance, revocation and CRL use an index, whatever the planner thinks.
    #[test]
    fn no_step_of_signing_scans() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in schema::MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        let revoked = CertificateFilter { revoked: Some(true), ..CertificateFilter::default() };
        for (sql, index) in [
            ("SELECT 1 FROM certificate WHERE serial = ?1", "certificate_serial"),
            ("SELECT id FROM certificate WHERE serial = ?1 AND ca = ?2", "certificate_serial"),
            ("SELECT serial FROM certificate WHERE ca = ?1 AND is_ca = 1", "certificate_of_ca"),
            ("SELECT * FROM certificate WHERE state = 'reserved' ORDER BY id", "certificate_open"),
            ("SELECT subject FROM certificate WHERE key_sha256 = ?1 ORDER BY id LIMIT 20", "certificate_key"),
            (
                "SELECT reason FROM revocation WHERE certificate = ?1 AND ended_revision IS NULL",
                "revocation_current",
            ),
            (
                "SELECT serial FROM revocation
                 WHERE ca = ?1 AND ended_revision IS NULL AND retired_by IS NULL ORDER BY id",
                "revocation_listed",
            ),
            (
                "UPDATE revocation SET retired_by = 1 WHERE ca = 1 AND ended_revision IS NULL
                 AND retired_by IS NULL AND not_after < 7",
                "revocation_expiry",
            ),
            (&listing(&revoked, None).0, "revocation_current"),
        ] {
            let plan = plan(&connection, sql);
            assert!(plan.iter().any(|step| step.contains(index)), "{sql}: {plan:?}");
        }
    }
}
