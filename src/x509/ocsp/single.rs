//! SingleResponse: what is said about one certificate (RFC 6960 s.4.2.1).

use std::fmt;

use der::asn1::{AnyRef, GeneralizedTime, Null};
use der::{Choice, Decode, Encode, Sequence, Tagged};

use super::cert_id::RawCertId;
use super::request::once_and_known;
use super::{CertId, OcspError, extension, generalized, oid, time};
use crate::x509::extension::{ReasonCode, read_list};
use crate::x509::time::Time;

/// CertStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked, for good or on hold.
    Revoked {
        /// revocationTime.
        at: Time,
        /// revocationReason, as CRLReason numbers it (RFC 5280 s.5.3.1); none means that nothing is said.
        reason: Option<u8>,
    },
    /// The responder does not know of such a certificate.
    Unknown,
}

impl CertStatus {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for CertStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoked { at, reason: Some(reason) } => {
                write!(f, "revoked since {at} ({})", reason_name(*reason))
            }
            Self::Revoked { at, reason: None } => write!(f, "revoked since {at}"),
            Self::Good | Self::Unknown => f.write_str(self.word()),
        }
    }
}

/// The name of a reason, also of those that keyrite never writes.
#[must_use]
pub fn reason_name(code: u8) -> String {
    match (ReasonCode::from_code(code), code) {
        (Some(reason), _) => reason.to_string(),
        (None, 0) => "unspecified".to_owned(),
        (None, 8) => "removeFromCRL".to_owned(),
        (None, 10) => "aACompromise".to_owned(),
        (None, _) => format!("reason {code}"),
    }
}

/// What is said about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Single {
    /// Which certificate.
    pub certificate: CertId,
    /// What of it.
    pub status: CertStatus,
    /// thisUpdate: when this was known to be right.
    pub this_update: Time,
    /// nextUpdate: when at the latest there is something newer.
    pub next_update: Option<Time>,
    /// archiveCutoff: since when answers about expired certificates are kept (RFC 6960 s.4.4.4).
    pub archive_cutoff: Option<Time>,
}

#[derive(Clone, Debug, Sequence)]
pub(super) struct RawSingle<'a> {
    cert_id: RawCertId<'a>,
    status: RawStatus<'a>,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

#[derive(Clone, Debug, Choice)]
enum RawStatus<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RawRevoked<'a>),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Clone, Debug, Sequence)]
struct RawRevoked<'a> {
    time: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<AnyRef<'a>>,
}

impl Single {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, OcspError> {
        let status = match self.status {
            CertStatus::Good => RawStatus::Good(Null),
            CertStatus::Unknown => RawStatus::Unknown(Null),
            CertStatus::Revoked { at, reason } => {
                let reason = reason.as_ref().map(std::slice::from_ref);
                let reason = reason.map(|code| AnyRef::new(der::Tag::Enumerated, code)).transpose()?;
                let raw = RawRevoked { time: generalized(at)?, reason };
                return self.with_status(&RawStatus::Revoked(raw));
            }
        };
        self.with_status(&status)
    }

    fn with_status(&self, status: &RawStatus<'_>) -> Result<Vec<u8>, OcspError> {
        let cutoff = match self.archive_cutoff {
            Some(time) => {
                let one = extension(oid::ARCHIVE_CUTOFF, &generalized(time)?.to_der()?)?;
                Some(super::request::sequence(&[&one])?)
            }
            None => None,
        };
        let raw = RawSingle {
            cert_id: RawCertId::from_der(self.certificate.as_der())?,
            status: status.clone(),
            this_update: generalized(self.this_update)?,
            next_update: self.next_update.map(generalized).transpose()?,
            extensions: cutoff.as_deref().map(AnyRef::from_der).transpose()?,
        };
        Ok(raw.to_der()?)
    }

    pub(super) fn from_raw(raw: &RawSingle<'_>) -> Result<Self, OcspError> {
        let extensions = raw.extensions.map_or(Ok(Vec::new()), read_list)?;
        once_and_known(&extensions, &[oid::CRL, oid::ARCHIVE_CUTOFF])?;
        let cutoff = extensions.iter().find(|one| one.oid == oid::ARCHIVE_CUTOFF);
        let status = match &raw.status {
            RawStatus::Good(Null) => CertStatus::Good,
            RawStatus::Unknown(Null) => CertStatus::Unknown,
            RawStatus::Revoked(revoked) => {
                let reason = match revoked.reason {
                    None => None,
                    Some(any) => {
                        any.tag().assert_eq(der::Tag::Enumerated)?;
                        let [code] = any.value() else {
                            return Err(der::Error::from(der::Tag::Enumerated.length_error()).into());
                        };
                        Some(*code)
                    }
                };
                CertStatus::Revoked { at: time(revoked.time)?, reason }
            }
        };
        Ok(Self {
            certificate: CertId::from_raw(&raw.cert_id)?,
            status,
            this_update: time(raw.this_update)?,
            next_update: raw.next_update.map(time).transpose()?,
            archive_cutoff: cutoff
                .map(|one| Ok::<_, OcspError>(time(GeneralizedTime::from_der(one.value)?)?))
                .transpose()?,
        })
    }
}
