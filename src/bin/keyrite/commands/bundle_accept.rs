//! `bundle accept`.

use std::path::PathBuf;

use super::crl_show;
use crate::certificates;
use crate::context::Context;
use crate::exchange::accepting;
use crate::failure::Failure;
use crate::render::Answer;

/// Verify the answer of a CA and write what it gives; no home and no token is needed
///
/// The answer must be to this very bundle and by the CA of this certificate; every certificate must be signed by it and
/// have the key of its request, and the CA's audit log must tell of each. Nothing is written before all of that holds.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite bundle accept /media/usb/answer --request request --ca-certificate root.pem --previous-crl root.crl --out accepted"
)]
pub(crate) struct Args {
    /// The answer
    #[arg(value_name = "ANSWER")]
    answer: PathBuf,

    /// The bundle to which it is the answer, as it was made here
    #[arg(long, value_name = "DIR")]
    request: PathBuf,

    /// The certificate of the CA, from a place that is trusted
    #[arg(long, value_name = "FILE")]
    ca_certificate: PathBuf,

    /// The newest CRL at hand: none of the answer may be older
    #[arg(long, value_name = "FILE")]
    previous_crl: Option<PathBuf>,

    /// Write what it gives into a new directory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Answer, Failure> {
        let ca = certificates::read(&self.ca_certificate)?;
        let previous = self.previous_crl.as_deref().map(crl_show::read).transpose()?;
        let previous = self.previous_crl.as_deref().zip(previous.as_ref());
        accepting::accept(&self.answer, &self.request, &ca, previous, &self.out)
    }
}
