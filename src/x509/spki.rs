//! SubjectPublicKeyInfo (RFC 5280 s.4.1.2.7): a public key that has been read and found sound.
//!
//! A [`PublicKey`] exists only if its encoding is the exact one that certificates use (BR 7.1.3.1:
//! RSA with an explicit NULL, EC with a named curve and an uncompressed point) and the key itself is
//! usable: an RSA modulus and exponent in range, an EC point on its curve.

use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Encode, Reader, SliceReader, Tagged};
use sha2::{Digest as _, Sha256};

use super::algorithm::{Curve, KeyAlgorithm};

/// `rsaEncryption` with its NULL: BR 7.1.3.1.1.
const RSA_IDENTIFIER: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// The value octets of `id-ecPublicKey` as a TLV: RFC 5480 s.2.1.1.
const EC_PUBLIC_KEY_OID: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// The smallest RSA modulus that is accepted, in bits (BR 6.1.5).
pub const RSA_MINIMUM_BITS: u32 = 2048;
/// The largest RSA modulus that is accepted, in bits: a bound on work, not a rule of a standard.
pub const RSA_MAXIMUM_BITS: u32 = 8192;
/// The smallest RSA public exponent (BR 6.1.6).
const RSA_MINIMUM_EXPONENT: [u8; 3] = [0x01, 0x00, 0x01];

/// A public key in the encoding that certificates use.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    der: Vec<u8>,
    bits_offset: usize,
    algorithm: KeyAlgorithm,
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`SpkiError`] when the encoding is not DER, the algorithm is not offered, or the key is weak
    /// or not a key at all.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, SpkiError> {
        let mut reader = SliceReader::new(der)?;
        let spki = AnyRef::decode(&mut reader)?;
        reader.finish()?;
        if spki.tag() != der::Tag::Sequence {
            return Err(SpkiError::Encoding("SubjectPublicKeyInfo is not a SEQUENCE".to_owned()));
        }
        let mut fields = SliceReader::new(spki.value())?;
        let identifier = fields.tlv_bytes()?;
        let bits = BitStringRef::decode(&mut fields)?;
        fields.finish()?;
        let key = bits
            .as_bytes()
            .ok_or_else(|| SpkiError::Encoding("subjectPublicKey has unused bits".to_owned()))?;
        let algorithm = if identifier == RSA_IDENTIFIER {
            rsa_algorithm(key)?
        } else {
            KeyAlgorithm::Ec(ec_curve(identifier, key)?)
        };
        let bits_offset = der.len().saturating_sub(key.len());
        Ok(Self { der: der.to_vec(), bits_offset, algorithm })
    }

    /// Builds the key of an uncompressed EC point (`04 || x || y`, SEC 1 s.2.3.3), as a token gives it.
    ///
    /// # Errors
    /// [`SpkiError::Point`] when the point is not on the curve.
    pub fn from_ec_point(curve: Curve, point: &[u8]) -> Result<Self, SpkiError> {
        let identifier = sequence(&[EC_PUBLIC_KEY_OID, curve.oid_der()])?;
        Self::from_spki_der(&spki(&identifier, point)?)
    }

    /// Builds the key of an RSA modulus and public exponent, both big-endian and unsigned; leading
    /// zero octets are dropped.
    ///
    /// # Errors
    /// [`SpkiError`] when modulus or exponent are out of range.
    pub fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, SpkiError> {
        let modulus = UintRef::new(modulus)?.to_der()?;
        let exponent = UintRef::new(exponent)?.to_der()?;
        let key = sequence(&[&modulus, &exponent])?;
        Self::from_spki_der(&spki(RSA_IDENTIFIER, &key)?)
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The contents of the subjectPublicKey BIT STRING: an EC point, or a DER `RSAPublicKey`.
    #[must_use]
    pub fn key_octets(&self) -> &[u8] {
        self.der.get(self.bits_offset..).unwrap_or_default()
    }

    /// The kind and size of the key.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The key identifier that keyrite writes into certificates: RFC 7093 s.2 method 1, the leftmost
    /// 160 bits of the SHA-256 of the subjectPublicKey bits. RFC 5280's own method needs SHA-1, which
    /// this program does not contain.
    #[must_use]
    pub fn key_identifier(&self) -> [u8; 20] {
        let digest: [u8; 32] = Sha256::digest(self.key_octets()).into();
        let mut identifier = [0; 20];
        for (to, from) in identifier.iter_mut().zip(digest) {
            *to = from;
        }
        identifier
    }

    /// SHA-256 over the whole SubjectPublicKeyInfo: the fingerprint that people compare.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// The octets of one signature by this key as a PKCS#11 token returns it: `r || s` (PKCS#11 3.1
    /// s.6.3.1), or as long as the RSA modulus.
    #[must_use]
    pub fn raw_signature_octets(&self) -> usize {
        match self.algorithm {
            KeyAlgorithm::Ec(curve) => curve.field_octets().saturating_mul(2),
            KeyAlgorithm::Rsa { bits } => usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX),
        }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm, hex::encode(self.sha256()))
    }
}

/// Why a public key was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpkiError {
    /// Not the DER of a SubjectPublicKeyInfo.
    #[error("public key is not well-formed DER: {0}")]
    Encoding(String),
    /// An algorithm that keyrite does not offer, or one of its forms that certificates must not use.
    #[error("unsupported public key algorithm {found}")]
    Algorithm {
        /// The AlgorithmIdentifier in hex.
        found: String,
    },
    /// An EC point that is compressed, of the wrong length, or not on its curve.
    #[error("the EC point is not a point of {curve} in uncompressed form")]
    Point {
        /// The curve that was named.
        curve: Curve,
    },
    /// An RSA modulus outside the accepted sizes.
    #[error("RSA modulus of {bits} bits, wanted {RSA_MINIMUM_BITS} to {RSA_MAXIMUM_BITS} in steps of 8")]
    Modulus {
        /// The length that was found.
        bits: u32,
    },
    /// An even RSA modulus cannot be a product of two odd primes.
    #[error("RSA modulus is even")]
    EvenModulus,
    /// An RSA exponent that is even, below 65537 or above 2^256 - 1.
    #[error("RSA public exponent 0x{found}, wanted an odd number from 0x10001 to 2^256 - 1")]
    Exponent {
        /// The exponent in hex.
        found: String,
    },
}

impl From<der::Error> for SpkiError {
    fn from(error: der::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

fn ec_curve(identifier: &[u8], key: &[u8]) -> Result<Curve, SpkiError> {
    let unsupported =
        || SpkiError::Algorithm { found: hex::encode(identifier.get(..64).unwrap_or(identifier)) };
    let any = AnyRef::from_der(identifier)?;
    let parameters = any.value().strip_prefix(EC_PUBLIC_KEY_OID).ok_or_else(unsupported)?;
    let curve = Curve::from_oid_der(parameters).ok_or_else(unsupported)?;
    // 0x04: uncompressed (SEC 1 s.2.3.3). Compressed and hybrid points are legal in RFC 5480 but
    // BR 7.1.3.1.2 and most verifiers want this form.
    let sound = key.first() == Some(&0x04)
        && match curve {
            Curve::P256 => p256::PublicKey::from_sec1_bytes(key).is_ok(),
            Curve::P384 => p384::PublicKey::from_sec1_bytes(key).is_ok(),
            Curve::P521 => p521::PublicKey::from_sec1_bytes(key).is_ok(),
        };
    if sound { Ok(curve) } else { Err(SpkiError::Point { curve }) }
}

fn rsa_algorithm(key: &[u8]) -> Result<KeyAlgorithm, SpkiError> {
    let (modulus, exponent) = rsa_parts(key)?;
    let leading = modulus.first().map_or(0, |octet| octet.leading_zeros());
    let bits = u32::try_from(modulus.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(leading);
    if !(RSA_MINIMUM_BITS..=RSA_MAXIMUM_BITS).contains(&bits) || bits % 8 != 0 {
        return Err(SpkiError::Modulus { bits });
    }
    if modulus.last().is_none_or(|octet| octet & 1 == 0) {
        return Err(SpkiError::EvenModulus);
    }
    let large_enough = exponent.len() > RSA_MINIMUM_EXPONENT.len()
        || (exponent.len() == RSA_MINIMUM_EXPONENT.len() && exponent >= &RSA_MINIMUM_EXPONENT[..]);
    if !large_enough || exponent.len() > 32 || exponent.last().is_none_or(|octet| octet & 1 == 0) {
        return Err(SpkiError::Exponent { found: hex::encode(exponent.get(..64).unwrap_or(exponent)) });
    }
    Ok(KeyAlgorithm::Rsa { bits })
}

/// The modulus and exponent of a DER `RSAPublicKey` (RFC 8017 s.A.1.1), without leading zeros.
fn rsa_parts(key: &[u8]) -> Result<(&[u8], &[u8]), SpkiError> {
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

fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    let value = parts.concat();
    AnyRef::new(der::Tag::Sequence, &value)?.to_der()
}

fn spki(identifier: &[u8], key: &[u8]) -> Result<Vec<u8>, der::Error> {
    let bits = BitStringRef::from_bytes(key)?.to_der()?;
    sequence(&[identifier, &bits])
}
