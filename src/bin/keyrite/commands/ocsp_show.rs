//! `ocsp show`.

use std::path::{Path, PathBuf};

use keyrite::x509::ocsp::{OcspRequest, OcspResponse, REQUEST_OCTETS};
use keyrite::x509::pem;
use keyrite::x509::signed::Kind as _;

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::kind::Kind;
use crate::render::Answer;
use crate::view;

/// The largest file that is read, in octets.
const MOST: usize = 2 * 1024 * 1024;
/// The label of a request in PEM, as OpenSSL has it.
const REQUEST_LABEL: &str = "OCSP REQUEST";

/// Show what an OCSP response or request says
///
/// The signature is not verified: that needs the issuer's certificate, see `keyrite ocsp verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ocsp show by-serial/4C0FFEE1.ors\n  keyrite ocsp show request.der --json"
)]
pub(crate) struct Args {
    /// The response or request in DER or PEM; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let octets = input::read(&self.file, MOST)?;
        let about = |failure: Failure| failure.about(&self.file);
        let der = pem::one(&octets, &[OcspResponse::PEM_LABEL, REQUEST_LABEL])
            .map_err(|error| about(keyrite::x509::ocsp::OcspError::from(error).into()))?;
        if Kind::of(&der) == Kind::Ocsp || der.len() > REQUEST_OCTETS {
            let response = OcspResponse::from_der(&der).map_err(|error| about(error.into()))?;
            return Ok(Answer::new(view::ocsp_response(&response)));
        }
        let request = OcspRequest::from_der(&der).map_err(|error| about(error.into()))?;
        Ok(Answer::new(view::ocsp_request(&request)))
    }
}

/// Reads a response from a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<OcspResponse, Failure> {
    let octets = input::read(path, MOST)?;
    OcspResponse::read(&octets).map_err(|error| Failure::from(error).about(path))
}
