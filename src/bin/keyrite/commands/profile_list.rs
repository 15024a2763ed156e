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
            profiles.push(Line::of(context, name));
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
    standards: Vec<&'static str>,
    inherits: Vec<String>,
    description: String,
    problem: Option<String>,
}

impl Line {
    /// One faulty profile does not hide the others.
    fn of(context: &Context, name: String) -> Self {
        let texts = profiles::text(context, &name);
        let source = texts.as_ref().map_or_else(|_| "home".to_owned(), |texts| texts.own.source.to_string());
        let inherits = texts
            .as_ref()
            .map_or_else(|_| Vec::new(), |texts| texts.parents.iter().map(profiles::Text::label).collect());
        let (kind, standards, description, problem) = match texts.and_then(|texts| texts.profile()) {
            Ok(profile) => {
                let standards = profile.standards().iter().map(|one| one.word()).collect();
                (Some(profile.kind().word()), standards, profile.description().to_owned(), None)
            }
            Err(failure) => (None, Vec::new(), String::new(), Some(failure.line())),
        };
        Self { name, kind, source, standards, inherits, description, problem }
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new(&["name", "kind", "standards", "source", "inherits", "description"]);
        for line in &self.profiles {
            let faulty = format!("see keyrite profile lint {}", line.source);
            let description = if line.problem.is_some() { &faulty } else { &line.description };
            let (standards, inherits) = (line.standards.join(" "), line.inherits.join(", "));
            let kind = line.kind.unwrap_or("FAULTY");
            table.row([&line.name, kind, &standards, &line.source, &inherits, description]);
        }
        table.put(page);
    }
}
