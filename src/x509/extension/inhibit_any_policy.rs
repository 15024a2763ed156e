//! inhibitAnyPolicy (RFC 5280 s.4.2.1.14).

use std::fmt;

use der::{Decode, Encode};

/// SkipCerts: how many certificates of a path may follow before anyPolicy no longer stands for any policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InhibitAnyPolicy(pub u32);

impl InhibitAnyPolicy {
    pub(super) fn to_der(self) -> Result<Vec<u8>, der::Error> {
        self.0.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        u32::from_der(der).map(Self)
    }
}

impl fmt::Display for InhibitAnyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("anyPolicy does not count below"),
            1 => f.write_str("anyPolicy counts in 1 more certificate"),
            more => write!(f, "anyPolicy counts in {more} more certificates"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_a_minimal_integer() {
        for (number, der) in [(0, "020100"), (127, "02017f"), (128, "02020080"), (u32::MAX, "020500ffffffff")]
        {
            assert_eq!(hex::encode(InhibitAnyPolicy(number).to_der().unwrap()), der);
            assert_eq!(
                InhibitAnyPolicy::from_der(&hex::decode(der).unwrap()).unwrap(),
                InhibitAnyPolicy(number)
            );
        }
        assert!(InhibitAnyPolicy::from_der(&[2, 1, 0x80]).is_err());
    }
}
