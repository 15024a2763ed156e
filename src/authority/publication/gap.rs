//! Gap: something that relying parties will look for and not find.

use std::fmt;

use super::place::NoPlace;
use crate::store::CaName;
use crate::x509::extension::CrlNumber;

/// What is wanted at a URL and cannot be put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// No CRL covers the certificates that name a URL.
    NoCrl {
        /// The CA that issued them.
        ca: CaName,
        /// The URL.
        url: String,
        /// How many name it.
        certificates: u64,
    },
    /// A CRL names a place for its delta CRLs, and there is none.
    NoDelta {
        /// The CA.
        ca: CaName,
        /// The place.
        url: String,
    },
    /// The newest CRL is not current any more.
    Overdue {
        /// The CA.
        ca: CaName,
        /// The number of the CRL.
        number: CrlNumber,
        /// Whether it is a delta CRL.
        is_delta: bool,
    },
    /// A URL to which no file can be put.
    NoFile {
        /// The CA whose certificates name it.
        ca: CaName,
        /// The URL.
        url: String,
        /// Why not.
        why: NoPlace,
        /// How many certificates name it.
        certificates: u64,
    },
    /// Two different files for one place.
    Conflict {
        /// The place, relative to the root.
        path: String,
        /// The URL of the second.
        url: String,
        /// A URL of the first.
        other: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCrl { ca, url, certificates } => write!(
                f,
                "no CRL of CA {ca} for {url}, named by {}: keyrite crl issue --ca {ca}",
                Certificates(*certificates)
            ),
            Self::NoDelta { ca, url } => {
                write!(f, "no delta CRL of CA {ca} for {url}: keyrite crl issue --ca {ca} --delta")
            }
            Self::Overdue { ca, number, is_delta } => {
                let (what, option) = if *is_delta { ("delta CRL", " --delta") } else { ("CRL", "") };
                write!(
                    f,
                    "{what} {number} of CA {ca} is not current any more: keyrite crl issue --ca {ca}{option}"
                )
            }
            Self::NoFile { ca, url, why, certificates } => {
                write!(
                    f,
                    "no file can be served at {url}, named by {} of CA {ca}: {why}",
                    Certificates(*certificates)
                )
            }
            Self::Conflict { path, url, other } => {
                write!(f, "{url} and {other} are different things at one path, {path}")
            }
        }
    }
}

/// So many of them.
struct Certificates(u64);

impl fmt::Display for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = self;
        write!(f, "{number} unexpired certificate{}", if *number == 1 { "" } else { "s" })
    }
}
