//! `bundle answer`.

use std::path::PathBuf;

use crate::context::Context;
use crate::exchange::answering;
use crate::failure::Failure;
use crate::render::Answer;

/// Answer a bundle that came from a machine with a network
///
/// The bundle must be signed by a key of a requester of keyrite.toml, and ask for nothing that this may not. Each request
/// goes the way of keyrite issue: proven, decided, linted, shown. Refused ones do not stop the others; the answer says
/// why. One signature more is made, over a checkpoint of the audit log that vouches for the answer. A bundle that was
/// answered, or half answered before a crash, gets the same certificates once more, and nothing is signed twice.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite bundle answer /media/usb/request --out /media/usb/answer")]
pub(crate) struct Args {
    /// The bundle
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Write the answer into a new directory
    #[arg(long, value_name = "ANSWER")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        answering::answer(context, &self.directory, &self.out)
    }
}
