//! `ceremony rehearse`.

use std::path::PathBuf;

use super::ceremony_run::{no_shortcuts, voice};
use crate::ceremony::rehearsal;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;

/// Carry out a script with tokens and a home that are thrown away, and write the bundle of that
///
/// The tokens are SoftHSM's, made for the occasion under the names that the script gives them; CAs that the script finds
/// there are made before it begins. The profiles are those of the home. Every record says that it is of a rehearsal,
/// and so does the name of every CA: REHEARSAL stands before its common name.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ceremony rehearse script.toml --out rehearsal\n  keyrite ceremony rehearse script.toml --answers answers.toml --out rehearsal"
)]
pub(crate) struct Args {
    /// What will be done
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,

    /// The directory to make, for the bundle
    #[arg(long, value_name = "BUNDLE")]
    out: PathBuf,

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
        rehearsal::rehearse(context, &self.script, voice, &self.out)
    }
}
