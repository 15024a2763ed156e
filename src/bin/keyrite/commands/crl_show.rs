//! `crl show`.

use std::path::PathBuf;

use keyrite::x509::crl::Crl;

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::render::Answer;
use crate::view;

/// The largest CRL file that is read, in octets.
const MOST: usize = 400 * 1024 * 1024;

/// Show what a CRL says
///
/// The signature is not verified: that needs the issuer's certificate, see `keyrite crl verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite crl show root.crl")]
pub(crate) struct Args {
    /// The CRL in PEM or DER; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        Ok(Answer::new(view::crl(&read(&self.file)?)))
    }
}

/// Reads a CRL from a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &std::path::Path) -> Result<Crl, Failure> {
    let octets = input::read(path, MOST)?;
    Crl::read(&octets).map_err(|error| Failure::from(error).about(path))
}
