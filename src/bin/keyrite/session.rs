//! From a URI on the command line to a session with one token.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use keyrite::config::FILE_NAME;
use keyrite::store::LEDGER;
use keyrite::token::{
    Error, Launch, Pin, PinError, PinProvider, PinSource, Pkcs11Uri, SessionOptions, Timeouts, TokenInfo,
    TokenSession, WaitingWorker, find_module, list, registered_modules,
};

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::holders;
use crate::notice::notice;
use crate::surroundings::{self, Surroundings};
use crate::terminal::Terminal;

/// Reads a URI. It is not read with the command line, whose errors repeat what was given: a `pin-value` would
/// be shown.
///
/// # Errors
/// A [`Failure`] that names the attribute.
pub(crate) fn uri(text: &str) -> Result<Pkcs11Uri, Failure> {
    Ok(Pkcs11Uri::parse(text)?)
}

/// A worker that waits for the token of a URI to be needed.
#[derive(Debug)]
pub(crate) struct Ahead {
    uri: Pkcs11Uri,
    options: SessionOptions,
    worker: WaitingWorker,
}

/// Starts the worker for a token that will be needed, while it is judged whether it is: it loads no module, and asks
/// no token for anything. What stands in the way is told by [`open`].
pub(crate) fn start_ahead(context: &Context, uri: &Pkcs11Uri) {
    let named = named_module(context);
    // Which of several modules has the token is seen by asking them.
    if !named.is_ok_and(|named| find_module(Some(uri), named.as_deref()).is_ok()) {
        return;
    }
    let (Ok(options), Ok(pin)) = (options(context, uri), pin(context, uri)) else { return };
    if let Ok(worker) = WaitingWorker::start(&options, &pin) {
        let ahead = Ahead { uri: uri.clone(), options, worker };
        *context.ahead().lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    }
}

/// Starts the worker and opens a session with the one token that the URI names. The PIN is asked for when
/// something needs it.
///
/// # Errors
/// A [`Failure`] when there is not exactly one such token, or its module fails.
pub(crate) fn open(context: &Context, uri: &Pkcs11Uri) -> Result<TokenSession, Failure> {
    let pin = pin(context, uri)?;
    let ahead = context.ahead().lock().unwrap_or_else(PoisonError::into_inner).take();
    match ahead {
        Some(Ahead { uri: of, options, worker }) if of == *uri => {
            TokenSession::open_in(worker, &options, uri, pin).map_err(explained)
        }
        Some(_) | None => open_with(context, uri, pin),
    }
}

/// The same for the second token of a command: a PIN source of its own comes before `--pin-source`, which is that
/// of the first one.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_second(context: &Context, uri: &Pkcs11Uri) -> Result<TokenSession, Failure> {
    let provider = match uri.pin_source() {
        Some(own) => provider(context, own.clone()),
        None => pin(context, uri)?,
    };
    open_with(context, uri, provider)
}

/// The same with a PIN of its own.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_with(
    context: &Context,
    uri: &Pkcs11Uri,
    pin: PinProvider,
) -> Result<TokenSession, Failure> {
    TokenSession::open(&options(context, uri)?, uri, pin).map_err(explained)
}

/// How a session with the token is opened.
///
/// # Errors
/// A [`Failure`] when no module, or several, could be meant, or the configuration cannot be read.
pub(crate) fn options(context: &Context, uri: &Pkcs11Uri) -> Result<SessionOptions, Failure> {
    let launch = without_pin(launch(context)?, uri.pin_source());
    let module = module(context, &launch, uri)?;
    let settings = configuration::load(context)?;
    let requirements = settings.home().requirements().clone();
    let ml_dsa = settings.ml_dsa(&module);
    let final_try = context.global().final_try;
    Ok(SessionOptions { launch, final_try, requirements, ml_dsa, ..SessionOptions::new(module) })
}

/// The failure of a module, with the hint that it was led to where it cannot go, if it was.
pub(crate) fn explained(error: Error) -> Failure {
    let may_be_lost = matches!(&error, Error::NoToken { present, .. } if present.is_empty())
        || matches!(
            &error,
            Error::ModuleLoad { .. }
                | Error::Call { .. }
                | Error::Nonsense { .. }
                | Error::WorkerEnded { .. }
        );
    let hint = may_be_lost.then(|| surroundings::relative(std::env::vars_os())).flatten();
    Failure::from(error).maybe_hint(hint)
}

/// The module: the URI's, else `--module`, else the configured one, else the registered one that has the token.
///
/// # Errors
/// A [`Failure`] that lists the registered modules.
fn module(context: &Context, launch: &Launch, uri: &Pkcs11Uri) -> Result<PathBuf, Failure> {
    match find_module(Some(uri), named_module(context)?.as_deref()) {
        Err(Error::SeveralModules { candidates }) => with_token(launch, uri, candidates),
        found => Ok(found?),
    }
}

/// The one of several modules that shows the token. No PIN is involved in looking.
fn with_token(launch: &Launch, uri: &Pkcs11Uri, candidates: Vec<PathBuf>) -> Result<PathBuf, Failure> {
    let has_it = |module: &PathBuf| match list(launch, module) {
        Ok(tokens) => tokens.iter().any(|token| token.flags.token_initialized() && uri.matches_token(token)),
        Err(error) => {
            notice(&format!("note: {} is passed over: {error}", module.display()));
            false
        }
    };
    let mut having: Vec<PathBuf> = candidates.iter().filter(|module| has_it(module)).cloned().collect();
    match (having.pop(), having.len()) {
        (Some(module), 0) => Ok(module),
        (None, _) => {
            let whole = uri.clone().without_object().without_query().to_string();
            let wanted = match uri.token() {
                Some(label) if uri.serial().is_none() => format!("{label:?}"),
                _ => whole,
            };
            let searched: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
            Err(Failure::new(Exit::Token, format!("no token {wanted} in any registered module"))
                .because(format!("searched {}", searched.join(", ")))
                .hint("keyrite token list shows the tokens that are there; --module PATH names a module"))
        }
        (Some(last), _) => {
            having.push(last);
            let found: Vec<String> = having.iter().map(|path| path.display().to_string()).collect();
            Err(Failure::new(Exit::Token, format!("{} modules have such a token", found.len()))
                .because(format!("found in {}", found.join(", ")))
                .hint("give --module with one of them, or name the token by its serial"))
        }
    }
}

/// Whether a URI needs its module spelled out, since another run would not find it by itself.
pub(crate) fn module_is_spelled(context: &Context, uri: &Pkcs11Uri) -> bool {
    context.global().module.is_some() || uri.module_path().is_some() || registered_modules().len() > 1
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
    let launch = bare_launch(context)?;
    let settings = configuration::load(context)?;
    let configured = settings.home().worker();
    // The PIN of another CA's token is no more this module's than that of its own.
    let launch = settings
        .home()
        .cas()
        .flat_map(|(_, ca)| [ca.key(), ca.ocsp().responder().map(|(_, key)| key)])
        .fold(launch, |launch, key| without_pin(launch, key.and_then(Pkcs11Uri::pin_source)));
    let own = Timeouts::default();
    Ok(launch.timeouts(Timeouts {
        signature: configured.signature.unwrap_or(own.signature),
        generation: configured.generation.unwrap_or(own.generation),
        pin_pad: configured.pin_pad.unwrap_or(own.pin_pad),
        other: configured.other.unwrap_or(own.other),
    }))
}

/// As [`launch`], with the program's own time-outs. Also a worker that needs no PIN is not to inherit one.
///
/// # Errors
/// A [`Failure`] when `--pin-source` is no source.
pub(crate) fn bare_launch(context: &Context) -> Result<Launch, Failure> {
    let launch = without_pin(Launch::default(), named_source(context)?.as_ref());
    let launch =
        context.environment().iter().fold(launch, |launch, (name, value)| launch.environment(name, value));
    let Some(home) = kept_home(context)? else { return Ok(launch) };
    // Whoever names a module may have a configuration that is broken.
    let settings = configuration::load(context);
    let config = settings.map(|settings| settings.home().clone()).unwrap_or_default();
    let module = context.global().module.as_deref().or(config.module());
    Ok(Surroundings::of(&home, &config, module, std::env::vars_os()).keep(launch, home))
}

/// The home, if there is one where the command works: a directory that somebody only stands in is not kept from
/// the module, which may have been started there on purpose.
fn kept_home(context: &Context) -> Result<Option<PathBuf>, Failure> {
    let home = context.home()?;
    let is_home = [FILE_NAME, LEDGER].iter().any(|name| home.join(name).symlink_metadata().is_ok());
    // What cannot be resolved cannot be worked in either: the command says so when it opens it.
    Ok(is_home.then(|| home.canonicalize().ok()).flatten())
}

fn without_pin(launch: Launch, source: Option<&PinSource>) -> Launch {
    match source.and_then(PinSource::environment_variable) {
        Some(name) => launch.without_environment(name),
        None => launch,
    }
}

/// Where the PIN comes from: `--pin-source`, else the URI's, else the terminal.
///
/// # Errors
/// A [`Failure`] when `--pin-source` is none.
pub(crate) fn pin(context: &Context, uri: &Pkcs11Uri) -> Result<PinProvider, Failure> {
    Ok(provider(context, source(context, uri)?))
}

/// Where the PIN of a token comes from.
///
/// # Errors
/// As [`pin`].
pub(crate) fn source(context: &Context, uri: &Pkcs11Uri) -> Result<PinSource, Failure> {
    let named = named_source(context)?.or_else(|| uri.pin_source().cloned());
    Ok(named.unwrap_or(PinSource::Terminal))
}

/// What `--pin-source` names.
///
/// # Errors
/// As [`pin`].
pub(crate) fn named_source(context: &Context) -> Result<Option<PinSource>, Failure> {
    Ok(context.global().pin_source.as_ref().map(|text| PinSource::parse(text)).transpose()?)
}

/// The PIN of one source; people are asked on the terminal.
pub(crate) fn provider(context: &Context, source: PinSource) -> PinProvider {
    let terminal = context.terminal().clone();
    let warning = |token: &TokenInfo| {
        notice(&format!("note: token {:?}, serial {:?}: {}", token.label, token.serial, doubt(token)));
    };
    let asked = source.clone();
    PinProvider::new(source, move |token| ask(&terminal, &asked, token)).warning(warning)
}

/// What a token says of its PIN that whoever gives one should know.
fn doubt(token: &TokenInfo) -> &'static str {
    if token.flags.user_pin_final_try() {
        "the last try before the PIN is locked"
    } else if token.flags.user_pin_count_low() {
        "a wrong PIN was given before"
    } else if token.flags.user_pin_to_be_changed() {
        "the PIN is to be changed"
    } else {
        ""
    }
}

fn ask(terminal: &Terminal, source: &PinSource, token: &TokenInfo) -> Result<Pin, PinError> {
    let doubt = doubt(token);
    let warning = if doubt.is_empty() { String::new() } else { format!(" ({doubt})") };
    let prompt = format!("PIN of token {:?}, serial {:?}{warning}", token.label, token.serial);
    holders::ask(terminal, source, &prompt)
}
