//! `ceremony resume`.

use std::path::PathBuf;

use super::ceremony_run::{no_shortcuts, voice};
use crate::ceremony::run::Run;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;

/// Go on with a ceremony that was interrupted or stopped
///
/// What the interrupted step has done is seen from the ledger and the token: a key that was made is used, and what was
/// reserved is signed under the same number. The transcript tells of the interruption. The plan has to be the same
/// still, and the home that of --home.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony resume ceremony-2026")]
pub(crate) struct Args {
    /// The directory of the run
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Have a file answer in the place of people
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,

    /// Tell and ask line by line, not on the whole screen
    #[arg(long)]
    plain: bool,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        no_shortcuts(context)?;
        let voice = voice(context, self.answers.as_deref(), self.plain)?;
        Run::take_up(context.global(), &[], &self.directory, voice, true)?.go()
    }
}
