//! Software verification of a signature with a public key.
//!
//! [`verify`] uses AWS-LC; [`verify_twice`] asks RustCrypto as well, which shares no code with it.
//! What gets signed by a CA key for CAs is verified by both before it is released.

use aws_lc_rs::signature as lc;
use signature::hazmat::PrehashVerifier;

use super::algorithm::{Curve, Digest, KeyAlgorithm, SignatureAlgorithm};
use super::spki::PublicKey;

/// A signature that does not verify, or that the key cannot have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The key's kind and the signature algorithm do not belong together.
    #[error("{algorithm} is not an algorithm of an {key} key")]
    Algorithm {
        /// The key's algorithm.
        key: KeyAlgorithm,
        /// The signature algorithm that was named.
        algorithm: SignatureAlgorithm,
    },
    /// The signature is not one by this key over this message.
    #[error("the signature does not verify under the {key} key")]
    Signature {
        /// The key's algorithm.
        key: KeyAlgorithm,
    },
    /// Two implementations disagree about the signature: a defect in one of them.
    #[error("two implementations disagree whether the signature verifies under the {key} key")]
    Disagreement {
        /// The key's algorithm.
        key: KeyAlgorithm,
    },
}

/// Verifies `signature` (the contents of a signatureValue) over `message`.
///
/// Unlike a CA key, which is bound to one digest, a requester's EC key may have signed with any of
/// the digests: `openssl req` signs with SHA-256 whatever the curve.
///
/// # Errors
/// [`VerifyError`] when key and algorithm do not fit or the signature is not right.
pub fn verify(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let method = method(key, algorithm)?;
    lc::UnparsedPublicKey::new(method, key.key_octets())
        .verify(message, signature)
        .map_err(|_| VerifyError::Signature { key: key.algorithm() })
}

/// Verifies as [`verify`] does, and once more with an independent implementation.
///
/// # Errors
/// As [`verify`]; [`VerifyError::Disagreement`] when only one implementation accepts.
pub fn verify_twice(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let first = verify(key, algorithm, message, signature);
    let second = second_opinion(key, algorithm, message, signature);
    match (first, second) {
        (Ok(()), true) => Ok(()),
        (Ok(()), false) => Err(VerifyError::Disagreement { key: key.algorithm() }),
        (Err(VerifyError::Signature { key }), true) => Err(VerifyError::Disagreement { key }),
        (Err(error), _) => Err(error),
    }
}

fn method(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
) -> Result<&'static dyn lc::VerificationAlgorithm, VerifyError> {
    Ok(match (key.algorithm(), algorithm) {
        (KeyAlgorithm::Ec(Curve::P256), SignatureAlgorithm::Ecdsa(digest)) => match digest {
            Digest::Sha256 => &lc::ECDSA_P256_SHA256_ASN1,
            Digest::Sha384 => &lc::ECDSA_P256_SHA384_ASN1,
            Digest::Sha512 => &lc::ECDSA_P256_SHA512_ASN1,
        },
        (KeyAlgorithm::Ec(Curve::P384), SignatureAlgorithm::Ecdsa(digest)) => match digest {
            Digest::Sha256 => &lc::ECDSA_P384_SHA256_ASN1,
            Digest::Sha384 => &lc::ECDSA_P384_SHA384_ASN1,
            Digest::Sha512 => &lc::ECDSA_P384_SHA512_ASN1,
        },
        (KeyAlgorithm::Ec(Curve::P521), SignatureAlgorithm::Ecdsa(digest)) => match digest {
            Digest::Sha256 => &lc::ECDSA_P521_SHA256_ASN1,
            Digest::Sha384 => &lc::ECDSA_P521_SHA384_ASN1,
            Digest::Sha512 => &lc::ECDSA_P521_SHA512_ASN1,
        },
        (KeyAlgorithm::Rsa { .. }, SignatureAlgorithm::RsaPkcs1(digest)) => match digest {
            Digest::Sha256 => &lc::RSA_PKCS1_2048_8192_SHA256,
            Digest::Sha384 => &lc::RSA_PKCS1_2048_8192_SHA384,
            Digest::Sha512 => &lc::RSA_PKCS1_2048_8192_SHA512,
        },
        (key, algorithm) => return Err(VerifyError::Algorithm { key, algorithm }),
    })
}

fn second_opinion(key: &PublicKey, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    let digest = algorithm.digest().of(message);
    let octets = key.key_octets();
    match key.algorithm() {
        KeyAlgorithm::Ec(Curve::P256) => p256::ecdsa::VerifyingKey::from_sec1_bytes(octets)
            .ok()
            .zip(p256::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(&digest, &value).is_ok()),
        KeyAlgorithm::Ec(Curve::P384) => p384::ecdsa::VerifyingKey::from_sec1_bytes(octets)
            .ok()
            .zip(p384::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(&digest, &value).is_ok()),
        KeyAlgorithm::Ec(Curve::P521) => p521::ecdsa::VerifyingKey::from_sec1_bytes(octets)
            .ok()
            .zip(p521::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(&digest, &value).is_ok()),
        KeyAlgorithm::Rsa { .. } => rsa_second_opinion(octets, algorithm.digest(), &digest, signature),
    }
}

fn rsa_second_opinion(key: &[u8], digest: Digest, hashed: &[u8], signature: &[u8]) -> bool {
    use rsa::pkcs1::DecodeRsaPublicKey as _;
    let Ok(key) = rsa::RsaPublicKey::from_pkcs1_der(key) else { return false };
    let Ok(value) = rsa::pkcs1v15::Signature::try_from(signature) else { return false };
    match digest {
        Digest::Sha256 => {
            rsa::pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key).verify_prehash(hashed, &value)
        }
        Digest::Sha384 => {
            rsa::pkcs1v15::VerifyingKey::<sha2::Sha384>::new(key).verify_prehash(hashed, &value)
        }
        Digest::Sha512 => {
            rsa::pkcs1v15::VerifyingKey::<sha2::Sha512>::new(key).verify_prehash(hashed, &value)
        }
    }
    .is_ok()
}
