//! The ledger of the home, opened as the global flags say.

use std::io::ErrorKind;
use std::time::Duration;

use keyrite::audit::Event;
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, CertificateRecord, LARGEST_GAP, LEDGER, OpenOptions, Store};
use keyrite::token::{Error, TokenInfo};
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
/// A [`Failure`] when there is none, it cannot be written, or the clock contradicts its log.
pub(crate) fn write(context: &Context) -> Result<Store, Failure> {
    let store = write_by_any_clock(context)?;
    // Long before anything is reserved: before a PIN is asked for and a key made.
    store.believe(SystemClock.now())?;
    Ok(store)
}

/// The same for a command that confirms the clock, or only tells of something that has happened.
///
/// # Errors
/// As [`write`], but for the clock.
pub(crate) fn write_by_any_clock(context: &Context) -> Result<Store, Failure> {
    let home = context.home()?;
    let shown = home.display().to_string();
    let on_wait = Box::new(move || notice(&format!("waiting for another keyrite that works in {shown}")));
    let settings = configuration::load(context)?;
    let configured = || settings.home().lock_timeout().unwrap_or(LOCK_TIMEOUT);
    let lock_timeout = context.global().lock_timeout.unwrap_or_else(configured);
    let largest_gap = settings.home().largest_gap().unwrap_or(LARGEST_GAP);
    let network_file_system = settings.home().network_file_system();
    let options = OpenOptions { lock_timeout, on_wait, largest_gap, network_file_system };
    let mut store = Store::open(&home, options)?;
    store.configured_by(settings.text());
    Ok(store)
}

/// Opens the ledger for changing it, if the home has one.
///
/// # Errors
/// A [`Failure`] when it has one that cannot be written.
pub(crate) fn write_if_any(context: &Context) -> Result<Option<Store>, Failure> {
    if_any(context, write)
}

fn if_any(
    context: &Context,
    open: impl FnOnce(&Context) -> Result<Store, Failure>,
) -> Result<Option<Store>, Failure> {
    // Looked for before the home is looked at: without a ledger any directory will do.
    match context.home()?.join(LEDGER).symlink_metadata() {
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Ok(_) | Err(_) => open(context).map(Some),
    }
}

/// Records a PIN that the token did not accept; any other error leaves nothing to record. The error is what
/// the command fails with, so that a record that cannot be made is only remarked on.
pub(crate) fn record_refused_login(store: &mut Store, token: &TokenInfo, error: &Error) {
    if !error.is_refused_login() {
        return;
    }
    let event = Event::LoginFailed { token: token.uri().to_string(), reason: error.to_string() };
    if let Err(error) = store.append(event, SystemClock.now()) {
        notice(&format!("note: the refused PIN is not recorded: {error}"));
    }
}

/// Records a refused PIN of a command that only reads, if the home has a ledger.
pub(crate) fn refused_login(context: &Context, token: &TokenInfo, error: &Error) {
    if error.is_refused_login() {
        let event = Event::LoginFailed { token: token.uri().to_string(), reason: error.to_string() };
        record_by_the_way(context, event, "the refused PIN");
    }
}

/// Records what a command has done that only reads, if the home has a ledger. It has done it, whatever the clock says
/// and whoever may write the ledger, so that a record that cannot be made is only remarked on.
pub(crate) fn record_by_the_way(context: &Context, event: Event, what: &str) {
    let store = if_any(context, write_by_any_clock);
    let recorded = store.and_then(|store| match store {
        Some(mut store) => Ok(store.append(event, SystemClock.now())?),
        None => Ok(()),
    });
    if let Err(failure) = recorded {
        notice(&format!("note: {what} is in no audit log: {}", failure.line()));
    }
}

/// Records what was done to a token, if the home has a ledger; else says that there is no record.
///
/// # Errors
/// A [`Failure`] that says what was `done`, when it cannot be recorded.
pub(crate) fn record(
    context: &Context,
    store: Option<&mut Store>,
    event: Event,
    done: &str,
) -> Result<(), Failure> {
    let Some(store) = store else {
        let home = context.home()?;
        notice(&format!("note: this is in no audit log, since there is no ledger in {}", home.display()));
        return Ok(());
    };
    store.append(event, SystemClock.now()).map_err(|error| {
        Failure::new(Exit::Output, format!("{done}, but that is not recorded")).caused_by(&error)
    })
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
