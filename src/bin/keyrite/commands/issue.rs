//! `issue`.

use std::path::{Path, PathBuf};

use keyrite::authority::issue;
use keyrite::authority::output;
use keyrite::authority::{Authority, Error};
use keyrite::config::HomeConfig;
use keyrite::policy::Length;
use keyrite::store::CaName;
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::{Name, NameSyntaxError};
use keyrite::x509::time::Time;

use crate::batch::{Batch, Given, Reading};
use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::issuance::Place;
use crate::overrides::OverrideArgs;
use crate::paths::Paths;
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{ledger, own, preflight, profiles, session};

/// Issue certificates for certification requests, public keys and certificates that exist
///
/// Each request is proven, decided by the profile, linted and shown before the token is asked. Nothing of a request
/// comes into a certificate unless the profile says so. A batch goes on past a request that is refused, and then
/// exits with 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite issue www.csr --ca issuing --profile tls-server --out www.pem\n  keyrite issue *.csr --ca issuing --profile tls-client --out-dir issued --yes\n  keyrite issue www.csr --ca issuing --profile tls-server --san dns:www.example.test --dry-run\n  keyrite issue --public-key sensor.pub --possession 'read from the device by its maker' --subject CN=sensor-7 --ca issuing --profile device\n  keyrite issue --renew www.pem --ca issuing --profile tls-server --out www-2.pem"
)]
pub(crate) struct Args {
    /// The requests in PEM or DER; - is standard input
    #[arg(value_name = "CSR", required_unless_present_any = ["public_key", "renew", "cross"])]
    requests: Vec<PathBuf>,

    /// Certify a public key (PEM or DER) of which no request exists
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["requests", "renew", "cross"],
        requires = "possession"
    )]
    public_key: Option<PathBuf>,

    /// How it was proven that the holder of --public-key has the private key, for approval and records
    #[arg(long, value_name = "TEXT", requires = "public_key")]
    possession: Option<String>,

    /// Renew a certificate that a CA of this home, or one above it, has issued: its subject, names and key once more
    #[arg(long, value_name = "CERT", conflicts_with_all = ["requests", "cross"])]
    renew: Option<PathBuf>,

    /// Certify the subject and key of another CA's own certificate
    #[arg(long, value_name = "CERT", conflicts_with = "requests")]
    cross: Option<PathBuf>,

    /// Refuse a request that has another SHA-256: the one that the requester told by another way
    #[arg(long, value_name = "HEX", value_parser = sha256, conflicts_with_all = ["public_key", "renew", "cross"])]
    request_sha256: Option<Sha256>,

    /// The CA that issues
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// The profile
    #[arg(long, value_name = "P")]
    profile: String,

    /// The subject, instead of the request's; '' is the empty one
    #[arg(long, value_name = "DN", value_parser = subject)]
    subject: Option<Name>,

    /// An alternative name, instead of all of the request's: dns, ip, email, uri, dn, rid, upn, smtp-utf8 or
    /// hardware-module; may be given several times
    #[arg(long, value_name = "TYPE:VALUE")]
    san: Vec<GeneralName>,

    /// The first second in which it is valid; without it, now
    #[arg(long, value_name = "T")]
    not_before: Option<Time>,

    /// How long it is valid; without it, as the profile says
    #[arg(long, value_name = "D")]
    validity: Option<Length>,

    /// Who asks, for the records
    #[arg(long, value_name = "NAME")]
    requester: Option<String>,

    /// Write the certificate to a new file; without it, into the configured directory, else to standard output
    #[arg(long, value_name = "FILE", conflicts_with = "out_dir")]
    out: Option<PathBuf>,

    /// Write each certificate to a new file SERIAL.pem in this directory
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,

    /// In how many sessions of the token at a time a batch is signed; without it, as configured, else one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(HomeConfig::MOST_SESSIONS)))]
    sessions: Option<u32>,

    #[command(flatten)]
    overrides: OverrideArgs,

    /// Decide, lint and show what is asked beside what would be given; reserve and sign nothing
    #[arg(long)]
    dry_run: bool,
}

/// Reads a subject, which may be the empty one.
pub(crate) fn subject(text: &str) -> Result<Name, NameSyntaxError> {
    if text.is_empty() { Ok(Name::empty()) } else { text.parse() }
}

/// A fingerprint. Of this name so that clap does not take the array for a list.
type Sha256 = [u8; 32];

fn sha256(text: &str) -> Result<Sha256, String> {
    let mut octets = [0; 32];
    // People copy fingerprints with colons and blanks.
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    hex::decode_to_slice(digits, &mut octets).map_err(|_| "wanted 64 hexadecimal digits".to_owned())?;
    Ok(octets)
}

impl Args {
    pub(crate) fn run(mut self, context: &Context) -> Result<Answer, Failure> {
        // One of the latter is the only file, if it is there.
        let other = [&self.public_key, &self.renew, &self.cross].into_iter().flatten().cloned();
        let paths: Paths = std::mem::take(&mut self.requests).into_iter().chain(other).collect();
        let for_one = self.out.is_some()
            || self.subject.is_some()
            || !self.san.is_empty()
            || self.request_sha256.is_some();
        if paths.len() > 1 && for_one {
            let message =
                "--out, --subject, --san and --request-sha256 are for one request, and there are several";
            return Err(Failure::new(Exit::Usage, message).hint("give --out-dir DIR for the files"));
        }
        let overrides = self.overrides.read()?;
        let settings = configuration::load(context)?;
        let profile = profiles::load(context, &self.profile)?;
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let signature = settings.signature(&self.ca, ca.public_key.algorithm())?;
        let authority = Authority::of(&ca, Some(signature)).map_err(Error::from)?;
        let directory =
            self.out_dir.clone().or_else(|| settings.output(&self.ca).filter(|_| self.out.is_none()));
        if !self.dry_run {
            session::start_ahead(context, &settings.key(&self.ca, authority.key_uri())?);
            if let Some(path) = &self.out {
                output::preview(path)?;
            }
            if let Some(directory) = &directory {
                // Any new name will do: it is the directory that must be there and writable.
                output::preview(&directory.join(".keyrite"))?;
            }
        }
        if paths.len() > 1 && directory.is_none() && !self.dry_run {
            return Err(
                Failure::new(Exit::Usage, "no place for several certificates").hint("give --out-dir DIR")
            );
        }
        let ca_keys = own::keys(&store, &profile)?;
        let weak_key_lists = settings.weak_key_lists()?;
        let requester = self.requester.clone().unwrap_or_else(own::requester);
        let change = profiles::change(&store, &profile)?;
        preflight::no_inherited_pin(context, &profile)?;
        let issuer = issue::view(&store, &authority, settings.ca(&self.ca).places())?;
        let reading = match (&self.public_key, &self.renew, &self.cross) {
            (Some(_), _, _) => {
                Reading::PublicKey { possession: self.possession.as_deref().unwrap_or_default() }
            }
            (_, Some(_), _) => Reading::Renewal,
            (_, _, Some(_)) => Reading::Cross,
            (None, None, None) => {
                Reading::Requests { for_ca: profile.kind().ca().is_some(), sha256: self.request_sha256 }
            }
        };
        let given = Given {
            subject: self.subject.as_ref(),
            alt_names: &self.san,
            not_before: self.not_before,
            validity: self.validity,
        };
        let batch = Batch {
            context,
            settings: &settings,
            authority: &authority,
            issuer: &issuer,
            profile: &profile,
            ca_keys: &ca_keys,
            weak_key_lists: &weak_key_lists,
            requester: &requester,
            overrides: &overrides,
            given,
            reading,
            change: change.as_ref(),
            place: match (self.out.clone(), directory) {
                (Some(path), _) => Place::File(path),
                (None, Some(directory)) => Place::Directory(directory),
                (None, None) => Place::Output,
            },
            dry_run: self.dry_run,
            sessions: self.sessions.or(settings.home().sessions()).unwrap_or(1),
            keeps_hand: false,
        };
        batch.run(&mut store, paths)
    }
}

/// A certificate that was issued, in rows.
pub(crate) fn view(serial: &str, sha256: [u8; 32], path: Option<&Path>) -> View {
    View::default()
        .row("serial", serial.to_owned())
        .row("certificate", View::default().row("SHA-256", Value::in_hex(sha256)))
        .maybe("written", path.map(|path| path.display().to_string()))
}
