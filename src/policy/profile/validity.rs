//! The rules of a profile for how long certificates are valid.

use std::fmt;
use std::str::FromStr;

use crate::x509::time::{Duration, Time, TimeError};

/// How long a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So long, both ends counted.
    Of(Duration),
    /// Without a well-defined end: notAfter is 99991231235959Z (RFC 5280 s.4.1.2.5).
    NoExpiration,
}

impl Length {
    /// The word for a validity without a well-defined end.
    pub const NO_EXPIRATION: &'static str = "no-expiration";

    /// The last second of a validity of this length.
    ///
    /// # Errors
    /// [`TimeError`] when it lies after the year 9999.
    pub fn last_second_from(self, not_before: Time) -> Result<Time, TimeError> {
        match self {
            Self::Of(duration) => duration.last_second_from(not_before),
            Self::NoExpiration => Ok(Time::NO_EXPIRATION),
        }
    }
}

impl From<Duration> for Length {
    fn from(duration: Duration) -> Self {
        Self::Of(duration)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(duration) => duration.fmt(f),
            Self::NoExpiration => f.write_str(Self::NO_EXPIRATION),
        }
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        if text == Self::NO_EXPIRATION {
            return Ok(Self::NoExpiration);
        }
        text.parse().map(Self::Of).map_err(LengthError)
    }
}

/// A text that is neither a duration nor `no-expiration`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}, or no-expiration")]
pub struct LengthError(#[source] TimeError);

/// How long certificates are valid. A length counts both ends: 90 days end one second before the
/// same time of day 90 days later (RFC 5280 s.4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityRules {
    /// The length when none is asked for.
    pub default: Length,
    /// The greatest length.
    pub maximum: Length,
    /// How far before the present notBefore may lie; absent means not at all.
    pub backdating: Option<Duration>,
    /// Whether notAfter may lie beyond that of the CAs above: the shell model, in which what was sound when it was
    /// issued stays so. Relying parties that walk the path (RFC 5280 s.6.1.3) then refuse it all the same.
    pub beyond_issuer: bool,
}
