//! `restore`.

use std::path::PathBuf;

use keyrite::authority::restore::Recorded;
use keyrite::store::Restoration;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::restoring::{self, EvidenceArgs};

/// Make a home of a backup, in the directory that --home names
///
/// A backup does not know what came after it. The last head of the audit log, from paper, shows that nothing did.
/// Without it the last CRL of each CA is wanted: its number and its revocations are taken over, and numbers that may
/// have been used since are skipped, so that none is used twice. The audit log goes on with an entry that tells of
/// this.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite restore ca.keyrite --home ~/ca --crl root.crl --crl issuing.crl\n  keyrite restore ca.keyrite --home ~/ca --head 70ed99d4290c36d4a8833cd2956b033536ffdb184955f7bc43a7fec556a82ae9"
)]
pub(crate) struct Args {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    evidence: EvidenceArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = context.home()?;
        let copy = Restoration::of_backup(&self.file, self.evidence.place(&home))?;
        let from = (self.file.as_path(), Recorded::Always);
        Ok(Answer::new(restoring::put_in_place(context, copy, &self.evidence, from)?))
    }
}
