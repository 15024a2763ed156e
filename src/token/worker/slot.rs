//! Slots and the tokens in them.

use cryptoki::slot::{Limit, Slot as SlotNumber, SlotInfo, TokenInfo};
use cryptoki_sys::CK_UNAVAILABLE_INFORMATION;

use super::calling::calling;
use super::failure::failure;
use super::module::Module;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, Slot, Token, TokenCounts};

/// A bound on what a module may claim to have.
const SLOT_LIMIT: usize = 1024;

/// Every slot with a token. One slot that fails does not hide the others. What the slot itself is called is
/// only asked for if it matters.
pub(super) fn list(module: &Module, described: bool) -> Result<Vec<Slot>, Failure> {
    let mut listed = Vec::new();
    for id in numbers(module)?.into_iter().take(SLOT_LIMIT) {
        let info = described.then(|| info(module, id)).flatten();
        let text = |text: Option<&str>| text.map(unpadded).unwrap_or_default();
        listed.push(Slot {
            id,
            description: text(info.as_ref().map(|info| info.slot_description())),
            manufacturer: text(info.as_ref().map(|info| info.manufacturer_id())),
            token: token(module, id),
        });
    }
    Ok(listed)
}

fn numbers(module: &Module) -> Result<Vec<u64>, Failure> {
    if let Some(raw) = module.raw() {
        match raw.slots() {
            Err(Failure::Call { value, .. }) if value == ReturnValue::CRYPTOKI_NOT_INITIALIZED => {
                module.forget_raw();
            }
            result => return result,
        }
    }
    let slots = calling(c"GetSlotList", || module.context().get_slots_with_token())
        .map_err(|error| failure("C_GetSlotList", error))?;
    Ok(slots.into_iter().map(|slot| slot.id()).collect())
}

fn info(module: &Module, slot: u64) -> Option<SlotInfo> {
    let slot = SlotNumber::try_from(slot).ok()?;
    calling(c"GetSlotInfo", || module.context().get_slot_info(slot)).ok()
}

/// What the token in a slot says of itself.
///
/// The crate's own call fails as a whole on an odd date, so it is only for modules that have no second
/// handle.
pub(super) fn token(module: &Module, slot: u64) -> Result<Token, Failure> {
    if let Some(raw) = module.raw() {
        return raw.token(slot);
    }
    let slot = SlotNumber::try_from(slot).map_err(|error| failure("C_GetTokenInfo", error))?;
    let info = calling(c"GetTokenInfo", || module.context().get_token_info(slot))
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
        counts: counts(&info),
    })
}

fn counts(info: &TokenInfo) -> TokenCounts {
    let count = |count: Option<u64>| count.unwrap_or(CK_UNAVAILABLE_INFORMATION);
    // Zero stands for no limit.
    let most = |limit: Limit| match limit {
        Limit::Max(most) => most,
        Limit::Infinite => 0,
        Limit::Unavailable => CK_UNAVAILABLE_INFORMATION,
    };
    TokenCounts {
        sessions: count(info.session_count()),
        most_sessions: most(info.max_session_count()),
        read_write_sessions: count(info.rw_session_count()),
        most_read_write_sessions: most(info.max_rw_session_count()),
        shortest_pin: u64::try_from(info.min_pin_length()).unwrap_or(u64::MAX),
        longest_pin: u64::try_from(info.max_pin_length()).unwrap_or(u64::MAX),
    }
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
