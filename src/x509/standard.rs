//! The sets of rules that a certificate may have to follow.

use std::fmt;
use std::str::FromStr;

/// A set of rules. RFC 5280 always applies; the others where a profile says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standard {
    /// RFC 5280 and the RFCs that update it.
    Rfc5280,
    /// The Baseline Requirements of the CA/Browser Forum for TLS server certificates: root, subordinate,
    /// cross, leaf, OCSP responder and CRL profiles.
    WebPki,
    /// ETSI EN 319 412: certificates of natural and legal persons, and qualified ones.
    Etsi,
}

impl Standard {
    /// Every set, the one that always applies first.
    pub const ALL: [Self; 3] = [Self::Rfc5280, Self::WebPki, Self::Etsi];

    /// The words, as profiles and options have them.
    pub const WORDS: [&'static str; 3] = ["rfc5280", "webpki", "etsi"];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rfc5280 => "rfc5280",
            Self::WebPki => "webpki",
            Self::Etsi => "etsi",
        }
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Standard {
    type Err = UnknownStandard;

    fn from_str(text: &str) -> Result<Self, UnknownStandard> {
        Self::ALL.into_iter().find(|one| one.word() == text).ok_or_else(|| UnknownStandard(text.to_owned()))
    }
}

/// A word that is not a set of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a set of rules, wanted one of rfc5280 webpki etsi")]
pub struct UnknownStandard(pub String);
