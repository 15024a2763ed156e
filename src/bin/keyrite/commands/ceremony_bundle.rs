//! `ceremony bundle`.

use std::path::PathBuf;

use crate::ceremony::bundle;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;

/// Put the evidence of a ceremony together, in a new directory
///
/// It holds script, site, profiles, plan and transcript, the files that went in and came out, and an export of the
/// home's audit log with every object that it tells of. keyrite ceremony verify needs nothing else.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony bundle ceremony-2026 --out evidence-2026")]
pub(crate) struct Args {
    /// The directory of the run
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// The directory to make
    #[arg(long, value_name = "BUNDLE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        bundle::bundle(context, &self.directory, &self.out)
    }
}
