//! Software verification of a signature with a public key.
//!
//! [`verify`] uses AWS-LC; [`verify_twice`] asks RustCrypto as well, which shares no code with it.
//! What gets signed by a CA key for CAs is verified by both before it is released. Of Ed448 and SLH-DSA
//! AWS-LC knows nothing: both functions then ask RustCrypto alone, once ([`implementations`]).

use aws_lc_rs::signature as lc;

use self::rust_crypto::{accepts, accepts_digest};
use super::algorithm::{Curve, Digest, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm};
use super::spki::PublicKey;

mod rust_crypto;

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

/// How many independent implementations [`verify_twice`] asks: two, and one where there is no second.
#[must_use]
pub const fn implementations(algorithm: SignatureAlgorithm) -> u32 {
    match algorithm {
        SignatureAlgorithm::Ecdsa(_)
        | SignatureAlgorithm::RsaPkcs1(_)
        | SignatureAlgorithm::RsaPss(_)
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::MlDsa(_) => 2,
        SignatureAlgorithm::Ed448 | SignatureAlgorithm::SlhDsa(_) => 1,
    }
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
    let accepted = match method(key, algorithm)? {
        Some(method) => {
            lc::UnparsedPublicKey::new(method, key.key_octets()).verify(message, signature).is_ok()
        }
        None => accepts(key, algorithm, message, signature),
    };
    if accepted { Ok(()) } else { Err(VerifyError::Signature { key: key.algorithm() }) }
}

/// Verifies as [`verify`] does, and once more with an independent implementation if there is one.
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
    if implementations(algorithm) < 2 {
        return first;
    }
    let second = accepts(key, algorithm, message, signature);
    match (first, second) {
        (Ok(()), true) => Ok(()),
        (Ok(()), false) => Err(VerifyError::Disagreement { key: key.algorithm() }),
        (Err(VerifyError::Signature { key }), true) => Err(VerifyError::Disagreement { key }),
        (Err(error), _) => Err(error),
    }
}

/// As [`verify_twice`], of a message of which the digest is known: the one that the algorithm names.
///
/// # Errors
/// As [`verify_twice`]; [`VerifyError::Algorithm`] also when the algorithm takes no digest.
pub fn verify_digest_twice(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let unfit = VerifyError::Algorithm { key: key.algorithm(), algorithm };
    let Some((method, of)) = method(key, algorithm)?.zip(algorithm.digest()) else { return Err(unfit) };
    let hash = match of {
        Digest::Sha256 => &aws_lc_rs::digest::SHA256,
        Digest::Sha384 => &aws_lc_rs::digest::SHA384,
        Digest::Sha512 => &aws_lc_rs::digest::SHA512,
    };
    let Ok(imported) = aws_lc_rs::digest::Digest::import_less_safe(digest, hash) else { return Err(unfit) };
    let first =
        lc::UnparsedPublicKey::new(method, key.key_octets()).verify_digest(&imported, signature).is_ok();
    let key_algorithm = key.algorithm();
    match (first, accepts_digest(key, algorithm, digest, signature)) {
        (true, true) => Ok(()),
        (false, false) => Err(VerifyError::Signature { key: key_algorithm }),
        (true, false) | (false, true) => Err(VerifyError::Disagreement { key: key_algorithm }),
    }
}

/// The method of AWS-LC for an algorithm that the key has; none where AWS-LC has none.
fn method(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
) -> Result<Option<&'static dyn lc::VerificationAlgorithm>, VerifyError> {
    let method: &'static dyn lc::VerificationAlgorithm = match (key.algorithm(), algorithm) {
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
        // The salt has to be as long as the digest: RSA_PSS_SALTLEN_DIGEST.
        (KeyAlgorithm::Rsa { .. }, SignatureAlgorithm::RsaPss(digest)) => match digest {
            Digest::Sha256 => &lc::RSA_PSS_2048_8192_SHA256,
            Digest::Sha384 => &lc::RSA_PSS_2048_8192_SHA384,
            Digest::Sha512 => &lc::RSA_PSS_2048_8192_SHA512,
        },
        (KeyAlgorithm::Ed25519, SignatureAlgorithm::Ed25519) => &lc::ED25519,
        (KeyAlgorithm::MlDsa(of_key), SignatureAlgorithm::MlDsa(set)) if of_key == set => match set {
            MlDsaParameterSet::MlDsa44 => &lc::ML_DSA_44,
            MlDsaParameterSet::MlDsa65 => &lc::ML_DSA_65,
            MlDsaParameterSet::MlDsa87 => &lc::ML_DSA_87,
        },
        (KeyAlgorithm::Ed448, SignatureAlgorithm::Ed448) => return Ok(None),
        (KeyAlgorithm::SlhDsa(of_key), SignatureAlgorithm::SlhDsa(set)) if of_key == set => return Ok(None),
        (key, algorithm) => return Err(VerifyError::Algorithm { key, algorithm }),
    };
    Ok(Some(method))
}
