//! cRLNumber (RFC 5280 s.5.2.3).

use std::fmt;

use der::asn1::UintRef;
use der::{Decode, Encode, Tag};

/// A CRL number. RFC 5280 allows 20 octets; keyrite counts in 128 bits, which holds the numbers of every
/// known CA (they count from 1, or take nanoseconds since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrlNumber(pub u128);

impl CrlNumber {
    /// The next number, or none after 2^128 - 1.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }

    pub(super) fn to_der(self) -> Result<Vec<u8>, der::Error> {
        UintRef::new(&self.0.to_be_bytes())?.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let number = UintRef::from_der(der)?;
        let octets = number.as_bytes();
        let mut wide = [0_u8; 16];
        let start = wide.len().checked_sub(octets.len()).ok_or_else(|| Tag::Integer.length_error())?;
        wide.iter_mut().skip(start).zip(octets).for_each(|(to, from)| *to = *from);
        Ok(Self(u128::from_be_bytes(wide)))
    }
}

impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_minimal_and_never_negative() {
        for (number, der) in [(0, "020100"), (127, "02017f"), (128, "02020080"), (256, "02020100")] {
            assert_eq!(hex::encode(CrlNumber(number).to_der().unwrap()), der);
            assert_eq!(CrlNumber::from_der(&hex::decode(der).unwrap()).unwrap(), CrlNumber(number));
        }
        assert!(CrlNumber::from_der(&[2, 1, 0x80]).is_err());
        assert_eq!(CrlNumber(u128::MAX).next(), None);
        let top = CrlNumber(u128::MAX).to_der().unwrap();
        assert_eq!(CrlNumber::from_der(&top).unwrap(), CrlNumber(u128::MAX));
    }
}
