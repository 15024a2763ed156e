//! Issuing CRLs: everything that is revoked, under a number that was never used.

use super::complete::{complete_one, steady};
use super::error::Error;
use super::issuer::{Authority, Issuer};
use crate::audit::{self, Event, Fingerprint};
use crate::lint::{self, CrlContext, Linted};
use crate::port::Clock;
use crate::store::{CrlIntent, Issued, Revision, Store};
use crate::x509::crl::{Crl, CrlFields, RevokedCertificate};
use crate::x509::extension::{AuthorityKeyIdentifier, CrlNumber, Extension, KeyUsage, Value};
use crate::x509::time::Time;

/// The most days from thisUpdate to nextUpdate: twelve months, as BR 7.2 allows for CRLs of CAs. A year of an
/// offline root's CRL fits exactly.
const LONGEST_SECONDS: i64 = 366 * 86_400;

/// A CRL whose octets are fixed and linted.
#[derive(Debug)]
pub struct CrlDraft {
    fields: CrlFields,
    number: CrlNumber,
    linted: Linted<Crl>,
    revision: Revision,
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

    /// The octets that will be signed, with what linting noticed.
    #[must_use]
    pub fn linted(&self) -> &Linted<Crl> {
        &self.linted
    }
}

/// Collects what is revoked, takes the next number, fixes the octets and lints them.
///
/// # Errors
/// [`Error::Lint`] when a finding is an error, which goes into the audit log; [`Error::Store`].
pub fn draft(
    store: &mut Store,
    authority: &Authority,
    this_update: Time,
    next_update: Time,
) -> Result<CrlDraft, Error> {
    authority.fit(KeyUsage::CRL_SIGN, this_update)?;
    let name = authority.name();
    let previous = store.latest_crl(name)?;
    let number = store.next_crl_number(name)?;
    let list = store.revoked_for_crl(name)?;
    let key_identifier = authority
        .certificate()
        .subject_key_identifier()
        .map_or_else(|| authority.public_key().key_identifier().to_vec(), <[u8]>::to_vec);
    let authority_key_identifier = Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier });
    let fields = CrlFields {
        signature: authority.signature(),
        issuer: authority.certificate().subject().clone(),
        this_update,
        next_update,
        revoked: list.revoked,
        extensions: vec![
            Extension { critical: false, value: authority_key_identifier },
            Extension { critical: false, value: Value::CrlNumber(number) },
        ],
    };
    let tbs = fields.build()?;
    let tbs_sha256 = Fingerprint(tbs.sha256());
    let context = CrlContext {
        issuer: authority.facts()?,
        now: Some(this_update),
        previous,
        longest: Some(LONGEST_SECONDS),
        ca_serials: list.ca_serials,
        standards: Vec::new(),
        distribution_points: Vec::new(),
    };
    match lint::crl(tbs, &context) {
        Ok(linted) => Ok(CrlDraft { fields, number, linted, revision: list.revision }),
        Err(report) => {
            let event = Event::LintRefused {
                kind: audit::Kind::Crl,
                ca: name.to_string(),
                profile: None,
                profile_sha256: None,
                tbs_sha256,
                findings: report.ids().into_iter().map(str::to_owned).collect(),
            };
            store.append(event, this_update)?;
            Err(Error::Lint(report))
        }
    }
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
    let intent = CrlIntent { linted: draft.linted, revision: draft.revision };
    let reservation = store
        .reserve_crl(issuer.authority().name(), intent, clock.now())
        .map_err(|error| Error::Reserve(error.source))?;
    complete_one(store, issuer.signer(), reservation, clock)
}
