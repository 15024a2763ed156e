//! Mechanisms: which the token lists, and how `cryptoki` calls those that keyrite uses.

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::slot::Slot;
use cryptoki_sys::CK_MECHANISM_TYPE;

use super::calling::calling;
use super::failure::failure;
use crate::token::wire::{Failure, HashedWith, SignMechanism};

/// The numbers of the mechanisms that the token lists and the crate can name.
pub(super) fn list(context: &Pkcs11, slot: u64) -> Result<Vec<u64>, Failure> {
    let slot = Slot::try_from(slot).map_err(|error| failure("C_GetMechanismList", error))?;
    let listed = calling(c"GetMechanismList", || context.get_mechanism_list(slot))
        .map_err(|error| failure("C_GetMechanismList", error))?;
    Ok(listed.into_iter().map(number).collect())
}

fn number(mechanism: MechanismType) -> u64 {
    CK_MECHANISM_TYPE::from(mechanism)
}

/// The crate's name of a mechanism.
pub(super) const fn of(mechanism: SignMechanism) -> Mechanism<'static> {
    match mechanism {
        SignMechanism::Ecdsa => Mechanism::Ecdsa,
        SignMechanism::EcdsaHashed(HashedWith::Sha256) => Mechanism::EcdsaSha256,
        SignMechanism::EcdsaHashed(HashedWith::Sha384) => Mechanism::EcdsaSha384,
        SignMechanism::EcdsaHashed(HashedWith::Sha512) => Mechanism::EcdsaSha512,
        SignMechanism::RsaPkcs => Mechanism::RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha256) => Mechanism::Sha256RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha384) => Mechanism::Sha384RsaPkcs,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha512) => Mechanism::Sha512RsaPkcs,
    }
}
