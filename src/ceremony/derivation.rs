//! What a step has signed, derived from the script: before, with keys that stand in, to show and lint it; and
//! afterwards, with the keys and numbers that there were, to see that it is what was signed.

use std::collections::BTreeMap;

use super::script::Script;
use super::step::{NewCa, Task};
use crate::authority::crl::{self, CrlPlan};
use crate::authority::{Authority, Error, IssuerError};
use crate::config::NotOfThisKey;
use crate::policy::{
    self, Approved, IssuanceRequest, IssuerView, KeyRecord, Profile, Refusal, SubjectKey, request_fields,
};
use crate::store::{Ca, CaName, CaState};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::crl::CrlFields;
use crate::x509::csr::RequestFields;
use crate::x509::extension::CrlNumber;
use crate::x509::name::Name;
use crate::x509::spki::PublicKey;
use crate::x509::time::{Duration, Time, TimeError};

/// Everything from which the objects of a ceremony follow, but for keys, numbers and times.
#[derive(Clone, Copy, Debug)]
pub struct Derivation<'a> {
    script: &'a Script,
    profiles: &'a BTreeMap<String, Profile>,
}

/// A CA that signs.
#[derive(Clone, Debug)]
pub struct Issuing {
    /// The CA with its certificate.
    pub authority: Authority,
    /// What policy knows of it.
    pub view: IssuerView,
}

/// Why something does not follow from a script.
#[derive(Debug, thiserror::Error)]
pub enum DerivationError {
    /// A profile that is not there.
    #[error("no profile {0:?}")]
    NoProfile(String),
    /// A CA that has no certificate.
    #[error("CA {0:?} has no certificate")]
    NoCa(String),
    /// A name that no CA can have.
    #[error("{0:?} is no name of a CA")]
    Name(String),
    /// Policy refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Linting refuses it, or the CA cannot sign it.
    #[error(transparent)]
    Authority(#[from] Error),
    /// The configuration of the CA does not go with its key.
    #[error(transparent)]
    Signature(#[from] NotOfThisKey),
    /// A value that DER cannot hold.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A time after the year 9999.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// An object or a file that cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl From<IssuerError> for DerivationError {
    fn from(error: IssuerError) -> Self {
        Self::Authority(error.into())
    }
}

impl<'a> Derivation<'a> {
    /// From a script and the profiles that it names.
    #[must_use]
    pub const fn new(script: &'a Script, profiles: &'a BTreeMap<String, Profile>) -> Self {
        Self { script, profiles }
    }

    /// A profile by its name.
    ///
    /// # Errors
    /// [`DerivationError::NoProfile`].
    pub fn profile(&self, name: &str) -> Result<&'a Profile, DerivationError> {
        self.profiles.get(name).ok_or_else(|| DerivationError::NoProfile(name.to_owned()))
    }

    /// A CA as the one that signs.
    ///
    /// # Errors
    /// [`DerivationError`] when it cannot be one.
    pub fn issuing(
        &self,
        name: &str,
        certificate: &Certificate,
        above: &[Certificate],
    ) -> Result<Issuing, DerivationError> {
        let ca_name: CaName = name.parse().map_err(|_| DerivationError::Name(name.to_owned()))?;
        let public_key =
            certificate.public_key().map_err(|error| DerivationError::Unreadable(error.to_string()))?;
        let config = self.script.ca(name);
        let signature = config.signature(public_key.algorithm())?;
        let ca = Ca {
            name: ca_name,
            key_uri: String::new(),
            profile: String::new(),
            state: CaState::Active,
            subject: certificate.subject().clone(),
            public_key,
            certificate: Some(certificate.clone()),
            path: above.to_vec(),
            created_at: certificate.not_before(),
        };
        let view = IssuerView {
            name: name.to_owned(),
            certificate: certificate.clone(),
            above: above.to_vec(),
            revoked: Vec::new(),
            signature,
            places: config.places().clone(),
        };
        Ok(Issuing { authority: Authority::of(&ca, Some(signature))?, view })
    }

    /// What the certificate of a step is to say. `issuer` is none for a root; `subject` replaces that of the key where
    /// this has none.
    ///
    /// # Errors
    /// [`DerivationError::Refused`] with every violation; [`DerivationError`] when the step makes no certificate.
    pub fn certificate(
        &self,
        task: &Task,
        issuer: Option<&Issuing>,
        (key, subject): (SubjectKey<'_>, Option<&Name>),
        now: Time,
    ) -> Result<Approved, DerivationError> {
        let (profile, subject, not_before, validity) = match task {
            Task::CreateRoot { ca, not_before, validity } => {
                (&ca.profile, Some(&ca.subject), *not_before, *validity)
            }
            Task::Issue { profile, not_before, validity, .. }
            | Task::CrossCertify { profile, not_before, validity, .. } => {
                (profile, subject, *not_before, *validity)
            }
            Task::IssueResponder { responder, profile, not_before, validity, .. } => {
                (profile, Some(&responder.subject), *not_before, *validity)
            }
            Task::CheckEnvironment
            | Task::CheckToken { .. }
            | Task::GenerateKey { .. }
            | Task::SignOcsp { .. }
            | Task::Publish { .. }
            | Task::Verify
            | Task::Request { .. }
            | Task::Install { .. }
            | Task::Revoke { .. }
            | Task::IssueCrl { .. }
            | Task::Checkpoint { .. }
            | Task::DestroyKey { .. }
            | Task::Action { .. }
            | Task::Pause { .. } => {
                return Err(DerivationError::Unreadable(format!("{} makes no certificate", task.word())));
            }
        };
        let request = IssuanceRequest {
            profile: self.profile(profile)?,
            requester: "",
            key,
            subject: subject.cloned(),
            alt_names: None,
            not_before,
            validity,
            ca_keys: &[],
            on_record: KeyRecord::default(),
            overrides: &[],
        };
        Ok(policy::decide(&request, issuer.map(|issuer| &issuer.view), now)?)
    }

    /// What the request of a CA is to say.
    ///
    /// # Errors
    /// [`DerivationError::Refused`] with every violation.
    pub fn request(&self, ca: &NewCa, key: &PublicKey) -> Result<RequestFields, DerivationError> {
        let signature = self.script.ca(&ca.name).signature(key.algorithm())?;
        let profile = self.profile(&ca.profile)?;
        Ok(request_fields(profile, &ca.subject, key, signature, KeyRecord::default())?)
    }

    /// What a CRL is to say but for its entries, and for what it is made.
    ///
    /// # Errors
    /// [`DerivationError::Time`] when it would be good until after the year 9999.
    pub fn crl(
        &self,
        issuing: &Issuing,
        next_update: Option<Duration>,
        (this_update, number): (Time, CrlNumber),
    ) -> Result<(CrlFields, CrlPlan), DerivationError> {
        let end = match next_update {
            Some(length) => length.last_second_from(this_update)?,
            None => Time::NO_EXPIRATION,
        };
        let plan = CrlPlan::full(this_update, end);
        Ok((crl::fields(&issuing.authority, &plan, (number, None)), plan))
    }
}
