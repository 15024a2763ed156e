//! reasonCode (RFC 5280 s.5.3.1): why a certificate was revoked.

use std::fmt;
use std::str::FromStr;

/// A revocation reason. `unspecified` (0) is not one: RFC 5280 wants the extension left out then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    /// 1: the subject's private key is known or suspected to be compromised.
    KeyCompromise,
    /// 2: the same of a CA's key.
    CaCompromise,
    /// 3: the subject's name or other information has changed.
    AffiliationChanged,
    /// 4: the certificate has been replaced.
    Superseded,
    /// 5: the certificate is no longer needed.
    CessationOfOperation,
    /// 6: on hold; may be released.
    CertificateHold,
    /// 9: a privilege in the certificate was withdrawn.
    PrivilegeWithdrawn,
}

impl ReasonCode {
    /// Every reason, in the order of its number.
    pub const ALL: [Self; 7] = [
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
    ];

    /// The number that is encoded.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The reason of a number, if keyrite writes it.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::CertificateHold => "certificate-hold",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
        })
    }
}

/// A word that is not a revocation reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown revocation reason {0:?}, wanted one of key-compromise ca-compromise affiliation-changed superseded cessation-of-operation certificate-hold privilege-withdrawn"
)]
pub struct UnknownReason(pub String);

impl FromStr for ReasonCode {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.to_string() == text)
            .ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_and_unspecified_have_no_variant() {
        for code in [0, 7, 8, 10] {
            assert_eq!(ReasonCode::from_code(code), None, "{code}");
        }
        for reason in ReasonCode::ALL {
            assert_eq!(reason.to_string().parse(), Ok(reason));
            assert_eq!(ReasonCode::from_code(reason.code()), Some(reason));
        }
    }
}
