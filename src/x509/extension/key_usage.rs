//! keyUsage (RFC 5280 s.4.2.1.3).

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

use der::asn1::BitStringRef;
use der::{Decode, Encode, Tag};

/// A set of key usages.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

const NAMES: [(&str, KeyUsage); 9] = [
    ("digitalSignature", KeyUsage::DIGITAL_SIGNATURE),
    ("nonRepudiation", KeyUsage::NON_REPUDIATION),
    ("keyEncipherment", KeyUsage::KEY_ENCIPHERMENT),
    ("dataEncipherment", KeyUsage::DATA_ENCIPHERMENT),
    ("keyAgreement", KeyUsage::KEY_AGREEMENT),
    ("keyCertSign", KeyUsage::KEY_CERT_SIGN),
    ("cRLSign", KeyUsage::CRL_SIGN),
    ("encipherOnly", KeyUsage::ENCIPHER_ONLY),
    ("decipherOnly", KeyUsage::DECIPHER_ONLY),
];

impl KeyUsage {
    /// No usage; never encoded, since an empty keyUsage says nothing (rule U03).
    pub const NONE: Self = Self(0);
    /// Bit 0.
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// Bit 1, also called contentCommitment.
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// Bit 2.
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// Bit 3.
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    /// Bit 4.
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// Bit 5.
    pub const KEY_CERT_SIGN: Self = Self(0x0400);
    /// Bit 6.
    pub const CRL_SIGN: Self = Self(0x0200);
    /// Bit 7.
    pub const ENCIPHER_ONLY: Self = Self(0x0100);
    /// Bit 8.
    pub const DECIPHER_ONLY: Self = Self(0x0080);

    /// Whether every usage of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set has no usage.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The usages of this set that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that are also in `other`.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn to_der(self) -> Result<Vec<u8>, der::Error> {
        // A named bit list ends with its last one-bit (X.690 s.11.2.2).
        let octets = self.0.to_be_bytes();
        let unused = self.0.trailing_zeros().min(16);
        let (octets, unused) = match unused {
            16 => (octets.get(..0), 0),
            8.. => (octets.get(..1), unused.saturating_sub(8)),
            _ => (octets.get(..2), unused),
        };
        let unused = u8::try_from(unused).unwrap_or(0);
        BitStringRef::new(unused, octets.unwrap_or_default())?.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let bits = BitStringRef::from_der(der)?;
        let usage = match bits.raw_bytes() {
            [first] => Self(u16::from_be_bytes([*first, 0])),
            [first, second] => Self(u16::from_be_bytes([*first, *second])),
            _ => return Err(Tag::BitString.length_error().into()),
        };
        if usage.0 & 0x007f != 0 { Err(Tag::BitString.value_error().into()) } else { Ok(usage) }
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            NAMES.iter().filter(|(_, usage)| self.contains(*usage)).map(|(name, _)| *name).collect();
        f.write_str(&names.join(", "))
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUsage({self})")
    }
}

/// A key usage that RFC 5280 does not name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown key usage {0:?}, wanted one of digitalSignature nonRepudiation keyEncipherment dataEncipherment keyAgreement keyCertSign cRLSign encipherOnly decipherOnly"
)]
pub struct UnknownKeyUsage(pub String);

impl FromStr for KeyUsage {
    type Err = UnknownKeyUsage;

    /// Reads one usage by its name in RFC 5280; `contentCommitment` is nonRepudiation.
    fn from_str(text: &str) -> Result<Self, UnknownKeyUsage> {
        let wanted = if text == "contentCommitment" { "nonRepudiation" } else { text };
        NAMES
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, usage)| *usage)
            .ok_or_else(|| UnknownKeyUsage(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_zero_bits_are_left_out() {
        for (usage, der) in [
            (KeyUsage::DIGITAL_SIGNATURE, "03020780"),
            (KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN, "03020106"),
            (KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT, "030205a0"),
            (KeyUsage::KEY_AGREEMENT | KeyUsage::DECIPHER_ONLY, "0303070880"),
            (KeyUsage::ENCIPHER_ONLY, "03020001"),
        ] {
            assert_eq!(hex::encode(usage.to_der().unwrap()), der, "{usage}");
            assert_eq!(KeyUsage::from_der(&hex::decode(der).unwrap()).unwrap(), usage);
        }
    }

    #[test]
    fn bits_that_rfc_5280_does_not_name_are_refused() {
        assert!(KeyUsage::from_der(&[3, 3, 6, 0x80, 0x40]).is_err());
        assert!(KeyUsage::from_der(&[3, 1, 0]).is_err());
    }
}
