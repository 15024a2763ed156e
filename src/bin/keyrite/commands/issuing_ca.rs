//! The CA that a signed object is held against: one of this home, or any other by its certificate.

use std::path::PathBuf;

use keyrite::store::CaName;
use keyrite::x509::certificate::Certificate;

use super::certificate_show;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;

/// How the CA is named: one of the two.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct IssuingCa {
    /// The CA of this home
    #[arg(long, value_name = "NAME")]
    ca: Option<CaName>,

    /// The certificate of any CA, in PEM or DER
    #[arg(long, value_name = "CERT")]
    issuer: Option<PathBuf>,
}

impl IssuingCa {
    /// Its certificate.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be read, or when the CA has none yet.
    pub(crate) fn certificate(&self, context: &Context) -> Result<Certificate, Failure> {
        match (&self.issuer, &self.ca) {
            (Some(path), _) => certificate_show::read(path),
            (None, Some(name)) => {
                let ca = ledger::read(context)?.ca(name)?;
                let message = format!("CA {name} has no certificate yet: it is {}", ca.state);
                ca.certificate.ok_or_else(|| Failure::new(Exit::Refused, message))
            }
            (None, None) => Err(Failure::new(Exit::Usage, "no CA is named").hint("give --ca or --issuer")),
        }
    }
}
