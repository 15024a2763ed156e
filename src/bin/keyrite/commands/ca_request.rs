//! `ca request`.

use std::path::PathBuf;

use keyrite::authority::key_record;
use keyrite::authority::output::{self, Access};
use keyrite::authority::subordinate::{self, RequestDraft};
use keyrite::authority::system::SystemClock;
use keyrite::policy::request_fields;
use keyrite::store::{CaName, NewCa};

use crate::attestation::AttestationArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::view::{self, View};
use crate::{approval, configuration, ledger, own, profiles, rescue, session, signing};

/// Make the request for a CA below another one
///
/// The key on the token signs the request. The CA waits for the certificate that keyrite ca install brings in.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite ca request issuing --key 'pkcs11:token=issuing;object=issuing-2026' \\\n      --profile intermediate --subject 'C=AT,O=Example,CN=Example Issuing CA 1' --out issuing.csr"
)]
pub(crate) struct Args {
    /// What the CA is called in this home
    #[arg(value_name = "NAME")]
    name: CaName,

    /// The key, as an RFC 7512 URI
    #[arg(long, value_name = "URI")]
    key: String,

    /// The profile of the certificate that is asked for
    #[arg(long, value_name = "PROFILE", default_value = "intermediate")]
    profile: String,

    /// Its distinguished name, in the order of encoding; attributes of [defaults] in keyrite.toml are put before it
    #[arg(long, value_name = "DN")]
    subject: String,

    /// Write the request as PEM to a new file
    #[arg(long, value_name = "CSR")]
    out: PathBuf,

    #[command(flatten)]
    attestation: AttestationArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.key)?;
        let demand = self.attestation.demand(context)?;
        let settings = configuration::load(context)?;
        let profile = profiles::load(context, &self.profile)?;
        let subject = settings.subject(&self.subject)?;
        output::preview(&self.out)?;
        let mut store = ledger::write(context)?;
        own::name_is_free(&store, &self.name)?;

        let found = signing::find(context, &mut store, &uri, None)?;
        own::key_is_free(&store, &self.name, &found.public_key)?;
        let attestation = found.attested(&mut store, demand.as_ref())?;
        let signature = settings.signature(&self.name, found.public_key.algorithm())?;
        let lists = settings.weak_key_lists()?;
        let on_record = key_record::of_keys(&store, &[&found.public_key], &lists)?.pop().unwrap_or_default();
        let fields = request_fields(&profile, &subject, &found.public_key, signature, on_record)?;
        let new = NewCa {
            name: self.name.clone(),
            key_uri: found.key.uri.to_string(),
            profile: self.profile.clone(),
            subject: fields.subject.clone(),
            public_key: found.public_key.clone(),
        };
        let draft = RequestDraft::new(&profile, fields)?;
        let told = attestation.as_ref().map(view::attestation);
        let shown = approval::request(&draft).maybe("attestation", told.clone());
        approval::ask(context, "this request", &shown)?;
        let mut hand = found.take()?;
        let issued = subordinate::request(&mut store, &new, draft, &mut hand.signer, &SystemClock)
            .map_err(|error| rescue::keep(error, &rescue::directory(Some(&self.out))))?;
        own::publish(
            &self.out,
            issued.to_pem().as_bytes(),
            Access::Public,
            "certification request",
            &issued.object().number,
        )?;
        let attestation = demand.as_ref().zip(attestation.as_ref());
        let attested = attestation.map(|(demand, found)| demand.write(found)).transpose()?.flatten();
        let view = View::default()
            .row("CA", self.name.to_string())
            .row("subject", new.subject.to_string())
            .row("request", View::default().row("SHA-256", issued.sha256()))
            .row("written", self.out.display().to_string())
            .maybe("attestation", told)
            .maybe("attestation written", attested)
            .row(
                "next",
                format!(
                    "the CA above issues for it; keyrite ca install {} CERT brings the answer in",
                    self.name
                ),
            );
        Ok(Answer::new(view))
    }
}
