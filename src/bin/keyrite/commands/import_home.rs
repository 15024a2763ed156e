//! `import home`.

use std::path::PathBuf;

use keyrite::authority::restore::Recorded;
use keyrite::store::Restoration;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::restoring::{self, EvidenceArgs};

/// Make a home of the plain files of another one, in the directory that --home names
///
/// As with restore, either the last head of the audit log shows that nothing came after the files were written, or
/// the last CRL of each CA is wanted. With the head the new home has the same log as the old one, which must not be
/// used any more.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite import home exported --home ~/new-ca --head 70ed99d4290c36d4a8833cd2956b033536ffdb184955f7bc43a7fec556a82ae9"
)]
pub(crate) struct Args {
    /// The directory that export home has written
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    #[command(flatten)]
    evidence: EvidenceArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = context.home()?;
        let copy = Restoration::of_plain_files(&self.directory, self.evidence.place(&home))?;
        let from = (self.directory.as_path(), Recorded::IfLost);
        Ok(Answer::new(restoring::put_in_place(context, copy, &self.evidence, from)?))
    }
}
