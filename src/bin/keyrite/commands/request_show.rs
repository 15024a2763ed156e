//! `request show`.

use std::path::PathBuf;

use keyrite::authority::key_record;
use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, Error, issue};
use keyrite::policy::{self, Comparison, IssuanceRequest, KeyRecord, Length, Profile, Refusal, SubjectKey};
use keyrite::store::CaName;
use keyrite::x509::csr::ProvenCsr;
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::intake;
use crate::issuance::Foreseen;
use crate::overrides::OverrideArgs;
use crate::render::Answer;
use crate::view::{self, View};
use crate::{configuration, ledger, own, profiles};

/// Show what a certification request asks for, and whether its key is proven
///
/// Nothing that stands in a request is believed, and nothing of it reaches the terminal unescaped. The request is
/// proven if its own signature verifies: whoever made it held the private key. With --profile, what it asks for stands
/// beside what it would get, field by field, with every reason against it. The exit code is 1 if it is not proven or
/// would be refused. Nothing is recorded.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite request show www.csr\n  keyrite request show www.csr --profile tls-server --ca issuing"
)]
pub(crate) struct Args {
    /// The request in PEM or DER; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Judge it by this profile
    #[arg(long, value_name = "P")]
    profile: Option<String>,

    /// Judge it under this CA; without it, by the profile alone
    #[arg(long, value_name = "NAME", requires = "profile")]
    ca: Option<CaName>,

    /// The subject, instead of the request's; '' is the empty one
    #[arg(long, value_name = "DN", value_parser = super::issue::subject, requires = "profile")]
    subject: Option<Name>,

    /// An alternative name, instead of all of the request's; may be given several times
    #[arg(long, value_name = "TYPE:VALUE", requires = "profile")]
    san: Vec<GeneralName>,

    /// The first second in which it is valid; without it, now
    #[arg(long, value_name = "T", requires = "profile")]
    not_before: Option<Time>,

    /// How long it is valid; without it, as the profile says
    #[arg(long, value_name = "D", requires = "profile")]
    validity: Option<Length>,

    #[command(flatten)]
    overrides: OverrideArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let overrides = self.overrides.read()?;
        let csr = intake::csr(&self.file)?;
        let view = view::request(&csr);
        let proof = csr.prove();
        let possession = match &proof {
            Ok(_) => "proven: the request is signed by its own key".to_owned(),
            Err(error) => format!("NOT PROVEN: {error}"),
        };
        let view = view.row("proven", proof.is_ok()).row("possession", possession);
        match (&self.profile, proof) {
            (None, Ok(_)) => Ok(Answer::new(view)),
            (_, Err(_)) => Ok(Answer::new(view).exit(Exit::Refused)),
            (Some(profile), Ok(proven)) => {
                let profile = profiles::load(context, profile)?;
                let (judged_by, judgement) = self.judge(context, &profile, &proven, &overrides)?;
                let hash = format!("{} (SHA-256 {})", profile.name(), hex::encode(profile.sha256()));
                let view = view.row("profile", hash).row("judged by", judged_by);
                Ok(shown(view, judgement))
            }
        }
    }

    /// What would become of it, and by what that was judged.
    fn judge(
        &self,
        context: &Context,
        profile: &Profile,
        proven: &ProvenCsr,
        overrides: &[policy::Override],
    ) -> Result<(String, Result<Comparison, Refusal>), Failure> {
        let request = |ca_keys, on_record| IssuanceRequest {
            profile,
            requester: "",
            key: SubjectKey::Request(proven),
            subject: self.subject.clone(),
            alt_names: (!self.san.is_empty()).then(|| self.san.clone()),
            not_before: self.not_before,
            validity: self.validity,
            ca_keys,
            on_record,
            overrides,
        };
        let now = SystemClock.now();
        let Some(name) = &self.ca else {
            let words = "the profile alone: nothing of the CA that issues, nor of other keys, was looked at";
            return Ok((words.to_owned(), policy::foresee(&request(&[], KeyRecord::default()), now)));
        };
        let settings = configuration::load(context)?;
        let store = ledger::read(context)?;
        let ca = store.ca(name)?;
        let signature = settings.signature(name, ca.public_key.algorithm())?;
        let authority = Authority::of(&ca, Some(signature)).map_err(Error::from)?;
        let issuer = issue::view(&store, &authority, settings.ca(name).places())?;
        let ca_keys: Vec<PublicKey> = own::keys(&store, profile)?;
        let keys = [proven.csr().public_key()];
        let lists = settings.weak_key_lists()?;
        let on_record = key_record::of_keys(&store, &keys, &lists)?.pop().unwrap_or_default();
        let request = request(&ca_keys, on_record);
        let decided = policy::decide(&request, Some(&issuer), now);
        let judgement = decided.map(|approved| approved.comparison(&request));
        Ok((format!("the profile and CA \"{name}\"; linting comes with keyrite issue --dry-run"), judgement))
    }
}

fn shown(view: View, judgement: Result<Comparison, Refusal>) -> Answer {
    match judgement {
        Ok(comparison) => {
            Answer::new(view.row("comparison", view::Comparison::of(&comparison)).row("acceptable", true))
        }
        Err(refusal) => {
            let comparison = view::Comparison::of(refusal.comparison());
            let view = view.row("comparison", comparison).row("acceptable", false);
            Answer::new(Foreseen { view, failure: refusal.into() }).exit(Exit::Refused)
        }
    }
}
