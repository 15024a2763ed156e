//! `ca install`.

use std::path::PathBuf;

use keyrite::authority::system::SystemClock;
use keyrite::authority::{Standing, install};
use keyrite::store::CaName;
use keyrite::x509::certificate::Certificate;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::view::View;
use crate::{certificates, ledger};

/// Bring in the certificate that answers a CA's request
///
/// It must be for the CA's key and name, and every signature up to the root must verify. The root and CAs between
/// come from --chain; those of this home need not be given. A certificate for which relying parties would refuse the
/// path, say because a CA above allows no further CA, is refused; what they tolerate is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ca install issuing issuing.pem --chain root.pem")]
pub(crate) struct Args {
    /// The CA
    #[arg(value_name = "NAME")]
    name: CaName,

    /// Its certificate, in PEM or DER
    #[arg(value_name = "CERT")]
    certificate: PathBuf,

    /// The certificates above it, in any order
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let certificate = certificates::read(&self.certificate)?;
        let mut chain = certificates::chain(self.chain.as_deref())?;
        let mut store = ledger::write(context)?;
        for ca in store.cas()? {
            chain.extend(ca.certificate.into_iter().chain(ca.path));
        }
        let standing = install::install(&mut store, &self.name, &certificate, &chain, &SystemClock)?;
        let next = format!("keyrite crl issue --ca {} makes its first CRL", self.name);
        Ok(Answer::new(view(&self.name, &certificate, &standing).row("next", next)))
    }
}

/// A CA and its path, as it is from now on.
pub(super) fn view(name: &CaName, certificate: &Certificate, standing: &Standing) -> View {
    let above: Vec<String> = standing.path.iter().map(|each| each.subject().to_string()).collect();
    let tolerated: Vec<String> = standing.tolerated.iter().map(ToString::to_string).collect();
    let tolerated = (!tolerated.is_empty()).then_some(tolerated);
    View::default()
        .row("CA", name.to_string())
        .row("subject", certificate.subject().to_string())
        .row("serial", certificate.serial().to_string())
        .row("not after", certificate.not_after().to_string())
        .row("path above", above)
        .maybe("tolerated", tolerated)
        .row("certificate", View::default().row("SHA-256", certificate.sha256()))
}
