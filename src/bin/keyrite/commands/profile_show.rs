//! `profile show`.

use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::profiles;
use crate::render::{Answer, Plain, Text};
use crate::safe_text::Page;
use crate::view::View;

/// Show every rule of a profile, those from which it inherits and those that follow from its kind included
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite profile show tls-server\n  keyrite profile show tls-server --toml > profiles/web.toml"
)]
pub(crate) struct Args {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,

    /// Print the file itself, to copy and change
    #[arg(long)]
    toml: bool,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let texts = profiles::text(context, &self.name)?;
        if self.toml {
            return Ok(Answer::new(Plain(texts.own.toml)));
        }
        let profile = texts.profile()?;
        let rows = profile.rows().into_iter().map(|row| Row { key: row.key, value: row.value }).collect();
        Ok(Answer::new(Shown {
            source: texts.own.source.to_string(),
            inherits: texts.inherits(),
            description: profile.description().to_owned(),
            rules: rows,
            fingerprint: View::default().row("SHA-256", profile.sha256()),
        }))
    }
}

/// A profile in full.
#[derive(Debug, Serialize)]
struct Shown {
    source: String,
    inherits: String,
    description: String,
    rules: Vec<Row>,
    #[serde(flatten)]
    fingerprint: View,
}

/// One rule, by its key in the file.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    value: String,
}

impl Text for Shown {
    fn text(&self, page: &mut Page) {
        let rules =
            self.rules.iter().fold(View::default(), |view, row| view.row(row.key.clone(), row.value.clone()));
        View::default()
            .row("source", self.source.clone())
            .row("inherits from", self.inherits.clone())
            .row("description", self.description.clone())
            .and(rules)
            .and(self.fingerprint.clone())
            .text(page);
    }
}
