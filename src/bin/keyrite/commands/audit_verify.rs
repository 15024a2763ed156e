//! `audit verify`.

use keyrite::audit::Fingerprint;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::view::{Value, View};

/// Verify the audit log: its chain of hashes, and that log and ledger account for each other
///
/// A log that was written anew as a whole has a good chain too: only a head that was kept elsewhere, on paper, shows
/// that. The exit code is 6 if something is not as it was.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite audit verify --head 5d41402abc4b2a76b9719d911017c592ae2f8c1e4b6d0f3a7c9e8b1d2f4a6c80"
)]
pub(crate) struct Args {
    /// A head of this log from an independent place, however old: SHA-256 in hex
    #[arg(long, value_name = "HEX")]
    head: Option<Fingerprint>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let verified = ledger::read(context)?.verify_audit(self.head)?;
        let report = Report {
            good: verified.discrepancies.is_empty(),
            entries: verified.head.entries,
            known_head: self.head.map(|head| head.to_string()),
            discrepancies: verified.discrepancies.iter().map(ToString::to_string).collect(),
            head: View::default().row("head", *verified.head.hash.as_bytes()),
        };
        let exit = if report.good { Exit::Done } else { Exit::Integrity };
        Ok(Answer::new(report).exit(exit))
    }
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    good: bool,
    entries: u64,
    #[serde(flatten)]
    head: View,
    known_head: Option<String>,
    discrepancies: Vec<String>,
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        let known = self.known_head.as_ref().map(|head| Value::from(format!("{head} is in the chain")));
        View::default()
            .row("entries", self.entries)
            .and(self.head.clone())
            .maybe("known head", known)
            .row("discrepancies", self.discrepancies.clone())
            .row("good", self.good)
            .text(page);
    }
}
