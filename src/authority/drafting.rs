//! Drafting: from what was decided to octets that are fixed and linted.

use super::error::Error;
use super::expectation::{exclusions, expected_of};
use super::issuer::Authority;
use super::source;
use crate::audit::{self, Conditions, Event, Fingerprint, LinterRun, Source, Waiver};
use crate::lint::{self, CertificateContext, Linted, Report};
use crate::policy::{Approved, Override, Profile, SubjectKey};
use crate::store::{CertificateIntent, ProfileText, Store};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// A certificate whose octets are fixed and linted: what a person is shown, and what will be signed.
#[derive(Debug)]
pub struct Draft {
    approved: Approved,
    linted: Linted<Certificate>,
    serial: SerialNumber,
    request_sha256: Option<[u8; 32]>,
    source: Source,
    profile: ProfileText,
    linters: Vec<LinterRun>,
}

impl Draft {
    /// What was decided.
    #[must_use]
    pub fn approved(&self) -> &Approved {
        &self.approved
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// SHA-256 over the request, where it is made from one.
    #[must_use]
    pub fn request_sha256(&self) -> Option<[u8; 32]> {
        self.request_sha256
    }

    /// From what it is made.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The octets that will be signed, with what linting noticed.
    #[must_use]
    pub fn linted(&self) -> &Linted<Certificate> {
        &self.linted
    }

    /// The same with what linters outside said of it: none of them refused it.
    #[must_use]
    pub fn passed_by(self, linters: Vec<LinterRun>) -> Self {
        Self { linters, ..self }
    }

    /// What linters outside said of it.
    #[must_use]
    pub fn linters(&self) -> &[LinterRun] {
        &self.linters
    }

    /// The profile in the form that goes on record.
    #[must_use]
    pub fn profile(&self) -> &ProfileText {
        &self.profile
    }

    pub(super) fn into_intent(self) -> CertificateIntent {
        CertificateIntent {
            requester: Some(self.approved.requester().to_owned()),
            request_sha256: self.request_sha256,
            source: self.source,
            conditions: Conditions {
                overrides: self.approved.overridden().iter().map(|one| waiver(&one.word)).collect(),
                exclusions: excluded(self.linted.report()),
                linters: self.linters,
            },
            profile: self.profile,
            linted: self.linted,
        }
    }
}

/// What all drafts by one profile under one CA have in common, put together once.
#[derive(Clone, Debug)]
pub struct Drafting<'a> {
    profile: &'a Profile,
    ca: String,
    text: ProfileText,
    context: CertificateContext,
}

impl<'a> Drafting<'a> {
    /// Of a root, which signs itself, there is no `authority`. `now` is the time of signing.
    ///
    /// # Errors
    /// [`Error::Issuer`] or [`Error::Exclusion`] when CA or profile cannot be taken apart.
    pub fn new(profile: &'a Profile, authority: Option<&Authority>, now: Time) -> Result<Self, Error> {
        Ok(Self {
            profile,
            ca: authority.map_or_else(String::new, |authority| authority.name().to_string()),
            text: profile_text(profile),
            context: CertificateContext {
                issuer: authority.map(Authority::facts).transpose()?,
                now: Some(now),
                expected: None,
                exclusions: exclusions(profile)?,
            },
        })
    }

    /// Fixes the octets and lints them against the standards, the issuer and the profile. This asks neither the ledger
    /// nor anything else of the world.
    ///
    /// # Errors
    /// [`Unfit`] when a finding is an error, or a value cannot be encoded.
    pub fn fix(
        &mut self,
        approved: Approved,
        key: SubjectKey<'_>,
        serial: SerialNumber,
    ) -> Result<Draft, Unfit> {
        let linted = self.lint(&approved, serial.clone())?;
        Ok(Draft {
            approved,
            linted,
            serial,
            request_sha256: key.request_sha256(),
            source: source::of(key),
            profile: self.text.clone(),
            linters: Vec::new(),
        })
    }

    /// The same draft with another serial number, fixed and linted anew. What linters outside said holds on.
    ///
    /// # Errors
    /// As [`fix`](Self::fix).
    pub fn renumber(&mut self, draft: Draft, serial: SerialNumber) -> Result<Draft, Unfit> {
        let linted = self.lint(&draft.approved, serial.clone())?;
        Ok(Draft { linted, serial, ..draft })
    }

    fn lint(&mut self, approved: &Approved, serial: SerialNumber) -> Result<Linted<Certificate>, Unfit> {
        let tbs = approved.to_be_signed(serial)?;
        self.context.expected = Some(expected_of(self.profile, approved));
        // Of octets that are refused only the hash goes on record.
        let tbs_sha256 = tbs.sha256();
        lint::certificate(tbs, &self.context).map_err(|report| {
            Unfit::Lint(Box::new(LintRefusal {
                ca: self.ca.clone(),
                profile: approved.profile().to_owned(),
                profile_sha256: approved.profile_sha256(),
                tbs_sha256,
                report,
            }))
        })
    }
}

/// Why there is no draft.
#[derive(Debug)]
pub enum Unfit {
    /// A value that DER cannot hold.
    Build(BuildError),
    /// A finding of linting is an error.
    Lint(Box<LintRefusal>),
}

/// What linting refused.
#[derive(Debug)]
pub struct LintRefusal {
    ca: String,
    profile: String,
    profile_sha256: [u8; 32],
    tbs_sha256: [u8; 32],
    report: Report,
}

impl From<BuildError> for Unfit {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl Unfit {
    /// The same as an error, where nothing was to be signed and nothing is recorded.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::Build(error) => error.into(),
            Self::Lint(refusal) => Error::Lint(refusal.report),
        }
    }

    /// Puts what linting refused into the audit log.
    ///
    /// # Errors
    /// [`Error::Store`] when it could not be recorded.
    pub fn recorded(self, store: &mut Store, now: Time) -> Result<Error, Error> {
        let refusal = match self {
            Self::Build(error) => return Ok(error.into()),
            Self::Lint(refusal) => *refusal,
        };
        let event = Event::LintRefused {
            kind: audit::Kind::Certificate,
            ca: refusal.ca,
            profile: Some(refusal.profile),
            profile_sha256: Some(Fingerprint(refusal.profile_sha256)),
            tbs_sha256: Fingerprint(refusal.tbs_sha256),
            findings: refusal.report.ids().into_iter().map(str::to_owned).collect(),
        };
        store.append(event, now)?;
        Ok(Error::Lint(refusal.report))
    }
}

/// A profile in the form that goes on record.
pub(super) fn profile_text(profile: &Profile) -> ProfileText {
    ProfileText { name: profile.name().to_owned(), sha256: profile.sha256(), rows: profile.canonical_rows() }
}

/// The exclusions that kept something back, each once.
fn excluded(report: &Report) -> Vec<Waiver> {
    let mut waivers: Vec<Waiver> = Vec::new();
    for one in report.excluded.iter().map(|one| &one.exclusion) {
        let waiver =
            Waiver { rule: one.id().to_owned(), reason: one.reason().to_owned(), by: one.by().to_owned() };
        if !waivers.contains(&waiver) {
            waivers.push(waiver);
        }
    }
    waivers
}

pub(super) fn waiver(word: &Override) -> Waiver {
    Waiver { rule: word.rule().to_string(), reason: word.reason().to_owned(), by: word.by().to_owned() }
}
