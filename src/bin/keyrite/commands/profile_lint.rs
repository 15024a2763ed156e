//! `profile lint`.

use std::path::PathBuf;

use keyrite::policy::{Problem, Profile};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::profiles;
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Look whether a file is a profile, and list every problem with its line
///
/// The exit code is 3 if there is one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite profile lint profiles/web.toml")]
pub(crate) struct Args {
    /// The profile in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let text = profiles::of_file(&self.file)?;
        let problems = match Profile::parse(&text.name, &text.toml) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.as_slice().iter().map(Line::of).collect(),
        };
        let report = Report { file: self.file.display().to_string(), good: problems.is_empty(), problems };
        let exit = if report.good { Exit::Done } else { Exit::Configuration };
        Ok(Answer::new(report).exit(exit))
    }
}

/// What was found in the file.
#[derive(Debug, Serialize)]
struct Report {
    file: String,
    good: bool,
    problems: Vec<Line>,
}

/// One problem.
#[derive(Debug, Serialize)]
struct Line {
    id: &'static str,
    line: usize,
    column: usize,
    key: String,
    message: String,
}

impl Line {
    fn of(problem: &Problem) -> Self {
        Self {
            id: problem.id,
            line: problem.line,
            column: problem.column,
            key: problem.key.clone(),
            message: problem.message.clone(),
        }
    }
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        for Line { id, line, column, key, message } in &self.problems {
            let subject = if key.is_empty() { String::new() } else { format!("{key}: ") };
            page.line(format!("{}:{line}:{column}: {subject}{message} [{id}]", self.file));
        }
        if self.good {
            page.line(format!("{}: no problems", self.file));
        }
    }
}
