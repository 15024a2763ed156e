//! `profile diff`.

use keyrite::policy::Profile;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::profiles::{self, Texts};
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Show which rules of two profiles differ
///
/// A change of a profile is read this way before it is used: everything that it inherits is laid in. Without a second
/// profile, the first one is held against that from which it inherits.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite profile diff web\n  keyrite profile diff tls-server new/tls-server.toml"
)]
pub(crate) struct Args {
    /// A profile by its name, or a file
    #[arg(value_name = "NAME|FILE")]
    one: String,

    /// The other profile by its name, or a file
    #[arg(value_name = "NAME|FILE")]
    other: Option<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let one = profiles::named_or_file(context, &self.one)?;
        // Alone, a profile stands for the newer of the two.
        let (old, new) = match &self.other {
            Some(other) => (one, profiles::named_or_file(context, other)?),
            None => (one.parent().ok_or_else(|| alone(&self.one))?, one),
        };
        let rows = differing(&old.profile()?, &new.profile()?);
        Ok(Answer::new(Compared { one: label(&old), other: label(&new), differing: rows }))
    }
}

fn label(texts: &Texts) -> String {
    texts.own.label()
}

fn alone(name: &str) -> Failure {
    let failure =
        Failure::new(Exit::Usage, format!("{name:?} inherits from nothing, wanted a second profile"));
    failure.hint(format!("keyrite profile diff {name} OTHER"))
}

/// The rows that only one has, or that say something else in the other: but for the name, which is no rule.
fn differing(one: &Profile, other: &Profile) -> Vec<Row> {
    let (ours, theirs) = (one.rows(), other.rows());
    let mut keys: Vec<String> = ours.iter().map(|row| row.key.clone()).collect();
    keys.extend(
        theirs.iter().map(|row| row.key.clone()).filter(|key| !ours.iter().any(|row| row.key == *key)),
    );
    let value = |rows: &[keyrite::policy::Row], key: &str| {
        rows.iter().find(|row| row.key == key).map(|row| row.value.clone())
    };
    keys.into_iter()
        .filter(|key| key != "name")
        .map(|key| Row { one: value(&ours, &key), other: value(&theirs, &key), key })
        .filter(|row| row.one != row.other)
        .collect()
}

/// Two profiles, and what differs.
#[derive(Debug, Serialize)]
struct Compared {
    one: String,
    other: String,
    differing: Vec<Row>,
}

/// One rule that differs.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    one: Option<String>,
    other: Option<String>,
}

impl Text for Compared {
    fn text(&self, page: &mut Page) {
        page.line(format!("- {}", self.one));
        page.line(format!("+ {}", self.other));
        for Row { key, one, other } in &self.differing {
            page.line(key.clone());
            let mut side = |sign: char, value: &Option<String>| {
                page.line(format!("  {sign} {}", value.as_deref().unwrap_or("not there")));
            };
            side('-', one);
            side('+', other);
        }
        if self.differing.is_empty() {
            page.line("no rule differs");
        }
    }
}
