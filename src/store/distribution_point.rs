//! Distribution points: the places that certificates name for the CRL that covers them (RFC 5280 s.4.2.1.13).
//!
//! What covers a certificate is said by the certificate itself, so that it stays covered by the CRL of its place
//! whatever becomes of the configuration.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Error;
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::extension::{Extension, oid};

/// What stands between the URIs of a point: none has it in it.
const BETWEEN: &str = "\n";

/// The row of the point that a certificate names; none when it names none, or several, or one of a form that keyrite
/// does not write.
pub(super) fn of_certificate(
    connection: &Connection,
    certificate: &Certificate,
) -> rusqlite::Result<Option<i64>> {
    let point = certificate.extension(oid::CRL_DISTRIBUTION_POINTS);
    let uris = point.and_then(|point| point.value.as_distribution_point());
    uris.map(|uris| take(connection, uris)).transpose()
}

/// The row of a point, which is made if there is none.
pub(super) fn take(connection: &Connection, uris: &[String]) -> rusqlite::Result<i64> {
    if let Some(row) = find(connection, uris)? {
        return Ok(row);
    }
    connection
        .prepare_cached("INSERT INTO distribution_point (uris) VALUES (?1)")?
        .insert([uris.join(BETWEEN)])
}

/// The row of a point, if a certificate or CRL on record has named it.
pub(super) fn find(connection: &Connection, uris: &[String]) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM distribution_point WHERE uris = ?1")?
        .query_row([uris.join(BETWEEN)], |row| row.get(0))
        .optional()
}

/// The URIs of a point.
pub(super) fn uris(text: &str) -> Vec<String> {
    text.split(BETWEEN).map(str::to_owned).collect()
}

/// The points that unexpired certificates of a CA name, each with whether those of CAs and of others do.
pub(super) fn in_use(
    connection: &Connection,
    ca: i64,
    now: i64,
) -> Result<Vec<(Vec<String>, bool, u64)>, Error> {
    connection
        .prepare_cached(
            "SELECT distribution_point.uris, certificate.is_ca, count(*) AS number FROM certificate
             JOIN distribution_point ON distribution_point.id = certificate.distribution_point
             WHERE certificate.ca = ?1 AND certificate.not_after >= ?2 AND certificate.state <> 'abandoned'
             GROUP BY certificate.distribution_point, certificate.is_ca ORDER BY distribution_point.uris",
        )?
        .query_and_then([ca, now], |row| {
            let text: String = row.get("uris")?;
            let number: i64 = row.get("number")?;
            Ok((uris(&text), row.get("is_ca")?, u64::try_from(number).unwrap_or_default()))
        })?
        .collect()
}

/// Reads the points of the certificates and the scopes of the CRLs of an older ledger. What cannot be read stays
/// without: such a certificate is on every CRL, and such a CRL the previous one of none.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut bodies = connection.prepare(
        "SELECT id, coalesce(der, unsigned) FROM certificate_body WHERE coalesce(der, unsigned) IS NOT NULL",
    )?;
    let mut change = connection.prepare("UPDATE certificate SET distribution_point = ?2 WHERE id = ?1")?;
    let mut rows = bodies.query([])?;
    while let Some(row) = rows.next()? {
        let (id, der): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if let Ok(certificate) = Certificate::from_der(&der)
            && let Some(point) = of_certificate(connection, &certificate)?
        {
            change.execute([id, point])?;
        }
    }
    let mut bodies = connection.prepare("SELECT id, der FROM crl_body WHERE der IS NOT NULL")?;
    let mut change = connection.prepare("UPDATE crl SET scope = ?2, base = ?3 WHERE id = ?1")?;
    let mut rows = bodies.query([])?;
    while let Some(row) = rows.next()? {
        let (id, der): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        if let Ok(crl) = Crl::from_der(&der) {
            change.execute(params![id, scope_of(crl.extensions()), base_of(crl.extensions())])?;
        }
    }
    Ok(())
}

/// The issuingDistributionPoint among the extensions of a CRL, as it is encoded.
pub(super) fn scope_of(extensions: &[Extension]) -> Option<Vec<u8>> {
    let found = extensions.iter().find(|one| one.value.oid() == oid::ISSUING_DISTRIBUTION_POINT)?;
    found.value.to_der().ok()
}

/// The number of the complete CRL that a delta CRL names.
pub(super) fn base_of(extensions: &[Extension]) -> Option<[u8; 16]> {
    extensions.iter().find_map(|one| one.value.as_delta_base()).map(|number| number.0.to_be_bytes())
}
