//! The end of a key on a token, as the log tells it: before it comes, and after it came.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// A key that is about to be destroyed, or was, all of it or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeyEnd {
    /// Its URI (RFC 7512).
    pub key: String,
    /// Its algorithm, such as `ec-p256`, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// SHA-256 over the SubjectPublicKeyInfo, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key_sha256: Option<Fingerprint>,
    /// The CAs of this home whose key it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cas: Vec<String>,
    /// Afterwards: what is left of it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
