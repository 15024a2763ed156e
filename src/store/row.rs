//! Columns to types: whatever a row holds that cannot be is damage, never a default.

use rusqlite::Row;

use super::error::Error;
use crate::x509::extension::{CrlNumber, ReasonCode};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

pub(super) fn time(row: &Row<'_>, column: &str) -> Result<Time, Error> {
    to_time(row.get(column)?)
}

pub(super) fn optional_time(row: &Row<'_>, column: &str) -> Result<Option<Time>, Error> {
    row.get::<_, Option<i64>>(column)?.map(to_time).transpose()
}

pub(super) fn to_time(seconds: i64) -> Result<Time, Error> {
    Time::from_unix(seconds).map_err(|error| Error::damaged(error.to_string()))
}

pub(super) fn serial(row: &Row<'_>, column: &str) -> Result<SerialNumber, Error> {
    let octets: Vec<u8> = row.get(column)?;
    SerialNumber::from_der_contents(&octets).map_err(|error| Error::damaged(error.to_string()))
}

pub(super) fn crl_number(row: &Row<'_>, column: &str) -> Result<CrlNumber, Error> {
    Ok(CrlNumber(u128::from_be_bytes(row.get(column)?)))
}

pub(super) fn reason(row: &Row<'_>, column: &str) -> Result<Option<ReasonCode>, Error> {
    let Some(code) = row.get::<_, Option<u8>>(column)? else { return Ok(None) };
    ReasonCode::from_code(code).map(Some).ok_or_else(|| Error::damaged(format!("revocation reason {code}")))
}

/// A word that one of a closed set of states prints as.
pub(super) fn word<T: std::str::FromStr>(row: &Row<'_>, column: &str) -> Result<T, Error> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| Error::damaged(format!("{column} {text:?}")))
}
