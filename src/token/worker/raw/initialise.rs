//! `C_InitToken` and `C_InitPIN`: the crate has them for PINs that are text and never for none, which a token
//! with a keyboard of its own wants.

use cryptoki::session::Session;
use cryptoki_sys::{CK_SLOT_ID, CK_ULONG, CK_UTF8CHAR};

use super::{RawModule, length, missing, returned};
use crate::token::wire::Failure;
use crate::token::worker::calling::calling;

/// `CK_TOKEN_INFO.label`, padded with spaces (PKCS#11 3.1 s.5.5.7).
pub(in crate::token::worker) const LABEL_OCTETS: usize = 32;

impl RawModule {
    /// `C_InitToken`.
    pub(in crate::token::worker) fn init_token(
        &self,
        slot: u64,
        pin: Option<&[u8]>,
        mut label: [u8; LABEL_OCTETS],
    ) -> Result<(), Failure> {
        let init = self.functions.C_InitToken.ok_or_else(|| missing("C_InitToken"))?;
        let slot = CK_SLOT_ID::from(slot);
        let (pin, octets) = argument("C_InitToken", pin)?;
        // SAFETY: the PIN, if there is one, and the label live through the call; the PIN's length is the one
        // given, and the label's is fixed by the standard. The module does not write to the PIN: the pointer is
        // mutable only because the C header lacks `const`.
        let value = calling(c"InitToken", || unsafe { init(slot, pin, octets, label.as_mut_ptr()) });
        returned("C_InitToken", value)
    }

    /// `C_InitPIN`.
    pub(in crate::token::worker) fn init_pin(
        &self,
        session: &Session,
        pin: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let init = self.functions.C_InitPIN.ok_or_else(|| missing("C_InitPIN"))?;
        let (pin, octets) = argument("C_InitPIN", pin)?;
        // SAFETY: the PIN, if there is one, lives through the call, which does not write to it, and its length is
        // the one given.
        let value = calling(c"InitPIN", || unsafe { init(session.handle(), pin, octets) });
        returned("C_InitPIN", value)
    }
}

/// Pointer and length of a PIN; NULL for one that is typed on the token.
fn argument(function: &str, pin: Option<&[u8]>) -> Result<(*mut CK_UTF8CHAR, CK_ULONG), Failure> {
    match pin {
        Some(pin) => Ok((pin.as_ptr().cast_mut(), length(function, pin.len())?)),
        None => Ok((std::ptr::null_mut(), 0)),
    }
}
