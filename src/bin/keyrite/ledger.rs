//! The ledger of the home, opened as the global flags say.

use std::time::Duration;

use keyrite::store::{CaName, CertificateRecord, OpenOptions, Store};
use keyrite::x509::serial::SerialNumber;

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::notice::notice;

/// How long to wait for other processes when nobody says.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens the ledger for looking at it.
///
/// # Errors
/// A [`Failure`] when there is none, or others may write it.
pub(crate) fn read(context: &Context) -> Result<Store, Failure> {
    Ok(Store::open_read_only(&context.home()?)?)
}

/// Opens the ledger for changing it; waits for other processes as long as `--lock-timeout` or the configuration says.
///
/// # Errors
/// A [`Failure`] when there is none, or it cannot be written.
pub(crate) fn write(context: &Context) -> Result<Store, Failure> {
    let home = context.home()?;
    let shown = home.display().to_string();
    let on_wait = Box::new(move || notice(&format!("waiting for another keyrite that works in {shown}")));
    let lock_timeout = match context.global().lock_timeout {
        Some(given) => given,
        None => configuration::load(context)?.home().lock_timeout().unwrap_or(LOCK_TIMEOUT),
    };
    Ok(Store::open(&home, OpenOptions { lock_timeout, on_wait })?)
}

/// The one certificate with a serial number, of any CA of the home or of the one that `--ca` names.
///
/// # Errors
/// A [`Failure`] when there is none, or several CAs have one of this number.
pub(crate) fn certificate(
    store: &Store,
    serial: &SerialNumber,
    ca: Option<&CaName>,
) -> Result<CertificateRecord, Failure> {
    if let Some(ca) = ca {
        return Ok(store.certificate(ca, serial)?);
    }
    let mut found = store.find_serial(serial)?;
    match (found.pop(), found.as_slice()) {
        (Some(record), []) => Ok(record),
        (None, _) => Err(Failure::new(Exit::Refused, format!("no certificate {serial} in this home"))
            .hint("a file of such a name is written ./NAME; keyrite certificate list shows all")),
        (Some(last), others) => {
            let cas: Vec<String> = others.iter().chain([&last]).map(|record| record.ca.to_string()).collect();
            let message = format!("{} CAs have a certificate {serial}", cas.len());
            Err(Failure::new(Exit::Usage, message).hint(format!("add --ca with one of {}", cas.join(" "))))
        }
    }
}
