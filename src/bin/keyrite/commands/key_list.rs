//! `key list`.

use keyrite::token::{KeyInfo, Requirements};

use crate::context::Context;
use crate::failure::Failure;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::session;
use crate::table::Table;
use crate::view::Fitness;

/// List the private keys of a token
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite key list pkcs11:token=root-g1")]
pub(crate) struct Args {
    /// The token; object= and id= choose among its keys
    #[arg(value_name = "URI")]
    uri: String,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        let session = session::open(context, &uri.without_object())?;
        let mut keys = session.keys()?;
        keys.retain(|key| uri.matches_key(&key.label, &key.id));
        Ok(Answer::new(Listed {
            keys: keys.iter().map(|key| Line::of(key, session.requirements())).collect(),
        }))
    }
}

/// The keys of one token.
#[derive(Debug, serde::Serialize)]
struct Listed {
    keys: Vec<Line>,
}

/// One key in short.
#[derive(Debug, serde::Serialize)]
struct Line {
    label: String,
    id: String,
    algorithm: String,
    fit: bool,
    reasons: Vec<String>,
    #[serde(skip)]
    fitness: String,
    uri: String,
}

impl Line {
    fn of(key: &KeyInfo, requirements: &Requirements) -> Self {
        let algorithm = match &key.public_key {
            Ok(public_key) => public_key.algorithm().to_string(),
            Err(error) => error.to_string(),
        };
        let fitness = Fitness::of(key, requirements);
        Self {
            label: key.label.clone(),
            id: hex::encode(&key.id),
            algorithm,
            fit: fitness.fit,
            fitness: fitness.words(),
            reasons: fitness.reasons,
            uri: key.uri.to_string(),
        }
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
