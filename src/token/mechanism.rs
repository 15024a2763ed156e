//! Which mechanisms make a signature, by their numbers, and what each is given.

use super::wire::{HashedWith, SignMechanism};
use crate::x509::algorithm::{Digest, SignatureAlgorithm};

/// The numbers by which a module knows the mechanisms of ML-DSA. Modules that had them before PKCS#11 3.2
/// gave them numbers use others, mostly vendor-defined ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlDsaMechanisms {
    /// In place of `CKM_ML_DSA`.
    pub sign: u64,
    /// In place of `CKM_ML_DSA_KEY_PAIR_GEN`.
    pub generate: u64,
}

impl Default for MlDsaMechanisms {
    /// The numbers of PKCS#11 3.2 (pkcs11t.h).
    fn default() -> Self {
        Self { sign: 0x1d, generate: 0x1c }
    }
}

/// The mechanisms for an algorithm: over a digest made here first, since that is the smaller message
/// and the one that the host can check. EdDSA and ML-DSA sign the message itself.
pub(super) fn mechanisms(algorithm: SignatureAlgorithm, ml_dsa: MlDsaMechanisms) -> Vec<SignMechanism> {
    match algorithm {
        SignatureAlgorithm::Ecdsa(digest) => {
            vec![SignMechanism::Ecdsa, SignMechanism::EcdsaHashed(hashed_with(digest))]
        }
        SignatureAlgorithm::RsaPkcs1(digest) => {
            vec![SignMechanism::RsaPkcs, SignMechanism::RsaPkcsHashed(hashed_with(digest))]
        }
        SignatureAlgorithm::RsaPss(digest) => {
            let hash = hashed_with(digest);
            vec![SignMechanism::RsaPss(hash), SignMechanism::RsaPssHashed(hash)]
        }
        SignatureAlgorithm::Ed25519 => vec![SignMechanism::Ed25519],
        SignatureAlgorithm::Ed448 => vec![SignMechanism::Ed448],
        SignatureAlgorithm::MlDsa(_) => vec![SignMechanism::MlDsa(ml_dsa.sign)],
        // For the keys of subjects alone; no CA key is one.
        SignatureAlgorithm::SlhDsa(_) => Vec::new(),
    }
}

const fn hashed_with(digest: Digest) -> HashedWith {
    match digest {
        Digest::Sha256 => HashedWith::Sha256,
        Digest::Sha384 => HashedWith::Sha384,
        Digest::Sha512 => HashedWith::Sha512,
    }
}

/// The `CKM_` number (PKCS#11 3.2, pkcs11t.h).
pub(super) const fn number(mechanism: SignMechanism) -> u64 {
    match mechanism {
        SignMechanism::RsaPkcs => 0x1,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha256) => 0x40,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha384) => 0x41,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha512) => 0x42,
        SignMechanism::RsaPss(_) => 0xd,
        SignMechanism::RsaPssHashed(HashedWith::Sha256) => 0x43,
        SignMechanism::RsaPssHashed(HashedWith::Sha384) => 0x44,
        SignMechanism::RsaPssHashed(HashedWith::Sha512) => 0x45,
        SignMechanism::Ecdsa => 0x1041,
        SignMechanism::EcdsaHashed(HashedWith::Sha256) => 0x1044,
        SignMechanism::EcdsaHashed(HashedWith::Sha384) => 0x1045,
        SignMechanism::EcdsaHashed(HashedWith::Sha512) => 0x1046,
        SignMechanism::Ed25519 | SignMechanism::Ed448 => 0x1057,
        SignMechanism::MlDsa(number) => number,
    }
}

/// What `C_Sign` is given of a message of which the digest is known; nothing where it is given the message itself.
pub(super) fn input_of_digest(
    mechanism: SignMechanism,
    algorithm: SignatureAlgorithm,
    made: &[u8],
) -> Option<Vec<u8>> {
    let digest = algorithm.digest().filter(|digest| digest.octets() == made.len())?;
    match mechanism {
        SignMechanism::Ecdsa | SignMechanism::RsaPss(_) => Some(made.to_vec()),
        SignMechanism::RsaPkcs => Some([digest.digest_info_prefix(), made].concat()),
        SignMechanism::EcdsaHashed(_)
        | SignMechanism::RsaPkcsHashed(_)
        | SignMechanism::RsaPssHashed(_)
        | SignMechanism::Ed25519
        | SignMechanism::Ed448
        | SignMechanism::MlDsa(_) => None,
    }
}

/// What `C_Sign` is given.
pub(super) fn input(mechanism: SignMechanism, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
    let takes_digest =
        matches!(mechanism, SignMechanism::Ecdsa | SignMechanism::RsaPss(_) | SignMechanism::RsaPkcs);
    let digest = algorithm.digest().filter(|_| takes_digest).map(|digest| digest.of(message));
    digest
        .and_then(|digest| input_of_digest(mechanism, algorithm, &digest))
        .unwrap_or_else(|| message.to_vec())
}
