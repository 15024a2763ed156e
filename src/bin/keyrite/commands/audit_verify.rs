//! `audit verify`.

use std::path::PathBuf;

use crate::auditing::{self, Claim, KnownArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::Answer;
use crate::view::View;

/// Verify the audit log: in the home, in an export, or one proof alone
///
/// In the home: the chain of hashes, the tree over the entries, and that log and ledger account for each other. With
/// --export all of that from the exported files alone, and with --proof what one proof shows; neither needs a home or a
/// token.
///
/// A log that was written anew as a whole has a good chain too, and one that was cut off as well: only a head that was
/// kept elsewhere, on paper or in a checkpoint with signatures, shows that. The exit code is 6 if something is not as
/// it was.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite audit verify --head 1204:5d41402abc4b2a76b9719d911017c592ae2f8c1e4b6d0f3a7c9e8b1d2f4a6c80\n  keyrite audit verify --export export-2026 --checkpoint witnessed.txt --key-of witness.pub\n  keyrite audit verify --proof www.tlog-proof --certificate www.pem --key-of root.pem"
)]
pub(crate) struct Args {
    #[command(flatten)]
    known: KnownArgs,

    /// Verify an export, from its files alone
    #[arg(long, value_name = "DIR", conflicts_with = "proof")]
    export: Option<PathBuf>,

    /// Verify a proof, alone
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,

    /// The certificate of which the proof must tell
    #[arg(long, value_name = "CERT", requires = "proof")]
    certificate: Option<PathBuf>,

    /// The earlier checkpoint that the proof must continue
    #[arg(long, value_name = "FILE", requires = "proof", conflicts_with = "certificate")]
    previous: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let known = self.known.read()?;
        if let Some(directory) = &self.export {
            return auditing::verify_export(directory, &known);
        }
        if let Some(proof) = &self.proof {
            let claim = match (&self.certificate, &self.previous) {
                (Some(file), _) => Claim::Certificate(file),
                (None, Some(file)) => Claim::Continues(file),
                (None, None) => Claim::Nothing,
            };
            return auditing::verify_proof(proof, claim, &known);
        }
        let store = ledger::read(context)?;
        let verified = store.verify_audit_against(known.heads())?;
        let (checkpoint, _) = store.audit_checkpoint()?;
        let good = verified.discrepancies.is_empty();
        let restored = store.last_restoration()?.map(|record| super::status::restored(&record));
        let view = View::default()
            .row("origin", checkpoint.origin.clone())
            .row("entries", verified.head.entries)
            .row("root", *verified.root.as_bytes())
            .row("head", *verified.head.hash.as_bytes())
            .and(known.met(&checkpoint.origin, None)?)
            .maybe("restored", restored)
            .row("discrepancies", verified.discrepancies.iter().map(ToString::to_string).collect::<Vec<_>>())
            .row("good", good);
        Ok(Answer::new(view).exit(if good { Exit::Done } else { Exit::Integrity }))
    }
}
