//! Why a public key is not accepted.

use super::rsa_key::{MAXIMUM_BITS, MINIMUM_BITS};
use crate::x509::algorithm::{Curve, KeyAlgorithm};

/// Why a public key was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpkiError {
    /// Not the DER of a SubjectPublicKeyInfo.
    #[error("public key is not well-formed DER: {0}")]
    Encoding(String),
    /// An algorithm that keyrite does not offer, or one of its forms that certificates must not use.
    #[error("unsupported public key algorithm {found}")]
    Algorithm {
        /// The algorithm by its name where it is known, or the AlgorithmIdentifier in hex.
        found: String,
    },
    /// An EC point that is compressed, of the wrong length, or not on its curve.
    #[error("the EC point is not a point of {curve} in uncompressed form")]
    Point {
        /// The curve that was named.
        curve: Curve,
    },
    /// An Ed25519 or Ed448 key that is no point, or not in the one encoding that a point has.
    #[error("the octets of the key are not the encoding of a point of {algorithm} (RFC 8032)")]
    EdwardsPoint {
        /// The algorithm that was named.
        algorithm: KeyAlgorithm,
    },
    /// An Ed25519 or Ed448 key under which one signature fits almost every message.
    #[error("the {algorithm} key is a point of low order, under which signatures prove nothing")]
    LowOrder {
        /// The algorithm that was named.
        algorithm: KeyAlgorithm,
    },
    /// A key of another length than its algorithm has.
    #[error("the {algorithm} key has {found} octets, wanted exactly {wanted}")]
    Octets {
        /// The algorithm that was named.
        algorithm: KeyAlgorithm,
        /// The octets that were found.
        found: usize,
        /// The octets that such a key has.
        wanted: usize,
    },
    /// Parameters where the algorithm has none (RFC 8410 s.3, RFC 9881 s.2, RFC 9909 s.3).
    #[error("the AlgorithmIdentifier of the {algorithm} key has parameters, wanted none")]
    Parameters {
        /// The algorithm that was named.
        algorithm: KeyAlgorithm,
    },
    /// An RSA key that is named by the signature algorithm to which it wants to be bound.
    #[error("the RSA key is named by id-RSASSA-PSS, wanted rsaEncryption with NULL (BR 7.1.3.1.1)")]
    NamedByPss,
    /// Octets that are a key, but of another algorithm than was said.
    #[error("the octets are a key of {found}, wanted {wanted}")]
    OtherAlgorithm {
        /// What they are.
        found: KeyAlgorithm,
        /// What was said.
        wanted: KeyAlgorithm,
    },
    /// An RSA modulus outside the accepted sizes.
    #[error("RSA modulus of {bits} bits, wanted {MINIMUM_BITS} to {MAXIMUM_BITS} in steps of 8")]
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
