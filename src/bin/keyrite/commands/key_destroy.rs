//! `key destroy`.

use keyrite::audit::{Event, Fingerprint, KeyEnd};
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, Store};
use keyrite::token::{Doomed, Error, Pkcs11Uri, TokenSession};

use crate::context::Context;
use crate::failure::Failure;
use crate::render::{Answer, Text as _};
use crate::safe_text::{self, Page};
use crate::view::{self, Value, View};
use crate::{configuration, destruction, ledger, loss, session};

/// Destroy a key of a token for good
///
/// The URI names it by its label, its id or both. Its private half goes first, then its public one, and then the token
/// is searched once more. With type=public the URI names a public key whose private half is gone, as a crash may leave
/// one. A key that a CA of this home uses stays, unless that CA is named as well. Certificates in the token stay.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite key destroy 'pkcs11:token=root-g1;object=root-2016'\n  keyrite key destroy 'pkcs11:token=root-g1;object=root-2016' --of-ca root"
)]
pub(crate) struct Args {
    /// The key
    #[arg(value_name = "URI")]
    uri: String,

    /// The CA of this home that is to lose its key; may be given several times
    #[arg(long, value_name = "NAME")]
    of_ca: Vec<CaName>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        let mut store = ledger::write_if_any(context)?;
        let session = session::open(context, &uri)?;
        let doomed = match (session.doomed(&uri), &mut store) {
            (Ok(doomed), _) => doomed,
            (Err(error), Some(store)) => {
                ledger::record_refused_login(store, session.token(), &error);
                return gone(store, &session, &uri, error);
            }
            (Err(error), None) => return Err(error.into()),
        };
        let losing = match &store {
            Some(store) => losing(context, store, &session, &doomed)?,
            None => Vec::new(),
        };
        loss::consented(&losing, &self.of_ca, &format!("key {:?}", doomed.label))?;
        let shown = view(&doomed, &losing);
        let mut page = Page::on_terminal();
        shown.text(&mut page);
        let question = "This key will be destroyed, and nothing brings it back.";
        context.confirm(&page, question, &answer(&doomed), &[])?;

        let end = end(&doomed, &losing);
        if let Some(store) = &mut store {
            store.append(Event::KeyDoomed(end.clone()), SystemClock.now())?;
        }
        let problem = match session.destroy_key(&doomed) {
            Ok(()) => None,
            Err(Error::Destroy(error)) if error.destroyed_something() => Some(Error::from(error)),
            Err(error) => return Err(error.into()),
        };
        let left = problem.as_ref().map(ToString::to_string);
        let event = Event::KeyDestroyed(KeyEnd { problem: left, ..end });
        ledger::record(context, store.as_mut(), event, &format!("key {} was destroyed", doomed.uri))?;
        match problem {
            Some(error) => Err(error.into()),
            None => Ok(Answer::new(shown.row("destroyed", true))),
        }
    }
}

/// The CAs that use the key: by its public half, and only where that cannot be read by its name.
fn losing(
    context: &Context,
    store: &Store,
    session: &TokenSession,
    doomed: &Doomed,
) -> Result<Vec<CaName>, Failure> {
    match &doomed.public_key {
        Ok(key) => loss::of_key(store, key),
        Err(_) => {
            let settings = configuration::load(context)?;
            loss::of_name(store, &settings, session.token(), &doomed.label, &doomed.id)
        }
    }
}

/// What has to be typed: the label, if it is one that can be, else the id.
fn answer(doomed: &Doomed) -> String {
    let typable = |text: &str| !text.is_empty() && text.is_ascii() && safe_text::value(text) == *text;
    if typable(&doomed.label) {
        doomed.label.clone()
    } else if doomed.id.is_empty() {
        "destroy".to_owned()
    } else {
        hex::encode(&doomed.id)
    }
}

fn view(doomed: &Doomed, losing: &[CaName]) -> View {
    let objects = match (doomed.private, doomed.public) {
        (true, 0) => "private key, without a public one".to_owned(),
        (true, 1) => "private key, public key".to_owned(),
        (true, count) => format!("private key, {count} public keys"),
        (false, _) => "public key, without a private one".to_owned(),
    };
    let public_key = match &doomed.public_key {
        Ok(key) => view::key(key),
        Err(error) => View::default().row("algorithm", error.to_string()),
    };
    let uris = |uris: &[Pkcs11Uri]| uris.iter().map(ToString::to_string).collect::<Vec<_>>();
    View::default()
        .row("label", doomed.label.clone())
        .row("id", hex::encode(&doomed.id))
        .row("objects", objects)
        .row("public key", public_key)
        .row("in use by", losing.iter().map(|name| format!("CA {name}")).collect::<Vec<_>>())
        .row("certificates that stay", uris(&doomed.certificates))
        .row("URI", Value::Exact(doomed.uri.to_string()))
}

fn end(doomed: &Doomed, losing: &[CaName]) -> KeyEnd {
    let key = doomed.public_key.as_ref().ok();
    KeyEnd {
        key: doomed.uri.to_string(),
        algorithm: key.map(|key| key.algorithm().to_string()),
        public_key_sha256: key.map(|key| Fingerprint(key.sha256())),
        cas: losing.iter().map(ToString::to_string).collect(),
        problem: None,
    }
}

/// A key that an earlier attempt has destroyed, which was interrupted before it could tell of that. Anything else is the
/// error.
fn gone(store: &mut Store, session: &TokenSession, uri: &Pkcs11Uri, error: Error) -> Result<Answer, Failure> {
    if !matches!(error, Error::NoKey { .. }) {
        return Err(error.into());
    }
    let untold = destruction::untold(store, 0, |doomed| {
        let Ok(found) = Pkcs11Uri::parse(&doomed.key) else { return false };
        let named = uri.matches_key(found.object().unwrap_or_default(), found.id().unwrap_or_default());
        named && found.matches_token(session.token())
    })?;
    let Some(doomed) = untold else { return Err(error.into()) };
    let view = View::default()
        .row("URI", Value::Exact(doomed.key.clone()))
        .row("destroyed", true)
        .row("when", "by an attempt that was interrupted; it is on record now");
    store.append(Event::KeyDestroyed(doomed), SystemClock.now())?;
    Ok(Answer::new(view))
}
