//! Revoking: what may be said about a certificate, before the ledger records it.

use super::error::Error;
use crate::port::Clock;
use crate::store::{CaName, Revocation, Store};
use crate::x509::extension::ReasonCode;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What is to be said about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationRequest {
    /// Why; none means unspecified.
    pub reason: Option<ReasonCode>,
    /// revocationDate, if it is not the moment in which it is recorded.
    pub date: Option<Time>,
    /// invalidityDate: since when the key is suspected.
    pub invalidity_date: Option<Time>,
}

/// Why a certificate is not revoked in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokeError {
    /// A CA certificate without a reason (BR 7.2.2).
    #[error("the certificate {serial} is one of a CA, whose revocation must give a reason")]
    ReasonWanted {
        /// The certificate.
        serial: SerialNumber,
    },
    /// cACompromise of a certificate that makes no CA (RFC 5280 s.5.3.1).
    #[error("the certificate {serial} is not one of a CA, so ca-compromise cannot be its reason")]
    NotCa {
        /// The certificate.
        serial: SerialNumber,
    },
    /// A past revocationDate for a reason that does not want one.
    #[error("a revocation date before now is for key-compromise and ca-compromise only, found {date}")]
    Backdated {
        /// The date.
        date: Time,
    },
}

/// Revokes a certificate of a CA; its next CRL will say so. Gives what is on record.
///
/// # Errors
/// [`Error::Revoke`] or [`Error::Store`]; nothing was changed.
pub fn revoke(
    store: &mut Store,
    ca: &CaName,
    serial: &SerialNumber,
    request: RevocationRequest,
    clock: &dyn Clock,
) -> Result<Revocation, Error> {
    let RevocationRequest { reason, date, invalidity_date } = request;
    let now = clock.now();
    let revocation = Revocation { reason, date: date.unwrap_or(now), invalidity_date };
    let is_ca = store.certificate(ca, serial)?.is_ca;
    let compromise = matches!(reason, Some(ReasonCode::KeyCompromise | ReasonCode::CaCompromise));
    let serial_number = || serial.clone();
    if is_ca && reason.is_none() {
        return Err(RevokeError::ReasonWanted { serial: serial_number() }.into());
    }
    if !is_ca && reason == Some(ReasonCode::CaCompromise) {
        return Err(RevokeError::NotCa { serial: serial_number() }.into());
    }
    if revocation.date < now && !compromise {
        return Err(RevokeError::Backdated { date: revocation.date }.into());
    }
    Ok(store.revoke(ca, serial, revocation, now)?)
}
