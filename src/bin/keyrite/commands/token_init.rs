//! `token init`.

use std::ffi::OsString;
use std::path::PathBuf;

use keyrite::audit::Event;
use keyrite::store::{CaName, Store};
use keyrite::token::{
    Error, Initialisation, Launch, PinProvider, PinSource, Pkcs11Uri, SessionOptions, TokenInfo,
    TokenSession, check_label, find_module,
};

use crate::context::Context;
use crate::failure::Failure;
use crate::notice::notice;
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::view::{Value, View};
use crate::{configuration, holders, ledger, loss, session};

/// Initialise a blank token: its label, the PIN of its security officer (SO) and the PIN of its user
///
/// The URI names the token by its slot, such as pkcs11:slot-id=1; where there is one blank token only, pkcs11: will do.
/// The SO PIN initialises the token and sets the user PIN, which then proves itself by a login; --pin-source is that of
/// the user PIN. A token that is initialised already is refused, since everything in it would be destroyed: --erase
/// names it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite token init pkcs11: --label root-g1\n  keyrite token init pkcs11: --label root-g2 --erase root-g1"
)]
pub(crate) struct Args {
    /// The token, or the slot that it is in
    #[arg(value_name = "URI")]
    uri: String,

    /// The token's new label, at most 32 octets
    #[arg(long, value_name = "L")]
    label: String,

    /// Where the SO PIN comes from instead of one person at the terminal: file:PATH, env:NAME, fd:N, parts:N or shares
    #[arg(long, value_name = "S")]
    so_pin_source: Option<OsString>,

    /// The label or serial number of the initialised token that is to be erased, with every key in it
    #[arg(long, value_name = "LABEL|SERIAL")]
    erase: Option<String>,

    /// The CA of this home that is to lose its key by that; may be given several times
    #[arg(long, value_name = "NAME", requires = "erase")]
    of_ca: Vec<CaName>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?.without_object();
        check_label(&self.label).map_err(Error::from)?;
        let sources = self.sources(context, &uri)?;
        let launch = [&sources.officer, &sources.user]
            .into_iter()
            .filter_map(|source| source.environment_variable())
            .fold(session::launch(context)?, Launch::without_environment);
        let mut store = ledger::write_if_any(context)?;
        let module = find_module(Some(&uri), session::named_module(context)?.as_deref())?;
        let found = Initialisation::find(launch.clone(), &module, &uri, self.erase.as_deref())?;
        let before = found.token().clone();
        let losing = match &store {
            Some(store) if self.erase.is_some() => losing(context, store, &launch, &module, &before)?,
            Some(_) | None => Vec::new(),
        };
        loss::consented(&losing, &self.of_ca, &format!("a key in token {:?}", before.label))?;
        self.confirm(context, &before, &losing)?;

        let (officer, user) = self.providers(context, sources);
        let erased = self.erase.is_some().then(|| before.uri().to_string());
        let event = |serial: Option<String>, problem: Option<String>| Event::TokenInitialised {
            label: self.label.clone(),
            serial,
            manufacturer: before.manufacturer.clone(),
            model: before.model.clone(),
            erased: erased.clone(),
            cas: losing.iter().map(ToString::to_string).collect(),
            problem,
        };
        let done = format!("token {:?} was initialised", self.label);
        match found.run(&self.label, officer, user) {
            Ok(token) => {
                let event = event(Some(token.serial.clone()), None);
                ledger::record(context, store.as_mut(), event, &done)?;
                let spelled = context.global().module.is_some() || uri.module_path().is_some();
                let uri = if spelled { token.uri().with_module_path(&module) } else { token.uri() };
                Ok(Answer::new(view(&token, &uri)))
            }
            Err(error) => {
                if let Error::Initialise(problem) = &error
                    && problem.erased()
                {
                    let event = event(None, Some(words(&error)));
                    ledger::record(context, store.as_mut(), event, &done)?;
                } else if let Some(store) = &mut store {
                    ledger::record_refused_login(store, &before, &error);
                }
                Err(error.into())
            }
        }
    }

    fn sources(&self, context: &Context, uri: &Pkcs11Uri) -> Result<Sources, Failure> {
        let officer = self.so_pin_source.as_ref().map(|text| PinSource::parse(text)).transpose()?;
        let user = session::source(context, uri)?;
        Ok(Sources { officer: officer.unwrap_or(PinSource::Terminal), user })
    }

    /// New PINs are typed twice. That of an initialised token's security officer is there already.
    fn providers(&self, context: &Context, sources: Sources) -> (PinProvider, PinProvider) {
        let (label, erase) = (self.label.clone(), self.erase.is_some());
        let terminal = context.terminal().clone();
        let from = sources.officer.clone();
        let officer = PinProvider::new(sources.officer, move |token| {
            if erase {
                let prompt = format!("SO PIN of token {:?}, serial {:?}", token.label, token.serial);
                holders::ask(&terminal, &from, &prompt)
            } else {
                holders::ask_new(&terminal, &from, &format!("SO PIN for the new token {label:?}"))
            }
        });
        let (label, terminal) = (self.label.clone(), context.terminal().clone());
        let from = sources.user.clone();
        let user = PinProvider::new(sources.user, move |_| {
            holders::ask_new(&terminal, &from, &format!("user PIN for the new token {label:?}"))
        });
        (officer, user)
    }

    fn confirm(&self, context: &Context, before: &TokenInfo, losing: &[CaName]) -> Result<(), Failure> {
        let mut page = Page::on_terminal();
        let mut shown = View::default();
        if self.erase.is_some() {
            shown = shown.row("label", before.label.clone());
        }
        shown
            .maybe("serial", Some(before.serial.clone()).filter(|serial| !serial.is_empty()))
            .row("manufacturer", before.manufacturer.clone())
            .row("model", before.model.clone())
            .row("slot", before.slot_id)
            .row("in use by", losing.iter().map(|name| format!("CA {name}")).collect::<Vec<_>>())
            .row("new label", self.label.clone())
            .text(&mut page);
        let (question, answer) = match &self.erase {
            Some(named) => ("Everything in this token will be destroyed, and nothing brings it back.", named),
            None => ("This token will be initialised.", &self.label),
        };
        context.terminal().confirm(context.global().yes, &page, question, answer)
    }
}

/// Where the two PINs come from.
struct Sources {
    officer: PinSource,
    user: PinSource,
}

/// The CAs whose key is in the token, also by the public keys that it shows to everybody.
fn losing(
    context: &Context,
    store: &Store,
    launch: &Launch,
    module: &std::path::Path,
    token: &TokenInfo,
) -> Result<Vec<CaName>, Failure> {
    let options = SessionOptions { launch: launch.clone(), ..SessionOptions::new(PathBuf::from(module)) };
    let nobody = PinProvider::unattended(PinSource::Terminal);
    // Ended before the token is initialised, which no token allows while there is a session.
    let shown = TokenSession::open(&options, &Pkcs11Uri::of_slot(token), nobody)
        .and_then(|session| session.public_keys_in_sight());
    let shown = shown.unwrap_or_else(|error| {
        notice(&format!("note: the token shows no public keys: {error}"));
        Vec::new()
    });
    let settings = configuration::load(context)?;
    loss::of_token(store, &settings, token, &shown)
}

/// An error with everything that caused it, in one line.
fn words(error: &Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts.join(": ")
}

fn view(token: &TokenInfo, uri: &Pkcs11Uri) -> View {
    View::default()
        .row("label", token.label.clone())
        .row("serial", token.serial.clone())
        .row("model", token.model.clone())
        .row("manufacturer", token.manufacturer.clone())
        .row("URI", Value::Exact(uri.to_string()))
        .row(
            "next",
            "keyrite key generate makes the first key: put ;object=LABEL into this URI, before the ?",
        )
}
