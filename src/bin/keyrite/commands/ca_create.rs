//! `ca create`.

use std::path::PathBuf;

use keyrite::authority::issue;
use keyrite::authority::key_record;
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemClock;
use keyrite::policy::{IssuanceRequest, Kind, Length, SubjectKey};
use keyrite::store::{CaName, NewCa};
use keyrite::x509::name::Name;
use keyrite::x509::time::Time;

use crate::attestation::AttestationArgs;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{self, View};
use crate::{approval, configuration, ledger, own, profiles, rescue, session, signing};

/// Create a root CA: its key on the token signs its own certificate
///
/// Everything is decided and linted before the token is asked for a signature, and shown for approval.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ca create root --key 'pkcs11:token=root-g1;object=root-2026' \\\n      --profile root --subject 'C=AT,O=Example,CN=Example Root G1' --validity 20y --out root.pem"
)]
pub(crate) struct Args {
    /// What the CA is called in this home
    #[arg(value_name = "NAME")]
    name: CaName,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: String,

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
    attestation: AttestationArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.key)?;
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
        let subject: Name = settings.subject(&self.subject)?;
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let mut store = ledger::write(context)?;
        own::name_is_free(&store, &self.name)?;

        let clock = SystemClock;
        let now = clock.now();
        let found = signing::find(context, &mut store, &uri, None)?;
        let attestation = found.attested(&mut store, demand.as_ref())?;
        let signature = settings.signature(&self.name, found.public_key.algorithm())?;
        let ca_keys = own::keys_but(&store, &self.name)?;
        let compromised_keys = store.compromised_keys()?;
        let requester = own::requester();
        let lists = settings.weak_key_lists()?;
        let on_record = key_record::of_keys(&store, &[&found.public_key], &lists)?.pop().unwrap_or_default();
        let request = IssuanceRequest {
            profile: &profile,
            requester: &requester,
            key: SubjectKey::Own(&found.public_key.clone(), signature),
            subject: Some(subject),
            alt_names: None,
            not_before: self.not_before,
            validity: self.validity,
            ca_keys: &ca_keys,
            compromised_keys: &compromised_keys,
            on_record,
            overrides: &[],
        };
        let approved = issue::decide_root(&mut store, self.name.as_str(), &request, now)?;
        let new = NewCa {
            name: self.name.clone(),
            key_uri: found.key.uri.to_string(),
            profile: self.profile.clone(),
            subject: approved.subject().clone(),
            public_key: found.public_key.clone(),
        };
        let mut hand = found.take()?;
        let draft = issue::draft(&mut store, approved, &request, None, &mut hand.random, now)?;
        let told = attestation.as_ref().map(view::attestation);
        let shown = approval::certificate(&draft, None).maybe("attestation", told.clone());
        approval::ask(context, "this root certificate", &shown)?;
        let issued = issue::issue_root(&mut store, &new, draft, &mut hand.signer, &clock)
            .map_err(|error| rescue::keep(error, &rescue::directory(self.out.as_deref())))?;
        let serial = issued.serial()?;
        if let Some(path) = &self.out {
            own::publish(
                path,
                issued.to_pem().as_bytes(),
                Access::Public,
                "certificate",
                &serial.to_string(),
            )?;
        }
        let attestation = demand.as_ref().zip(attestation.as_ref());
        let attested = attestation.map(|(demand, found)| demand.write(found)).transpose()?.flatten();
        let mut next = vec![format!("keyrite crl issue --ca {} makes its first CRL", self.name)];
        if self.out.is_none() {
            next.insert(0, format!("keyrite certificate export {serial} --out FILE writes the certificate"));
        }
        let view = View::default()
            .row("CA", self.name.to_string())
            .row("subject", new.subject.to_string())
            .row("serial", serial.to_string())
            .row("certificate", View::default().row("SHA-256", issued.sha256()))
            .maybe("written", self.out.map(|path| path.display().to_string()))
            .maybe("attestation", told)
            .maybe("attestation written", attested)
            .row("next", next);
        Ok(Answer::new(view))
    }
}
