//! `audit export`.

use std::path::PathBuf;

use keyrite::audit::Event;
use keyrite::authority::evidence;
use keyrite::authority::system::SystemClock;

use crate::auditing;
use crate::context::Context;
use crate::failure::Failure;
use crate::ledger;
use crate::notice::notice;
use crate::render::Answer;
use crate::view::Value;

/// Write the audit log and everything that it tells of into a new directory, for an auditor
///
/// The directory holds the log as JSON lines and as tiles of its Merkle tree (C2SP tlog-tiles), every certificate, CRL
/// and request on record, what was to be signed and was not, and a README that says how to check all of it with keyrite
/// and without. It is there as a whole when the command has ended, or not at all; it is always made anew. The log keeps
/// a record of it, which is the first entry that is not in it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite audit export audit-2026-11")]
pub(crate) struct Args {
    /// The directory to make
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        // What lies on a read-only disk can be exported too; there is only no record of it then.
        let (mut store, recorded) = match ledger::write(context) {
            Ok(store) => (store, true),
            Err(failure) => match ledger::read(context) {
                Ok(store) => (store, false),
                Err(_) => return Err(failure),
            },
        };
        let exported = evidence::export(&store, &self.directory)?;
        if recorded {
            let event = Event::Exported {
                what: "audit-log".to_owned(),
                ca: None,
                number: None,
                count: Some(exported.checkpoint.size),
                sha256: Some(exported.checkpoint.root),
                to: self.directory.display().to_string(),
            };
            store.append(event, SystemClock.now())?;
        } else {
            notice("note: the export is in no audit log, since the ledger cannot be written");
        }
        let view = auditing::rows(&exported.checkpoint)
            .row("head", Value::in_hex(*exported.head.hash.as_bytes()))
            .row("certificates", exported.counts.certificates)
            .row("CRLs", exported.counts.crls)
            .row("requests", exported.counts.requests)
            .row("not signed", exported.counts.intents)
            .row("files", exported.files)
            .row("written", self.directory.display().to_string());
        Ok(Answer::new(view))
    }
}
