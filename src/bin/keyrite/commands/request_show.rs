//! `request show`.

use std::path::PathBuf;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::intake;
use crate::render::Answer;
use crate::view;

/// Show what a certification request asks for, and whether its key is proven
///
/// Nothing that stands in a request is believed, and nothing of it reaches the terminal unescaped. The request is
/// proven if its own signature verifies: whoever made it held the private key. The exit code is 1 if not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite request show www.csr")]
pub(crate) struct Args {
    /// The request in PEM or DER; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let csr = intake::csr(&self.file)?;
        let view = view::request(&csr);
        let (possession, exit) = match csr.prove() {
            Ok(_) => ("proven: the request is signed by its own key".to_owned(), Exit::Done),
            Err(error) => (format!("NOT PROVEN: {error}"), Exit::Refused),
        };
        let view = view.row("proven", exit == Exit::Done).row("possession", possession);
        Ok(Answer::new(view).exit(exit))
    }
}
