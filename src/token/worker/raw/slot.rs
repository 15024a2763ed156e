//! Slots, tokens and their mechanisms, as the module gives them.

use cryptoki_sys::{
    CK_BBOOL, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_RV, CK_SLOT_ID, CK_TOKEN_INFO, CK_TRUE, CK_ULONG,
    CKR_BUFFER_TOO_SMALL,
};

use super::{RawModule, length, missing, nonsense, returned};
use crate::token::wire::{Failure, MechanismInfo, Token, TokenCounts};
use crate::token::worker::calling::calling;
use crate::token::worker::slot::unpadded;

/// Room for the first call: one is enough for all but unusual modules.
const SLOTS: usize = 64;
const MECHANISMS: usize = 512;
/// Bounds on what a module may claim to have.
const SLOT_LIMIT: usize = 1024;
const MECHANISM_LIMIT: usize = 8192;

impl RawModule {
    /// `C_GetSlotList` of the slots with a token.
    pub(in crate::token::worker) fn slots(&self) -> Result<Vec<u64>, Failure> {
        let get = self.functions.C_GetSlotList.ok_or_else(|| missing("C_GetSlotList"))?;
        let present: CK_BBOOL = CK_TRUE;
        numbers("C_GetSlotList", SLOTS, SLOT_LIMIT, |buffer: &mut [CK_SLOT_ID], count| {
            // SAFETY: `buffer` lives through the call and has room for `count` numbers.
            calling(c"GetSlotList", || unsafe { get(present, buffer.as_mut_ptr(), count) })
        })
    }

    /// `C_GetMechanismList`: also what has no name in the crate.
    pub(in crate::token::worker) fn mechanisms(&self, slot: u64) -> Result<Vec<u64>, Failure> {
        let get = self.functions.C_GetMechanismList.ok_or_else(|| missing("C_GetMechanismList"))?;
        numbers(
            "C_GetMechanismList",
            MECHANISMS,
            MECHANISM_LIMIT,
            |buffer: &mut [CK_MECHANISM_TYPE], count| {
                // SAFETY: `buffer` lives through the call and has room for `count` numbers.
                calling(c"GetMechanismList", || unsafe { get(slot, buffer.as_mut_ptr(), count) })
            },
        )
    }

    /// `C_GetMechanismInfo`.
    pub(in crate::token::worker) fn mechanism(
        &self,
        slot: u64,
        mechanism: u64,
    ) -> Result<MechanismInfo, Failure> {
        let get = self.functions.C_GetMechanismInfo.ok_or_else(|| missing("C_GetMechanismInfo"))?;
        let mut info = CK_MECHANISM_INFO { ulMinKeySize: 0, ulMaxKeySize: 0, flags: 0 };
        // SAFETY: `info` lives through the call and consists of integers.
        let value = calling(c"GetMechanismInfo", || unsafe { get(slot, mechanism, &raw mut info) });
        returned("C_GetMechanismInfo", value)?;
        let (smallest, largest) = (info.ulMinKeySize, info.ulMaxKeySize);
        Ok(MechanismInfo { smallest, largest, flags: info.flags })
    }

    /// `C_GetTokenInfo`.
    pub(in crate::token::worker) fn token(&self, slot: u64) -> Result<Token, Failure> {
        let get = self.functions.C_GetTokenInfo.ok_or_else(|| missing("C_GetTokenInfo"))?;
        let slot = CK_SLOT_ID::from(slot);
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: `info` lives through the call, is of the size that the standard fixes, and consists of
        // integers, for which every bit pattern is valid.
        let value = calling(c"GetTokenInfo", || unsafe { get(slot, &raw mut info) });
        returned("C_GetTokenInfo", value)?;
        let text = |octets: &[u8]| unpadded(&String::from_utf8_lossy(octets));
        Ok(Token {
            label: text(&info.label),
            serial: text(&info.serialNumber),
            manufacturer: text(&info.manufacturerID),
            model: text(&info.model),
            flags: info.flags,
            hardware: (info.hardwareVersion.major, info.hardwareVersion.minor),
            firmware: (info.firmwareVersion.major, info.firmwareVersion.minor),
            counts: TokenCounts {
                sessions: info.ulSessionCount,
                most_sessions: info.ulMaxSessionCount,
                read_write_sessions: info.ulRwSessionCount,
                most_read_write_sessions: info.ulMaxRwSessionCount,
                shortest_pin: info.ulMinPinLen,
                longest_pin: info.ulMaxPinLen,
            },
        })
    }
}

/// A list of numbers: one call into a buffer that is mostly large enough, else a second one into one as large
/// as the module wants.
fn numbers(
    function: &str,
    room: usize,
    limit: usize,
    mut call: impl FnMut(&mut [CK_ULONG], *mut CK_ULONG) -> CK_RV,
) -> Result<Vec<u64>, Failure> {
    let mut buffer: Vec<CK_ULONG> = vec![0; room];
    let mut count = length(function, buffer.len())?;
    let mut value = call(&mut buffer, &raw mut count);
    if value == CKR_BUFFER_TOO_SMALL {
        // Some leave the count as it was: then there is nothing to go by but the limit.
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        buffer = vec![0; if wanted > room { wanted.min(limit) } else { limit }];
        count = length(function, buffer.len())?;
        value = call(&mut buffer, &raw mut count);
    }
    returned(function, value)?;
    let found = usize::try_from(count).unwrap_or(usize::MAX);
    if found > buffer.len() {
        return Err(nonsense(
            function,
            format!("claims {found} entries in a list with room for {}", buffer.len()),
        ));
    }
    buffer.truncate(found);
    Ok(buffer)
}
