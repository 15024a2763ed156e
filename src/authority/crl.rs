//! Issuing CRLs: everything that is revoked, under a number that was never used.

use std::collections::{BTreeMap, BTreeSet};

use super::complete::{complete_one, steady};
use super::error::Error;
use super::issuer::{Authority, Issuer};
use crate::audit::{self, Event, Fingerprint};
use crate::lint::{self, CrlContext, Linted};
use crate::policy::{self, Break, Left};
use crate::port::Clock;
use crate::store::{CrlIntent, CrlScope, Issued, Revision, Store};
use crate::x509::crl::{Crl, CrlFields, RevokedCertificate};
use crate::x509::extension::{
    AuthorityKeyIdentifier, CrlDistributionPoints, CrlNumber, Extension, KeyUsage, Value,
};
use crate::x509::serial::SerialNumber;
use crate::x509::standard::Standard;
use crate::x509::time::Time;

/// The most days from thisUpdate to nextUpdate: twelve months, as BR 7.2 allows for CRLs of CAs. A year of an
/// offline root's CRL fits exactly.
const LONGEST_SECONDS: i64 = 366 * 86_400;

/// Which CRL is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlPlan {
    /// What it covers.
    pub scope: CrlScope,
    /// Where delta CRLs of the scope are found: freshestCRL of a complete CRL.
    pub freshest: Vec<String>,
    /// Whether only the changes since the previous complete CRL are told.
    pub delta: bool,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Time,
    /// The sets of rules that it has to follow beside RFC 5280.
    pub standards: Vec<Standard>,
    /// A previous CRL of the scope that was made elsewhere; no older than the newest on record.
    pub previous: Option<Crl>,
}

impl CrlPlan {
    /// A complete CRL that covers everything.
    #[must_use]
    pub fn full(this_update: Time, next_update: Time) -> Self {
        let scope = CrlScope::default();
        Self {
            scope,
            freshest: Vec::new(),
            delta: false,
            this_update,
            next_update,
            standards: Vec::new(),
            previous: None,
        }
    }
}

/// A CRL whose octets are fixed and linted.
#[derive(Debug)]
pub struct CrlDraft {
    fields: CrlFields,
    number: CrlNumber,
    base: Option<CrlNumber>,
    of_one_point: bool,
    linted: Linted<Crl>,
    revision: Revision,
    changes: Changes,
}

/// What a CRL says that the previous one of its scope did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The number of the previous one, if there is one.
    pub since: Option<CrlNumber>,
    /// What is on the list anew, or otherwise than before.
    pub added: Vec<RevokedCertificate>,
    /// What is no longer on it: released from hold, or expired.
    pub removed: Vec<RevokedCertificate>,
}

impl Changes {
    /// The entries of a complete CRL, held against those of the one before it.
    fn of(before: &[RevokedCertificate], after: &[RevokedCertificate]) -> (Self, BTreeSet<SerialNumber>) {
        let known: BTreeMap<&SerialNumber, &RevokedCertificate> =
            before.iter().map(|entry| (&entry.serial, entry)).collect();
        let listed: BTreeSet<SerialNumber> = after.iter().map(|entry| entry.serial.clone()).collect();
        let added = after.iter().filter(|entry| known.get(&entry.serial) != Some(entry)).cloned().collect();
        let gone = before.iter().filter(|entry| !listed.contains(&entry.serial));
        (Self { since: None, added, removed: gone.cloned().collect() }, listed)
    }
}

impl CrlDraft {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> CrlNumber {
        self.number
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.fields.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Time {
        self.fields.next_update
    }

    /// What it will list.
    #[must_use]
    pub fn revoked(&self) -> &[RevokedCertificate] {
        &self.fields.revoked
    }

    /// Of a delta CRL, the number of the complete CRL to which it is added.
    #[must_use]
    pub fn base(&self) -> Option<CrlNumber> {
        self.base
    }

    /// The extensions that it will have.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.fields.extensions
    }

    /// What has changed since the previous complete CRL of the scope.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The octets that will be signed, with what linting noticed.
    #[must_use]
    pub fn linted(&self) -> &Linted<Crl> {
        &self.linted
    }
}

/// Collects what is revoked, takes the next number, holds the entries against the previous CRL of the scope, fixes the
/// octets and lints them. `ahead` CRLs have been drafted before this one and will be issued before it.
///
/// # Errors
/// [`Error::Succession`] when the CRL would take back what the previous one said, and [`Error::Lint`] when a finding is
/// an error: both go into the audit log. [`Error::NoBase`] when there is nothing to which a delta CRL could be added;
/// [`Error::PreviousCrl`] when the previous CRL is not one; [`Error::Store`].
pub fn draft(
    store: &mut Store,
    authority: &Authority,
    plan: &CrlPlan,
    ahead: u64,
) -> Result<CrlDraft, Error> {
    authority.fit(KeyUsage::CRL_SIGN, plan.this_update)?;
    let name = authority.name();
    let latest = store.latest_crl(name)?;
    let next = store.next_crl_number(name)?.0.checked_add(u128::from(ahead));
    let mut number = CrlNumber(next.ok_or_else(|| not_previous("CRL numbers are used up"))?);
    let list = store.revoked_for_crl(name, &plan.scope)?;
    let on_record =
        list.previous.as_ref().map(|previous| read_previous(authority, &previous.der)).transpose()?;
    if let Some(given) = &plan.previous {
        given_previous(authority, plan, given, on_record.as_ref())?;
        let next = given.number().and_then(CrlNumber::next);
        number = number.max(next.ok_or_else(|| not_previous("it has no number, or the greatest there is"))?);
    }
    for previous in plan.previous.iter().chain(&on_record) {
        succeed(store, authority, previous, &list.revoked, plan.this_update)?;
    }
    let before = on_record.as_ref().map_or(&[][..], Crl::revoked);
    let (mut changes, listed) = Changes::of(before, &list.revoked);
    changes.since = list.previous.as_ref().map(|previous| previous.number);
    let base = if plan.delta { Some(changes.since.ok_or(Error::NoBase)?) } else { None };
    let revoked = if plan.delta {
        let released = list.previous.map(|previous| previous.released).unwrap_or_default();
        delta(&changes, released, &listed)
    } else {
        list.revoked
    };
    let fields = fields(authority, plan, (number, base), revoked);
    let context = context(authority, plan, latest, list.ca_serials)?;
    let tbs = fields.build()?;
    let tbs_sha256 = Fingerprint(tbs.sha256());
    let linted = match lint::crl(tbs, &context) {
        Ok(linted) => linted,
        Err(report) => {
            let findings = report.ids().into_iter().map(str::to_owned).collect();
            refused(store, authority, tbs_sha256, findings, plan.this_update)?;
            return Err(Error::Lint(report));
        }
    };
    let (revision, of_one_point) = (list.revision, plan.scope.of_one_point);
    Ok(CrlDraft { fields, number, base, of_one_point, linted, revision, changes })
}

/// All that a CRL says: of a delta CRL, `base` is the number of the complete one to which it is added.
#[must_use]
pub fn fields(
    authority: &Authority,
    plan: &CrlPlan,
    (number, base): (CrlNumber, Option<CrlNumber>),
    revoked: Vec<RevokedCertificate>,
) -> CrlFields {
    CrlFields {
        signature: authority.signature(),
        issuer: authority.certificate().subject().clone(),
        this_update: plan.this_update,
        next_update: plan.next_update,
        revoked,
        extensions: extensions(authority, plan, number, base),
    }
}

/// What linting is to know of a CRL beside its octets.
///
/// # Errors
/// [`Error::Issuer`] when the CA's certificate cannot be taken apart.
pub fn context(
    authority: &Authority,
    plan: &CrlPlan,
    previous: Option<(CrlNumber, Time)>,
    ca_serials: Vec<SerialNumber>,
) -> Result<CrlContext, Error> {
    let distribution_points =
        plan.scope.distribution.as_ref().map(|point| point.uris.clone()).unwrap_or_default();
    Ok(CrlContext {
        issuer: authority.facts()?,
        now: Some(plan.this_update),
        previous,
        longest: if plan.next_update == Time::NO_EXPIRATION { None } else { Some(LONGEST_SECONDS) },
        ca_serials,
        standards: plan.standards.clone(),
        distribution_points,
    })
}

/// The entries of a delta CRL: what is new or otherwise, and what is no longer on the list. Somebody may have added an
/// earlier delta CRL to the same base, so that whatever was released since is named, too (RFC 5280 s.5.2.4).
fn delta(
    changes: &Changes,
    released: Vec<RevokedCertificate>,
    listed: &BTreeSet<SerialNumber>,
) -> Vec<RevokedCertificate> {
    let gone = changes.removed.iter().map(|entry| RevokedCertificate {
        reason: None,
        invalidity_date: None,
        removed: true,
        ..entry.clone()
    });
    let mut removed: BTreeMap<SerialNumber, RevokedCertificate> = BTreeMap::new();
    for entry in released.into_iter().chain(gone).filter(|entry| !listed.contains(&entry.serial)) {
        removed.insert(entry.serial.clone(), entry);
    }
    changes.added.iter().cloned().chain(removed.into_values()).collect()
}

/// authorityKeyIdentifier, cRLNumber, and what the plan asks for.
fn extensions(
    authority: &Authority,
    plan: &CrlPlan,
    number: CrlNumber,
    base: Option<CrlNumber>,
) -> Vec<Extension> {
    let key_identifier = authority
        .certificate()
        .subject_key_identifier()
        .map_or_else(|| authority.public_key().key_identifier().to_vec(), <[u8]>::to_vec);
    let mut extensions = vec![
        Extension {
            critical: false,
            value: Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier }),
        },
        Extension { critical: false, value: Value::CrlNumber(number) },
    ];
    if let Some(base) = base {
        // Critical, or a delta CRL would be taken for a complete one (s.5.2.4).
        extensions.push(Extension { critical: true, value: Value::DeltaCrlIndicator(base) });
    }
    if let Some(point) = &plan.scope.distribution {
        extensions.push(Extension { critical: true, value: Value::IssuingDistributionPoint(point.clone()) });
    }
    if !plan.delta && !plan.freshest.is_empty() {
        let points = CrlDistributionPoints(plan.freshest.clone());
        extensions.push(Extension { critical: false, value: Value::FreshestCrl(points) });
    }
    extensions
}

/// The newest CRL on record, which our own key must have signed.
fn read_previous(authority: &Authority, der: &[u8]) -> Result<Crl, Error> {
    let crl = Crl::from_der(der).map_err(|error| not_previous(error.to_string()))?;
    crl.verify_signed_by(authority.public_key()).map_err(|error| not_previous(error.to_string()))?;
    Ok(crl)
}

fn not_previous(why: impl Into<String>) -> Error {
    Error::PreviousCrl { why: why.into() }
}

/// A CRL from elsewhere must be the CA's own, complete, of this scope, and no older than what is on record.
fn given_previous(
    authority: &Authority,
    plan: &CrlPlan,
    given: &Crl,
    on_record: Option<&Crl>,
) -> Result<(), Error> {
    if given.issuer() != authority.certificate().subject() {
        return Err(not_previous(format!("it is by {}", given.issuer())));
    }
    given.verify_signed_by(authority.public_key()).map_err(|error| not_previous(error.to_string()))?;
    let values = || given.extensions().iter();
    let point = values().find_map(|extension| extension.value.as_issuing_distribution_point());
    let unread = values()
        .any(|extension| extension.critical && extension.value.as_issuing_distribution_point().is_none());
    if unread || point != plan.scope.distribution.as_ref() {
        return Err(not_previous("it does not cover what the new one covers, or is a delta CRL"));
    }
    if let Some(newer) = on_record.filter(|newer| newer.this_update() > given.this_update()) {
        return Err(not_previous(format!("the newest on record is of {}", newer.this_update())));
    }
    Ok(())
}

/// Refuses a list that takes back what the previous CRL says.
fn succeed(
    store: &mut Store,
    authority: &Authority,
    previous: &Crl,
    revoked: &[RevokedCertificate],
    now: Time,
) -> Result<(), Error> {
    let name = authority.name();
    let breaks = policy::succession(previous, revoked, |serial| {
        Ok::<_, Error>(match store.standing(name, serial)? {
            None => Left::Unknown,
            Some(standing) if !standing.revoked => Left::NotRevoked,
            Some(standing) => Left::Revoked { not_after: standing.not_after },
        })
    })?;
    if breaks.is_empty() {
        return Ok(());
    }
    let mut findings: Vec<String> = Vec::new();
    for id in breaks.iter().map(Break::id) {
        if !findings.iter().any(|known| known == id) {
            findings.push(id.to_owned());
        }
    }
    refused(store, authority, Fingerprint(previous.sha256()), findings, now)?;
    Err(Error::Succession { previous: previous.number(), breaks })
}

/// The audit log tells why a CRL was not made.
fn refused(
    store: &mut Store,
    authority: &Authority,
    tbs_sha256: Fingerprint,
    findings: Vec<String>,
    now: Time,
) -> Result<(), Error> {
    let event = Event::LintRefused {
        kind: audit::Kind::Crl,
        ca: authority.name().to_string(),
        profile: None,
        profile_sha256: None,
        tbs_sha256,
        findings,
    };
    Ok(store.append(event, now)?)
}

/// Reserves the number, has the token sign, verifies and records.
///
/// # Errors
/// [`Error::Reserve`] when something was revoked or another CRL numbered since the draft: nothing was signed,
/// and a new draft is wanted. Otherwise as for certificates.
pub fn issue(
    store: &mut Store,
    issuer: &mut Issuer<'_>,
    draft: CrlDraft,
    clock: &dyn Clock,
) -> Result<Issued<Crl>, Error> {
    steady(clock)?;
    let CrlDraft { linted, revision, of_one_point, .. } = draft;
    let intent = CrlIntent { linted, revision, of_one_point };
    let reservation = store
        .reserve_crl(issuer.authority().name(), intent, clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_one(store, issuer.signer(), reservation, clock)
}
