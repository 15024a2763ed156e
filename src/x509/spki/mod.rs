//! SubjectPublicKeyInfo (RFC 5280 s.4.1.2.7): a public key that has been read and found sound.
//!
//! A [`PublicKey`] exists only if its encoding is the exact one that certificates use (BR 7.1.3.1:
//! RSA with an explicit NULL, EC with a named curve and an uncompressed point; RFC 8410, RFC 9881 and
//! RFC 9909: no parameters) and the key itself is usable: an RSA modulus and exponent in range, a point
//! on its curve that is not one of the few of low order, the octets of its parameter set.

use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Encode, Reader, SliceReader, Tagged};
use sha2::{Digest as _, Sha256};

use super::algorithm::{
    Curve, ED448_IDENTIFIER, ED25519_IDENTIFIER, KeyAlgorithm, MlDsaParameterSet, SlhDsaParameterSet,
    describe,
};

mod edwards;
mod error;
mod roca;
mod rsa_key;

pub use error::SpkiError;
pub use rsa_key::{MAXIMUM_BITS as RSA_MAXIMUM_BITS, MINIMUM_BITS as RSA_MINIMUM_BITS};

/// `rsaEncryption` with its NULL: BR 7.1.3.1.1.
const RSA_IDENTIFIER: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// The TLV of `id-RSASSA-PSS`: RFC 4055 s.1.2.
const RSASSA_PSS_OID: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// The value octets of `id-ecPublicKey` as a TLV: RFC 5480 s.2.1.1.
const EC_PUBLIC_KEY_OID: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
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
            rsa_key::algorithm(key)?
        } else if names_ec(identifier) {
            KeyAlgorithm::Ec(ec_curve(identifier, key)?)
        } else if let Some(algorithm) = without_parameters(identifier)? {
            octets_fit(algorithm, key)?;
            algorithm
        } else {
            KeyAlgorithm::Ec(ec_curve(identifier, key)?)
        };
        let bits_offset = der.len().saturating_sub(key.len());
        Ok(Self { der: der.to_vec(), bits_offset, algorithm })
    }

    /// Whether a DER SubjectPublicKeyInfo names RSA, of which nothing else is read: a quick look before
    /// [`from_spki_der`](Self::from_spki_der).
    #[must_use]
    pub fn names_rsa(der: &[u8]) -> bool {
        AnyRef::from_der(der).is_ok_and(|spki| spki.value().starts_with(RSA_IDENTIFIER))
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

    /// Builds the key of the octets that its algorithm has for one, which are the contents of
    /// subjectPublicKey: the encoded point of Ed25519 and Ed448 (RFC 8032), the public key of ML-DSA
    /// (FIPS 204) and SLH-DSA (FIPS 205), an uncompressed EC point, a DER `RSAPublicKey`.
    ///
    /// # Errors
    /// [`SpkiError`] when they are no such key.
    pub fn from_key_octets(algorithm: KeyAlgorithm, octets: &[u8]) -> Result<Self, SpkiError> {
        let key = match algorithm {
            KeyAlgorithm::Ec(curve) => Self::from_ec_point(curve, octets)?,
            KeyAlgorithm::Rsa { .. } => Self::from_spki_der(&spki(RSA_IDENTIFIER, octets)?)?,
            KeyAlgorithm::Ed25519 => Self::from_spki_der(&spki(ED25519_IDENTIFIER, octets)?)?,
            KeyAlgorithm::Ed448 => Self::from_spki_der(&spki(ED448_IDENTIFIER, octets)?)?,
            KeyAlgorithm::MlDsa(set) => Self::from_spki_der(&spki(set.identifier_der(), octets)?)?,
            KeyAlgorithm::SlhDsa(set) => Self::from_spki_der(&spki(set.identifier_der(), octets)?)?,
        };
        if key.algorithm == algorithm {
            Ok(key)
        } else {
            Err(SpkiError::OtherAlgorithm { found: key.algorithm, wanted: algorithm })
        }
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The contents of the subjectPublicKey BIT STRING: an EC point, a DER `RSAPublicKey`, or the octets
    /// that the algorithm has for a key.
    #[must_use]
    pub fn key_octets(&self) -> &[u8] {
        self.der.get(self.bits_offset..).unwrap_or_default()
    }

    /// The modulus of an RSA key, big-endian and unsigned without leading zeros; none of other keys.
    #[must_use]
    pub fn rsa_modulus(&self) -> Option<&[u8]> {
        match self.algorithm {
            KeyAlgorithm::Rsa { .. } => rsa_key::parts(self.key_octets()).ok().map(|(modulus, _)| modulus),
            KeyAlgorithm::Ec(_)
            | KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => None,
        }
    }

    /// The kind and size of the key.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The key identifier that keyrite writes into certificates: RFC 7093 s.2 method 1, the leftmost
    /// 160 bits of the SHA-256 of the subjectPublicKey bits. RFC 5280's own method needs SHA-1, which
    /// this program has for the names of OCSP alone.
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
    /// s.6.3.1), as long as the RSA modulus, or as its algorithm always is.
    #[must_use]
    pub fn raw_signature_octets(&self) -> usize {
        match self.algorithm {
            KeyAlgorithm::Ec(curve) => curve.field_octets().saturating_mul(2),
            KeyAlgorithm::Rsa { bits } => usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX),
            KeyAlgorithm::Ed25519 => 64,
            KeyAlgorithm::Ed448 => 114,
            KeyAlgorithm::MlDsa(set) => set.signature_octets(),
            KeyAlgorithm::SlhDsa(set) => set.signature_octets(),
        }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm, hex::encode(self.sha256()))
    }
}

/// The algorithm of an AlgorithmIdentifier that has no parameters, if it names one of those.
fn without_parameters(identifier: &[u8]) -> Result<Option<KeyAlgorithm>, SpkiError> {
    let edwards = [(KeyAlgorithm::Ed25519, ED25519_IDENTIFIER), (KeyAlgorithm::Ed448, ED448_IDENTIFIER)];
    let ml_dsa = MlDsaParameterSet::ALL.map(|set| (KeyAlgorithm::MlDsa(set), set.identifier_der()));
    let slh_dsa = SlhDsaParameterSet::ALL.map(|set| (KeyAlgorithm::SlhDsa(set), set.identifier_der()));
    let oid = oid_tlv(identifier);
    let named = edwards
        .into_iter()
        .chain(ml_dsa)
        .chain(slh_dsa)
        .find(|(_, known)| oid.is_some() && oid_tlv(known) == oid);
    match named {
        Some((algorithm, exact)) if exact == identifier => Ok(Some(algorithm)),
        Some((algorithm, _)) => Err(SpkiError::Parameters { algorithm }),
        None => Ok(None),
    }
}

/// Whether an AlgorithmIdentifier is of most keys' kind, so that the rarer ones need not be looked for.
fn names_ec(identifier: &[u8]) -> bool {
    identifier.get(2..).is_some_and(|contents| contents.starts_with(EC_PUBLIC_KEY_OID))
}

/// The OBJECT IDENTIFIER of an AlgorithmIdentifier, as a whole TLV.
fn oid_tlv(identifier: &[u8]) -> Option<&[u8]> {
    let contents = AnyRef::from_der(identifier).ok()?.value();
    SliceReader::new(contents).ok()?.tlv_bytes().ok()
}

/// Whether octets can be a key: their number, and for Ed25519 and Ed448 the point that they encode.
fn octets_fit(algorithm: KeyAlgorithm, key: &[u8]) -> Result<(), SpkiError> {
    let found = key.len();
    match algorithm.key_octets() {
        Some(wanted) if found != wanted => Err(SpkiError::Octets { algorithm, found, wanted }),
        _ => match algorithm {
            KeyAlgorithm::Ed25519 => edwards::ed25519(key),
            KeyAlgorithm::Ed448 => edwards::ed448(key),
            KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_)
            | KeyAlgorithm::Ec(_)
            | KeyAlgorithm::Rsa { .. } => Ok(()),
        },
    }
}

fn ec_curve(identifier: &[u8], key: &[u8]) -> Result<Curve, SpkiError> {
    let unsupported = || unsupported(identifier);
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

/// What is wrong with the name of a key's algorithm.
fn unsupported(identifier: &[u8]) -> SpkiError {
    let found = match oid_tlv(identifier) {
        Some(RSASSA_PSS_OID) => return SpkiError::NamedByPss,
        oid if oid.is_some() && oid == oid_tlv(RSA_IDENTIFIER) => {
            "rsaEncryption with other parameters than NULL (BR 7.1.3.1.1)".to_owned()
        }
        Some(EC_PUBLIC_KEY_OID) => {
            let known = Curve::ALL.map(|curve| curve.to_string()).join(", ");
            format!(
                "id-ecPublicKey with another curve than {known}, or not by name: {}",
                describe(identifier)
            )
        }
        _ => describe(identifier),
    };
    SpkiError::Algorithm { found }
}

fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    let value = parts.concat();
    AnyRef::new(der::Tag::Sequence, &value)?.to_der()
}

fn spki(identifier: &[u8], key: &[u8]) -> Result<Vec<u8>, der::Error> {
    let bits = BitStringRef::from_bytes(key)?.to_der()?;
    sequence(&[identifier, &bits])
}
