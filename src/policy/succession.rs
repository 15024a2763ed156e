//! What a CRL owes the one before it: nobody who has fetched that may be told less (RFC 5280 s.3.3, s.5).

use std::collections::BTreeSet;

use crate::x509::crl::RevokedCertificate;
use crate::x509::extension::ReasonCode;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// Why a certificate that was on a CRL is not on the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Its serial number is not on record.
    Unknown,
    /// It is not revoked.
    NotRevoked,
    /// It is revoked, and its end is this.
    Revoked {
        /// The last second of its validity, where it is known.
        not_after: Option<Time>,
    },
}

/// Something that the previous CRL said and the next one would take back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// A certificate that was never on record.
    #[error("{serial} was named, and is not on record")]
    Unknown {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// A certificate that was revoked for good and no longer is.
    #[error("{serial} was revoked for good, and is not on record as revoked")]
    NotRevoked {
        /// Its serial number.
        serial: SerialNumber,
    },
    /// A revoked certificate that had not expired when the previous CRL was made.
    #[error("{serial} would be left out, although no CRL has named it after its end{}", end(.not_after))]
    Lost {
        /// Its serial number.
        serial: SerialNumber,
        /// The last second of its validity, where it is known.
        not_after: Option<Time>,
    },
    /// A certificate that would have been good for some time after all.
    #[error("{serial} was revoked since {before}, and would be since {after}")]
    Later {
        /// Its serial number.
        serial: SerialNumber,
        /// The revocationDate of the previous CRL.
        before: Time,
        /// That of the next one.
        after: Time,
    },
    /// A reason that gives way to one that it may not give way to.
    #[error("{serial} was revoked for {}, and would be for {}", word(.before), word(.after))]
    Weaker {
        /// Its serial number.
        serial: SerialNumber,
        /// The reason of the previous CRL.
        before: Option<ReasonCode>,
        /// That of the next one.
        after: Option<ReasonCode>,
    },
}

fn end(not_after: &Option<Time>) -> String {
    not_after.map_or_else(String::new, |end| format!(", {end}"))
}

fn word(reason: &Option<ReasonCode>) -> String {
    reason.map_or_else(|| "no reason".to_owned(), |reason| reason.to_string())
}

impl Break {
    /// Its id in records and messages.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "CRL-UNKNOWN",
            Self::NotRevoked { .. } => "CRL-NOT-REVOKED",
            Self::Lost { .. } => "CRL-LOST",
            Self::Later { .. } => "CRL-LATER",
            Self::Weaker { .. } => "CRL-WEAKER",
        }
    }
}

/// The most breaks that are named; the others are counted.
const NAMED: usize = 100;

/// The entries of a complete CRL, held against those of the previous one of its scope, certificate by certificate.
///
/// A certificate leaves the list when it was on hold and was released, or when a CRL has named it after its end.
#[derive(Clone, Debug)]
pub struct Succession {
    this_update: Time,
    breaks: Vec<Break>,
    ids: BTreeSet<&'static str>,
    count: u64,
}

impl Succession {
    /// Begins with the thisUpdate of the previous CRL.
    #[must_use]
    pub const fn after(this_update: Time) -> Self {
        Self { this_update, breaks: Vec::new(), ids: BTreeSet::new(), count: 0 }
    }

    /// Takes what both say of one serial number. What `left` says is asked for those alone that are on the previous CRL
    /// and not on the next.
    ///
    /// # Errors
    /// Those of `left`.
    pub fn pair<E>(
        &mut self,
        before: Option<&RevokedCertificate>,
        after: Option<&RevokedCertificate>,
        left: impl FnOnce(&SerialNumber) -> Result<Left, E>,
    ) -> Result<(), E> {
        let Some(before) = before.filter(|entry| !entry.removed) else { return Ok(()) };
        let serial = || before.serial.clone();
        let found = match after {
            None => match left(&before.serial)? {
                Left::Unknown => Break::Unknown { serial: serial() },
                Left::NotRevoked if before.reason == Some(ReasonCode::CertificateHold) => return Ok(()),
                Left::NotRevoked => Break::NotRevoked { serial: serial() },
                Left::Revoked { not_after: Some(end) } if end < self.this_update => return Ok(()),
                Left::Revoked { not_after } => Break::Lost { serial: serial(), not_after },
            },
            Some(after)
                if after.revocation_date > before.revocation_date
                    && before.reason != Some(ReasonCode::CertificateHold) =>
            {
                let (before, after) = (before.revocation_date, after.revocation_date);
                Break::Later { serial: serial(), before, after }
            }
            Some(after) if !may_follow(before.reason, after.reason) => {
                Break::Weaker { serial: serial(), before: before.reason, after: after.reason }
            }
            Some(_) => return Ok(()),
        };
        self.count = self.count.saturating_add(1);
        self.ids.insert(found.id());
        if self.breaks.len() < NAMED {
            self.breaks.push(found);
        }
        Ok(())
    }

    /// How many breaks there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The ids of the breaks, each once.
    #[must_use]
    pub const fn ids(&self) -> &BTreeSet<&'static str> {
        &self.ids
    }

    /// The first breaks, by their serial numbers.
    #[must_use]
    pub fn into_breaks(self) -> Vec<Break> {
        self.breaks
    }
}

/// Whether the reason of an entry may become another one: a hold any, and any a compromise of the key.
fn may_follow(before: Option<ReasonCode>, after: Option<ReasonCode>) -> bool {
    before == after
        || before == Some(ReasonCode::CertificateHold)
        || matches!(after, Some(ReasonCode::KeyCompromise | ReasonCode::CaCompromise))
}
