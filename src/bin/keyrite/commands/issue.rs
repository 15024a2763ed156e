//! `issue`.

use std::path::{Path, PathBuf};

use keyrite::authority::issue::{self, Draft};
use keyrite::authority::key_record;
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::{SystemClock, SystemRandom};
use keyrite::authority::weak_keys::WeakKeyList;
use keyrite::authority::{Authority, Error, Issuer};
use keyrite::policy::{Approved, IssuanceRequest, KeyRecord, Length, Override, Profile};
use keyrite::port::RandomSource;
use keyrite::store::{CaName, Issued, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::{Name, NameSyntaxError};
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::configuration::{self, Settings};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::intake::{self, Intake};
use crate::issuance::{Issuance, Outcome};
use crate::overrides::OverrideArgs;
use crate::progress::Progress;
use crate::render::Answer;
use crate::signing::{self, Hand};
use crate::view::{self, Comparison, Value, View};
use crate::{approval, ledger, own, preflight, profiles, rescue};

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

/// How many certificates of a batch are reserved, signed and recorded together.
const GROUP: usize = 250;

/// What all requests of a run share.
struct Run<'a> {
    args: &'a Args,
    context: &'a Context,
    settings: &'a Settings,
    authority: &'a Authority,
    profile: &'a Profile,
    ca_keys: &'a [PublicKey],
    compromised_keys: &'a [PublicKey],
    weak_key_lists: &'a [WeakKeyList],
    requester: &'a str,
    overrides: &'a [Override],
    /// What has changed in the profile since it was last used.
    change: Option<&'a View>,
    directory: Option<&'a Path>,
}

/// A request that may be answered.
struct Decided<'a> {
    place: usize,
    request: IssuanceRequest<'a>,
    approved: Approved,
}

/// A request that was judged to the last octet but for the serial number, without the token.
struct Judged<'a> {
    decided: Decided<'a>,
    draft: Draft,
}

impl Args {
    /// The files from which certificates are made.
    fn sources(&self) -> Vec<PathBuf> {
        let other = [&self.public_key, &self.renew, &self.cross].into_iter().flatten();
        self.requests.iter().chain(other).cloned().collect()
    }

    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let for_one = self.out.is_some()
            || self.subject.is_some()
            || !self.san.is_empty()
            || self.request_sha256.is_some();
        if self.requests.len() > 1 && for_one {
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
            if let Some(path) = &self.out {
                output::preview(path)?;
            }
            if let Some(directory) = &directory {
                // Any new name will do: it is the directory that must be there and writable.
                output::preview(&directory.join(".keyrite"))?;
            }
        }
        if self.requests.len() > 1 && directory.is_none() && !self.dry_run {
            return Err(
                Failure::new(Exit::Usage, "no place for several certificates").hint("give --out-dir DIR")
            );
        }
        let ca_keys = own::keys(&store, &profile)?;
        let compromised_keys = store.compromised_keys()?;
        let weak_key_lists = settings.weak_key_lists()?;
        let requester = self.requester.clone().unwrap_or_else(own::requester);
        let change = profiles::change(&store, &profile)?;
        preflight::no_inherited_pin(context, &profile)?;
        let run = Run {
            args: &self,
            context,
            settings: &settings,
            authority: &authority,
            profile: &profile,
            ca_keys: &ca_keys,
            compromised_keys: &compromised_keys,
            weak_key_lists: &weak_key_lists,
            requester: &requester,
            overrides: &overrides,
            change: change.as_ref(),
            directory: directory.as_deref(),
        };
        run.all(&mut store)
    }
}

impl Run<'_> {
    fn all(&self, store: &mut Store) -> Result<Answer, Failure> {
        let paths = &self.args.sources();
        let mut issuance = Issuance::new(paths);
        let mut hand = None;
        let progress = Progress::start("issuing", paths.len());
        // Who is asked is asked once, for everything; a script goes on group by group.
        let size = if self.context.global().yes { GROUP } else { paths.len() };
        for (at, group) in paths.chunks(size.max(1)).enumerate() {
            let first = at.saturating_mul(size);
            if let Err(failure) = self.group(store, group, first, &mut issuance, &mut hand) {
                issuance.stop(failure);
                break;
            }
            progress.add(group.len());
            if issuance.token_failed() {
                // What was issued before stays issued; with this token there is no going on.
                break;
            }
        }
        drop(progress);
        issuance.answer(self.args.out.is_none() && self.directory.is_none())
    }

    /// Reads, decides, shows, signs and writes some requests. A failure of the store or the token ends the run;
    /// a refused request does not.
    fn group(
        &self,
        store: &mut Store,
        paths: &[PathBuf],
        first: usize,
        issuance: &mut Issuance,
        hand: &mut Option<Hand>,
    ) -> Result<(), Failure> {
        let now = SystemClock.now();
        let mut proven: Vec<(usize, Intake)> = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            let place = first.saturating_add(at);
            match self.take_in(store, path) {
                Ok(intake) => proven.push((place, intake)),
                Err(failure) => issuance.set(place, Outcome::Refused(failure)),
            }
        }
        let keys: Vec<&PublicKey> = proven.iter().map(|(_, intake)| intake.key().public_key()).collect();
        let mut records = key_record::of_keys(store, &keys, self.weak_key_lists)?;
        // The operator's subject is that of all.
        if self.args.subject.is_none() {
            let asked: Vec<_> = proven.iter().map(|(_, intake)| intake.key()).collect();
            key_record::note_run(&mut records, &asked);
        }
        let mut decided = Vec::new();
        for ((place, intake), on_record) in proven.iter().zip(records) {
            let request = self.request(intake, on_record);
            let places = self.settings.ca(self.authority.name());
            match issue::decide(store, &request, self.authority, places.places(), now) {
                Ok(approved) => decided.push(Decided { place: *place, request, approved }),
                Err(error @ Error::Store(_)) => return Err(error.into()),
                Err(Error::Refused(refusal)) if self.args.dry_run => {
                    issuance.set(*place, preflight::foreseen(refusal));
                }
                Err(error) => {
                    // Who reads why the names are refused has to know what they look like, too.
                    let subject = intake.key().subject().cloned().unwrap_or_else(Name::empty);
                    let warnings = view::suspicions(&subject, intake.key().extensions());
                    let refused = warnings.into_iter().fold(Failure::from(error), Failure::because);
                    issuance.set(*place, Outcome::Refused(refused));
                }
            }
        }
        if decided.is_empty() {
            return Ok(());
        }
        let judged = self.judge(store, decided, issuance, now)?;
        if self.args.dry_run {
            self.preview(&judged, issuance);
            return Ok(());
        }
        if judged.is_empty() {
            return Ok(());
        }
        if hand.is_none() {
            let uri = self.settings.key(self.authority.name(), self.authority.key_uri())?;
            *hand = Some(signing::hand(self.context, store, self.authority, &uri)?);
        }
        let Some(hand) = hand else { return Ok(()) };
        let (places, drafts) = self.drafts(store, judged, &mut hand.random, issuance, now)?;
        if drafts.is_empty() {
            return Ok(());
        }
        approval::ask_all(self.context, &drafts.iter().collect::<Vec<_>>(), self.authority, self.change)?;
        let mut issuer = Issuer::join(self.authority, &mut hand.signer).map_err(Error::from)?;
        let rescue = || rescue::directory(self.args.out.as_deref().or(self.directory));
        let results = issue::issue(store, &mut issuer, drafts, &SystemClock)
            .map_err(|error| rescue::keep(error, &rescue()))?;
        let mut issued = Vec::new();
        for (place, result) in places.into_iter().zip(results) {
            match result {
                Ok(one) => issued.push((place, one)),
                Err(error) => issuance.set(place, Outcome::Failed(error.into())),
            }
        }
        self.publish(&issued, issuance);
        Ok(())
    }

    fn take_in(&self, store: &Store, path: &Path) -> Result<Intake, Failure> {
        match (&self.args.public_key, &self.args.renew, &self.args.cross) {
            (Some(_), _, _) => intake::bare(path, self.args.possession.as_deref().unwrap_or_default()),
            (_, Some(_), _) => intake::renewal(store, path),
            (_, _, Some(_)) => intake::cross(store, path),
            (None, None, None) => {
                intake::request(path, self.profile.kind().ca().is_some(), self.args.request_sha256)
            }
        }
    }

    fn request<'a>(&'a self, intake: &'a Intake, on_record: KeyRecord) -> IssuanceRequest<'a> {
        IssuanceRequest {
            profile: self.profile,
            requester: self.requester,
            key: intake.key(),
            subject: self.args.subject.clone(),
            alt_names: (!self.args.san.is_empty()).then(|| self.args.san.clone()),
            not_before: self.args.not_before,
            validity: self.args.validity,
            ca_keys: self.ca_keys,
            compromised_keys: self.compromised_keys,
            on_record,
            overrides: self.overrides,
        }
    }

    /// Builds, lints and has the profile's linters judge each certificate, before the token is asked for anything:
    /// only the serial number will be another.
    fn judge<'a>(
        &self,
        store: &mut Store,
        decided: Vec<Decided<'a>>,
        issuance: &mut Issuance,
        now: Time,
    ) -> Result<Vec<Judged<'a>>, Failure> {
        let mut drafted = Vec::new();
        let mut drafts = Vec::new();
        for one in decided {
            let Decided { place, request, approved } = &one;
            let authority = Some(self.authority);
            match issue::draft(store, approved.clone(), request, authority, &mut SystemRandom, now) {
                Ok(draft) => {
                    drafted.push(one);
                    drafts.push(draft);
                }
                Err(error @ Error::Lint(_)) => {
                    let outcome = self.refused(approved, error);
                    issuance.set(*place, outcome);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let ca = self.authority.name().as_str();
        let results = issue::judge_outside(store, drafts, self.profile, ca, now)?;
        let mut judged = Vec::new();
        for (decided, result) in drafted.into_iter().zip(results) {
            match result {
                Ok(draft) => judged.push(Judged { decided, draft }),
                Err(error) => {
                    let outcome = self.refused(&decided.approved, error);
                    issuance.set(decided.place, outcome);
                }
            }
        }
        Ok(judged)
    }

    /// What policy lets pass and a linter does not.
    fn refused(&self, approved: &Approved, error: Error) -> Outcome {
        if self.args.dry_run {
            let view = View::default().row("comparison", Comparison::of(approved.comparison()));
            return Outcome::Foreseen(error.into(), view);
        }
        Outcome::Refused(error.into())
    }

    /// The same once more, with serial numbers in which the token has a part.
    fn drafts(
        &self,
        store: &mut Store,
        judged: Vec<Judged<'_>>,
        random: &mut dyn RandomSource,
        issuance: &mut Issuance,
        now: Time,
    ) -> Result<(Vec<usize>, Vec<Draft>), Failure> {
        let mut places = Vec::new();
        let mut drafts = Vec::new();
        for Judged { decided: Decided { place, request, approved }, draft } in judged {
            let linters = draft.linters().to_vec();
            match issue::draft(store, approved, &request, Some(self.authority), random, now) {
                Ok(draft) => {
                    places.push(place);
                    drafts.push(draft.passed_by(linters));
                }
                Err(error @ Error::Lint(_)) => issuance.set(place, Outcome::Refused(error.into())),
                Err(error) => return Err(error.into()),
            }
        }
        Ok((places, drafts))
    }

    /// Shows what would be signed. The serial numbers are not the ones that will be.
    fn preview(&self, judged: &[Judged<'_>], issuance: &mut Issuance) {
        for Judged { decided, draft } in judged {
            let comparison = Comparison::of(draft.approved().comparison());
            let view = View::default().row("comparison", comparison).and(approval::certificate(
                draft,
                Some(self.authority),
                self.change,
            ));
            issuance.set(decided.place, Outcome::Previewed(view));
        }
    }

    /// Writes what was issued: into the directory all at once, or the one file that was named.
    fn publish(&self, issued: &[(usize, Issued<Certificate>)], issuance: &mut Issuance) {
        let mut certificates = Vec::new();
        for (place, one) in issued {
            match one.serial() {
                Ok(serial) => certificates.push((*place, one, serial.to_string())),
                Err(error) => issuance.set(*place, Outcome::Failed(error.into())),
            }
        }
        let pems: Vec<(String, Vec<u8>)> =
            certificates.iter().map(|(_, one, serial)| (serial.clone(), one.to_pem().into_bytes())).collect();
        let results = match (&self.args.out, self.directory) {
            (Some(path), _) => {
                let write = |(serial, pem): &(String, Vec<u8>)| {
                    own::publish(path, pem, Access::Public, "certificate", serial)
                };
                pems.iter().map(write).collect()
            }
            (None, Some(directory)) => own::publish_all(directory, &pems),
            (None, None) => pems.iter().map(|_| Ok(())).collect(),
        };
        for ((place, one, serial), result) in certificates.into_iter().zip(results) {
            let path = match (&self.args.out, self.directory) {
                (Some(path), _) => Some(path.clone()),
                (None, directory) => directory.map(|directory| directory.join(own::file_name(&serial))),
            };
            let outcome = match result {
                Ok(()) => Outcome::Issued { serial, sha256: one.sha256(), path, pem: one.to_pem() },
                Err(failure) => Outcome::Failed(failure),
            };
            issuance.set(place, outcome);
        }
    }
}

/// A certificate that was issued, in rows.
pub(crate) fn view(serial: &str, sha256: [u8; 32], path: Option<&Path>) -> View {
    View::default()
        .row("serial", serial.to_owned())
        .row("certificate", View::default().row("SHA-256", Value::in_hex(sha256)))
        .maybe("written", path.map(|path| path.display().to_string()))
}
