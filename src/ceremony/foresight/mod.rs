//! Foresight: a script gone through before anything is done, with keys that stand in for those that will be made.
//!
//! Whatever policy, nesting and lints would refuse is refused here, before anybody is asked for a PIN and before there
//! is a key. All that is wrong is told, not only the first of it.

mod responder;

use std::collections::BTreeMap;

pub use responder::POSSESSION;

use super::derivation::{Derivation, DerivationError, Issuing};
use super::script::Script;
use super::step::{NewCa, Step, Subject, Task};
use crate::authority::issue::{Draft, Drafting};
use crate::authority::subordinate::RequestDraft;
use crate::authority::{crl, stand_in_of};
use crate::lint::{self, CrlLintError};
use crate::policy::{Precedent, Profile, Purpose, SubjectKey};
use crate::store::Ca;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::crl::{CrlFields, RevokedCertificate};
use crate::x509::csr::Csr;
use crate::x509::extension::CrlNumber;
use crate::x509::name::Name;
use crate::x509::serial::{SERIAL_OCTETS, SerialNumber};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;
use crate::x509::unsigned::foreseen_of;

/// What is known before a ceremony, beside its script.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The profiles that it names.
    pub profiles: &'a BTreeMap<String, Profile>,
    /// The files that go in, by their paths in the script.
    pub inputs: &'a BTreeMap<String, Vec<u8>>,
    /// The CAs of the home.
    pub cas: &'a [Ca],
    /// Of each of them, the number of its next CRL and what is revoked.
    pub crls: &'a BTreeMap<String, (CrlNumber, Vec<RevokedCertificate>)>,
    /// The time.
    pub now: Time,
}

/// What will come of a step.
#[derive(Debug)]
pub enum Foreseen {
    /// Nothing is signed.
    Nothing,
    /// A certificate, but for serial number and key.
    Certificate {
        /// The CA that signs; none for a root.
        issuer: Option<Box<Issuing>>,
        /// What will be signed.
        draft: Box<Draft>,
    },
    /// A certification request, but for the key.
    Request(Box<RequestDraft>),
    /// A CRL.
    Crl {
        /// The CA that signs.
        issuer: Box<Issuing>,
        /// What will be signed.
        fields: Box<CrlFields>,
        /// Its entries.
        revoked: Vec<RevokedCertificate>,
        /// Its number, unless another one is taken before.
        number: CrlNumber,
    },
    /// A key, and nothing made of it.
    Key(KeyAlgorithm),
    /// OCSP responses about every unexpired certificate of a CA.
    Responses {
        /// The CA.
        issuer: Box<Issuing>,
        /// The responder that signs; none for the CA itself.
        responder: Option<Name>,
        /// The last second in which they are good.
        next_update: Time,
    },
    /// A checkpoint of the audit log, by the key of a CA.
    Checkpoint,
    /// The end of a CA's key.
    Destruction,
    /// The revocation of a certificate.
    Revocation {
        /// Its serial number.
        serial: SerialNumber,
        /// Its subject.
        subject: Name,
    },
}

/// What will come of every step, or why it cannot be done.
#[derive(Debug)]
pub struct Foresight<'s> {
    /// The steps in their order.
    pub steps: Vec<(&'s Step, Foreseen)>,
    /// What is in the way, by the numbers of the steps; that of the script as a whole is empty.
    pub problems: Vec<(String, DerivationError)>,
}

/// A CA as far as it has come.
struct Standing {
    algorithm_key: PublicKey,
    subject: Name,
    certificate: Option<Certificate>,
    above: Vec<Certificate>,
}

/// Goes through a script.
#[must_use]
pub fn foresee<'s>(script: &'s Script, known: &Known<'_>) -> Foresight<'s> {
    let mut seer = Seer {
        script,
        known,
        derivation: Derivation::new(script, known.profiles),
        cas: BTreeMap::new(),
        crls: known.crls.clone(),
        lone: BTreeMap::new(),
        responders: BTreeMap::new(),
        keys: 0,
        serials: 0,
    };
    let mut foresight = Foresight { steps: Vec::new(), problems: Vec::new() };
    for existing in script.existing.values() {
        if let Err(error) = seer.existing(&existing.ca) {
            foresight.problems.push((String::new(), error));
        }
    }
    for (_, step) in script.steps() {
        match seer.step(&step.task) {
            Ok(foreseen) => foresight.steps.push((step, foreseen)),
            Err(error) => foresight.problems.push((step.id.clone(), error)),
        }
    }
    foresight
}

struct Seer<'a> {
    script: &'a Script,
    known: &'a Known<'a>,
    derivation: Derivation<'a>,
    cas: BTreeMap<String, Standing>,
    crls: BTreeMap<String, (CrlNumber, Vec<RevokedCertificate>)>,
    /// The keys that are made alone, by token and label.
    lone: BTreeMap<(String, String), PublicKey>,
    /// The certificates of responders.
    responders: BTreeMap<String, Certificate>,
    keys: usize,
    serials: u8,
}

impl Seer<'_> {
    /// A CA that is there: it must be the one that the script means.
    fn existing(&mut self, wanted: &NewCa) -> Result<(), DerivationError> {
        let name = &wanted.name;
        let found = self.known.cas.iter().find(|ca| ca.name.as_str() == name);
        let no = || DerivationError::Unreadable(format!("the home has no CA {name:?} with a certificate"));
        let ca = found.ok_or_else(no)?;
        let certificate = ca.certificate.clone().ok_or_else(no)?;
        if ca.subject != wanted.subject || ca.public_key.algorithm() != wanted.algorithm {
            let message = format!(
                "CA {name:?} of the home is {} with a key {}, and the script says {} with a key {}",
                ca.subject,
                ca.public_key.algorithm(),
                wanted.subject,
                wanted.algorithm
            );
            return Err(DerivationError::Unreadable(message));
        }
        let standing = Standing {
            algorithm_key: ca.public_key.clone(),
            subject: ca.subject.clone(),
            certificate: Some(certificate),
            above: ca.path.clone(),
        };
        self.cas.insert(name.clone(), standing);
        Ok(())
    }

    fn step(&mut self, task: &Task) -> Result<Foreseen, DerivationError> {
        match task {
            Task::CreateRoot { ca, .. } => self.root(task, ca),
            Task::Request { ca } => self.request(ca),
            Task::Issue { ca, subject, profile, .. } => self.issue(task, ca, subject, profile),
            Task::CrossCertify { ca, other, profile, .. } => self.cross(task, ca, other, profile),
            Task::DestroyKey { ca } => self.issuing(ca).map(|_| Foreseen::Destruction),
            Task::Revoke { ca, certificate, reason } => {
                let revoked = self.revoke(ca, certificate)?;
                let (serial, subject) = (revoked.serial().clone(), revoked.subject().clone());
                let entry = RevokedCertificate {
                    serial: serial.clone(),
                    revocation_date: self.known.now,
                    reason: *reason,
                    invalidity_date: None,
                    removed: false,
                };
                self.list(ca).1.push(entry);
                Ok(Foreseen::Revocation { serial, subject })
            }
            Task::IssueCrl { ca, next_update } => {
                let issuing = self.issuing(ca)?;
                let (number, revoked) = self.list(ca).clone();
                let at = (self.known.now, number);
                let (fields, mut plan) = self.derivation.crl(&issuing, *next_update, at)?;
                if let Some(profile) = self.script.keys().find(|one| one.name == *ca).map(|one| &one.profile)
                {
                    plan.standards = self
                        .known
                        .profiles
                        .get(profile)
                        .map_or_else(Vec::new, |profile| profile.standards().to_vec());
                }
                let context = crl::context(&issuing.authority, &plan, None, Vec::new())?;
                lint::crl(fields.build(&revoked)?, &context).map_err(|error| match error {
                    CrlLintError::Report { report, .. } => crate::authority::Error::Lint(report).into(),
                    CrlLintError::Read(error) => DerivationError::Unreadable(error.to_string()),
                })?;
                if let Some(next) = number.next() {
                    self.list(ca).0 = next;
                }
                Ok(Foreseen::Crl { issuer: Box::new(issuing), fields: Box::new(fields), revoked, number })
            }
            Task::Checkpoint { ca } => self.issuing(ca).map(|_| Foreseen::Checkpoint),
            Task::GenerateKey { key } => {
                let stand_in = self.stand_in(key.algorithm)?;
                self.lone.insert((key.token.clone(), key.label.clone()), stand_in);
                Ok(Foreseen::Key(key.algorithm))
            }
            Task::IssueResponder { ca, responder, profile, .. } => {
                self.responder(task, ca, responder, profile)
            }
            Task::SignOcsp { ca, responder, next_update } => {
                self.responses(ca, responder.as_deref(), *next_update)
            }
            Task::Install { .. }
            | Task::Publish { .. }
            | Task::Verify
            | Task::CheckEnvironment
            | Task::CheckToken { .. }
            | Task::Action { .. }
            | Task::Pause { .. } => Ok(Foreseen::Nothing),
        }
    }

    fn list(&mut self, ca: &str) -> &mut (CrlNumber, Vec<RevokedCertificate>) {
        self.crls.entry(ca.to_owned()).or_insert((CrlNumber(1), Vec::new()))
    }

    /// A key that stands in for one that will be made.
    fn key(&mut self, ca: &NewCa) -> Result<PublicKey, DerivationError> {
        match self.lone.get(&(ca.token.clone(), ca.key.clone())) {
            Some(made) => Ok(made.clone()),
            None => self.stand_in(ca.algorithm),
        }
    }

    fn stand_in(&mut self, algorithm: KeyAlgorithm) -> Result<PublicKey, DerivationError> {
        let which = self.keys;
        self.keys = which.saturating_add(1);
        let unreadable = |error: String| DerivationError::Unreadable(error);
        let key = stand_in_of(algorithm, which).map_err(|error| unreadable(error.to_string()))?;
        key.ok_or_else(|| unreadable(format!("keys {algorithm} are not generated")))
    }

    /// A serial number that stands in for the one that will be drawn.
    fn serial(&mut self) -> SerialNumber {
        self.serials = self.serials.wrapping_add(1);
        let mut octets = [0x5a; SERIAL_OCTETS];
        if let Some(last) = octets.last_mut() {
            *last = self.serials;
        }
        SerialNumber::from_random(octets)
    }

    fn root(&mut self, task: &Task, ca: &NewCa) -> Result<Foreseen, DerivationError> {
        self.free(ca)?;
        let key = self.key(ca)?;
        let signature = self.script.ca(&ca.name).signature(ca.algorithm)?;
        let own = SubjectKey::Own(&key, signature);
        let approved = self.derivation.certificate(task, None, (own, None), self.known.now)?;
        let profile = self.derivation.profile(&ca.profile)?;
        let draft = self.draft(profile, None, approved, own)?;
        self.stands(ca, &key, Some(&draft), Vec::new())?;
        Ok(Foreseen::Certificate { issuer: None, draft: Box::new(draft) })
    }

    fn request(&mut self, ca: &NewCa) -> Result<Foreseen, DerivationError> {
        self.free(ca)?;
        let key = self.key(ca)?;
        let fields = self.derivation.request(ca, &key)?;
        let draft = RequestDraft::new(self.derivation.profile(&ca.profile)?, fields)?;
        self.stands(ca, &key, None, Vec::new())?;
        Ok(Foreseen::Request(Box::new(draft)))
    }

    fn issue(
        &mut self,
        task: &Task,
        ca: &str,
        subject: &Subject,
        profile: &str,
    ) -> Result<Foreseen, DerivationError> {
        let issuing = self.issuing(ca)?;
        let now = self.known.now;
        let profile = self.derivation.profile(profile)?;
        let draft = match subject {
            Subject::Ca(name) => {
                let standing = self.cas.get(name).ok_or_else(|| DerivationError::NoCa(name.clone()))?;
                let (key, subject) = (standing.algorithm_key.clone(), standing.subject.clone());
                let signature = key.algorithm().signature_algorithm();
                let own = SubjectKey::Own(&key, signature);
                let with = (own, Some(&subject));
                let approved = self.derivation.certificate(task, Some(&issuing), with, now)?;
                self.draft(profile, Some(&issuing), approved, own)?
            }
            Subject::File(path) => {
                let octets = self.input(path)?;
                let named = |error: String| DerivationError::Unreadable(format!("{path}: {error}"));
                let csr = Csr::parse(octets).map_err(|error| named(error.to_string()))?;
                let proven = csr.prove_twice().map_err(|error| named(error.to_string()))?;
                let key = SubjectKey::Request(&proven);
                let approved = self.derivation.certificate(task, Some(&issuing), (key, None), now)?;
                self.draft(profile, Some(&issuing), approved, key)?
            }
        };
        if let Subject::Ca(name) = subject {
            let mut above = vec![issuing.view.certificate.clone()];
            above.extend(issuing.view.above.iter().cloned());
            let certificate = foreseen(&draft)?;
            if let Some(standing) = self.cas.get_mut(name) {
                standing.certificate = Some(certificate);
                standing.above = above;
            }
        }
        Ok(Foreseen::Certificate { issuer: Some(Box::new(issuing)), draft: Box::new(draft) })
    }

    fn cross(
        &mut self,
        task: &Task,
        ca: &str,
        other: &Subject,
        profile: &str,
    ) -> Result<Foreseen, DerivationError> {
        let issuing = self.issuing(ca)?;
        let profile = self.derivation.profile(profile)?;
        let unreadable = |error: String| DerivationError::Unreadable(error);
        let precedent = match other {
            Subject::Ca(name) => {
                let standing = self.cas.get(name).and_then(|standing| standing.certificate.clone());
                let certificate = standing.ok_or_else(|| DerivationError::NoCa(name.clone()))?;
                Precedent::foreseen(certificate, Purpose::Cross)
                    .map_err(|error| unreadable(error.to_string()))?
            }
            Subject::File(path) => {
                mirrored(self.input(path)?).map_err(|why| unreadable(format!("{path}: {why}")))?
            }
        };
        let key = SubjectKey::Certificate(&precedent);
        let approved = self.derivation.certificate(task, Some(&issuing), (key, None), self.known.now)?;
        let draft = self.draft(profile, Some(&issuing), approved, key)?;
        Ok(Foreseen::Certificate { issuer: Some(Box::new(issuing)), draft: Box::new(draft) })
    }

    fn revoke(&self, ca: &str, path: &str) -> Result<Certificate, DerivationError> {
        let issuing = self.issuing(ca)?;
        let named = |error: String| DerivationError::Unreadable(format!("{path}: {error}"));
        let certificate = Certificate::read(self.input(path)?).map_err(|error| named(error.to_string()))?;
        certificate
            .verify_signed_by(issuing.authority.public_key())
            .map_err(|error| named(format!("not issued by CA {ca}: {error}")))?;
        Ok(certificate)
    }

    fn input(&self, path: &str) -> Result<&[u8], DerivationError> {
        let found = self.known.inputs.get(path);
        found.map(Vec::as_slice).ok_or_else(|| DerivationError::Unreadable(format!("no file {path:?}")))
    }

    fn issuing(&self, name: &str) -> Result<Issuing, DerivationError> {
        let no = || DerivationError::NoCa(name.to_owned());
        let standing = self.cas.get(name).ok_or_else(no)?;
        let certificate = standing.certificate.as_ref().ok_or_else(no)?;
        self.derivation.issuing(name, certificate, &standing.above)
    }

    /// Fixes and lints the octets.
    fn draft(
        &mut self,
        profile: &Profile,
        issuing: Option<&Issuing>,
        approved: crate::policy::Approved,
        key: SubjectKey<'_>,
    ) -> Result<Draft, DerivationError> {
        let serial = self.serial();
        let authority = issuing.map(|issuing| &issuing.authority);
        let mut drafting = Drafting::new(profile, authority, self.known.now)?;
        Ok(drafting.fix(approved, key, serial).map_err(crate::authority::issue::Unfit::into_error)?)
    }

    /// A CA that is to be made must not be there.
    fn free(&self, ca: &NewCa) -> Result<(), DerivationError> {
        if self.known.cas.iter().any(|known| known.name.as_str() == ca.name) {
            return Err(DerivationError::Unreadable(format!("the home has a CA {:?} already", ca.name)));
        }
        Ok(())
    }

    fn stands(
        &mut self,
        ca: &NewCa,
        key: &PublicKey,
        draft: Option<&Draft>,
        above: Vec<Certificate>,
    ) -> Result<(), DerivationError> {
        let certificate = draft.map(foreseen).transpose()?;
        let standing =
            Standing { algorithm_key: key.clone(), subject: ca.subject.clone(), certificate, above };
        self.cas.insert(ca.name.clone(), standing);
        Ok(())
    }
}

/// A self-signed certificate as the one that another CA mirrors.
pub(super) fn mirrored(octets: &[u8]) -> Result<Precedent, String> {
    let certificate = Certificate::read(octets).map_err(|error| error.to_string())?;
    let key = certificate.public_key().map_err(|error| error.to_string())?;
    Precedent::verified(certificate, &key, Purpose::Cross).map_err(|error| error.to_string())
}

/// A draft as the certificate that it will be, for what comes below it.
fn foreseen(draft: &Draft) -> Result<Certificate, DerivationError> {
    let unreadable = |error: String| DerivationError::Unreadable(error);
    let der = foreseen_of(draft.linted().tbs()).map_err(|error| unreadable(error.to_string()))?;
    Certificate::from_der(&der).map_err(|error| unreadable(error.to_string()))
}
