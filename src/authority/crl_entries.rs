//! The entries of a CRL that is to be made, collected in one pass over the ledger beside the CRL before it.

use std::iter::Peekable;

use super::crl::{Changes, CrlPlan, Sample, not_previous};
use super::error::Error;
use super::issuer::Authority;
use crate::audit::Fingerprint;
use crate::policy::{Left, Succession};
use crate::store::{CrlSources, PreviousCrl, Revision, Spool};
use crate::x509::crl::{Crl, CrlEnd, CrlReadError, CrlReader, Pairs, RevokedCertificate};
use crate::x509::extension::CrlNumber;
use crate::x509::serial::SerialNumber;

/// What was collected.
pub(super) struct Entries {
    /// The entries as they will be signed, one after the other.
    pub(super) encoded: Spool,
    pub(super) revoked: Sample,
    pub(super) changes: Changes,
    pub(super) revision: Revision,
    pub(super) ca_serials: Vec<SerialNumber>,
}

/// Why nothing was collected.
pub(super) enum Uncollected {
    /// The CRL would take back what this one says.
    Breaks {
        number: Option<CrlNumber>,
        sha256: Fingerprint,
        succession: Box<Succession>,
    },
    Error(Error),
}

impl<E: Into<Error>> From<E> for Uncollected {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// An entry, or why it cannot be had.
type One = Result<RevokedCertificate, Error>;

/// Goes through what is revoked, holds it against the previous CRLs, and encodes it into `encoded`.
pub(super) fn collect(
    sources: &CrlSources<'_>,
    authority: &Authority,
    plan: &CrlPlan,
    encoded: Spool,
    progress: &mut dyn FnMut(u64),
) -> Result<Entries, Uncollected> {
    let on_record =
        sources.previous().map(|previous| OnRecord::verify(sources, authority, previous)).transpose()?;
    if let Some(given) = &plan.previous {
        given_previous(authority, plan, given, on_record.as_ref())?;
        let mut before = given.revoked().to_vec();
        before.sort_by(|one, other| one.serial.cmp_as_number(&other.serial));
        let mut succession = Succession::after(given.this_update());
        sources.listed(|after| {
            let after = after.map(|one| one.map_err(Error::from));
            for pair in Pairs::new(before.into_iter().map(Ok), after) {
                let (before, after) = pair?;
                succession.pair(before.as_ref(), after.as_ref(), |serial| left(sources, serial))?;
            }
            Ok::<_, Error>(())
        })?;
        unbroken(succession, given.number(), || Ok(given.sha256().into()))?;
    }
    let base = match (&on_record, plan.delta) {
        (None, true) => return Err(Error::NoBase.into()),
        (Some(on_record), true) => sources.released(on_record.previous)?,
        (_, false) => Vec::new(),
    };
    let mut walk = Walk {
        delta: plan.delta,
        encoded,
        revoked: Sample::default(),
        changes: Changes { since: on_record.as_ref().map(|one| one.previous.number), ..Changes::default() },
        released: base.into_iter().peekable(),
    };
    let mut succession = on_record.as_ref().map(|one| Succession::after(one.end.this_update()));
    let mut count = 0_u64;
    let mut pass = |before: &mut dyn Iterator<Item = One>| {
        sources.listed(|after| {
            let after = after.map(|one| one.map_err(Error::from));
            for pair in Pairs::new(before, after) {
                let (before, after) = pair?;
                if let Some(succession) = &mut succession {
                    succession.pair(before.as_ref(), after.as_ref(), |serial| left(sources, serial))?;
                }
                walk.pair(before, after)?;
                count = count.saturating_add(1);
                if count.is_multiple_of(PROGRESS) {
                    progress(count);
                }
            }
            Ok::<_, Error>(())
        })
    };
    match &on_record {
        None => pass(&mut std::iter::empty())?,
        Some(on_record) => on_record.entries(sources, &mut pass)?,
    }
    walk.rest()?;
    if let (Some(succession), Some(on_record)) = (succession, &on_record) {
        let sha256 = || Ok(sources.previous_sha256(on_record.previous)?);
        unbroken(succession, on_record.end.number(), sha256)?;
    }
    let Walk { encoded, revoked, changes, .. } = walk;
    let ca_serials = sources.ca_serials()?;
    Ok(Entries { encoded, revoked, changes, revision: sources.revision(), ca_serials })
}

/// After how many entries it is told how far this has come.
const PROGRESS: u64 = 10_000;

fn left(sources: &CrlSources<'_>, serial: &SerialNumber) -> Result<Left, Error> {
    Ok(match sources.standing(serial)? {
        None => Left::Unknown,
        Some(standing) if !standing.revoked => Left::NotRevoked,
        Some(standing) => Left::Revoked { not_after: standing.not_after },
    })
}

fn unbroken(
    succession: Succession,
    number: Option<CrlNumber>,
    sha256: impl FnOnce() -> Result<Fingerprint, Error>,
) -> Result<(), Uncollected> {
    match succession.count() {
        0 => Ok(()),
        _ => Err(Uncollected::Breaks { number, sha256: sha256()?, succession: Box::new(succession) }),
    }
}

/// What is written while both lists are gone through.
struct Walk {
    delta: bool,
    encoded: Spool,
    revoked: Sample,
    changes: Changes,
    /// Of a delta CRL, what was released since the CRL to which it is added.
    released: Peekable<std::vec::IntoIter<RevokedCertificate>>,
}

impl Walk {
    fn pair(
        &mut self,
        before: Option<RevokedCertificate>,
        after: Option<RevokedCertificate>,
    ) -> Result<(), Error> {
        let changed = before != after;
        let Some(entry) = after else {
            let Some(gone) = before else { return Ok(()) };
            self.released_before(&gone.serial)?;
            // Somebody may have added an earlier delta CRL to the same base, so that whatever was released since is
            // named, too (RFC 5280 s.5.2.4).
            let removed =
                RevokedCertificate { reason: None, invalidity_date: None, removed: true, ..gone.clone() };
            self.changes.removed.add(gone);
            return if self.delta { self.write(removed) } else { Ok(()) };
        };
        self.released_before(&entry.serial)?;
        if changed {
            self.changes.added.add(entry.clone());
        }
        if changed || !self.delta { self.write(entry) } else { Ok(()) }
    }

    /// Writes what was released and has a smaller serial number than this; what has this very one is on the list, or
    /// named otherwise.
    fn released_before(&mut self, serial: &SerialNumber) -> Result<(), Error> {
        while let Some(one) = self.released.next_if(|one| one.serial.cmp_as_number(serial).is_le()) {
            if one.serial != *serial {
                self.write(one)?;
            }
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), Error> {
        while let Some(one) = self.released.next() {
            self.write(one)?;
        }
        Ok(())
    }

    fn write(&mut self, entry: RevokedCertificate) -> Result<(), Error> {
        self.encoded.append(|out| entry.encode_into(out).map_err(Error::from))?;
        self.revoked.add(entry);
        Ok(())
    }
}

/// The newest CRL on record, which our own key has signed.
struct OnRecord {
    previous: PreviousCrl,
    end: CrlEnd,
}

impl OnRecord {
    /// Reads it to its end, and believes nothing of it before its signature was verified.
    fn verify(sources: &CrlSources<'_>, authority: &Authority, previous: PreviousCrl) -> Result<Self, Error> {
        let mut reader = CrlReader::new(sources.previous_octets(previous)?).map_err(unread)?;
        if previous.ours {
            // Looked at when they are held against the new ones.
            reader.skip_entries().map_err(unread)?;
        }
        let end = reader.finish().map_err(unread)?;
        end.verify_signed_by(authority.public_key()).map_err(|error| not_previous(error.to_string()))?;
        Ok(Self { previous, end })
    }

    /// Has `work` go through its entries in the order of their serial numbers. It was the same octets that were
    /// verified: all is read in one state of the ledger.
    fn entries(
        &self,
        sources: &CrlSources<'_>,
        work: &mut dyn FnMut(&mut dyn Iterator<Item = One>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut reader = CrlReader::new(sources.previous_octets(self.previous)?).map_err(unread)?;
        if self.previous.ours {
            work(&mut reader.entries().map(|one| one.map_err(unread)))?;
            let end = reader.finish().map_err(unread)?;
            return if end.is_ascending() {
                Ok(())
            } else {
                Err(not_previous("its entries are in no order"))
            };
        }
        let mut entries = reader.entries().map(|one| one.map_err(unread));
        if self.end.is_ascending() {
            return work(&mut entries);
        }
        // One that was made elsewhere and is in another order has to be held to be sorted.
        let mut all = entries.by_ref().collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|one, other| one.serial.cmp_as_number(&other.serial));
        work(&mut all.into_iter().map(Ok))
    }
}

fn unread(error: CrlReadError) -> Error {
    not_previous(error.to_string())
}

/// A CRL from elsewhere must be the CA's own, complete, of this scope, and no older than what is on record.
fn given_previous(
    authority: &Authority,
    plan: &CrlPlan,
    given: &Crl,
    on_record: Option<&OnRecord>,
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
    if let Some(newer) = on_record.filter(|newer| newer.end.this_update() > given.this_update()) {
        return Err(not_previous(format!("the newest on record is of {}", newer.end.this_update())));
    }
    Ok(())
}
