//! Looking up and listing certificates.

use std::ops::ControlFlow;

use rusqlite::{Connection, Row, ToSql};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded as _, State};
use super::revocation::{self, Revocation};
use super::row;
use crate::audit::Fingerprint;
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
    /// When its number was taken.
    pub reserved_at: Time,
    /// When it was recorded or given up.
    pub settled_at: Option<Time>,
    /// Why and since when it is revoked.
    pub revocation: Option<Revocation>,
}

impl Store {
    /// Gives each certificate that fits to `visit`, in the order in which their numbers were taken, until
    /// that breaks off. Nothing is collected: memory does not grow with the ledger.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn certificates(
        &self,
        filter: &CertificateFilter,
        mut visit: impl FnMut(CertificateRecord) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read(|connection| {
            let (clauses, parameters) = clauses(connection, filter)?;
            let sql = format!("{SELECT} WHERE {} ORDER BY certificate.id", clauses.join(" AND "));
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
            let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE certificate.id = ?1"))?;
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

    /// Every certificate with a serial number, of whatever CA.
    ///
    /// # Errors
    /// Those of reading.
    pub fn find_serial(&self, serial: &SerialNumber) -> Result<Vec<CertificateRecord>, Error> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE certificate.serial = ?1"))?
                .query_and_then([serial.as_bytes()], record)?
                .collect()
        })
    }
}

const SELECT: &str = "SELECT ca.name AS ca_name, certificate.*,
    revocation.id AS revocation_id, revocation.reason, revocation.revoked_at, revocation.invalidity_date
    FROM certificate JOIN ca ON ca.id = certificate.ca
    LEFT JOIN revocation ON revocation.certificate = certificate.id AND revocation.ended_revision IS NULL";

type Parameters = Vec<(&'static str, Box<dyn ToSql>)>;

fn clauses(
    connection: &Connection,
    filter: &CertificateFilter,
) -> Result<(Vec<&'static str>, Parameters), Error> {
    let mut clauses = vec!["1 = 1"];
    let mut parameters: Parameters = Vec::new();
    if let Some(name) = &filter.ca {
        clauses.push("certificate.ca = :ca");
        parameters.push((":ca", Box::new(ca::ca_id(connection, name)?)));
    }
    if let Some(state) = filter.state {
        clauses.push("certificate.state = :state");
        parameters.push((":state", Box::new(state.to_string())));
    }
    match filter.revoked {
        Some(true) => clauses.push("revocation.id IS NOT NULL"),
        Some(false) => clauses.push("revocation.id IS NULL"),
        None => {}
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
    Ok((clauses, parameters))
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
        reserved_at: row::time(row, "reserved_at")?,
        settled_at: row::optional_time(row, "settled_at")?,
        revocation,
    })
}
