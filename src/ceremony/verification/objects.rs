//! What was signed in each step, derived from the script once more.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::super::derivation::{Derivation, DerivationError, Issuing};
use super::super::facts::Fact;
use super::super::facts::PUBLIC_KEY_SHA256;
use super::super::finding::Finding;
use super::super::foresight::{POSSESSION, mirrored};
use super::super::layout;
use super::super::log::{self, Log};
use super::super::manifest::Manifest;
use super::super::script::Script;
use super::super::step::{Step, Subject, Task};
use super::super::transcript::Transcript;
use crate::audit::{self, Event, Fingerprint, Kind, OcspSigned, OcspSigning, Record};
use crate::evidence::{self, Files};
use crate::policy::{BareKey, Profile, SubjectKey};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::csr::Csr;
use crate::x509::pem;
use crate::x509::signed::{Kind as _, Parts as SignedParts};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

/// Something that a step has had signed.
#[derive(Clone, Debug)]
pub struct Made {
    /// The number of the step.
    pub step: String,
    /// When it was on record.
    pub time: String,
    /// What the log calls it.
    pub object: audit::Object,
    /// SHA-256 over it.
    pub sha256: Fingerprint,
    /// It, where it is a certificate.
    pub certificate: Option<Certificate>,
    /// It, where it is a CRL.
    pub crl: Option<Crl>,
}

/// Everything that is needed.
pub(super) struct Parts<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) script: &'a Script,
    pub(super) manifest: &'a Manifest,
    pub(super) profiles: &'a BTreeMap<String, Profile>,
    pub(super) inputs: &'a BTreeMap<String, Vec<u8>>,
    pub(super) transcript: &'a Transcript,
    pub(super) log: &'a Log,
}

/// What the records say of a step.
#[derive(Debug, Default)]
pub(super) struct Told {
    begun: Option<(u64, String)>,
    done: Option<u64>,
    pub(super) record: u64,
    shown: BTreeSet<Fingerprint>,
    pub(super) files: Vec<(String, Fingerprint)>,
    /// What was found of an attempt before.
    pub(super) resumed: bool,
    /// SHA-256 over the public halves of the keys that were read back.
    pub(super) keys: BTreeSet<String>,
}

/// Holds everything that was signed against the script.
pub(super) fn verify(parts: &Parts<'_>, findings: &mut Vec<Finding>) -> Vec<Made> {
    let mut objects = Objects {
        parts,
        findings,
        derivation: Derivation::new(parts.script, parts.profiles),
        cas: BTreeMap::new(),
        requests: BTreeMap::new(),
        lone: BTreeMap::new(),
        responders: BTreeMap::new(),
        made: Vec::new(),
    };
    let (told, first, last) = objects.told();
    for name in parts.script.existing.keys() {
        objects.existing(name);
    }
    let mut covered: BTreeSet<u64> = BTreeSet::new();
    for (_, step) in parts.script.steps() {
        let Some(told) = told.get(&step.id) else { continue };
        let (Some((begun, begun_at)), Some(done)) = (&told.begun, told.done) else { continue };
        covered.extend(begun.saturating_add(1)..=done);
        objects.step(step, told, (*begun, done), begun_at);
    }
    objects.nothing_else((first, last), &covered);
    objects.made
}

pub(super) struct Objects<'a> {
    pub(super) parts: &'a Parts<'a>,
    findings: &'a mut Vec<Finding>,
    derivation: Derivation<'a>,
    pub(super) cas: BTreeMap<String, (Certificate, Vec<Certificate>)>,
    requests: BTreeMap<String, Csr>,
    /// The keys that were made alone, by token and label.
    pub(super) lone: BTreeMap<(String, String), PublicKey>,
    /// The certificates of responders.
    pub(super) responders: BTreeMap<String, Certificate>,
    pub(super) made: Vec<Made>,
}

/// The path of the log in a bundle.
pub(super) fn log_path() -> String {
    format!("{}{}", layout::LOG, evidence::layout::LOG)
}

impl Objects<'_> {
    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What the transcript says of each step, and where in the log the ceremony begins and ends.
    fn told(&mut self) -> (BTreeMap<String, Told>, u64, u64) {
        let mut all: BTreeMap<String, Told> = BTreeMap::new();
        let (mut first, mut last) = (0, 0);
        for record in self.parts.transcript.records() {
            if let Fact::Begun { log, .. } = &record.fact {
                first = log.entries;
            } else if let Fact::Ended { log } = &record.fact {
                last = log.entries;
            } else if let Fact::StepBegun { step, log, .. } = &record.fact {
                let told = all.entry(step.clone()).or_default();
                told.begun.get_or_insert((log.entries, record.time.clone()));
            } else if let Fact::StepDone { step, log, .. } = &record.fact {
                let told = all.entry(step.clone()).or_default();
                told.done = Some(log.entries);
                told.record = record.entry;
            } else if let Fact::Shown { step, sha256, .. } = &record.fact {
                all.entry(step.clone()).or_default().shown.extend(sha256.iter().copied());
            } else if let Fact::Wrote { step, file, sha256 } = &record.fact {
                // A file that an attempt before had written too stands for what was written last.
                let files = &mut all.entry(step.clone()).or_default().files;
                files.retain(|(known, _)| known != file);
                files.push((file.clone(), *sha256));
            } else if let Fact::Found { step, .. } = &record.fact {
                all.entry(step.clone()).or_default().resumed = true;
            } else if let Fact::Key { step, found, .. } = &record.fact {
                all.entry(step.clone()).or_default().keys.extend(found.get(PUBLIC_KEY_SHA256).cloned());
            }
        }
        (all, first, last)
    }

    /// A CA that was there before: its certificate is in the export, and named in the plan.
    fn existing(&mut self, name: &str) {
        let path = format!("{}{}", layout::LOG, evidence::layout::path_of(name));
        let wanted =
            self.parts.manifest.cas.iter().find(|named| named.name == name).map(|named| named.sha256);
        let read = log::read(self.parts.files, &path).ok().and_then(|octets| {
            let ders = pem::all(&octets, &[Certificate::PEM_LABEL]).ok()?;
            ders.iter().map(|der| Certificate::from_der(der).ok()).collect::<Option<Vec<_>>>()
        });
        let all = read.unwrap_or_default();
        let own = all.iter().find(|one| Some(Fingerprint(one.sha256())) == wanted).cloned();
        let Some(own) = own else {
            return self.find(Finding::file(
                path,
                format!("has no certificate of CA {name:?} as the plan names it"),
            ));
        };
        let mut above: Vec<Certificate> = Vec::new();
        let mut next = &own;
        while !next.is_self_issued() && above.len() < 16 {
            let issuer = all.iter().find(|one| {
                one.subject() == next.issuer()
                    && one.public_key().is_ok_and(|key| next.verify_signed_by(&key).is_ok())
            });
            let Some(issuer) = issuer else { break };
            above.push(issuer.clone());
            next = issuer;
        }
        self.cas.insert(name.to_owned(), (own, above));
    }

    fn step(&mut self, step: &Step, told: &Told, (begun, done): (u64, u64), begun_at: &str) {
        let wanted = step.task.signs();
        let log = self.parts.log;
        let signed: Vec<&Record> =
            log.between(begun, done).filter(|record| matches!(record.event, Event::Signed { .. })).collect();
        let wanted_count = usize::from(wanted.is_some());
        if signed.len() != wanted_count {
            let what =
                format!("step {} has had {} objects signed, wanted {wanted_count}", step.id, signed.len());
            self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
        }
        for record in signed {
            let Event::Signed { object, sha256 } = &record.event else { continue };
            if wanted != Some((object.kind, object.ca.as_str())) {
                let what = format!("{object} was signed in step {}, which is not about it", step.id);
                self.find(Finding::record(log_path(), record.entry, what));
                continue;
            }
            let path = format!("{}{}", layout::LOG, evidence::layout::signed(object));
            if let Err(what) = self.object(step, told, (object, *sha256), (&record.time, begun_at), &path) {
                self.find(Finding::file(path, what));
            }
        }
        self.keys_and_responses(step, told, (begun, done));
        if let Task::DestroyKey { ca } = &step.task {
            let destroyed = log.between(begun, done).any(|record| {
                matches!(&record.event, Event::KeyDestroyed(key) if key.problem.is_none() && key.cas.contains(ca))
            });
            if !destroyed {
                let what = format!("step {} has destroyed no key of CA {ca}", step.id);
                self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
            }
        }
        if let Task::Revoke { ca, certificate, reason } = &step.task {
            let octets = self.parts.inputs.get(certificate);
            let wanted =
                octets.and_then(|octets| Certificate::read(octets).ok()).map(|one| one.serial().to_string());
            let why = reason.map(|reason| reason.to_string());
            let revoked = log.between(begun, done).any(|record| {
                matches!(&record.event, Event::Revoked { ca: of, serial, reason, .. }
                    if of == ca && Some(serial) == wanted.as_ref() && *reason == why)
            });
            if !revoked {
                let what = format!("step {} has not revoked {certificate} as it says", step.id);
                self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
            }
        }
    }

    /// One object: it is the one of the log, follows from the script, was shown, and is what was written.
    fn object(
        &mut self,
        step: &Step,
        told: &Told,
        (object, sha256): (&audit::Object, Fingerprint),
        (time, begun_at): (&str, &str),
        path: &str,
    ) -> Result<(), String> {
        let label = match object.kind {
            Kind::Certificate => Certificate::PEM_LABEL,
            Kind::Crl => Crl::PEM_LABEL,
            Kind::Request => Csr::PEM_LABEL,
        };
        let unreadable = |error: io::Error| format!("cannot be read: {error}");
        let octets = log::read(self.parts.files, path).map_err(unreadable)?;
        let der = pem::one(&octets, &[label]).map_err(|error| error.to_string())?;
        if Fingerprint::of(&der) != sha256 {
            return Err("is not the object that the log says was signed".to_owned());
        }
        let tbs = SignedParts::from_der(&der).map_err(|error| error.to_string())?.tbs.to_vec();
        if !told.shown.contains(&Fingerprint::of(&tbs)) {
            return Err(format!("was signed in step {}, and not shown to anybody", step.id));
        }
        let mut made = Made {
            step: step.id.clone(),
            time: time.to_owned(),
            object: object.clone(),
            sha256,
            certificate: None,
            crl: None,
        };
        let times = (begun_at, time);
        match object.kind {
            Kind::Certificate => {
                let certificate = Certificate::from_der(&der).map_err(|error| error.to_string())?;
                self.certificate(step, told, &certificate, times)?;
                made.certificate = Some(certificate);
            }
            Kind::Crl => {
                let crl = Crl::from_der(&der).map_err(|error| error.to_string())?;
                self.crl(step, &crl, &tbs, times)?;
                made.crl = Some(crl);
            }
            Kind::Request => self.request(step, told, &der, &tbs)?,
        }
        for (file, _) in &told.files {
            let octets = log::read(self.parts.files, file).map_err(unreadable)?;
            let written = pem::one(&octets, &[label]).unwrap_or_else(|_| octets.clone());
            if written != der {
                return Err(format!("is not what step {} has written into {file}", step.id));
            }
        }
        self.made.push(made);
        Ok(())
    }

    fn issuing(&self, name: &str) -> Result<Issuing, String> {
        let (certificate, above) =
            self.cas.get(name).ok_or_else(|| format!("CA {name:?} has no certificate at this step"))?;
        self.derivation.issuing(name, certificate, above).map_err(in_words)
    }

    fn certificate(
        &mut self,
        step: &Step,
        told: &Told,
        found: &Certificate,
        times: (&str, &str),
    ) -> Result<(), String> {
        let key = found.public_key().map_err(|error| error.to_string())?;
        let (issuing, fixed) = if let Task::Issue { ca, not_before, .. }
        | Task::IssueResponder { ca, not_before, .. }
        | Task::CrossCertify { ca, not_before, .. } = &step.task
        {
            (Some(self.issuing(ca)?), not_before.is_some())
        } else if let Task::CreateRoot { not_before, .. } = &step.task {
            (None, not_before.is_some())
        } else {
            return Err("the step makes no certificate".to_owned());
        };
        let now = if fixed { time_of(times.0)? } else { found.not_before() };
        if !fixed {
            within(now, times)?;
        }
        let (proven, precedent, bare);
        let subject_key = if let Task::Issue { subject, .. } = &step.task {
            let csr = match subject {
                Subject::Ca(name) => self.requests.get(name).cloned(),
                Subject::File(path) => self.parts.inputs.get(path).and_then(|octets| Csr::parse(octets).ok()),
            };
            let csr = csr.ok_or("there is no request for it")?;
            proven = csr.prove_twice().map_err(|error| error.to_string())?;
            SubjectKey::Request(&proven)
        } else if let Task::CrossCertify { other, .. } = &step.task {
            let octets = match other {
                Subject::Ca(name) => self.cas.get(name).map(|(certificate, _)| certificate.as_der().to_vec()),
                Subject::File(path) => self.parts.inputs.get(path).cloned(),
            };
            precedent = mirrored(&octets.ok_or("there is no certificate of the other CA")?)?;
            SubjectKey::Certificate(&precedent)
        } else if let Task::IssueResponder { responder, .. } = &step.task {
            let made = self.lone.get(&(responder.token.clone(), responder.key.clone())).cloned();
            let made = made.ok_or("there is no key for it")?;
            bare = BareKey::new(made, POSSESSION).map_err(|error| error.to_string())?;
            SubjectKey::Bare(&bare)
        } else {
            let algorithm = found.signature_algorithm().map_err(|error| error.to_string())?;
            SubjectKey::Own(&key, algorithm)
        };
        let derived = self.derivation.certificate(&step.task, issuing.as_ref(), (subject_key, None), now);
        let tbs = derived
            .map_err(in_words)?
            .to_be_signed(found.serial().clone())
            .map_err(|error| error.to_string())?;
        if tbs.as_der() != found.tbs_der() {
            return Err(format!("does not follow from step {} of the script", step.id));
        }
        let signer = issuing.as_ref().map_or(&key, |issuing| issuing.authority.public_key());
        found.verify_signed_by(signer).map_err(|error| error.to_string())?;
        if let Task::CreateRoot { ca, .. } = &step.task {
            self.of_token(ca, told, &key)?;
            self.cas.insert(ca.name.clone(), (found.clone(), Vec::new()));
        } else if let Task::IssueResponder { responder, .. } = &step.task {
            self.responders.insert(responder.name.clone(), found.clone());
        } else if let Task::Issue { ca, subject: Subject::Ca(name), .. } = &step.task
            && let Some((issuer, above)) = self.cas.get(ca).cloned()
        {
            let path = std::iter::once(issuer).chain(above).collect();
            self.cas.insert(name.clone(), (found.clone(), path));
        }
        Ok(())
    }

    fn request(&mut self, step: &Step, told: &Told, der: &[u8], tbs: &[u8]) -> Result<(), String> {
        let Task::Request { ca } = &step.task else { return Err("the step makes no request".to_owned()) };
        let csr = Csr::from_der(der).map_err(|error| error.to_string())?;
        self.of_token(ca, told, csr.public_key())?;
        let fields = self.derivation.request(ca, csr.public_key()).map_err(in_words)?;
        let derived = fields.build().map_err(|error| error.to_string())?;
        if derived.as_der() != tbs {
            return Err(format!("does not follow from step {} of the script", step.id));
        }
        csr.clone().prove_twice().map_err(|error| error.to_string())?;
        self.requests.insert(ca.name.clone(), csr);
        Ok(())
    }

    fn crl(&self, step: &Step, found: &Crl, tbs: &[u8], times: (&str, &str)) -> Result<(), String> {
        let Task::IssueCrl { ca, next_update } = &step.task else {
            return Err("the step makes no CRL".to_owned());
        };
        let issuing = self.issuing(ca)?;
        let number = found.number().ok_or("it has no number")?;
        within(found.this_update(), times)?;
        let at = (found.this_update(), number);
        // Whether it names what is revoked is held against the log by the verification of the export.
        let derived = self.derivation.crl(&issuing, *next_update, at);
        let (fields, _) = derived.map_err(in_words)?;
        let derived = fields.build(found.revoked()).map_err(|error| error.to_string())?;
        if derived.to_der().map_err(|error| error.to_string())? != tbs {
            return Err(format!("does not follow from step {} of the script", step.id));
        }
        found.verify_signed_by(issuing.authority.public_key()).map_err(|error| error.to_string())
    }

    /// Nothing was signed or made between the steps.
    fn nothing_else(&mut self, (first, last): (u64, u64), covered: &BTreeSet<u64>) {
        let stray: Vec<(u64, String)> = self
            .parts
            .log
            .between(first, last)
            .filter(|record| !covered.contains(&record.entry))
            .filter_map(|record| {
                if let Event::Signed { object, .. } | Event::Signing { object, .. } = &record.event {
                    return Some((record.entry, format!("{object} was signed outside of every step")));
                }
                if let Event::OcspSigning(OcspSigning { group, .. })
                | Event::OcspSigned(OcspSigned { group, .. }) = &record.event
                {
                    return Some((record.entry, format!("{group} was signed outside of every step")));
                }
                let Event::KeyGenerated { key, .. } = &record.event else { return None };
                Some((record.entry, format!("the key {key} was made outside of every step")))
            })
            .collect();
        for (entry, what) in stray {
            self.find(Finding::record(log_path(), entry, what));
        }
    }
}

/// A time of a record.
fn time_of(text: &str) -> Result<Time, String> {
    text.parse().map_err(|error: crate::x509::time::TimeError| error.to_string())
}

/// Whether something begins to hold while its step was done.
fn within(found: Time, (begun, signed): (&str, &str)) -> Result<(), String> {
    if found < time_of(begun)? || found > time_of(signed)? {
        return Err(format!("begins at {found}, and its step was done from {begun} to {signed}"));
    }
    Ok(())
}

/// An error with everything that caused it.
fn in_words(error: DerivationError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
