//! `ocsp serve`.

use std::sync::Arc;

use keyrite::store::CaName;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::serving::{self, Metrics, Responder, ServingArgs, Site};
use crate::view::View;

/// Answer by HTTP with the OCSP responses that were signed ahead of time
///
/// It takes requests by GET and POST and answers from the ledger, which it opens read-only; no token is opened. A response
/// that is outdated, or says something else than the ledger by now, is not given away: the answer is tryLater until
/// keyrite ocsp sign has signed anew. SIGTERM or SIGINT ends it after the requests that were begun.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ocsp serve --listen 127.0.0.1:8080\n  keyrite ocsp serve --ca issuing --ca root --listen '[::]:80' --listen 0.0.0.0:80 --metrics 127.0.0.1:9090"
)]
pub(crate) struct Args {
    /// A CA for whose certificates it answers; may be given several times. Without it, every CA of the home that has its
    /// certificate
    #[arg(long, value_name = "NAME")]
    ca: Vec<CaName>,

    #[command(flatten)]
    serving: ServingArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let responder = Responder::new(context.home()?, self.ca)?;
        let cas: Vec<String> = responder.cas().iter().map(ToString::to_string).collect();
        let site = Arc::new(Site {
            responder: Some(responder),
            directory: None,
            max_age: self.serving.max_age()?,
            access_log: self.serving.access_log,
            metrics: Metrics::default(),
        });
        serving::run(&site, &self.serving.listening()?)?;
        let view =
            View::default().row("CAs", cas.join(" ")).row("answered", site.metrics.total().to_string());
        Ok(Answer::new(view))
    }
}
