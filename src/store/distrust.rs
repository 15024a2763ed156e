//! What the ledger knows against CAs and keys: certificates of a path that are revoked, keys that are compromised.

use rusqlite::{Connection, params};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded as _};
use crate::x509::certificate::Certificate;
use crate::x509::extension::ReasonCode;
use crate::x509::name::Name;
use crate::x509::signed::Parts;
use crate::x509::spki::PublicKey;

impl Store {
    /// The certificates of a CA and of those above it that are revoked, or on hold, by a CA of this home.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn revoked_of_path(&self, ca: &CaName) -> Result<Vec<Certificate>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            revoked_of_path(connection, id)
        })
    }

    /// Those of some certificates that are revoked, or on hold, by a CA of this home.
    ///
    /// # Errors
    /// Those of reading.
    pub fn revoked_among(&self, certificates: &[&Certificate]) -> Result<Vec<Certificate>, Error> {
        self.read(|connection| {
            let mut revoked = Vec::new();
            for certificate in certificates {
                if is_revoked(connection, certificate)? {
                    revoked.push((*certificate).clone());
                }
            }
            Ok(revoked)
        })
    }

    /// Whether a certificate with this key was revoked because the key, or the CA, is compromised.
    ///
    /// # Errors
    /// Those of reading.
    pub fn is_compromised(&self, key: &PublicKey) -> Result<bool, Error> {
        self.read(|connection| {
            let [of_key, of_ca] = [ReasonCode::KeyCompromise, ReasonCode::CaCompromise].map(ReasonCode::code);
            // CROSS keeps SQLite from beginning with the revocations, of which there may be millions.
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM certificate CROSS JOIN revocation
                 ON revocation.certificate = certificate.id AND revocation.ended_revision IS NULL
                 WHERE certificate.key_sha256 = ?1 AND revocation.reason IN (?2, ?3)",
            )?;
            Ok(statement.exists(params![key.sha256(), of_key, of_ca])?)
        })
    }
}

/// As [`Store::revoked_of_path`], within a transaction.
pub(super) fn revoked_of_path(connection: &Connection, ca: i64) -> Result<Vec<Certificate>, Error> {
    let ca = ca::load(connection, ca)?;
    let mut revoked = Vec::new();
    for certificate in ca.certificate.into_iter().chain(ca.path) {
        if is_revoked(connection, &certificate)? {
            revoked.push(certificate);
        }
    }
    Ok(revoked)
}

fn is_revoked(connection: &Connection, certificate: &Certificate) -> Result<bool, Error> {
    let rows: Vec<(i64, Vec<u8>)> = connection
        .prepare_cached(
            "SELECT certificate.id, ca.subject FROM certificate
             JOIN ca ON ca.id = certificate.ca
             JOIN revocation ON revocation.certificate = certificate.id
             WHERE certificate.serial = ?1 AND revocation.ended_revision IS NULL",
        )?
        .query_map(params![certificate.serial().as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (row, issuer) in rows {
        let same = match reservation::body(connection, Certificate::TABLE, row)? {
            Some(Body::Signed(der)) => der == certificate.as_der(),
            Some(Body::ToBeSigned(tbs)) => {
                Parts::from_der(certificate.as_der()).is_ok_and(|parts| parts.tbs == tbs)
            }
            // The number alone, from a CRL that was made elsewhere.
            None => Name::from_der(&issuer).is_ok_and(|issuer| issuer == *certificate.issuer()),
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}
