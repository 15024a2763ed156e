//! The objects that events are about, and what can become of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of signed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// A certification request for a key of ours.
    Request,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Crl => "CRL",
            Self::Request => "certification request",
        })
    }
}

/// Which object an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// The CA whose key signs it.
    pub ca: String,
    /// Its number within kind and CA: a serial number in hex; a CRL number or the ledger's own number of
    /// a request in decimal.
    pub number: String,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.kind, self.number, self.ca)
    }
}

/// How a signature failed, which decides whether it may exist somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The token was never asked: there is no signature.
    NotAttempted,
    /// The token was asked and failed: there may be a signature that nobody received.
    Token,
    /// What the token gave does not verify under the CA's key.
    Signature,
}

/// How an open reservation was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The number is given up; it stays burned and can be revoked.
    Abandoned,
    /// The signed object was found, and it is the one that was reserved.
    Found,
}
