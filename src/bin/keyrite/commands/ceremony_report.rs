//! `ceremony report`.

use std::path::PathBuf;

use keyrite::authority::output::{self, Access};
use keyrite::ceremony;

use super::ceremony_verify::verified;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};

/// Write the report of a ceremony for an auditor, as one HTML file that needs nothing else
///
/// The bundle is verified first, and the report says what came of that. It holds the requirements of CA/Browser Forum,
/// ETSI and WebTrust on ceremonies against the records that show them, and says what only people can show; it has the
/// tree of the certificates and the timeline as pictures.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ceremony report evidence-2026 --out report.html")]
pub(crate) struct Args {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// Write the report to a new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        output::preview(&self.out)?;
        let verified = verified(&self.bundle)?;
        let good = verified.findings.is_empty();
        let Some(html) = ceremony::report(&verified) else {
            let failure =
                Failure::new(Exit::Integrity, "there is no ceremony in it that could be reported on");
            let told = verified.findings.iter().take(20).map(ToString::to_string);
            return Err(told.fold(failure, Failure::because).about(&self.bundle));
        };
        output::publish(&self.out, html.as_bytes(), Access::Public)?;
        let view = View::default()
            .row("written", Value::Exact(self.out.display().to_string()))
            .row("findings", verified.findings.len())
            .row("good", good);
        Ok(Answer::new(view).exit(if good { Exit::Done } else { Exit::Integrity }))
    }
}
