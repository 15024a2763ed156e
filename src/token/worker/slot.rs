//! Slots and the tokens in them.

use cryptoki::context::Pkcs11;
use cryptoki::slot::{Slot as SlotNumber, TokenInfo};

use super::calling::calling;
use super::failure::failure;
use super::raw::RawModule;
use crate::token::wire::{Failure, Slot, Token};

/// A bound on what a module may claim to have.
const SLOT_LIMIT: usize = 1024;

/// Every slot with a token. One slot that fails does not hide the others.
pub(super) fn list(context: &Pkcs11, raw: Option<&RawModule>) -> Result<Vec<Slot>, Failure> {
    let slots = calling(c"GetSlotList", || context.get_slots_with_token())
        .map_err(|error| failure("C_GetSlotList", error))?;
    let mut listed = Vec::new();
    for slot in slots.into_iter().take(SLOT_LIMIT) {
        let info = calling(c"GetSlotInfo", || context.get_slot_info(slot)).ok();
        let text = |text: Option<&str>| text.map(unpadded).unwrap_or_default();
        listed.push(Slot {
            id: slot.id(),
            description: text(info.as_ref().map(|info| info.slot_description())),
            manufacturer: text(info.as_ref().map(|info| info.manufacturer_id())),
            token: token(context, raw, slot.id()),
        });
    }
    Ok(listed)
}

/// What the token in a slot says of itself.
///
/// The crate's own call fails as a whole on an odd date, so it is only for modules that have no second
/// handle.
pub(super) fn token(context: &Pkcs11, raw: Option<&RawModule>, slot: u64) -> Result<Token, Failure> {
    if let Some(raw) = raw {
        return raw.token(slot);
    }
    let slot = SlotNumber::try_from(slot).map_err(|error| failure("C_GetTokenInfo", error))?;
    let info = calling(c"GetTokenInfo", || context.get_token_info(slot))
        .map_err(|error| failure("C_GetTokenInfo", error))?;
    let (hardware, firmware) = (info.hardware_version(), info.firmware_version());
    Ok(Token {
        label: unpadded(info.label()),
        serial: unpadded(info.serial_number()),
        manufacturer: unpadded(info.manufacturer_id()),
        model: unpadded(info.model()),
        flags: flags(&info),
        hardware: (hardware.major(), hardware.minor()),
        firmware: (firmware.major(), firmware.minor()),
    })
}

/// The flags that are of use to a user, since the crate keeps the number to itself.
fn flags(info: &TokenInfo) -> u64 {
    [
        (info.rng(), 0x1),
        (info.write_protected(), 0x2),
        (info.login_required(), 0x4),
        (info.user_pin_initialized(), 0x8),
        (info.restore_key_not_needed(), 0x20),
        (info.clock_on_token(), 0x40),
        (info.protected_authentication_path(), 0x100),
        (info.dual_crypto_operations(), 0x200),
        (info.token_initialized(), 0x400),
        (info.user_pin_count_low(), 0x1_0000),
        (info.user_pin_final_try(), 0x2_0000),
        (info.user_pin_locked(), 0x4_0000),
        (info.user_pin_to_be_changed(), 0x8_0000),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .fold(0, |bits, (_, bit)| bits | bit)
}

/// PKCS#11 pads its fixed fields with spaces; tpm2-pkcs11 does with NULs.
pub(super) fn unpadded(text: &str) -> String {
    text.trim_end_matches([' ', '\0']).to_owned()
}
