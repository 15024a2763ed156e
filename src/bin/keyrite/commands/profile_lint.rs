//! `profile lint`.

use std::path::PathBuf;

use keyrite::policy::Problem;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::profiles;
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Look whether a file is a profile, and list every problem with its file and line
///
/// What it inherits from is looked for in this home, then among the profiles that come with keyrite.
/// The exit code is 3 if there is one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite profile lint profiles/web.toml")]
pub(crate) struct Args {
    /// The profile in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let texts = profiles::of_file(context, &self.file)?;
        let problems: Vec<Line> = match texts.parse() {
            Ok(profile) => {
                profiles::faulty_exclusions(&profile).into_iter().map(Line::of_exclusion).collect()
            }
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
    /// The text in which it is, where that is one from which the file inherits.
    within: Option<String>,
    line: usize,
    column: usize,
    key: String,
    message: String,
}

impl Line {
    fn of(problem: &Problem) -> Self {
        Self {
            id: problem.id,
            within: problem.within.clone(),
            line: problem.line,
            column: problem.column,
            key: problem.key.clone(),
            message: problem.message.clone(),
        }
    }

    /// A lint that is to be left out and does not exist, or never is: only the program knows the lints.
    fn of_exclusion((lint, message): (String, String)) -> Self {
        Self { id: "PRF-EXCLUSION", within: None, line: 1, column: 1, key: lint, message }
    }
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        for Line { id, within, line, column, key, message } in &self.problems {
            let file = within.as_ref().unwrap_or(&self.file);
            let subject = if key.is_empty() { String::new() } else { format!("{key}: ") };
            page.line(format!("{file}:{line}:{column}: {subject}{message} [{id}]"));
        }
        if self.good {
            page.line(format!("{}: no problems", self.file));
        }
    }
}
