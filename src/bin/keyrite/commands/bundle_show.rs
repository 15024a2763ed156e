//! `bundle show`.

use std::path::PathBuf;

use crate::context::Context;
use crate::exchange::shown;
use crate::failure::Failure;
use crate::render::Answer;

/// Say what a bundle is: who asks for what, or what was answered
///
/// Every file is held against the manifest. Whose signature it has is not looked at: bundle answer and bundle accept do.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite bundle show /media/usb/request\n  keyrite bundle show /media/usb/answer --json"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        shown::show(&self.directory)
    }
}
