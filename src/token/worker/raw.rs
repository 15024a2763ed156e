//! The one place with `unsafe`: what `cryptoki` 0.12 cannot say, and the closing of inherited files.
//!
//! - `C_Sign` with an output buffer of known length, apart from `C_SignInit`: the crate joins them and
//!   asks for the length first, which costs a third call and leaves no place for the login that
//!   `CKA_ALWAYS_AUTHENTICATE` demands in between.
//! - `C_GetTokenInfo` without interpretation: the crate's fails as a whole when one field is odd
//!   (openCryptoki 3.8 writes its `utcTime` so).
//!
//! Every pointer given to the module points to a live, initialised buffer of this process whose length
//! is given along with it, and nothing that the module returns is used as a pointer. A module that
//! writes beyond a buffer harms this process only, which is what it is for.
#![expect(unsafe_code, reason = "calls into the module that the binding crate does not offer; see above")]

use std::path::Path;

use cryptoki::session::Session;
use cryptoki_sys::{
    CK_C_GetTokenInfo, CK_C_Sign, CK_FUNCTION_LIST, CK_RV, CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CKR_OK,
};

use super::calling::calling;
use super::slot::unpadded;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, ModuleFault, Token};

/// Room beyond the expected length, so that a module that returns too much is named with its length
/// rather than with `CKR_BUFFER_TOO_SMALL`.
const SLACK: usize = 1024;

/// The functions that are called past the crate, and the library that keeps them mapped.
pub(super) struct RawModule {
    sign: CK_C_Sign,
    token_info: CK_C_GetTokenInfo,
    _library: cryptoki_sys::Pkcs11,
}

impl RawModule {
    /// Takes a second handle on a module that the crate has loaded; none where that would be another
    /// module. p11-kit's proxy and client give every caller of `C_GetFunctionList` an instance of its own,
    /// which knows nothing of the sessions of the crate's and is not even initialised.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, Failure> {
        // SAFETY: the library is mapped already, so no initialiser runs; its symbols are taken to have
        // the types of the standard, as the crate has done before.
        let library = unsafe { cryptoki_sys::Pkcs11::new(path) }
            .map_err(|error| Failure::Module(ModuleFault::Link(error.to_string())))?;
        if library.C_GetFunctionList.is_err() {
            return Err(Failure::Module(ModuleFault::NoFunctionList));
        }
        let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        // SAFETY: the symbol exists, and `list` outlives the call.
        returned("C_GetFunctionList", unsafe { library.C_GetFunctionList(&raw mut list) })?;
        let mut again: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        // SAFETY: the symbol exists, and `again` outlives the call.
        returned("C_GetFunctionList", unsafe { library.C_GetFunctionList(&raw mut again) })?;
        if list != again {
            return Ok(None);
        }
        // SAFETY: a module that returns CKR_OK points to its static function list, or to NULL if broken.
        let Some(list) = (unsafe { list.as_ref() }) else {
            return Err(Failure::Module(ModuleFault::NoFunctionList));
        };
        Ok(Some(Self { sign: list.C_Sign, token_info: list.C_GetTokenInfo, _library: library }))
    }

    /// `C_Sign` after `C_SignInit`: one call, since the length is known.
    pub(super) fn sign(&self, session: &Session, input: &[u8], octets: usize) -> Result<Vec<u8>, Failure> {
        let sign = self.sign.ok_or_else(|| missing("C_Sign"))?;
        let mut output = vec![0_u8; octets.saturating_add(SLACK)];
        let input_length = length("C_Sign", input.len())?;
        let mut output_length = length("C_Sign", output.len())?;
        // SAFETY: both buffers live through the call and their lengths are those given. The module does
        // not write to the input: the pointer is mutable only because the C header lacks `const`.
        let value = calling(c"Sign", || unsafe {
            sign(
                session.handle(),
                input.as_ptr().cast_mut(),
                input_length,
                output.as_mut_ptr(),
                &raw mut output_length,
            )
        });
        returned("C_Sign", value)?;
        let returned = usize::try_from(output_length).unwrap_or(usize::MAX);
        if returned > output.len() {
            let reason = format!("claims {returned} octets in a buffer of {}", output.len());
            return Err(Failure::Nonsense { function: "C_Sign".to_owned(), reason });
        }
        output.truncate(returned);
        Ok(output)
    }

    /// `C_GetTokenInfo`.
    pub(super) fn token(&self, slot: u64) -> Result<Token, Failure> {
        let token_info = self.token_info.ok_or_else(|| missing("C_GetTokenInfo"))?;
        let slot = CK_SLOT_ID::from(slot);
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: `info` lives through the call, is of the size that the standard fixes, and consists of
        // integers, for which every bit pattern is valid.
        let value = calling(c"GetTokenInfo", || unsafe { token_info(slot, &raw mut info) });
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
        })
    }
}

/// Closes every descriptor above standard error, such as a PIN's that a shell opened for the program.
///
/// To be called while nothing but what was inherited is open.
pub(super) fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        // The directory's own descriptor is in the list and closed by now.
        if std::fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok() {
            // SAFETY: nothing in this process owns the descriptor: it was inherited, since the process
            // has opened nothing yet that is still open.
            unsafe { rustix::io::close(number) };
        }
    }
}

fn returned(function: &str, value: CK_RV) -> Result<(), Failure> {
    if value == CKR_OK {
        Ok(())
    } else {
        Err(Failure::Call { function: function.to_owned(), value: ReturnValue::new(value) })
    }
}

fn missing(function: &str) -> Failure {
    Failure::Call { function: function.to_owned(), value: ReturnValue::FUNCTION_NOT_SUPPORTED }
}

fn length(function: &str, octets: usize) -> Result<CK_ULONG, Failure> {
    CK_ULONG::try_from(octets).map_err(|_| Failure::Nonsense {
        function: function.to_owned(),
        reason: format!("{octets} octets do not fit"),
    })
}
