//! OCSP responses, which are signed in groups, as the log tells of them: one entry before and one after a group.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// A group of OCSP responses, and the key that signs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OcspGroup {
    /// The CA for which they answer.
    pub ca: String,
    /// The number of the group in the ledger.
    pub group: u64,
    /// How many responses are to be signed.
    pub count: u64,
    /// The URI of the key.
    pub key: String,
    /// SHA-256 over the SubjectPublicKeyInfo.
    pub public_key_sha256: Fingerprint,
}

impl fmt::Display for OcspGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group {} of OCSP responses of {}", self.group, self.ca)
    }
}

/// Octets that break a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OcspRefused {
    /// The CA for which they were to answer.
    pub ca: String,
    /// SHA-256 over the octets that would have been signed.
    pub tbs_sha256: Fingerprint,
    /// The id of every finding.
    pub findings: Vec<String>,
}

/// A group that is about to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OcspSigning {
    /// The group, and the key.
    #[serde(flatten)]
    pub group: OcspGroup,
    /// SHA-256 over the certificate of the responder, where it is not the CA itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_sha256: Option<Fingerprint>,
    /// thisUpdate of all of them.
    pub this_update: String,
    /// nextUpdate of all of them.
    pub next_update: String,
    /// How many say `good`.
    pub good: u64,
    /// How many say `revoked`.
    pub revoked: u64,
    /// How many say `unknown`.
    pub unknown: u64,
    /// SHA-256 over the SHA-256 of the octets of each that get signed, one after the other.
    pub tbs_sha256: Fingerprint,
}

/// Responses of a group that are on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OcspSigned {
    /// The group, and the key.
    #[serde(flatten)]
    pub group: OcspGroup,
    /// How many.
    pub signed: u64,
    /// SHA-256 over the SHA-256 of each whole response, one after the other.
    pub sha256: Fingerprint,
}

/// Responses of a group of which no usable signature came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OcspFailed {
    /// The group, and the key.
    #[serde(flatten)]
    pub group: OcspGroup,
    /// For how many the token was asked and gave no signature that is right: there may be some that nobody received.
    pub failed: u64,
    /// How many of these came back and are wrong.
    pub wrong: u64,
    /// For how many the token was never asked.
    pub not_attempted: u64,
    /// What was said about the first.
    pub reason: String,
}
