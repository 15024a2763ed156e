//! `ca show`.

use keyrite::store::CaName;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::view::{self, Value, View};
use crate::{configuration, ledger};

/// Show a CA of this home: its certificate, its path, its key and what is configured for it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite ca show issuing")]
pub(crate) struct Args {
    /// The CA
    #[arg(value_name = "NAME")]
    name: CaName,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let ca = ledger::read(context)?.ca(&self.name)?;
        let configured = settings.ca(&self.name);
        let urls =
            |list: &[keyrite::policy::HttpUrl]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let places = configured.places();
        let view = View::default()
            .row("CA", ca.name.to_string())
            .row("state", ca.state.to_string())
            .row("profile", ca.profile.clone())
            .row("key URI", Value::Exact(settings.key(&ca.name, &ca.key_uri)?.to_string()))
            .row("CRL URLs", urls(&places.crl))
            .row("CA issuer URLs", urls(&places.ca_issuers))
            .row("OCSP URLs", urls(&places.ocsp))
            .row("path above", ca.path.iter().map(|each| each.subject().to_string()).collect::<Vec<_>>());
        let view = match &ca.certificate {
            Some(certificate) => view.row("certificate", view::certificate(certificate)),
            None => view.row("subject", ca.subject.to_string()).row("key", view::key(&ca.public_key)),
        };
        Ok(Answer::new(view))
    }
}
