//! Which checkpoint a key signs, as the log tells it.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// A checkpoint, and the key that signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SignedCheckpoint {
    /// The origin of the log.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Fingerprint,
    /// The URI of the key.
    pub key: String,
    /// The name of the key in the signature line.
    pub key_name: String,
    /// SHA-256 over the SubjectPublicKeyInfo.
    pub public_key_sha256: Fingerprint,
}
