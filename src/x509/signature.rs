//! signatureValue (RFC 5280 s.4.1.1.3): from what a token returns to what a certificate carries.

use der::asn1::UintRef;
use der::{Encode, Sequence};

use super::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use super::spki::PublicKey;

/// The contents of a signatureValue BIT STRING: for ECDSA the DER `Ecdsa-Sig-Value`, for RSA the
/// signature representative, for the others the octets that their algorithm gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureValue(Vec<u8>);

impl SignatureValue {
    /// Takes a signature in PKCS#11's form: `r || s`, each half exactly one field element long
    /// (PKCS#11 3.1 s.6.3.1), an RSA signature exactly as long as the modulus, or a signature of Ed25519,
    /// Ed448 or ML-DSA exactly as long as those are.
    ///
    /// # Errors
    /// [`SignatureError`] when the length is not exact, all or a half of an ECDSA signature is zero, or the
    /// key does not sign with `algorithm`. Real modules return all of these with `CKR_OK`.
    pub fn from_token(
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        raw: &[u8],
    ) -> Result<Self, SignatureError> {
        if !key.algorithm().signs_with(algorithm) {
            return Err(SignatureError::Algorithm { key: key.algorithm(), algorithm });
        }
        let wanted = key.raw_signature_octets();
        if raw.len() != wanted {
            return Err(SignatureError::Length { found: raw.len(), wanted });
        }
        let zero = |octets: &[u8]| octets.iter().all(|octet| *octet == 0);
        if zero(raw) {
            return Err(SignatureError::AllZero { octets: raw.len() });
        }
        match key.algorithm() {
            KeyAlgorithm::Rsa { .. }
            | KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => Ok(Self(raw.to_vec())),
            KeyAlgorithm::Ec(curve) => {
                let (r, s) = raw.split_at(curve.field_octets());
                if zero(r) || zero(s) {
                    return Err(SignatureError::Zero);
                }
                let value = EcdsaSigValue { r: UintRef::new(r)?, s: UintRef::new(s)? };
                Ok(Self(value.to_der()?))
            }
        }
    }

    /// The octets of the BIT STRING.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// `Ecdsa-Sig-Value` of RFC 5480 appendix A.
#[derive(Sequence)]
struct EcdsaSigValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Why octets from a token are not a signature by the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A signature of another length than the key's algorithm has.
    #[error("signature of {found} octets, wanted exactly {wanted}")]
    Length {
        /// The octets that came.
        found: usize,
        /// The octets that the algorithm has.
        wanted: usize,
    },
    /// Nothing but zeros, as from a module that says that it signed and did not write.
    #[error("the signature is {octets} octets of zero")]
    AllZero {
        /// How many.
        octets: usize,
    },
    /// r or s is zero, which no ECDSA signature has (FIPS 186-5 s.6.4.1).
    #[error("half of the ECDSA signature is zero")]
    Zero,
    /// The key cannot have made such a signature.
    #[error("a key of {key} does not sign with {algorithm}")]
    Algorithm {
        /// The key's algorithm.
        key: KeyAlgorithm,
        /// The signature algorithm that was named.
        algorithm: SignatureAlgorithm,
    },
    /// The signature could not be encoded.
    #[error("signature could not be encoded: {0}")]
    Encoding(String),
}

impl From<der::Error> for SignatureError {
    fn from(error: der::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}
