//! `ca list`.

use keyrite::store::Ca;

use crate::context::Context;
use crate::failure::Failure;
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::table::Table;

/// List the CAs of this home
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ca list")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let Self {} = self;
        let cas = ledger::read(context)?.cas()?.into_iter().map(Line::of).collect();
        Ok(Answer::new(Listed { cas }))
    }
}

/// The CAs of the home.
#[derive(Debug, serde::Serialize)]
struct Listed {
    cas: Vec<Line>,
}

/// One CA in short.
#[derive(Debug, serde::Serialize)]
struct Line {
    name: String,
    state: String,
    algorithm: String,
    not_after: Option<String>,
    subject: String,
}

impl Line {
    fn of(ca: Ca) -> Self {
        Self {
            name: ca.name.to_string(),
            state: ca.state.to_string(),
            algorithm: ca.public_key.algorithm().to_string(),
            not_after: ca.certificate.map(|certificate| certificate.not_after().to_string()),
            subject: ca.subject.to_string(),
        }
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        if self.cas.is_empty() {
            page.line("no CAs");
            return;
        }
        let mut table = Table::new(&["name", "state", "key", "not after", "subject"]);
        for Line { name, state, algorithm, not_after, subject } in &self.cas {
            table.row([name, state, algorithm, not_after.as_deref().unwrap_or("-"), subject]);
        }
        table.put(page);
    }
}
