//! BundleId: a random number by which a bundle is known for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 128 random bits: no two bundles have the same, and a bundle that comes twice is known by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleId([u8; 16]);

impl BundleId {
    /// The id of these octets, which are random.
    #[must_use]
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }
}

impl FromStr for BundleId {
    type Err = BundleIdSyntax;

    fn from_str(text: &str) -> Result<Self, BundleIdSyntax> {
        let wrong = || BundleIdSyntax { found: text.to_owned() };
        let mut octets = [0; 16];
        hex::decode_to_slice(text, &mut octets).map_err(|_| wrong())?;
        // One spelling.
        if text.bytes().any(|octet| octet.is_ascii_uppercase()) { Err(wrong()) } else { Ok(Self(octets)) }
    }
}

impl TryFrom<String> for BundleId {
    type Error = BundleIdSyntax;

    fn try_from(text: String) -> Result<Self, BundleIdSyntax> {
        text.parse()
    }
}

impl From<BundleId> for String {
    fn from(id: BundleId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BundleId({self})")
    }
}

/// Text that is not the id of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not the id of a bundle, wanted 32 lower-case hex digits")]
pub struct BundleIdSyntax {
    /// The text.
    pub found: String,
}
