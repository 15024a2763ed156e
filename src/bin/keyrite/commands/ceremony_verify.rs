//! `ceremony verify`.

use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;
use keyrite::authority::evidence::Directory;
use keyrite::ceremony::{Verified, verify};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};

/// Hold the evidence of a ceremony against itself: no token, no network and no home is needed
///
/// Every file must be what it was, and there must be no other. Everything that was signed is derived once more from the
/// script, the profiles and the keys, octet for octet; signatures, hashes, chains, roles, approvals and the order of
/// the steps are verified. What these files cannot show is said as well. The words at the end are those that the people
/// present have written down.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ceremony verify evidence-2026\n  keyrite ceremony verify evidence-2026 --head 46af88bd…"
)]
pub(crate) struct Args {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// The head of the transcript from another place: the SHA-256 that the words stand for
    #[arg(long, value_name = "HEX")]
    head: Option<Fingerprint>,
}

/// Verifies a bundle.
///
/// # Errors
/// A [`Failure`] when it is no directory.
pub(crate) fn verified(bundle: &Path) -> Result<Verified, Failure> {
    let files = Directory::of(bundle)
        .map_err(|error| Failure::new(Exit::Usage, "cannot be read").caused_by(&error).about(bundle))?;
    Ok(verify(&files))
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        let verified = verified(&self.bundle)?;
        let mut problems: Vec<String> = verified.findings.iter().map(ToString::to_string).collect();
        let mut unproven = verified.unproven.clone();
        if let Some(wanted) = self.head {
            // What was compared is no longer open.
            unproven.retain(|text| !text.starts_with("that the files were not all made anew"));
            if verified.head.is_none_or(|head| head.hash != wanted) {
                problems.push(format!("transcript.jsonl: its head is not {wanted}"));
            }
        }
        let good = problems.is_empty();
        let view = View::default()
            .maybe("ceremony", verified.script.as_ref().map(|script| script.title.clone()))
            .maybe("mode", verified.mode.map(|mode| mode.to_string()))
            .maybe("plan", verified.plan.map(|plan| Value::in_hex(*plan.as_bytes())))
            .maybe("records", verified.head.map(|head| head.entries))
            .maybe(
                "transcript",
                verified.head.map(|head| View::default().row("SHA-256", *head.hash.as_bytes())),
            )
            .maybe("proven", good.then(|| verified.proven.clone()))
            .row("not proven", unproven)
            .row("findings", problems)
            .row("good", good);
        Ok(Answer::new(view).exit(if good { Exit::Done } else { Exit::Integrity }))
    }
}
