//! `completions`.

use clap_complete::Shell;

use crate::args;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Plain};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite completions bash > ~/.local/share/bash-completion/completions/keyrite"
)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut args::command(), "keyrite", &mut script);
        let script = String::from_utf8(script).map_err(|error| {
            Failure::new(Exit::Defect, "the completion script is not text").caused_by(&error)
        })?;
        Ok(Answer::new(Plain(script)))
    }
}
