//! `ca create`.

use std::path::PathBuf;

use keyrite::authority::Error;
use keyrite::authority::issue::{self, Draft};
use keyrite::authority::key_record;
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::{SystemClock, SystemRandom};
use keyrite::authority::weak_keys::WeakKeyList;
use keyrite::policy::{Approved, IssuanceRequest, Kind, Length, Override, Profile, SubjectKey};
use keyrite::port::RandomSource;
use keyrite::store::{CaName, NewCa, Store};
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::attestation::Attestation;
use keyrite::x509::name::Name;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use super::key_generate::Generated;
use crate::attestation::{AttestationArgs, Demand};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::overrides::OverrideArgs;
use crate::render::Answer;
use crate::signing::{self, Found};
use crate::view::{self, Value, View};
use crate::{approval, configuration, generation, ledger, own, preflight, profiles, rescue, session};

/// Create a root CA: its key on the token signs its own certificate
///
/// Everything is decided and linted before the token is asked for anything, with a key that stands in for the one that
/// is not known yet, and once more with the real one; then it is shown for approval. With --generate the key is made
/// in between: nothing that could be refused before is left to be refused once it is there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ca create root --key 'pkcs11:token=root-g1;object=root-2026' \\\n      --profile root --subject 'C=AT,O=Example,CN=Example Root G1' --validity 20y --out root.pem\n  keyrite ca create root --generate ec-p384 --key 'pkcs11:token=root-g1;object=root-2026' \\\n      --subject 'C=AT,O=Example,CN=Example Root G1' --out root.pem"
)]
pub(crate) struct Args {
    /// What the CA is called in this home
    #[arg(value_name = "NAME")]
    name: CaName,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: String,

    /// Make the key as part of the command, of a kind as in keyrite key generate: the URI names its token and label
    #[arg(long, value_name = "ALG", value_parser = Generated, hide_possible_values = true)]
    generate: Option<KeyAlgorithm>,

    /// The profile of its certificate
    #[arg(long, value_name = "PROFILE", default_value = "root")]
    profile: String,

    /// Its distinguished name, in the order of encoding; attributes of [defaults] in keyrite.toml are put before it
    #[arg(long, value_name = "DN")]
    subject: String,

    /// The first second in which it is valid; without it, now
    #[arg(long, value_name = "T")]
    not_before: Option<Time>,

    /// How long it is valid; without it, as the profile says
    #[arg(long, value_name = "D")]
    validity: Option<Length>,

    /// Write its certificate as PEM to a new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    overrides: OverrideArgs,

    #[command(flatten)]
    attestation: AttestationArgs,
}

/// What the certificate is made of, but for the key.
struct Plan<'a> {
    args: &'a Args,
    context: &'a Context,
    profile: &'a Profile,
    subject: Name,
    overrides: &'a [Override],
    ca_keys: &'a [PublicKey],
    weak_key_lists: &'a [WeakKeyList],
    requester: &'a str,
    now: Time,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.key)?;
        if self.generate.is_some() {
            generation::label(&uri)?;
        }
        let overrides = self.overrides.read()?;
        let demand = self.attestation.demand(context)?;
        let settings = configuration::load(context)?;
        let profile = profiles::load(context, &self.profile)?;
        if !matches!(profile.kind(), Kind::Root(_)) {
            let message =
                format!("profile {:?} is of kind {}, wanted root", self.profile, profile.kind().word());
            return Err(
                Failure::new(Exit::Usage, message).hint("keyrite ca request makes a CA below another one")
            );
        }
        preflight::no_inherited_pin(context, &profile)?;
        let subject: Name = settings.subject(&self.subject)?;
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let mut store = ledger::write(context)?;
        own::name_is_free(&store, &self.name)?;

        let plan = Plan {
            args: &self,
            context,
            profile: &profile,
            subject,
            overrides: &overrides,
            ca_keys: &own::keys_but(&store, &self.name)?,
            weak_key_lists: &settings.weak_key_lists()?,
            requester: &own::requester(),
            now: SystemClock.now(),
        };
        let stand_in = preflight::stand_in_for(&settings, &self.name, &profile, self.generate)?;
        let foreseen = match &stand_in {
            Some((key, signature)) => {
                Some(plan.judge(&mut store, SubjectKey::Own(key, *signature), &mut SystemRandom)?)
            }
            None => None,
        };
        let (found, attestation) =
            signing::made_or_found(context, &mut store, &uri, self.generate, demand.as_ref())?;
        let key = found.key.uri.to_string();
        let foreseen = foreseen.filter(|_| self.generate.is_some());
        let attestation = Attested { demand: demand.as_ref(), attestation };
        let created = settings
            .signature(&self.name, found.public_key.algorithm())
            .and_then(|signature| plan.create(&mut store, found, signature, foreseen, &attestation));
        created.map_err(|failure| {
            let made = self.generate.is_some()
                && !matches!(store.ca(&self.name), Ok(ca) if ca.certificate.is_some());
            if made { generation::left(failure, &key) } else { failure }
        })
    }
}

/// The attestation that was demanded.
struct Attested<'a> {
    demand: Option<&'a Demand>,
    attestation: Option<Attestation>,
}

impl Plan<'_> {
    /// Decides, builds and lints the certificate of a key, by the linters of the profile as well.
    fn judge(
        &self,
        store: &mut Store,
        key: SubjectKey<'_>,
        random: &mut dyn RandomSource,
    ) -> Result<Draft, Failure> {
        let (request, approved) = self.decide(store, key)?;
        self.draft(store, &request, approved, random)
    }

    /// Decides about the certificate of a key.
    fn decide<'k>(
        &'k self,
        store: &mut Store,
        key: SubjectKey<'k>,
    ) -> Result<(IssuanceRequest<'k>, Approved), Failure> {
        let keys = [key.public_key()];
        let on_record = key_record::of_keys(store, &keys, self.weak_key_lists)?.pop().unwrap_or_default();
        let request = IssuanceRequest {
            profile: self.profile,
            requester: self.requester,
            key,
            subject: Some(self.subject.clone()),
            alt_names: None,
            not_before: self.args.not_before,
            validity: self.args.validity,
            ca_keys: self.ca_keys,
            on_record,
            overrides: self.overrides,
        };
        let approved = issue::decide_root(store, self.args.name.as_str(), &request, self.now)?;
        Ok((request, approved))
    }

    /// Builds and lints what was decided.
    fn draft(
        &self,
        store: &mut Store,
        request: &IssuanceRequest<'_>,
        approved: Approved,
        random: &mut dyn RandomSource,
    ) -> Result<Draft, Failure> {
        let name = self.args.name.as_str();
        let draft = issue::draft(store, approved, request, None, random, self.now)?;
        let judged = issue::judge_outside(store, vec![draft], self.profile, name, self.now)?;
        let nothing = || Failure::new(Exit::Defect, "nothing came of the only draft");
        Ok(judged.into_iter().next().ok_or_else(nothing)??)
    }

    /// Has the key sign its own certificate, once somebody has approved that.
    fn create(
        &self,
        store: &mut Store,
        found: Found,
        signature: SignatureAlgorithm,
        foreseen: Option<Draft>,
        attested: &Attested<'_>,
    ) -> Result<Answer, Failure> {
        let Args { name, out, profile, .. } = self.args;
        let public_key = found.public_key.clone();
        let key_uri = found.key.uri.to_string();
        // Decided before the key shows by a signature that it is there.
        let (request, approved) = self.decide(store, SubjectKey::Own(&public_key, signature))?;
        let mut hand = found.take(store)?;
        let draft = self.draft(store, &request, approved, &mut hand.random)?;
        if let Some(foreseen) = foreseen
            && let Some(what) = draft.approved().differs_from(foreseen.approved())
        {
            return Err(Error::NotAsForeseen { what }.into());
        }
        let subject = draft.approved().subject().clone();
        let public_key = public_key.clone();
        let new = NewCa { name: name.clone(), key_uri, profile: profile.clone(), subject, public_key };
        let told = attested.attestation.as_ref().map(view::attestation);
        let change = profiles::change(store, self.profile)?;
        let shown = approval::certificate(&draft, None, change.as_ref()).maybe("attestation", told.clone());
        let digest = draft.linted().tbs().sha256();
        approval::ask(self.context, "this root certificate", &shown, &[digest])?;
        let issued = issue::issue_root(store, &new, draft, &mut hand.signer, &SystemClock)
            .map_err(|error| rescue::keep(error, &rescue::directory(out.as_deref())))?;
        let serial = issued.serial()?;
        if let Some(path) = out {
            let pem = issued.to_pem();
            own::publish(path, pem.as_bytes(), Access::Public, "certificate", &serial.to_string())?;
        }
        let attestation = attested.demand.zip(attested.attestation.as_ref());
        let attested = attestation.map(|(demand, found)| demand.write(found)).transpose()?.flatten();
        let mut next = vec![format!("keyrite crl issue --ca {name} makes its first CRL")];
        if out.is_none() {
            next.insert(0, format!("keyrite certificate export {serial} --out FILE writes the certificate"));
        }
        let view = View::default()
            .row("CA", name.to_string())
            .row("subject", new.subject.to_string())
            .row("serial", serial.to_string())
            .row("certificate", View::default().row("SHA-256", issued.sha256()))
            .maybe("key made", self.args.generate.map(|_| Value::Exact(new.key_uri.clone())))
            .maybe("written", out.as_ref().map(|path| path.display().to_string()))
            .maybe("attestation", told)
            .maybe("attestation written", attested)
            .row("next", next);
        Ok(Answer::new(view))
    }
}
