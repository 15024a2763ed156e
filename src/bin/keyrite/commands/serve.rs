//! `serve`.

use std::path::PathBuf;
use std::sync::Arc;

use keyrite::store::CaName;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::serving::{self, Directory, Metrics, Responder, ServingArgs, Site};
use crate::view::View;

/// Serve a directory by HTTP, such as keyrite publish writes
///
/// CRLs, certificates, OCSP responses and pages are served with the media types and the times that they have: Expires is
/// nextUpdate. Requests of OCSP by GET and POST are answered by the files that stand for them; with --ocsp, or --ca, from
/// the ledger of the home, as keyrite ocsp serve does. No path leads out of the directory, nothing is listed, and what
/// begins with a dot is not served. SIGTERM or SIGINT ends it after the requests that were begun.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite serve /srv/pki --listen 0.0.0.0:80\n  keyrite serve /srv/pki --ocsp --listen 127.0.0.1:8080 --metrics 127.0.0.1:9090"
)]
pub(crate) struct Args {
    /// The directory; files in it are to be replaced as a whole, as keyrite does
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Answer by OCSP from the ledger of the home, for every CA that has its certificate
    #[arg(long)]
    ocsp: bool,

    /// The same for this CA alone; may be given several times
    #[arg(long, value_name = "NAME")]
    ca: Vec<CaName>,

    #[command(flatten)]
    serving: ServingArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let answers = self.ocsp || !self.ca.is_empty();
        let responder = if answers { Some(Responder::new(context.home()?, self.ca)?) } else { None };
        let directory = Directory::new(self.directory)?;
        let served = directory.path().display().to_string();
        let site = Arc::new(Site {
            responder,
            directory: Some(directory),
            max_age: self.serving.max_age()?,
            access_log: self.serving.access_log,
            metrics: Metrics::default(),
        });
        serving::run(&site, &self.serving.listening()?)?;
        let view = View::default().row("directory", served).row("answered", site.metrics.total().to_string());
        Ok(Answer::new(view))
    }
}
