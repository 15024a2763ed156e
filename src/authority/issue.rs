//! Issuing certificates: from the decision over fixed octets to the record.
//!
//! An act has two halves with a person in between. [`draft`] draws the serial number, fixes the octets and
//! lints them: nothing is reserved yet, and what a person is shown is what will be signed. [`issue`] reserves,
//! has the token sign, verifies and records.

use super::complete::{complete, complete_one, steady};
use super::consistency::{self, Identity};
use super::error::Error;
use super::expectation::{exclusions, expected_of};
use super::issuer::{self, Authority, Issuer, IssuerError};
use super::{outside_linter, source};
use crate::audit::{self, Conditions, Event, Fingerprint, LinterRun, Objection, Source, Waiver};
use crate::lint::{self, CertificateContext, Linted};
use crate::policy::{
    self, Approved, IssuanceRequest, IssuerView, Override, Places, Profile, SubjectKey, Violation,
};
use crate::port::{Clock, RandomSource, Signer};
use crate::store::{CertificateIntent, Issued, NewCa, ProfileText, Store};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::extension::KeyUsage;
use crate::x509::pem;
use crate::x509::serial::{SERIAL_OCTETS, SerialNumber};
use crate::x509::signed::{Kind as _, Verification};
use crate::x509::time::Time;
use crate::x509::unsigned::UnsignedCertificate;

/// How many serial numbers are drawn before the random source is held to be broken.
const ATTEMPTS: u32 = 3;

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

    fn into_intent(self) -> CertificateIntent {
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

/// Decides by policy what may be issued. A refusal goes into the audit log.
///
/// # Errors
/// [`Error::Refused`] with every violation; [`Error::Store`] when a refusal could not be recorded.
pub fn decide(
    store: &mut Store,
    request: &IssuanceRequest<'_>,
    authority: &Authority,
    places: &Places,
    now: Time,
) -> Result<Approved, Error> {
    let mut issuer = view(store, authority, places)?;
    if let SubjectKey::Certificate(precedent) = request.key {
        issuer.revoked.extend(store.revoked_among(&[precedent.certificate()])?);
    }
    record_refusal(
        store,
        authority.name().as_str(),
        request,
        policy::decide(request, Some(&issuer), now),
        now,
    )
}

/// What policy needs to know of a CA that is to issue.
///
/// # Errors
/// [`Error::Store`] when the ledger cannot be read.
pub fn view(store: &Store, authority: &Authority, places: &Places) -> Result<IssuerView, Error> {
    Ok(IssuerView {
        name: authority.name().to_string(),
        certificate: authority.certificate().clone(),
        above: authority.path().to_vec(),
        revoked: store.revoked_of_path(authority.name())?,
        signature: authority.signature(),
        places: places.clone(),
    })
}

/// As [`decide`], for a root that signs itself.
///
/// # Errors
/// As [`decide`].
pub fn decide_root(
    store: &mut Store,
    name: &str,
    request: &IssuanceRequest<'_>,
    now: Time,
) -> Result<Approved, Error> {
    record_refusal(store, name, request, policy::decide(request, None, now), now)
}

fn record_refusal(
    store: &mut Store,
    ca: &str,
    request: &IssuanceRequest<'_>,
    decision: Result<Approved, policy::Refusal>,
    now: Time,
) -> Result<Approved, Error> {
    if let Err(refusal) = &decision {
        let event = Event::RequestRefused {
            ca: ca.to_owned(),
            profile: request.profile.name().to_owned(),
            profile_sha256: Some(Fingerprint(request.profile.sha256())),
            request_sha256: request.key.request_sha256().map(Fingerprint),
            requester: Some(request.requester.to_owned()),
            source: source::of(request.key),
            violations: rules(refusal),
            objections: Objection::first_of(refusal.violations().iter().map(objection)),
            overrides: request.overrides.iter().map(waiver).collect(),
        };
        store.append(event, now)?;
    }
    Ok(decision?)
}

/// The ids of the rules that are not kept, each once: a request may break one rule a thousand times, and an entry has
/// room for no more than there are rules.
fn rules(refusal: &policy::Refusal) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for violation in refusal.violations() {
        let id = violation.rule.id();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

fn objection(violation: &Violation) -> Objection {
    let Violation { rule, field, found, wanted } = violation;
    Objection::new(rule.id(), field, found, wanted)
}

/// Draws a serial number, fixes the octets and lints them against the standards, the issuer and the profile.
///
/// # Errors
/// [`Error::Consistency`] when a CA certificate would not agree with another of the home; [`Error::Lint`] when a
/// finding is an error, which goes into the audit log; [`Error::Random`] or [`Error::Repeating`] when no fresh
/// serial number came.
pub fn draft(
    store: &mut Store,
    approved: Approved,
    request: &IssuanceRequest<'_>,
    authority: Option<&Authority>,
    random: &mut dyn RandomSource,
    now: Time,
) -> Result<Draft, Error> {
    if approved.is_ca() {
        consistency::compare(store, Identity::of_approved(&approved))??;
    }
    let serial = fresh_serial(store, random)?;
    let tbs = approved.to_be_signed(serial.clone())?;
    let tbs_sha256 = tbs.sha256();
    let context = CertificateContext {
        issuer: authority.map(Authority::facts).transpose()?,
        now: Some(now),
        expected: Some(expected_of(request.profile, &approved)),
        exclusions: exclusions(request.profile)?,
    };
    match lint::certificate(tbs, &context) {
        Ok(linted) => Ok(Draft {
            approved,
            linted,
            serial,
            request_sha256: request.key.request_sha256(),
            source: source::of(request.key),
            profile: profile_text(request.profile),
            linters: Vec::new(),
        }),
        Err(report) => {
            let event = Event::LintRefused {
                kind: audit::Kind::Certificate,
                ca: authority.map_or_else(String::new, |authority| authority.name().to_string()),
                profile: Some(approved.profile().to_owned()),
                profile_sha256: Some(Fingerprint(approved.profile_sha256())),
                tbs_sha256: Fingerprint(tbs_sha256),
                findings: report.ids().into_iter().map(str::to_owned).collect(),
            };
            store.append(event, now)?;
            Err(Error::Lint(report))
        }
    }
}

/// Has the linters of the profile judge what was drafted, before a token is asked for anything. The answer holds one
/// result per draft, in their order; a refusal goes into the audit log.
///
/// # Errors
/// [`Error::Store`] when a refusal could not be recorded, [`Error::Build`]. Each result may be an
/// [`Error::OutsideLinter`].
pub fn judge_outside(
    store: &mut Store,
    drafts: Vec<Draft>,
    profile: &Profile,
    ca: &str,
    now: Time,
) -> Result<Vec<Result<Draft, Error>>, Error> {
    if profile.linters().is_empty() {
        return Ok(drafts.into_iter().map(Ok).collect());
    }
    let pem = |draft: &Draft| {
        let unsigned = UnsignedCertificate::of(draft.linted.tbs().as_der())?;
        Ok(pem::encode(Certificate::PEM_LABEL, unsigned.as_der()))
    };
    let certificates = drafts.iter().map(pem).collect::<Result<Vec<_>, BuildError>>()?;
    let judgements = outside_linter::judge(profile.linters(), &certificates);
    let mut results = Vec::new();
    for (draft, judgements) in drafts.into_iter().zip(judgements) {
        let Some(refused) = judgements.iter().find(|one| !one.passed) else {
            let runs = judgements.into_iter().map(|one| one.run).collect();
            results.push(Ok(draft.passed_by(runs)));
            continue;
        };
        let event = Event::LinterRefused {
            kind: audit::Kind::Certificate,
            ca: ca.to_owned(),
            profile: draft.profile.name.clone(),
            profile_sha256: Fingerprint(draft.profile.sha256),
            tbs_sha256: Fingerprint(draft.linted.tbs().sha256()),
            linter: refused.run.clone(),
        };
        store.append(event, now)?;
        results.push(Err(Error::OutsideLinter(Box::new(refused.clone()))));
    }
    Ok(results)
}

/// A profile in the form that goes on record.
pub(super) fn profile_text(profile: &Profile) -> ProfileText {
    let rows = profile.canonical_rows().into();
    ProfileText { name: profile.name().to_owned(), sha256: profile.sha256(), rows }
}

/// The exclusions that kept something back, each once.
fn excluded(report: &lint::Report) -> Vec<Waiver> {
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

fn waiver(word: &Override) -> Waiver {
    Waiver { rule: word.rule().to_string(), reason: word.reason().to_owned(), by: word.by().to_owned() }
}

fn fresh_serial(store: &Store, random: &mut dyn RandomSource) -> Result<SerialNumber, Error> {
    for _ in 0..ATTEMPTS {
        let mut octets = [0; SERIAL_OCTETS];
        random.fill(&mut octets)?;
        let serial = SerialNumber::from_random(octets);
        if store.find_serial(&serial)?.is_empty() {
            return Ok(serial);
        }
    }
    Err(Error::Repeating { attempts: ATTEMPTS })
}

/// Reserves, has the token sign, verifies and records. The answer holds one result per draft, in their order.
///
/// # Errors
/// [`Error::Reserve`]: nothing was signed. [`Error::Commit`]: the certificates are in the error.
pub fn issue(
    store: &mut Store,
    issuer: &mut Issuer<'_>,
    drafts: Vec<Draft>,
    clock: &dyn Clock,
) -> Result<Vec<Result<Issued<Certificate>, Error>>, Error> {
    // What makes a CA is verified by two implementations, and so is everything beside it.
    steady(clock)?;
    let cas = drafts.iter().any(|draft| draft.approved.is_ca());
    let verification = if cas { Verification::Twice } else { Verification::Once };
    let now = clock.now();
    let authority = issuer.authority();
    authority.fit(KeyUsage::KEY_CERT_SIGN, now)?;
    let subject = authority.certificate().subject();
    if let Some(other) = drafts.iter().map(|draft| draft.approved.issuer()).find(|one| *one != subject) {
        let (name, issuer) = (authority.name().clone(), other.clone());
        return Err(IssuerError::OtherIssuer { name, issuer }.into());
    }
    let intents = drafts.into_iter().map(Draft::into_intent).collect();
    let reserved = store
        .reserve_certificates(issuer.authority().name(), intents, now)
        .map_err(|error| Error::Reserve(error.source))?;
    complete(store, issuer.signer(), reserved, verification, clock)
}

/// As [`issue`], for the certificate that a new root signs for itself. With it the root is active.
///
/// # Errors
/// As [`issue`], [`Error::Sign`], and [`Error::Issuer`] when the signer has another key than the draft.
pub fn issue_root(
    store: &mut Store,
    new: &NewCa,
    draft: Draft,
    signer: &mut dyn Signer,
    clock: &dyn Clock,
) -> Result<Issued<Certificate>, Error> {
    steady(clock)?;
    // The signature is verified under the signer's key: that must be the one in the certificate.
    issuer::same(&new.name, draft.approved.public_key(), signer.public_key())?;
    let reservation = store
        .reserve_root(new, draft.into_intent(), clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_one(store, signer, reservation, clock)
}
