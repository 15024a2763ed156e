//! `request show`.

use std::path::PathBuf;

use keyrite::x509::csr::Csr;
use keyrite::x509::limits;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
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
        let csr = read(&self.file)?;
        let view = view::request(&csr);
        let (possession, exit) = match csr.prove() {
            Ok(_) => ("proven: the request is signed by its own key".to_owned(), Exit::Done),
            Err(error) => (format!("NOT PROVEN: {error}"), Exit::Refused),
        };
        let view = view.row("proven", exit == Exit::Done).row("possession", possession);
        Ok(Answer::new(view).exit(exit))
    }
}

/// Reads a request from a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &std::path::Path) -> Result<Csr, Failure> {
    // PEM takes more than DER, and may have text before it; the request itself is bounded by the library.
    let octets = input::read(path, limits::REQUEST_FILE_OCTETS)?;
    Csr::parse(&octets).map_err(|error| Failure::from(error).about(path))
}
