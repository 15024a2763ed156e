//! `ocsp serve`.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use keyrite::authority::ocsp_live::LiveResponder;
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error};
use keyrite::config::HomeConfig;
use keyrite::store::{CaName, Store};
use keyrite::token::Pkcs11Uri;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::time::Duration;

use super::certificate_show;
use crate::configuration::Settings;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::serving::{self, Journal, Live, Metrics, Plan, Responder, ServingArgs, Site};
use crate::view::View;
use crate::{configuration, delegate, ledger, profiles, session};

/// Answer by HTTP with OCSP responses that were signed ahead of time, or that a responder signs live
///
/// It takes requests by GET and POST and answers from the ledger, which it opens read-only. A response that is outdated,
/// or says something else than the ledger by now, is not given away: the answer is tryLater until keyrite ocsp sign has
/// signed anew. With a responder that has a key of its own in a token, whatever is not there is signed at once, and nonces
/// are repeated. A CA's own key is never used. SIGTERM or SIGINT ends it after the requests that were begun.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ocsp serve --listen 127.0.0.1:8080\n  keyrite ocsp serve --ca issuing --ca root --listen '[::]:80' --listen 0.0.0.0:80 --metrics 127.0.0.1:9090\n  keyrite ocsp serve --responder ocsp.pem --key 'pkcs11:token=ocsp;object=ocsp-2026' --journal /var/log/ocsp.jsonl"
)]
pub(crate) struct Args {
    /// A CA for whose certificates it answers; may be given several times. Without it, every CA of the home that has its
    /// certificate
    #[arg(long, value_name = "NAME")]
    ca: Vec<CaName>,

    /// Sign live by the responders that are configured
    #[arg(long, requires = "journal", conflicts_with = "responder")]
    live: bool,

    /// Sign live by the responder with this certificate, for the CA that has issued it
    #[arg(long, value_name = "CERT", requires_all = ["key", "journal"])]
    responder: Option<PathBuf>,

    /// The key of the responder
    #[arg(long, value_name = "URI", requires = "responder")]
    key: Option<String>,

    /// Where it is written what the responder is asked to sign, before it is asked, and what it signed
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// How long responses that are signed live are good; without it, as configured, else 7d
    #[arg(long, value_name = "D")]
    next_update: Option<Duration>,

    /// In how many sessions of the token at a time is signed; without it, as configured, else one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(HomeConfig::MOST_SESSIONS)))]
    sessions: Option<u32>,

    #[command(flatten)]
    serving: ServingArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = context.home()?;
        let responder = Responder::new(home.clone(), self.ca.clone())?;
        let plans = self.plans(context, responder.cas())?;
        let journal = self.journal.clone().map(|path| {
            Journal::open(path.clone()).map_err(|error| Failure::of(Exit::Output, &error).about(&path))
        });
        let journal = journal.transpose()?;
        let cas: Vec<String> = responder.cas().iter().map(ToString::to_string).collect();
        let listening = self.serving.listening()?;
        let max_age = self.serving.max_age()?;
        let answered = thread::scope(|scope| {
            let live = match &journal {
                Some(journal) => Live::start(scope, context, journal, &home, plans)?,
                None => Live::default(),
            };
            let site = Arc::new(Site {
                responder: Some(responder.with(live)),
                directory: None,
                max_age,
                access_log: self.serving.access_log,
                metrics: Metrics::default(),
            });
            // With the site go the queues of those who sign, and with these their threads.
            serving::run(&site, &listening).map(|()| site.metrics.total())
        })?;
        Ok(Answer::new(View::default().row("CAs", cas.join(" ")).row("answered", answered.to_string())))
    }

    /// Who signs live, and where the keys are.
    fn plans(&self, context: &Context, cas: &[CaName]) -> Result<Vec<Plan>, Failure> {
        if !self.live && self.responder.is_none() {
            return Ok(Vec::new());
        }
        let settings = configuration::load(context)?;
        let store = ledger::read(context)?;
        let mut plans = Vec::new();
        for name in cas {
            if let Some(plan) = self.plan(context, &settings, &store, name)? {
                plans.push(plan);
            }
        }
        if plans.is_empty() {
            let message = match &self.responder {
                Some(path) => format!("{}: none of the CAs has issued this certificate", path.display()),
                None => "no responder is configured for any of the CAs".to_owned(),
            };
            let hint =
                "[ca.NAME.ocsp] in keyrite.toml has responder and key; a CA's own key is not used here";
            return Err(Failure::new(Exit::Refused, message).hint(hint));
        }
        Ok(plans)
    }

    fn plan(
        &self,
        context: &Context,
        settings: &Settings,
        store: &Store,
        name: &CaName,
    ) -> Result<Option<Plan>, Failure> {
        let given: Option<(PathBuf, Pkcs11Uri)> = match (&self.responder, &self.key) {
            (Some(path), Some(key)) => Some((path.clone(), session::uri(key)?)),
            _ => settings.ocsp_responder(name),
        };
        let Some((path, key)) = given else { return Ok(None) };
        let certificate: Certificate = certificate_show::read(&path)?;
        let ca = store.ca(name)?;
        let authority = Authority::of(&ca, None).map_err(Error::from)?;
        if self.responder.is_some() && certificate.issuer() != authority.certificate().subject() {
            return Ok(None);
        }
        let now = SystemClock.now();
        let responder = delegate::of(store, &authority, &path, certificate, now)?;
        delegate::tell_if_asked_about(&responder);
        let life = self.next_update.unwrap_or_else(|| settings.ca(name).ocsp().next_update());
        let standards = profiles::standards(context, &ca.profile);
        let live = LiveResponder::new(authority, responder, standards, life, now)?;
        let sessions = self.sessions.or(settings.home().sessions()).unwrap_or(1);
        Ok(Some(Plan { live, key, sessions }))
    }
}
