//! `certificate show`.

use std::path::Path;

use keyrite::x509::certificate::Certificate;
use keyrite::x509::limits;

use crate::context::Context;
use crate::designation::Designation;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::render::Answer;
use crate::view;

/// Show what a certificate says
///
/// A certificate of this home is named by its serial number in hex, any other by its file. The signature is not
/// verified: that needs the issuer's certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keyrite certificate show www.pem\n  keyrite certificate show 4C0FFEE1")]
pub(crate) struct Args {
    /// A serial number in hex, or a file in PEM or DER; - is standard input
    #[arg(value_name = "SERIAL|FILE")]
    certificate: Designation,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        match self.certificate {
            Designation::File(path) => Ok(Answer::new(view::certificate(&read(&path)?))),
            Designation::Serial(serial) => {
                Err(Failure::new(Exit::Refused, format!("no certificate with serial {serial} in this home")))
            }
        }
    }
}

/// Reads a certificate from a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<Certificate, Failure> {
    let octets = input::read(path, limits::CERTIFICATE_OCTETS.saturating_mul(3))?;
    Certificate::read(&octets).map_err(|error| Failure::from(error).about(path))
}
