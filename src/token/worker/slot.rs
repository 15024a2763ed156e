//! Slots and the tokens in them.

use cryptoki::context::Pkcs11;

use super::calling::calling;
use super::failure::failure;
use super::raw::RawModule;
use crate::token::wire::{Failure, Slot};

/// A bound on what a module may claim to have.
const SLOT_LIMIT: usize = 1024;

/// Every slot with a token. One slot that fails does not hide the others.
pub(super) fn list(context: &Pkcs11, raw: &RawModule) -> Result<Vec<Slot>, Failure> {
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
            token: raw.token(slot.id()),
        });
    }
    Ok(listed)
}

/// PKCS#11 pads its fixed fields with spaces; tpm2-pkcs11 does with NULs.
pub(super) fn unpadded(text: &str) -> String {
    text.trim_end_matches([' ', '\0']).to_owned()
}
