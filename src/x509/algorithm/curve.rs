//! The named curves of ECDSA keys (RFC 5480 s.2.1.1.1).

use std::fmt;

use super::Digest;

/// A named elliptic curve of RFC 5480 s.2.1.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
}

impl Curve {
    /// Every curve that keyrite offers.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The octets of one field element, and so of each half of a raw `r || s` signature.
    #[must_use]
    pub const fn field_octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The DER of the curve's OBJECT IDENTIFIER, which is also PKCS#11's `CKA_EC_PARAMS`.
    #[must_use]
    pub const fn oid_der(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    /// The curve named by a DER OBJECT IDENTIFIER, if it is one that keyrite offers.
    #[must_use]
    pub fn from_oid_der(der: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid_der() == der)
    }

    /// The digest that is paired with the curve (BR 7.1.3.2.2): as long as the curve is strong.
    #[must_use]
    pub const fn digest(self) -> Digest {
        match self {
            Self::P256 => Digest::Sha256,
            Self::P384 => Digest::Sha384,
            Self::P521 => Digest::Sha512,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        })
    }
}
