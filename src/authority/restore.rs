//! A copy of an earlier state becomes a home again: nothing that was signed since may be signed a second time.
//!
//! A copy does not know what came after it. Serial numbers are random, so that none of them comes twice; CRL numbers
//! are counted, and a revocation that is forgotten makes a bad certificate good. So either the head of the log, kept
//! elsewhere, shows that nothing came after, or the last CRL of each CA brings numbers and revocations along; and
//! numbers that may have been used in between are skipped.

use std::collections::BTreeMap;

use super::error::Error;
use crate::audit::{Kind, KnownHead, Object};
use crate::port::Clock;
use crate::store::{
    CaName, CaState, CrlRecord, CrlScope, CrlSources, HeadPlace, OnRecord, Restoration, ShownBy, State, Store,
};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::extension::CrlNumber;
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::Parts;
use crate::x509::time::Time;

/// How many CRL numbers are skipped after the last CRL that is known: those that may have been reserved for CRLs that
/// nobody has kept.
const SKIPPED_AFTER_CRL: u128 = 1_000;
/// How many are skipped where nothing is known of what came after the copy: more CRLs than any CA makes in the time
/// between two copies.
const SKIPPED_UNSEEN: u128 = 1_000_000;

/// What shows how far the home had come, and what is left of that time.
#[derive(Debug, Default)]
pub struct Evidence {
    /// A head of the home's log from an independent place.
    pub head: Option<KnownHead>,
    /// CRLs: the last one of each CA, and others.
    pub crls: Vec<Crl>,
    /// CAs that have never published a CRL.
    pub without_crl: Vec<CaName>,
    /// Certificates that the CAs may have issued since.
    pub certificates: Vec<Certificate>,
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroughtUp {
    /// By what it was shown how far the home had come.
    pub shown_by: ShownBy,
    /// Signed objects that the copy did not have: taken in, or found for a reservation of it.
    pub taken_in: Vec<Object>,
    /// Serial numbers on the CRLs of which the copy knows nothing: certificates issued after it was made.
    pub unknown: Vec<(CaName, SerialNumber)>,
    /// How many revocations the copy did not have.
    pub revocations: usize,
    /// The number that the next CRL of each CA will have.
    pub next_crl: Vec<(CaName, CrlNumber)>,
}

/// Why a copy is not put in place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Nothing shows what came after the copy.
    #[error(
        "nothing shows which CRLs were made after the copy: the last CRL of CA {} is missing",
        words(missing)
    )]
    NoEvidence {
        /// The CAs whose last CRL is wanted.
        missing: Vec<CaName>,
    },
    /// The head is not in the log of the copy, and not every CA has a CRL.
    #[error(
        "the head {head} is nowhere in the log of the copy, so the home had gone on, and the last CRL of CA {} is missing",
        words(missing)
    )]
    UnknownHead {
        /// The head.
        head: KnownHead,
        /// The CAs whose last CRL is wanted.
        missing: Vec<CaName>,
    },
    /// A CRL from before the copy was made.
    #[error("CRL {number} of CA {ca} is not its last one: the copy has number {latest}")]
    NotLast {
        /// The CA.
        ca: CaName,
        /// The number of the CRL.
        number: CrlNumber,
        /// The greatest number in the copy.
        latest: CrlNumber,
    },
    /// The head says that nothing came after the copy, and a CRL or certificate did.
    #[error("the head is that of the copy, and {object} was made after it: that is not the last head")]
    Later {
        /// What was made after the copy.
        object: Object,
    },
    /// No CA of the copy has signed it.
    #[error("the {kind} by {issuer} was signed by no CA that the copy has")]
    NoCa {
        /// What it is.
        kind: Kind,
        /// Its issuer.
        issuer: Name,
    },
    /// A CRL without a number.
    #[error("a CRL of CA {ca} has no number")]
    NoNumber {
        /// The CA.
        ca: CaName,
    },
    /// A CRL that is only a part (RFC 5280 s.5.2).
    #[error(
        "a CRL of CA {ca} has the critical extension {extension}, so it may not name everything that is revoked"
    )]
    Part {
        /// The CA.
        ca: CaName,
        /// The extension.
        extension: String,
    },
    /// The copy has a CRL of a CA of which it was said that there is none.
    #[error("CA {ca} has published a CRL: the copy has number {latest}")]
    CrlKnown {
        /// The CA.
        ca: CaName,
        /// The greatest number in the copy.
        latest: CrlNumber,
    },
    /// The copy has something else under the number: two histories of one CA.
    #[error("{object} is something else in the copy: one number was used twice")]
    Contradiction {
        /// What was given.
        object: Object,
    },
    /// A certificate that cannot be read.
    #[error("a certificate cannot be taken in: {reason}")]
    Certificate {
        /// Why.
        reason: String,
    },
}

impl RestoreError {
    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoEvidence { .. } => Some(
                "give --crl FILE for each CA, as published last, or --head from paper; --no-crl NAME for a CA that has never published one"
                    .to_owned(),
            ),
            Self::UnknownHead { .. } => Some(
                "give --crl FILE for each CA, as published last; --no-crl NAME for a CA that has never published one".to_owned(),
            ),
            Self::NotLast { .. } | Self::CrlKnown { .. } => {
                Some("the last one is where relying parties fetch it".to_owned())
            }
            Self::Later { .. } => Some("leave --head away: what is given shows more than it does".to_owned()),
            Self::NoCa { .. } => Some("a CA that was made after the copy is taken over by keyrite ca adopt".to_owned()),
            Self::Contradiction { .. } => {
                Some("two homes have used this CA's key: find out which of them relying parties know".to_owned())
            }
            Self::NoNumber { .. } | Self::Part { .. } | Self::Certificate { .. } => None,
        }
    }
}

fn words(names: &[CaName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Brings a copy up to date as far as what is left of that time allows, and records from where it came. `from` is
/// what the audit log will call it. A copy after which nothing came, and that is not recorded as `moved`, stays as
/// it is.
///
/// # Errors
/// [`Error::Restore`], [`Error::Store`]: then the copy is good for nothing but another attempt.
pub fn bring_up(
    copy: &mut Restoration,
    evidence: &Evidence,
    (from, recorded): (&str, Recorded),
    clock: &dyn Clock,
) -> Result<BroughtUp, Error> {
    let now = clock.now();
    let place = evidence.head.map(|head| copy.place_of(head)).transpose()?;
    let (facts, sha256) = (copy.facts().clone(), copy.sha256());
    let store = copy.store();
    let mut brought = BroughtUp {
        shown_by: ShownBy::Crl,
        taken_in: Vec::new(),
        unknown: Vec::new(),
        revocations: 0,
        next_crl: Vec::new(),
    };
    let before = revoked(store)?;
    let last = take_in_crls(store, evidence, &mut brought, now)?;
    for certificate in &evidence.certificates {
        take_in_certificate(store, certificate, &mut brought, now)?;
    }
    brought.revocations = revoked(store)?.saturating_sub(before);
    brought.shown_by = shown_by(store, evidence, place, &last)?;
    if brought.shown_by.nothing_lost()
        && let Some(object) = brought.taken_in.first()
    {
        return Err(RestoreError::Later { object: object.clone() }.into());
    }
    let skipped = match brought.shown_by {
        ShownBy::Head => 0,
        ShownBy::Crl => SKIPPED_AFTER_CRL,
        ShownBy::EarlierHead => SKIPPED_UNSEEN,
    };
    for ca in active(store)? {
        if skipped > 0 {
            let next = store.next_crl_number(&ca)?;
            let number = CrlNumber(next.0.saturating_add(skipped).saturating_sub(1));
            store.skip_crl_number(&ca, number, SKIPPED, now)?;
        }
        brought.next_crl.push((ca.clone(), store.next_crl_number(&ca)?));
    }
    if recorded == Recorded::Always || !brought.shown_by.nothing_lost() {
        let per_ca = u64::try_from(skipped).unwrap_or(u64::MAX);
        let cas = u64::try_from(brought.next_crl.len()).unwrap_or(u64::MAX);
        let skipped = (brought.shown_by, per_ca.saturating_mul(cas));
        store.record_restoration((from, sha256), &facts, skipped, now)?;
    }
    Ok(brought)
}

/// Why numbers are skipped, for the records.
const SKIPPED: &str = "may have been used after the copy was made from which the ledger was restored";

/// When the log tells that a ledger was put in place from a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// In any case.
    Always,
    /// Only if something may be lost: a home that moves is the same one.
    IfLost,
}

fn active(store: &Store) -> Result<Vec<CaName>, Error> {
    let cas = store.cas()?.into_iter().filter(|ca| ca.state == CaState::Active);
    Ok(cas.map(|ca| ca.name).collect())
}

fn revoked(store: &Store) -> Result<usize, Error> {
    let mut count = 0_usize;
    for ca in active(store)? {
        let listed = |sources: &CrlSources<'_>| {
            sources.listed(|entries| {
                let mut entries = entries.map(|one| one.map(|_| 1_usize));
                entries.try_fold(0_usize, |sum, one| one.map(|one| sum.saturating_add(one)))
            })
        };
        count = count.saturating_add(store.read_for_crl(&ca, &CrlScope::default(), listed)?);
    }
    Ok(count)
}

/// Which of the given things shows how far the home had come.
fn shown_by(
    store: &Store,
    evidence: &Evidence,
    place: Option<HeadPlace>,
    last: &BTreeMap<CaName, CrlNumber>,
) -> Result<ShownBy, Error> {
    if place == Some(HeadPlace::Last) {
        return Ok(ShownBy::Head);
    }
    let mut missing = Vec::new();
    for ca in active(store)? {
        if evidence.without_crl.contains(&ca) {
            if let Some(latest) = greatest_issued(store, &ca)? {
                return Err(RestoreError::CrlKnown { ca, latest }.into());
            }
        } else if !last.contains_key(&ca) {
            missing.push(ca);
        }
    }
    match (missing.is_empty(), place, evidence.head) {
        (true, _, _) => Ok(ShownBy::Crl),
        (false, Some(HeadPlace::Earlier), _) => Ok(ShownBy::EarlierHead),
        (false, Some(HeadPlace::Nowhere), Some(head)) => {
            Err(RestoreError::UnknownHead { head, missing }.into())
        }
        (false, _, _) => Err(RestoreError::NoEvidence { missing }.into()),
    }
}

fn greatest_issued(store: &Store, ca: &CaName) -> Result<Option<CrlNumber>, Error> {
    let crls = store.crls(ca)?;
    let exists = |crl: &&CrlRecord| matches!(crl.state, State::Issued | State::Imported);
    Ok(crls.iter().find(exists).map(|crl| crl.number))
}

/// Takes in the CRLs in the order of their numbers; gives the greatest of each CA.
fn take_in_crls(
    store: &mut Store,
    evidence: &Evidence,
    brought: &mut BroughtUp,
    now: Time,
) -> Result<BTreeMap<CaName, CrlNumber>, Error> {
    let mut numbered = Vec::new();
    for crl in &evidence.crls {
        let signer = |ca: &crate::store::Ca| {
            ca.certificate.as_ref().is_some_and(|own| own.subject() == crl.issuer())
                && crl.verify_signed_by(&ca.public_key).is_ok()
        };
        let no_ca = || RestoreError::NoCa { kind: Kind::Crl, issuer: crl.issuer().clone() };
        let ca = store.cas()?.into_iter().find(signer).ok_or_else(no_ca)?.name;
        if let Some(critical) = crl.extensions().iter().find(|extension| extension.critical) {
            return Err(RestoreError::Part { ca, extension: critical.value.name() }.into());
        }
        let number = crl.number().ok_or_else(|| RestoreError::NoNumber { ca: ca.clone() })?;
        numbered.push((ca, number, crl));
    }
    numbered.sort_by_key(|(ca, number, _)| (ca.clone(), number.0));
    let mut last = BTreeMap::new();
    for (ca, number, crl) in numbered {
        let object = Object { kind: Kind::Crl, ca: ca.to_string(), number: number.to_string() };
        let unknown: Vec<SerialNumber> = crl
            .revoked()
            .iter()
            .map(|entry| entry.serial.clone())
            .filter(|serial| {
                let number = serial.to_string();
                let object = Object { kind: Kind::Certificate, ca: ca.to_string(), number };
                matches!(store.on_record(&object), Ok(OnRecord::Nothing))
            })
            .collect();
        if take_in(store, &object, crl.as_der(), now)? {
            // The greatest of the copy may be a number for which nothing is known to exist.
            if store.next_crl_number(&ca)? > number {
                let latest = greatest_issued(store, &ca)?.unwrap_or(number);
                return Err(RestoreError::NotLast { ca, number, latest }.into());
            }
            store.import_crl(&ca, crl, now)?;
            brought.taken_in.push(object);
            brought.unknown.extend(unknown.into_iter().map(|serial| (ca.clone(), serial)));
        }
        last.insert(ca, number);
    }
    for (ca, number) in &last {
        if let Some(latest) = greatest_issued(store, ca)?
            && *number < latest
        {
            return Err(RestoreError::NotLast { ca: ca.clone(), number: *number, latest }.into());
        }
    }
    Ok(last)
}

fn take_in_certificate(
    store: &mut Store,
    certificate: &Certificate,
    brought: &mut BroughtUp,
    now: Time,
) -> Result<(), Error> {
    let signer = |ca: &crate::store::Ca| {
        ca.certificate.as_ref().is_some_and(|own| own.subject() == certificate.issuer())
            && certificate.verify_signed_by(&ca.public_key).is_ok()
    };
    // A directory of certificates holds those of others, too.
    let Some(ca) = store.cas()?.into_iter().find(signer).map(|ca| ca.name) else { return Ok(()) };
    let serial = certificate.serial();
    let object = Object { kind: Kind::Certificate, ca: ca.to_string(), number: serial.to_string() };
    if take_in(store, &object, certificate.as_der(), now)? {
        store.import_certificate(&ca, certificate, now)?;
        brought.taken_in.push(object);
        brought.unknown.retain(|(of, unknown)| *of != ca || unknown != serial);
    }
    Ok(())
}

/// Whether an object is new to the copy. One that is on record must be the same, and one for which there is a
/// reservation is found by this.
fn take_in(store: &mut Store, object: &Object, der: &[u8], now: Time) -> Result<bool, Error> {
    let contradiction = || RestoreError::Contradiction { object: object.clone() };
    match store.on_record(object)? {
        OnRecord::Nothing | OnRecord::Number => Ok(true),
        OnRecord::Signed(known) if known == der => Ok(false),
        OnRecord::Signed(_) => Err(contradiction().into()),
        OnRecord::ToBeSigned(_) => {
            Parts::from_der(der).map_err(|_| contradiction())?;
            match store.settle_found(object, der, now) {
                Ok(()) => Ok(false),
                Err(crate::store::Error::NotAsReserved { .. }) => Err(contradiction().into()),
                Err(error) => Err(error.into()),
            }
        }
    }
}
