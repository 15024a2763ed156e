//! RSA public keys (RFC 8017 s.A.1.1): modulus and exponent, and whether they can be one.

use der::asn1::{AnyRef, UintRef};
use der::{Decode, Reader, SliceReader, Tagged};

use super::SpkiError;
use crate::x509::algorithm::KeyAlgorithm;

/// The smallest RSA modulus that is accepted, in bits (BR 6.1.5).
pub const MINIMUM_BITS: u32 = 2048;
/// The largest RSA modulus that is accepted, in bits: a bound on work, not a rule of a standard.
pub const MAXIMUM_BITS: u32 = 8192;
/// The smallest RSA public exponent (BR 6.1.6).
const MINIMUM_EXPONENT: [u8; 3] = [0x01, 0x00, 0x01];

pub(super) fn algorithm(key: &[u8]) -> Result<KeyAlgorithm, SpkiError> {
    let (modulus, exponent) = parts(key)?;
    let leading = modulus.first().map_or(0, |octet| octet.leading_zeros());
    let bits = u32::try_from(modulus.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(leading);
    if !(MINIMUM_BITS..=MAXIMUM_BITS).contains(&bits) || bits % 8 != 0 {
        return Err(SpkiError::Modulus { bits });
    }
    if modulus.last().is_none_or(|octet| octet & 1 == 0) {
        return Err(SpkiError::EvenModulus);
    }
    let large_enough = exponent.len() > MINIMUM_EXPONENT.len()
        || (exponent.len() == MINIMUM_EXPONENT.len() && exponent >= &MINIMUM_EXPONENT[..]);
    if !large_enough || exponent.len() > 32 || exponent.last().is_none_or(|octet| octet & 1 == 0) {
        return Err(SpkiError::Exponent { found: hex::encode(exponent.get(..64).unwrap_or(exponent)) });
    }
    Ok(KeyAlgorithm::Rsa { bits })
}

/// The modulus and exponent of a DER `RSAPublicKey` (RFC 8017 s.A.1.1), without leading zeros.
pub(super) fn parts(key: &[u8]) -> Result<(&[u8], &[u8]), SpkiError> {
    let any = AnyRef::from_der(key)?;
    if any.tag() != der::Tag::Sequence {
        return Err(SpkiError::Encoding("RSAPublicKey is not a SEQUENCE".to_owned()));
    }
    let mut fields = SliceReader::new(any.value())?;
    let modulus = UintRef::decode(&mut fields)?;
    let exponent = UintRef::decode(&mut fields)?;
    fields.finish()?;
    Ok((modulus.as_bytes(), exponent.as_bytes()))
}
