//! `key list`.

use keyrite::token::{Error, KeyInfo, ObjectType, PublicHalf, Requirements, UnreadableKey};
use keyrite::x509::spki::PublicKey;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::table::Table;
use crate::view::{self, Fitness, View};
use crate::{ledger, session};

/// List the keys of a token: its private keys, or with type=public in the URI its public ones
///
/// A public key without a private one is what a crash may leave of a pair; keyrite key destroy takes it away.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite key list pkcs11:token=root-g1\n  keyrite key list 'pkcs11:token=root-g1;type=public'"
)]
pub(crate) struct Args {
    /// The token; object=, id= and type= choose among its keys
    #[arg(value_name = "URI")]
    uri: String,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        let public = match uri.object_type() {
            Some(found @ (ObjectType::Certificate | ObjectType::SecretKey | ObjectType::Data)) => {
                return Err(Error::NotKey { found }.into());
            }
            Some(ObjectType::Public) => true,
            Some(ObjectType::Private) | None => false,
        };
        let session = session::open(context, &uri.without_object())?;
        let refused = |error: &Error| ledger::refused_login(context, session.token(), error);
        if public {
            let halves = session.public_halves(&uri).inspect_err(refused)?;
            return Ok(Answer::new(Halves { keys: halves.iter().map(Half::of).collect() }));
        }
        let mut keys = session.keys().inspect_err(refused)?;
        keys.retain(|key| uri.matches_key(&key.label, &key.id));
        let lines = keys.iter().map(|key| Line::of(key, session.requirements()));
        Ok(Answer::new(Listed { keys: lines.collect() }))
    }
}

/// The private keys of one token.
#[derive(Debug, serde::Serialize)]
struct Listed {
    keys: Vec<Line>,
}

/// One key in short.
#[derive(Debug, serde::Serialize)]
struct Line {
    label: String,
    id: String,
    #[serde(rename = "type")]
    key_type: String,
    algorithm: String,
    fit: bool,
    reasons: Vec<String>,
    #[serde(skip)]
    fitness: String,
    attributes: View,
    uri: String,
}

impl Line {
    fn of(key: &KeyInfo, requirements: &Requirements) -> Self {
        let fitness = Fitness::of(key, requirements);
        Self {
            label: key.label.clone(),
            id: hex::encode(&key.id),
            key_type: view::key_type(key.key_type),
            algorithm: algorithm(&key.public_key),
            fit: fitness.fit,
            fitness: fitness.words(),
            reasons: fitness.reasons,
            attributes: view::attributes(&key.attributes),
            uri: key.uri.to_string(),
        }
    }
}

fn algorithm(key: &Result<PublicKey, UnreadableKey>) -> String {
    match key {
        Ok(public_key) => public_key.algorithm().to_string(),
        Err(error) => error.to_string(),
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        if self.keys.is_empty() {
            page.line("no keys");
            return;
        }
        let mut table = Table::new(&["label", "algorithm", "fit for a CA", "id"]);
        for key in &self.keys {
            table.row([&key.label, &key.algorithm, &key.fitness, &key.id]);
        }
        table.put(page);
        for key in &self.keys {
            page.verbatim(&key.uri);
        }
    }
}

/// The public keys of one token.
#[derive(Debug, serde::Serialize)]
struct Halves {
    keys: Vec<Half>,
}

/// One public key.
#[derive(Debug, serde::Serialize)]
struct Half {
    label: String,
    id: String,
    #[serde(rename = "type")]
    key_type: String,
    algorithm: String,
    private: bool,
    uri: String,
}

impl Half {
    fn of(half: &PublicHalf) -> Self {
        Self {
            label: half.label.clone(),
            id: hex::encode(&half.id),
            key_type: view::key_type(half.key_type),
            algorithm: algorithm(&half.public_key),
            private: half.has_private,
            uri: half.uri.to_string(),
        }
    }
}

impl Text for Halves {
    fn text(&self, page: &mut Page) {
        if self.keys.is_empty() {
            page.line("no public keys");
            return;
        }
        let mut table = Table::new(&["label", "algorithm", "private key", "id"]);
        for key in &self.keys {
            let private = if key.private { "yes" } else { "none" };
            table.row([key.label.as_str(), &key.algorithm, private, &key.id]);
        }
        table.put(page);
        for key in &self.keys {
            page.verbatim(&key.uri);
        }
    }
}
