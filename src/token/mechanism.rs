//! Which mechanisms make a signature, by their numbers, and what each is given.

use super::wire::{HashedWith, SignMechanism};
use crate::x509::algorithm::{Digest, SignatureAlgorithm};

/// The mechanisms for an algorithm: over a digest made here first, since that is the smaller message
/// and the one that the host can check.
pub(super) fn mechanisms(algorithm: SignatureAlgorithm) -> Vec<SignMechanism> {
    match algorithm {
        SignatureAlgorithm::Ecdsa(digest) => {
            vec![SignMechanism::Ecdsa, SignMechanism::EcdsaHashed(hashed_with(digest))]
        }
        SignatureAlgorithm::RsaPkcs1(digest) => {
            vec![SignMechanism::RsaPkcs, SignMechanism::RsaPkcsHashed(hashed_with(digest))]
        }
    }
}

const fn hashed_with(digest: Digest) -> HashedWith {
    match digest {
        Digest::Sha256 => HashedWith::Sha256,
        Digest::Sha384 => HashedWith::Sha384,
        Digest::Sha512 => HashedWith::Sha512,
    }
}

/// The `CKM_` number (PKCS#11 3.1, pkcs11t.h).
pub(super) const fn number(mechanism: SignMechanism) -> u64 {
    match mechanism {
        SignMechanism::RsaPkcs => 0x1,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha256) => 0x40,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha384) => 0x41,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha512) => 0x42,
        SignMechanism::Ecdsa => 0x1041,
        SignMechanism::EcdsaHashed(HashedWith::Sha256) => 0x1044,
        SignMechanism::EcdsaHashed(HashedWith::Sha384) => 0x1045,
        SignMechanism::EcdsaHashed(HashedWith::Sha512) => 0x1046,
        SignMechanism::RsaPss(_) => 0xd,
        SignMechanism::RsaPssHashed(HashedWith::Sha256) => 0x43,
        SignMechanism::RsaPssHashed(HashedWith::Sha384) => 0x44,
        SignMechanism::RsaPssHashed(HashedWith::Sha512) => 0x45,
        SignMechanism::Ed25519 | SignMechanism::Ed448 => 0x1057,
        SignMechanism::MlDsa(number) => number,
    }
}

/// What `C_Sign` is given.
pub(super) fn input(mechanism: SignMechanism, digest: Digest, message: &[u8]) -> Vec<u8> {
    match mechanism {
        SignMechanism::Ecdsa => digest.of(message),
        SignMechanism::RsaPkcs => [digest.digest_info_prefix(), &digest.of(message)].concat(),
        SignMechanism::RsaPss(_) => digest.of(message),
        SignMechanism::EcdsaHashed(_)
        | SignMechanism::RsaPkcsHashed(_)
        | SignMechanism::RsaPssHashed(_)
        | SignMechanism::Ed25519
        | SignMechanism::Ed448
        | SignMechanism::MlDsa(_) => message.to_vec(),
    }
}
