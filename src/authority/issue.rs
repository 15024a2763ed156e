//! Issuing certificates: from the decision over fixed octets to the record.
//!
//! An act has two halves with a person in between. [`draft`] draws the serial number, fixes the octets and
//! lints them: nothing is reserved yet, and what a person is shown is what will be signed. [`issue`] reserves,
//! has the token sign, verifies and records.

use std::collections::BTreeSet;

use super::complete::{self, Answered, complete_one, steady};
use super::consistency::{self, Identity};
use super::drafting::waiver;
pub use super::drafting::{Draft, Drafting, Unfit};
use super::error::Error;
use super::issuer::{self, Authority, Issuer, IssuerError};
use super::{outside_linter, source};
use crate::audit::{self, Event, Fingerprint, Objection};
use crate::policy::{self, Approved, IssuanceRequest, IssuerView, Places, Profile, SubjectKey, Violation};
use crate::port::{Clock, RandomSource, Signer};
use crate::store::{Issued, NewCa, Reservation, Store};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::extension::KeyUsage;
use crate::x509::pem;
use crate::x509::serial::{SERIAL_OCTETS, SerialNumber};
use crate::x509::signed::{Kind as _, Verification};
use crate::x509::time::Time;
use crate::x509::unsigned::UnsignedCertificate;

/// How many serial numbers are drawn before the random source is held to be broken.
const ATTEMPTS: u32 = 3;

/// Decides by policy what may be issued under a CA, of which [`view`] tells. A refusal goes into the audit log.
///
/// # Errors
/// [`Error::Refused`] with every violation; [`Error::Store`] when a refusal could not be recorded.
pub fn decide(
    store: &mut Store,
    request: &IssuanceRequest<'_>,
    issuer: &IssuerView,
    now: Time,
) -> Result<Approved, Error> {
    let decision = if let SubjectKey::Certificate(precedent) = request.key {
        let mut issuer = issuer.clone();
        issuer.revoked.extend(store.revoked_among(&[precedent.certificate()])?);
        policy::decide(request, Some(&issuer), now)
    } else {
        policy::decide(request, Some(issuer), now)
    };
    record_refusal(store, &issuer.name, request, decision, now)
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
    agree(store, &approved)?;
    let serial = fresh_serial(store, random)?;
    let drafted = Drafting::new(request.profile, authority, now)?.fix(approved, request.key, serial);
    drafted.or_else(|unfit| Err(unfit.recorded(store, now)?))
}

/// Whether a CA certificate agrees with the others of the home: of other certificates nothing is asked.
///
/// # Errors
/// [`Error::Consistency`] when it does not; [`Error::Store`].
pub fn agree(store: &Store, approved: &Approved) -> Result<(), Error> {
    if approved.is_ca() {
        consistency::compare(store, Identity::of_approved(approved))??;
    }
    Ok(())
}

/// Draws fresh serial numbers for a group of certificates. The source is asked once for all of them.
///
/// # Errors
/// [`Error::Random`], or [`Error::Repeating`] when what was drawn is on record or came twice.
pub fn draw(store: &Store, random: &mut dyn RandomSource, count: usize) -> Result<Vec<SerialNumber>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut octets = vec![0; count.saturating_mul(SERIAL_OCTETS)];
    random.fill(&mut octets)?;
    store.at_once(|| {
        let mut known = BTreeSet::new();
        let mut drawn = Vec::with_capacity(count);
        for each in octets.as_chunks().0 {
            let mut serial = SerialNumber::from_random(*each);
            if known.contains(&serial) || store.is_taken(&serial)? {
                serial = fresh_serial(store, random)?;
            }
            if !known.insert(serial.clone()) {
                return Err(Error::Repeating { attempts: ATTEMPTS });
            }
            drawn.push(serial);
        }
        Ok(drawn)
    })
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
        let unsigned = UnsignedCertificate::of(draft.linted().tbs().as_der())?;
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
            profile: draft.profile().name.clone(),
            profile_sha256: Fingerprint(draft.profile().sha256),
            tbs_sha256: Fingerprint(draft.linted().tbs().sha256()),
            linter: refused.run.clone(),
        };
        store.append(event, now)?;
        results.push(Err(Error::OutsideLinter(Box::new(refused.clone()))));
    }
    Ok(results)
}

fn fresh_serial(store: &Store, random: &mut dyn RandomSource) -> Result<SerialNumber, Error> {
    for _ in 0..ATTEMPTS {
        let mut octets = [0; SERIAL_OCTETS];
        random.fill(&mut octets)?;
        let serial = SerialNumber::from_random(octets);
        if !store.is_taken(&serial)? {
            return Ok(serial);
        }
    }
    Err(Error::Repeating { attempts: ATTEMPTS })
}

/// Certificates whose serial numbers and octets are on disk: they may be signed.
#[derive(Debug)]
pub struct Reserved {
    reservations: Vec<Reservation<Certificate>>,
    verification: Verification,
}

/// What the token made of them. It is not on record before [`record`] has returned.
#[derive(Debug)]
#[must_use = "signatures that are not recorded are lost"]
pub struct Answers(Answered<Certificate>);

/// Reserves: when this returns, the serial numbers and the octets are on disk.
///
/// # Errors
/// [`Error::ClockStepped`], [`Error::Issuer`] or [`Error::Reserve`]: nothing was reserved.
pub fn reserve(
    store: &mut Store,
    authority: &Authority,
    drafts: Vec<Draft>,
    clock: &dyn Clock,
) -> Result<Reserved, Error> {
    steady(clock)?;
    let now = clock.now();
    // What makes a CA is verified by two implementations, and so is everything beside it.
    let cas = drafts.iter().any(|draft| draft.approved().is_ca());
    let verification = if cas { Verification::Twice } else { Verification::Once };
    authority.fit(KeyUsage::KEY_CERT_SIGN, now)?;
    let subject = authority.certificate().subject();
    if let Some(other) = drafts.iter().map(|draft| draft.approved().issuer()).find(|one| *one != subject) {
        let (name, issuer) = (authority.name().clone(), other.clone());
        return Err(IssuerError::OtherIssuer { name, issuer }.into());
    }
    let intents = drafts.into_iter().map(Draft::into_intent).collect();
    let reservations = store
        .reserve_certificates(authority.name(), intents, now)
        .map_err(|error| Error::Reserve(error.source))?;
    Ok(Reserved { reservations, verification })
}

/// Has the token sign what is reserved, and verifies every signature. It needs no ledger, so that this may go on while
/// another thread prepares what comes next.
pub fn ask_to_sign(issuer: &mut Issuer<'_>, reserved: Reserved) -> Answers {
    let Reserved { reservations, verification } = reserved;
    Answers(complete::ask_to_sign(issuer.signer(), reservations, verification))
}

/// Records what was signed. The answer holds one result per draft, in their order.
///
/// # Errors
/// [`Error::Commit`]: the certificates are in the error. [`Error::Miscounted`]: they are on record.
pub fn record(
    store: &mut Store,
    answers: Answers,
    clock: &dyn Clock,
) -> Result<Vec<Result<Issued<Certificate>, Error>>, Error> {
    complete::record(store, answers.0, clock)
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
    let reserved = reserve(store, issuer.authority(), drafts, clock)?;
    record(store, ask_to_sign(issuer, reserved), clock)
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
    issuer::same(&new.name, draft.approved().public_key(), signer.public_key())?;
    let reservation = store
        .reserve_root(new, draft.into_intent(), clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_one(store, signer, reservation, clock)
}
