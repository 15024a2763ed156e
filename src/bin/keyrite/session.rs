//! From a URI on the command line to a session with one token.

use std::path::PathBuf;

use keyrite::token::{
    Pin, PinError, PinProvider, PinSource, Pkcs11Uri, SessionOptions, TokenInfo, TokenSession, find_module,
};

use crate::context::Context;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Reads a URI. It is not read with the command line, whose errors repeat what was given: a `pin-value` would
/// be shown.
///
/// # Errors
/// A [`Failure`] that names the attribute.
pub(crate) fn uri(text: &str) -> Result<Pkcs11Uri, Failure> {
    Ok(Pkcs11Uri::parse(text)?)
}

/// Starts the worker and opens a session with the one token that the URI names. The PIN is asked for when
/// something needs it.
///
/// # Errors
/// A [`Failure`] when there is not exactly one such token, or its module fails.
pub(crate) fn open(context: &Context, uri: &Pkcs11Uri) -> Result<TokenSession, Failure> {
    let options = SessionOptions::new(module(context, Some(uri))?);
    Ok(TokenSession::open(&options, uri, pin(context, uri)?)?)
}

/// The module: the URI's, else `--module`, else the only one that is registered.
///
/// # Errors
/// A [`Failure`] that lists the registered modules.
pub(crate) fn module(context: &Context, uri: Option<&Pkcs11Uri>) -> Result<PathBuf, Failure> {
    Ok(find_module(uri, context.global().module.as_deref())?)
}

/// Where the PIN comes from: `--pin-source`, else the URI's, else the terminal.
///
/// # Errors
/// A [`Failure`] when `--pin-source` is none.
pub(crate) fn pin(context: &Context, uri: &Pkcs11Uri) -> Result<PinProvider, Failure> {
    let source = match (&context.global().pin_source, uri.pin_source()) {
        (Some(text), _) => PinSource::parse(text)?,
        (None, Some(source)) => source.clone(),
        (None, None) => PinSource::Terminal,
    };
    let terminal = context.terminal().clone();
    Ok(PinProvider::new(source, move |token| ask(&terminal, token)))
}

fn ask(terminal: &Terminal, token: &TokenInfo) -> Result<Pin, PinError> {
    let warning = if token.flags.user_pin_final_try() {
        " (the last try before it is locked)"
    } else if token.flags.user_pin_count_low() {
        " (a wrong one was given before)"
    } else {
        ""
    };
    let prompt = format!("PIN of token {:?}, serial {:?}{warning}", token.label, token.serial);
    match terminal.secret(&prompt) {
        None => Err(PinError::Terminal),
        Some(Err(_)) => Err(PinError::Cancelled),
        Some(Ok(text)) => Pin::from_text(text),
    }
}
