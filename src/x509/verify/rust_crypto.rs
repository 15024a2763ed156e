//! The crates of RustCrypto and dalek: the second opinion, and for Ed448 and SLH-DSA the only one.

use ml_dsa::{KeyInit as _, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use sha2::{Sha256, Sha384, Sha512};
use signature::Verifier as _;
use signature::hazmat::PrehashVerifier;
use slh_dsa::{
    ParameterSet, Sha2_128f, Sha2_128s, Sha2_192f, Sha2_192s, Sha2_256f, Sha2_256s, Shake128f, Shake128s,
    Shake192f, Shake192s, Shake256f, Shake256s,
};

use crate::x509::algorithm::{
    Curve, Digest, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm, SlhDsaParameterSet,
};
use crate::x509::spki::PublicKey;

/// Whether the signature is one by the key; never when key and algorithm do not fit.
pub(super) fn accepts(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let octets = key.key_octets();
    if let Some(digest) = algorithm.digest() {
        return accepts_digest(key, algorithm, &digest.of(message), signature);
    }
    match (key.algorithm(), algorithm) {
        (KeyAlgorithm::Ed25519, SignatureAlgorithm::Ed25519) => ed25519(octets, message, signature),
        (KeyAlgorithm::Ed448, SignatureAlgorithm::Ed448) => ed448(octets, message, signature),
        (KeyAlgorithm::MlDsa(of_key), SignatureAlgorithm::MlDsa(set)) if of_key == set => {
            let verifies = match set {
                MlDsaParameterSet::MlDsa44 => ml_dsa::<MlDsa44>,
                MlDsaParameterSet::MlDsa65 => ml_dsa::<MlDsa65>,
                MlDsaParameterSet::MlDsa87 => ml_dsa::<MlDsa87>,
            };
            verifies(octets, message, signature)
        }
        (KeyAlgorithm::SlhDsa(of_key), SignatureAlgorithm::SlhDsa(set)) if of_key == set => {
            let known = slh_dsa_set(set);
            set.identifier_der().ends_with(known.oid.as_bytes())
                && (known.verifies)(octets, message, signature)
        }
        _ => false,
    }
}

/// As [`accepts`], of the digest of a message; never when the algorithm takes none.
pub(super) fn accepts_digest(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    hashed: &[u8],
    signature: &[u8],
) -> bool {
    let octets = key.key_octets();
    match (key.algorithm(), algorithm) {
        (KeyAlgorithm::Ec(curve), SignatureAlgorithm::Ecdsa(_)) => ecdsa(curve, octets, hashed, signature),
        (KeyAlgorithm::Rsa { .. }, SignatureAlgorithm::RsaPkcs1(digest)) => {
            rsa_pkcs1(octets, digest, hashed, signature)
        }
        (KeyAlgorithm::Rsa { .. }, SignatureAlgorithm::RsaPss(digest)) => {
            rsa_pss(octets, digest, hashed, signature)
        }
        _ => false,
    }
}

fn ecdsa(curve: Curve, key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    match curve {
        Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(key)
            .ok()
            .zip(p256::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(digest, &value).is_ok()),
        Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(key)
            .ok()
            .zip(p384::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(digest, &value).is_ok()),
        Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(key)
            .ok()
            .zip(p521::ecdsa::Signature::from_der(signature).ok())
            .is_some_and(|(key, value)| key.verify_prehash(digest, &value).is_ok()),
    }
}

fn rsa_pkcs1(key: &[u8], digest: Digest, hashed: &[u8], signature: &[u8]) -> bool {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    let Ok(key) = rsa::RsaPublicKey::from_pkcs1_der(key) else { return false };
    let Ok(value) = Signature::try_from(signature) else { return false };
    match digest {
        Digest::Sha256 => VerifyingKey::<Sha256>::new(key).verify_prehash(hashed, &value),
        Digest::Sha384 => VerifyingKey::<Sha384>::new(key).verify_prehash(hashed, &value),
        Digest::Sha512 => VerifyingKey::<Sha512>::new(key).verify_prehash(hashed, &value),
    }
    .is_ok()
}

/// The salt has to be as long as the digest, as [`SignatureAlgorithm::RsaPss`] says.
fn rsa_pss(key: &[u8], digest: Digest, hashed: &[u8], signature: &[u8]) -> bool {
    use rsa::pss::{Signature, VerifyingKey};
    let Ok(key) = rsa::RsaPublicKey::from_pkcs1_der(key) else { return false };
    let Ok(value) = Signature::try_from(signature) else { return false };
    let salt = digest.octets();
    match digest {
        Digest::Sha256 => VerifyingKey::<Sha256>::new_with_salt_len(key, salt).verify_prehash(hashed, &value),
        Digest::Sha384 => VerifyingKey::<Sha384>::new_with_salt_len(key, salt).verify_prehash(hashed, &value),
        Digest::Sha512 => VerifyingKey::<Sha512>::new_with_salt_len(key, salt).verify_prehash(hashed, &value),
    }
    .is_ok()
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(Ok(key)) = <&[u8; 32]>::try_from(key).map(ed25519_dalek::VerifyingKey::from_bytes) else {
        return false;
    };
    let Ok(value) = ed25519_dalek::Signature::from_slice(signature) else { return false };
    key.verify_strict(message, &value).is_ok()
}

/// The verifier refuses R and A outside the subgroup of the base point, and s that is not reduced. That R is
/// in its one encoding (RFC 8032 s.5.2.7) it leaves to us.
fn ed448(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    use ed448_goldilocks::{CompressedEdwardsY, Signature, VerifyingKey};
    let Ok(Ok(key)) = <&[u8; 57]>::try_from(key).map(VerifyingKey::from_bytes) else { return false };
    let Ok(value) = Signature::try_from(signature) else { return false };
    let r = CompressedEdwardsY(*value.r_bytes());
    let canonical =
        r.decompress().into_option().is_some_and(|point| point.compress().as_bytes() == r.as_bytes());
    canonical && key.verify_raw(&value, message).is_ok()
}

/// The pure mode with an empty context (FIPS 204 s.5.3).
fn ml_dsa<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = ml_dsa::VerifyingKey::<P>::new_from_slice(key) else { return false };
    let Ok(value) = ml_dsa::Signature::<P>::try_from(signature) else { return false };
    key.verify(message, &value).is_ok()
}

/// One parameter set of SLH-DSA: its name and its code, which the crate ties together.
struct SlhDsa {
    oid: der::asn1::ObjectIdentifier,
    verifies: fn(&[u8], &[u8], &[u8]) -> bool,
}

const fn slh_dsa_of<P: ParameterSet>() -> SlhDsa {
    SlhDsa { oid: P::ALGORITHM_OID, verifies: slh_dsa::<P> }
}

const fn slh_dsa_set(set: SlhDsaParameterSet) -> SlhDsa {
    match set {
        SlhDsaParameterSet::Sha2_128s => slh_dsa_of::<Sha2_128s>(),
        SlhDsaParameterSet::Sha2_128f => slh_dsa_of::<Sha2_128f>(),
        SlhDsaParameterSet::Sha2_192s => slh_dsa_of::<Sha2_192s>(),
        SlhDsaParameterSet::Sha2_192f => slh_dsa_of::<Sha2_192f>(),
        SlhDsaParameterSet::Sha2_256s => slh_dsa_of::<Sha2_256s>(),
        SlhDsaParameterSet::Sha2_256f => slh_dsa_of::<Sha2_256f>(),
        SlhDsaParameterSet::Shake_128s => slh_dsa_of::<Shake128s>(),
        SlhDsaParameterSet::Shake_128f => slh_dsa_of::<Shake128f>(),
        SlhDsaParameterSet::Shake_192s => slh_dsa_of::<Shake192s>(),
        SlhDsaParameterSet::Shake_192f => slh_dsa_of::<Shake192f>(),
        SlhDsaParameterSet::Shake_256s => slh_dsa_of::<Shake256s>(),
        SlhDsaParameterSet::Shake_256f => slh_dsa_of::<Shake256f>(),
    }
}

/// The pure mode with an empty context (FIPS 205 s.10.3).
fn slh_dsa<P: ParameterSet>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = slh_dsa::VerifyingKey::<P>::try_from(key) else { return false };
    let Ok(value) = slh_dsa::Signature::<P>::try_from(signature) else { return false };
    key.verify(message, &value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_set_is_verified_by_its_own_code() {
        for set in SlhDsaParameterSet::ALL {
            assert!(set.identifier_der().ends_with(slh_dsa_set(set).oid.as_bytes()), "{set}");
        }
    }
}
