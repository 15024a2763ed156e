//! `profile list`.

use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::profiles;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::table::Table;

/// List the profiles: those of this home and those that come with keyrite
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite profile list")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let mut profiles = Vec::new();
        for name in profiles::names(context)? {
            let text = profiles::text(context, &name)?;
            let source = text.source.to_string();
            let (kind, description, problem) = match text.profile() {
                Ok(profile) => (Some(profile.kind().word()), profile.description().to_owned(), None),
                Err(failure) => (None, String::new(), Some(failure.line())),
            };
            profiles.push(Line { name, kind, source, description, problem });
        }
        Ok(Answer::new(Listed { profiles }))
    }
}

/// All profiles.
#[derive(Debug, Serialize)]
struct Listed {
    profiles: Vec<Line>,
}

/// One profile in short.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: Option<&'static str>,
    source: String,
    description: String,
    problem: Option<String>,
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new(&["name", "kind", "source", "description"]);
        for line in &self.profiles {
            let faulty = format!("see keyrite profile lint {}", line.source);
            let description = if line.problem.is_some() { &faulty } else { &line.description };
            table.row([&line.name, line.kind.unwrap_or("FAULTY"), &line.source, description]);
        }
        table.put(page);
    }
}
