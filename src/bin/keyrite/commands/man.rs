//! `man`.

use std::path::PathBuf;

use keyrite::authority::output::{self, Access};
use serde::Serialize;

use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Write the manual pages, one for each command
///
/// Pages that are there already are not replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mkdir man1 && keyrite man man1 && man -l man1/keyrite-issue.1")]
pub(crate) struct Args {
    /// The directory for the pages; it must exist
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let mut command = args::command();
        command.build();
        let mut pages = Vec::new();
        collect(&command, &mut pages)?;
        for (name, _) in &pages {
            output::preview(&self.directory.join(name))?;
        }
        let mut files = Vec::new();
        for (name, page) in pages {
            let path = self.directory.join(name);
            output::publish(&path, &page, Access::Public)?;
            files.push(path);
        }
        Ok(Answer::new(Written { files }))
    }
}

/// The page of a command and of everything below it.
fn collect(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
    let name = format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name()));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::new(Exit::Defect, "a manual page was not made").caused_by(&error))?;
    pages.push((name, page));
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|below| collect(below, pages))
}

/// The files that were written.
#[derive(Debug, Serialize)]
struct Written {
    files: Vec<PathBuf>,
}

impl Text for Written {
    fn text(&self, page: &mut Page) {
        self.files.iter().for_each(|path| page.line(path.display().to_string()));
    }
}
