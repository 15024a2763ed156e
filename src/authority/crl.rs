//! Issuing CRLs: everything that is revoked, under a number that was never used.

use super::complete::{complete_crl, steady};
use super::crl_entries::{Entries, Uncollected, collect};
use super::error::Error;
use super::issuer::{Authority, Issuer};
use crate::audit::{self, Event, Fingerprint};
use crate::lint::{self, CrlContext, CrlLintError, LintedCrl};
use crate::port::Clock;
use crate::store::{self, CrlIntent, CrlScope, IssuedCrl, Revision, Store};
use crate::x509::certificate::BuildError;
use crate::x509::crl::{Crl, CrlFields, MESSAGE_OCTETS, RevokedCertificate, ToBeSignedCrl};
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

/// A CRL whose octets are fixed and linted. They lie beside the ledger, and what of them may be many is not held.
#[derive(Debug)]
pub struct CrlDraft {
    fields: CrlFields,
    revoked: Sample,
    number: CrlNumber,
    base: Option<CrlNumber>,
    of_one_point: bool,
    linted: LintedCrl,
    revision: Revision,
    changes: Changes,
}

/// Entries of which the first ones are shown, and all are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The first ones, by their serial numbers: a thousand at most.
    pub first: Vec<RevokedCertificate>,
    /// How many there are.
    pub count: u64,
}

/// How many entries a [`Sample`] shows.
const SHOWN: usize = 1000;

impl Sample {
    pub(super) fn add(&mut self, entry: RevokedCertificate) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < SHOWN {
            self.first.push(entry);
        }
    }
}

/// What a CRL says that the previous one of its scope did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The number of the previous one, if there is one.
    pub since: Option<CrlNumber>,
    /// What is on the list anew, or otherwise than before.
    pub added: Sample,
    /// What is no longer on it: released from hold, or expired.
    pub removed: Sample,
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
    pub fn revoked(&self) -> &Sample {
        &self.revoked
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
    pub fn linted(&self) -> &LintedCrl {
        &self.linted
    }
}

/// Collects what is revoked, takes the next number, holds the entries against the previous CRL of the scope, fixes the
/// octets and lints them. `ahead` CRLs have been drafted before this one and will be issued before it. `progress` is told
/// now and then how many entries were collected. However many there are, memory stays the same.
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
    progress: &mut dyn FnMut(u64),
) -> Result<CrlDraft, Error> {
    authority.fit(KeyUsage::CRL_SIGN, plan.this_update)?;
    let name = authority.name();
    let latest = store.latest_crl(name)?;
    let next = store.next_crl_number(name)?.0.checked_add(u128::from(ahead));
    let mut number = CrlNumber(next.ok_or_else(|| not_previous("CRL numbers are used up"))?);
    if let Some(given) = &plan.previous {
        let next = given.number().and_then(CrlNumber::next);
        number = number.max(next.ok_or_else(|| not_previous("it has no number, or the greatest there is"))?);
    }
    let spool = store.spool();
    let collected =
        store.read_for_crl(name, &plan.scope, |sources| collect(sources, authority, plan, spool, progress));
    let Entries { encoded, revoked, changes, revision, ca_serials } = match collected {
        Ok(entries) => entries,
        Err(Uncollected::Error(error)) => return Err(error),
        Err(Uncollected::Breaks { number, sha256, succession }) => {
            let findings = succession.ids().iter().map(|id| (*id).to_owned()).collect();
            refused(store, authority, sha256, findings, plan.this_update)?;
            let count = succession.count();
            return Err(Error::Succession { previous: number, breaks: succession.into_breaks(), count });
        }
    };
    let base = if plan.delta { Some(changes.since.ok_or(Error::NoBase)?) } else { None };
    let fields = fields(authority, plan, (number, base));
    let context = context(authority, plan, latest, ca_serials)?;
    let tbs = fields.frame(Box::new(encoded))?;
    fits(&tbs)?;
    let linted = match lint::crl(tbs, &context) {
        Ok(linted) => linted,
        Err(CrlLintError::Report { report, sha256 }) => {
            let findings = report.ids().into_iter().map(str::to_owned).collect();
            refused(store, authority, Fingerprint(sha256), findings, plan.this_update)?;
            return Err(Error::Lint(report));
        }
        Err(CrlLintError::Read(source)) => {
            let (action, path) = ("read back what was written beside", store.path().to_owned());
            return Err(store::Error::Io { action, path, source }.into());
        }
    };
    let of_one_point = plan.scope.of_one_point;
    Ok(CrlDraft { fields, revoked, number, base, of_one_point, linted, revision, changes })
}

/// All that a CRL says but for its entries: of a delta CRL, `base` is the number of the complete one to which it is
/// added.
#[must_use]
pub fn fields(
    authority: &Authority,
    plan: &CrlPlan,
    (number, base): (CrlNumber, Option<CrlNumber>),
) -> CrlFields {
    CrlFields {
        signature: authority.signature(),
        issuer: authority.certificate().subject().clone(),
        this_update: plan.this_update,
        next_update: plan.next_update,
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

/// What takes no digest has to be held as a whole when it is signed.
fn fits(tbs: &ToBeSignedCrl) -> Result<(), Error> {
    let most = u64::try_from(MESSAGE_OCTETS).unwrap_or(u64::MAX);
    if tbs.algorithm().digest().is_some() || tbs.octets() <= most {
        return Ok(());
    }
    let (found, algorithm) = (tbs.octets(), tbs.algorithm());
    let text = format!("a CRL of {found} octets, and {algorithm} signs no more than {most} of them");
    Err(BuildError::Encoding(text).into())
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

pub(super) fn not_previous(why: impl Into<String>) -> Error {
    Error::PreviousCrl { why: why.into() }
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
) -> Result<IssuedCrl, Error> {
    steady(clock)?;
    let CrlDraft { linted, revision, of_one_point, .. } = draft;
    let intent = CrlIntent { linted, revision, of_one_point };
    let reservation = store
        .reserve_crl(issuer.authority().name(), intent, clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_crl(store, issuer.signer(), reservation, clock)
}
