//! A SHA-256 as the log writes it: 64 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 over the octets of an object, or over a prefix of the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of octets.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        Self(Sha256::digest(octets).into())
    }

    /// Its 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(octets: [u8; 32]) -> Self {
        Self(octets)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        hex::encode(fingerprint.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintSyntax;

    /// As the log writes it: lower case only, since the log has one encoding.
    fn try_from(text: String) -> Result<Self, FingerprintSyntax> {
        let fingerprint: Self = text.parse()?;
        if text.bytes().any(|octet| octet.is_ascii_uppercase()) {
            return Err(FingerprintSyntax { found: text });
        }
        Ok(fingerprint)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintSyntax;

    /// Reads 64 hex digits of either case, as a person types them.
    fn from_str(text: &str) -> Result<Self, FingerprintSyntax> {
        let mut octets = [0; 32];
        hex::decode_to_slice(text, &mut octets).map_err(|_| FingerprintSyntax { found: text.to_owned() })?;
        Ok(Self(octets))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Text that is not a SHA-256 in hex.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a SHA-256, wanted 64 hex digits")]
pub struct FingerprintSyntax {
    /// The text that was found.
    pub found: String,
}
