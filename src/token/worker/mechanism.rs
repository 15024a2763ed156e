//! Mechanisms: which the token lists, and how `cryptoki` calls those that keyrite uses.

use cryptoki::mechanism::dsa::{HedgeType, SignAdditionalContext};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::slot::Slot;
use cryptoki_sys::{CK_MECHANISM_TYPE, CKM_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN};

use super::calling::calling;
use super::failure::failure;
use super::module::Module;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, HashedWith, MechanismInfo, SignMechanism};

/// The numbers of the mechanisms that the token lists; without the module's own functions only of those that
/// the crate can name.
pub(super) fn list(module: &Module, slot: u64) -> Result<Vec<u64>, Failure> {
    if let Some(raw) = module.raw() {
        return raw.mechanisms(slot);
    }
    let slot = Slot::try_from(slot).map_err(|error| failure("C_GetMechanismList", error))?;
    let listed = calling(c"GetMechanismList", || module.context().get_mechanism_list(slot))
        .map_err(|error| failure("C_GetMechanismList", error))?;
    Ok(listed.into_iter().map(number).collect())
}

/// What the token says of one mechanism.
pub(super) fn info(module: &Module, slot: u64, mechanism: u64) -> Result<MechanismInfo, Failure> {
    const FUNCTION: &str = "C_GetMechanismInfo";
    if let Some(raw) = module.raw() {
        return raw.mechanism(slot, mechanism);
    }
    let slot = Slot::try_from(slot).map_err(|error| failure(FUNCTION, error))?;
    let mechanism = MechanismType::try_from(mechanism).map_err(|error| failure(FUNCTION, error))?;
    let info = calling(c"GetMechanismInfo", || module.context().get_mechanism_info(slot, mechanism))
        .map_err(|error| failure(FUNCTION, error))?;
    let smallest = u64::try_from(info.min_key_size()).unwrap_or(u64::MAX);
    let largest = u64::try_from(info.max_key_size()).unwrap_or(u64::MAX);
    let flags = [
        (info.hardware(), 0x1),
        (info.sign(), 0x800),
        (info.verify(), 0x2000),
        (info.generate(), 0x8000),
        (info.generate_key_pair(), 0x1_0000),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |bits, (_, bit)| bits | bit);
    Ok(MechanismInfo { smallest, largest, flags })
}

fn number(mechanism: MechanismType) -> u64 {
    CK_MECHANISM_TYPE::from(mechanism)
}

/// The crate's name of a mechanism for signatures.
pub(super) fn signing(mechanism: SignMechanism) -> Result<Mechanism<'static>, Failure> {
    Ok(match mechanism {
        SignMechanism::Ecdsa => Mechanism::Ecdsa,
        SignMechanism::EcdsaHashed(HashedWith::Sha256) => Mechanism::EcdsaSha256,
        SignMechanism::EcdsaHashed(HashedWith::Sha384) => Mechanism::EcdsaSha384,
        SignMechanism::EcdsaHashed(HashedWith::Sha512) => Mechanism::EcdsaSha512,
        SignMechanism::RsaPkcs => Mechanism::RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha256) => Mechanism::Sha256RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha384) => Mechanism::Sha384RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha512) => Mechanism::Sha512RsaPkcs,
        SignMechanism::RsaPss(hash) => Mechanism::RsaPkcsPss(pss(hash)),
        SignMechanism::RsaPssHashed(hash) => match hash {
            HashedWith::Sha256 => Mechanism::Sha256RsaPkcsPss(pss(hash)),
            HashedWith::Sha384 => Mechanism::Sha384RsaPkcsPss(pss(hash)),
            HashedWith::Sha512 => Mechanism::Sha512RsaPkcsPss(pss(hash)),
        },
        // Ed25519 without a parameter: kryoptic refuses one whose flag says that there is no prehash. Ed448
        // with one, since it has a context in every signature (RFC 8032 s.5.2): kryoptic refuses none.
        SignMechanism::Ed25519 => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)),
        SignMechanism::Ed448 => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed448(b""))),
        // No parameter stands for no context, and hedged if the token can (PKCS#11 3.2 s.6.67.5).
        SignMechanism::MlDsa(CKM_ML_DSA) => {
            Mechanism::MlDsa(SignAdditionalContext::new(HedgeType::Preferred, None))
        }
        SignMechanism::MlDsa(number) => vendor("C_SignInit", number)?,
    })
}

/// The crate's name of a mechanism for the generation of ML-DSA keys.
pub(super) fn generation(number: u64) -> Result<Mechanism<'static>, Failure> {
    match number {
        CKM_ML_DSA_KEY_PAIR_GEN => Ok(Mechanism::MlDsaKeyPairGen),
        number => vendor("C_GenerateKeyPair", number),
    }
}

/// The salt is as long as the digest and both hashes are one, as in every PSS signature of a certificate
/// (BR 7.1.3.2.1); the parameter is always given, since openCryptoki 3.23 crashes without.
const fn pss(hash: HashedWith) -> PkcsPssParams {
    let (hash_alg, mgf, octets) = match hash {
        HashedWith::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32_u64),
        HashedWith::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
        HashedWith::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
    };
    PkcsPssParams { hash_alg, mgf, s_len: cryptoki::types::Ulong::new(octets) }
}

fn vendor(function: &str, number: u64) -> Result<Mechanism<'static>, Failure> {
    let refused = Failure::Call { function: function.to_owned(), value: ReturnValue::MECHANISM_INVALID };
    let mechanism = MechanismType::new_vendor_defined(number).map_err(|_| refused)?;
    Ok(Mechanism::VendorDefined(VendorDefinedMechanism::new::<u8>(mechanism, None)))
}
