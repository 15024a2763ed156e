//! From a URI on the command line to a session with one token.

use std::path::{Path, PathBuf};

use keyrite::token::{
    Launch, Pin, PinError, PinProvider, PinSource, Pkcs11Uri, SessionOptions, Timeouts, TokenInfo,
    TokenSession, find_module,
};

use crate::configuration;
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
    let options =
        SessionOptions { launch: launch(context)?, ..SessionOptions::new(module(context, Some(uri))?) };
    Ok(TokenSession::open(&options, uri, pin(context, uri)?)?)
}

/// The module: the URI's, else `--module`, else the configured one, else the only one that is registered.
///
/// # Errors
/// A [`Failure`] that lists the registered modules.
fn module(context: &Context, uri: Option<&Pkcs11Uri>) -> Result<PathBuf, Failure> {
    Ok(find_module(uri, named_module(context)?.as_deref())?)
}

/// The module that `--module` or the home's configuration names.
///
/// # Errors
/// A [`Failure`] when the configuration cannot be read.
pub(crate) fn named_module(context: &Context) -> Result<Option<PathBuf>, Failure> {
    match &context.global().module {
        Some(path) => Ok(Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()))),
        None => Ok(configuration::load(context)?.home().module().map(Path::to_owned)),
    }
}

/// How the worker is started: with the configured time-outs, and without a PIN in its environment.
///
/// # Errors
/// A [`Failure`] when the configuration cannot be read, or `--pin-source` is no source.
pub(crate) fn launch(context: &Context) -> Result<Launch, Failure> {
    let configured = configuration::load(context)?.home().worker();
    let own = Timeouts::default();
    let launch = match &context.global().pin_source {
        // Also where nothing logs in: a worker that needs no PIN is not to inherit one.
        Some(text) => PinSource::parse(text)?
            .environment_variable()
            .map_or_else(Launch::default, |name| Launch::default().without_environment(name)),
        None => Launch::default(),
    };
    Ok(launch.timeouts(Timeouts {
        signature: configured.signature.unwrap_or(own.signature),
        generation: configured.generation.unwrap_or(own.generation),
        pin_pad: configured.pin_pad.unwrap_or(own.pin_pad),
        other: configured.other.unwrap_or(own.other),
    }))
}

/// Where the PIN comes from: `--pin-source`, else the URI's, else the terminal.
///
/// # Errors
/// A [`Failure`] when `--pin-source` is none.
fn pin(context: &Context, uri: &Pkcs11Uri) -> Result<PinProvider, Failure> {
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
