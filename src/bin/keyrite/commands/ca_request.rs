//! `ca request`.

use std::path::PathBuf;

use keyrite::authority::key_record;
use keyrite::authority::output::{self, Access};
use keyrite::authority::subordinate::{self, RequestDraft};
use keyrite::authority::system::SystemClock;
use keyrite::authority::weak_keys::WeakKeyList;
use keyrite::policy::{KeyRecord, Profile, request_fields};
use keyrite::store::{CaName, NewCa, Store};
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::attestation::Attestation;
use keyrite::x509::name::Name;

use super::key_generate::Generated;
use crate::attestation::{AttestationArgs, Demand};
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::signing::{self, Found};
use crate::view::{self, Value, View};
use crate::{approval, configuration, generation, ledger, own, preflight, profiles, rescue, session};

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

    /// Make the key as part of the command, of a kind as in keyrite key generate: the URI names its token and label
    #[arg(long, value_name = "ALG", value_parser = Generated, hide_possible_values = true)]
    generate: Option<KeyAlgorithm>,

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
        if self.generate.is_some() {
            generation::label(&uri)?;
        }
        let demand = self.attestation.demand(context)?;
        let settings = configuration::load(context)?;
        let profile = profiles::load(context, &self.profile)?;
        let subject = settings.subject(&self.subject)?;
        output::preview(&self.out)?;
        let mut store = ledger::write(context)?;
        own::name_is_free(&store, &self.name)?;

        let lists = settings.weak_key_lists()?;
        // Before the token is asked for anything, with a key that stands in for the one that is not known yet.
        if let Some((key, signature)) =
            preflight::stand_in_for(&settings, &self.name, &profile, self.generate)?
        {
            RequestDraft::new(
                &profile,
                request_fields(&profile, &subject, &key, signature, KeyRecord::default())?,
            )?;
        }
        let (found, attestation) =
            signing::made_or_found(context, &mut store, &uri, self.generate, demand.as_ref())?;
        let key = found.key.uri.to_string();
        let plan =
            Plan { args: &self, context, profile: &profile, subject: &subject, weak_key_lists: &lists };
        let made = settings
            .signature(&self.name, found.public_key.algorithm())
            .and_then(|signature| plan.request(&mut store, found, signature, demand.as_ref(), attestation));
        made.map_err(|failure| {
            let requested = matches!(store.request(&self.name), Ok(Some(_)));
            if self.generate.is_some() && !requested { generation::left(failure, &key) } else { failure }
        })
    }
}

/// What the request is made of, but for the key.
struct Plan<'a> {
    args: &'a Args,
    context: &'a Context,
    profile: &'a Profile,
    subject: &'a Name,
    weak_key_lists: &'a [WeakKeyList],
}

impl Plan<'_> {
    /// Has the key sign the request, once somebody has approved that.
    fn request(
        &self,
        store: &mut Store,
        found: Found,
        signature: SignatureAlgorithm,
        demand: Option<&Demand>,
        attestation: Option<Attestation>,
    ) -> Result<Answer, Failure> {
        let args = self.args;
        own::key_is_free(store, &args.name, &found.public_key)?;
        let keys = [&found.public_key];
        let on_record = key_record::of_keys(store, &keys, self.weak_key_lists)?.pop().unwrap_or_default();
        let fields = request_fields(self.profile, self.subject, &found.public_key, signature, on_record)?;
        let new = NewCa {
            name: args.name.clone(),
            key_uri: found.key.uri.to_string(),
            profile: args.profile.clone(),
            subject: fields.subject.clone(),
            public_key: found.public_key.clone(),
        };
        let draft = RequestDraft::new(self.profile, fields)?;
        let told = attestation.as_ref().map(view::attestation);
        let shown = approval::request(&draft, profiles::change(store, self.profile)?)
            .maybe("attestation", told.clone());
        approval::ask(self.context, "this request", &shown, &[draft.linted().tbs().sha256()])?;
        let mut hand = found.take(store)?;
        let issued = subordinate::request(store, &new, draft, &mut hand.signer, &SystemClock)
            .map_err(|error| rescue::keep(error, &rescue::directory(Some(&args.out))))?;
        own::publish(
            &args.out,
            issued.to_pem().as_bytes(),
            Access::Public,
            "certification request",
            &issued.object().number,
        )?;
        let attestation = demand.zip(attestation.as_ref());
        let attested = attestation.map(|(demand, found)| demand.write(found)).transpose()?.flatten();
        let view = View::default()
            .row("CA", args.name.to_string())
            .row("subject", new.subject.to_string())
            .row("request", View::default().row("SHA-256", issued.sha256()))
            .maybe("key made", args.generate.map(|_| Value::Exact(new.key_uri.clone())))
            .row("written", args.out.display().to_string())
            .maybe("attestation", told)
            .maybe("attestation written", attested)
            .row(
                "next",
                format!(
                    "the CA above issues for it; keyrite ca install {} CERT brings the answer in",
                    args.name
                ),
            );
        Ok(Answer::new(view))
    }
}
