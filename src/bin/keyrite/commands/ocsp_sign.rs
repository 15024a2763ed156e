//! `ocsp sign`.

use std::path::PathBuf;

use keyrite::authority::ocsp::{OcspRun, Responder};
use keyrite::authority::output;
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error};
use keyrite::config::HomeConfig;
use keyrite::store::{CaName, Chosen, Store};
use keyrite::token::Pkcs11Uri;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::ocsp::CertIdHash;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::{Duration, Time};

use super::certificate_show;
use crate::configuration::Settings;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::presigned::{self, Presigned};
use crate::render::Answer;
use crate::view::View;
use crate::{approval, configuration, delegate, ledger, profiles, session, signing};

/// Sign OCSP responses ahead of time, as files that any web server can serve
///
/// Each response is written twice below the directory: under the name for which clients of RFC 5019 ask by GET (base64
/// of the request; its slashes part directories), and as by-serial/SERIAL.ors. A file is replaced by a newer response
/// alone, at once and as a whole. A certificate that is on record is good unless it is revoked; every other number
/// is unknown, also one that was reserved and of which no certificate came, until it is revoked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite ocsp sign --ca root --all --next-update 6mo --out /srv/ocsp/root\n  keyrite ocsp sign --ca issuing --all --responder ocsp.pem --key 'pkcs11:token=ocsp;object=ocsp' --out /srv/ocsp/issuing\n  keyrite ocsp sign --ca root --serial 4C0FFEE1 --until 2027-06-01 --out answers"
)]
pub(crate) struct Args {
    /// The CA whose certificates the responses are about
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// Answer for every certificate that has not expired, and every number that was reserved for one
    #[arg(long, required_unless_present = "serial", conflicts_with = "serial")]
    all: bool,

    /// Answer for this serial number; may be given several times
    #[arg(long, value_name = "SERIAL")]
    serial: Vec<SerialNumber>,

    /// The certificate of the responder that signs; without it, as configured, else the CA itself
    #[arg(long, value_name = "CERT", requires = "key")]
    responder: Option<PathBuf>,

    /// The key of the responder
    #[arg(long, value_name = "URI", requires = "responder")]
    key: Option<String>,

    /// How long until there are newer responses; without it, as configured, else 7d
    #[arg(long, value_name = "D", conflicts_with = "until")]
    next_update: Option<Duration>,

    /// The last second in which the responses are good, instead of --next-update
    #[arg(long, value_name = "T")]
    until: Option<Time>,

    /// By which hash the issuer is named: sha1, for which nearly all clients ask (RFC 5019), sha256, or both, which
    /// are two responses for each certificate
    #[arg(long, value_name = "HASH", value_enum, default_value_t = Hash::Sha1, hide_possible_values = true)]
    hash: Hash,

    /// The directory that is served; without it, as configured
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// In how many sessions of the token at a time is signed; without it, as configured, else one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(HomeConfig::MOST_SESSIONS)))]
    sessions: Option<u32>,
}

/// By which functions issuers are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Hash {
    Sha1,
    Sha256,
    Both,
}

impl Hash {
    const fn each(self) -> &'static [CertIdHash] {
        match self {
            Self::Sha1 => &[CertIdHash::Sha1],
            Self::Sha256 => &[CertIdHash::Sha256],
            Self::Both => &CertIdHash::ALL,
        }
    }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let signature = settings.signature(&self.ca, ca.public_key.algorithm())?;
        let authority = Authority::of(&ca, Some(signature)).map_err(Error::from)?;
        let directory = self.directory(&settings)?;
        let now = SystemClock.now();
        let next_update = match self.until {
            Some(time) => time,
            // nextUpdate is a last second, as notAfter is: both ends count.
            None => self
                .next_update
                .unwrap_or_else(|| settings.ca(&self.ca).ocsp().next_update())
                .last_second_from(now)
                .map_err(|error| Failure::of(Exit::Usage, &error))?,
        };
        let (responder, key) = self.responder(&settings, &store, &authority, now)?;
        let chosen = if self.all { Chosen::Unexpired(now) } else { Chosen::Serials(&self.serial) };
        let mut standings = store.ocsp_standings(&self.ca, chosen)?;
        // A number that is given twice is one certificate.
        let mut seen = std::collections::BTreeSet::new();
        standings.retain(|one| seen.insert(one.serial.clone()));
        if standings.is_empty() {
            return Err(Failure::new(Exit::Refused, format!("CA {} has no unexpired certificate", self.ca)));
        }
        let standards = profiles::standards(context, &ca.profile);
        let dates = (now, next_update);
        let run = OcspRun::new(&authority, &responder, self.hash.each(), standards, dates)?;
        // What no rule allows is refused before anybody is asked for a PIN.
        run.draft(&mut store, standings.get(..1).unwrap_or_default())?;
        delegate::tell_if_asked_about(&responder);
        let mut hand = match responder.delegate() {
            None => signing::hand(context, &mut store, &authority, &key)?,
            Some(_) => {
                let found = signing::find(context, &mut store, &key, Some(responder.public_key()))?;
                if found.public_key != *responder.public_key() {
                    return Err(Error::from(keyrite::authority::ocsp::ResponderError::OtherKey).into());
                }
                found.take(&mut store)?
            }
        };
        hand.signer.use_sessions(self.sessions.or(settings.home().sessions()).unwrap_or(1));
        let responses = standings.len().saturating_mul(run.responses_each());
        approval::ask(context, &approval::ocsp_count(responses), &approval::ocsp(&run, &standings), &[])?;
        let uri = hand.signer.key().uri.to_string();
        let presigned = Presigned { context, run: &run, directory: &directory, key: &uri };
        let done = presigned.all(&mut store, &mut hand.signer, standings)?;
        let (this_update, next_update) = run.dates();
        let view = View::default()
            .row("CA", self.ca.to_string())
            .row("responder", responder.id().to_string())
            .row("this update", this_update.to_string())
            .row("next update", next_update.to_string())
            .row("good", done.good)
            .row("revoked", done.revoked)
            .row("unknown", done.unknown)
            .row("signed", done.signed)
            .row("files written", done.written)
            .maybe("newer files kept", (done.kept > 0).then_some(done.kept))
            .row("directory", directory.display().to_string());
        Ok(Answer::new(view))
    }

    /// The directory, which must be there and writable before anything is signed.
    fn directory(&self, settings: &Settings) -> Result<PathBuf, Failure> {
        let configured = || settings.ocsp_output(&self.ca);
        let Some(directory) = self.out.clone().or_else(configured) else {
            return Err(Failure::new(Exit::Usage, "no place for the responses").hint(format!(
                "give --out DIR, or output = \"DIR\" under [ca.{}.ocsp] in keyrite.toml",
                self.ca
            )));
        };
        output::preview(&directory.join(presigned::UNUSED_NAME))?;
        Ok(directory)
    }

    /// Who signs, and where the key is.
    fn responder(
        &self,
        settings: &Settings,
        store: &Store,
        authority: &Authority,
        now: Time,
    ) -> Result<(Responder, Pkcs11Uri), Failure> {
        let given = match (&self.responder, &self.key) {
            (Some(path), Some(key)) => Some((path.clone(), session::uri(key)?)),
            _ => settings.ocsp_responder(&self.ca),
        };
        let Some((path, key)) = given else {
            let responder = Responder::of_ca(authority, now).map_err(Error::from)?;
            return Ok((responder, settings.key(&self.ca, authority.key_uri())?));
        };
        let certificate: Certificate = certificate_show::read(&path)?;
        Ok((delegate::of(store, authority, &path, certificate, now)?, key))
    }
}
