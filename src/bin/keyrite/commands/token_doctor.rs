//! `token doctor`.

use keyrite::audit::Event;
use keyrite::authority::count;
use keyrite::token::doctor::{AlgorithmFinding, Examination, Login, Scope, Stage, examine};
use keyrite::x509::algorithm::KeyAlgorithm;

use crate::context::Context;
use crate::doctor::Report;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;
use crate::render::Answer;
use crate::{ledger, session};

/// Examine what a token can do for a CA: algorithms, PIN, sessions, keys; a verdict
///
/// Nothing is written to the token. Its keys are looked at, which needs the PIN, and five signatures over random
/// challenges are made with the key that object= or id= names, else with the first one that is fit. What algorithms
/// it has is read from its list of mechanisms, which is a hint; --try proves it.
///
/// Exit code 0: fit for CA keys, perhaps with warnings. 1: not fit, with the reasons.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keyrite token doctor pkcs11:token=root-g1\n  \
                        keyrite token doctor pkcs11:token=root-g1 --try --json")]
pub(crate) struct Args {
    /// The token; object= or id= names the key to measure
    #[arg(value_name = "URI")]
    uri: String,

    /// Generate a key pair of each algorithm, sign by each mechanism, and destroy it again
    #[arg(long = "try", conflicts_with = "no_login")]
    trial: bool,

    /// Give no PIN: keys are not looked at and nothing is signed
    #[arg(long)]
    no_login: bool,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        let (options, pin) = (session::options(context, &uri)?, session::pin(context, &uri)?);
        let key = uri.names_object().then(|| uri.clone());
        let scope = Scope { login: !self.no_login, trial: self.trial, key };
        let progress = self.trial.then(|| Progress::start("trying", KeyAlgorithm::GENERATED.len()));
        let mut watch = |Stage::Trial { at, .. }: Stage| {
            if let Some(progress) = progress.as_ref().filter(|_| at > 0) {
                progress.add(1);
            }
        };
        let found =
            examine(&options, &uri.without_object(), pin, &scope, &mut watch).map_err(session::explained)?;
        drop(progress);
        record(context, &found);
        let report = Report::of(&found, session::module_is_spelled(context, &uri));
        let exit = if report.is_fit() { Exit::Done } else { Exit::Refused };
        Ok(Answer::new(report).exit(exit))
    }
}

/// Leaves word of what the examination has done: a refused PIN, keys that lived for it, signatures by a key of the token.
fn record(context: &Context, found: &Examination) {
    if let Login::Failed(error) = &found.login {
        ledger::refused_login(context, &found.token, error);
    }
    let made = |finding: &&AlgorithmFinding| matches!(finding.generation.tried, Some(Ok(_)));
    let mut generated: Vec<String> =
        found.algorithms.iter().filter(made).map(|finding| finding.algorithm.to_string()).collect();
    generated.dedup();
    let mut left: Vec<String> = found.algorithms.iter().filter_map(|finding| finding.left.clone()).collect();
    left.dedup();
    if !(generated.is_empty() && left.is_empty()) {
        let event = Event::TokenTried { token: found.token.uri().to_string(), generated, left };
        ledger::record_by_the_way(context, event, "the trial of the token");
    }
    for signed in &found.signed {
        if let Some(event) = count::of_challenges(&signed.count, signed.public_key_sha256) {
            ledger::record_by_the_way(context, event, "the signatures over challenges");
        }
    }
}
