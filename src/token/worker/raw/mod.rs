//! The one place with `unsafe`: what `cryptoki` 0.12 cannot say, the closing of inherited files, and
//! the way into a namespace.
//!
//! - `C_SignInit` with the number of a mechanism that the crate cannot name, and `C_Sign` with an output
//!   buffer of known length, apart from it: the crate joins the two and asks for the length first, which
//!   costs a third call and leaves no place for the login that `CKA_ALWAYS_AUTHENTICATE` demands.
//! - `C_GetAttributeValue` for many attributes at once, into buffers that are there already: the crate
//!   asks for all lengths first and fails as a whole when one attribute is odd.
//! - `C_FindObjects` of a module that claims more objects than there is room for: the crate believes it.
//! - `C_GetSlotList`, `C_GetTokenInfo`, `C_GetMechanismList` without interpretation: the crate asks twice,
//!   fails as a whole when one field is odd (openCryptoki 3.8 writes its `utcTime` so), and hides
//!   mechanisms that it cannot name.
//! - `C_GenerateKeyPair` with the number of a mechanism that the crate cannot name.
//! - `C_InitToken` and `C_InitPIN` for tokens that ask for the PIN themselves.
//!
//! Every pointer given to the module points to a live, initialised buffer of this process whose length
//! is given along with it, and nothing that the module returns is used as a pointer. A module that
//! writes beyond a buffer harms this process only, which is what it is for.
#![expect(unsafe_code, reason = "calls into the module that the binding crate does not offer; see above")]

mod attributes;
mod descriptors;
mod find;
mod initialise;
mod namespace;
mod pair;
mod sign;
mod slot;

use std::path::Path;

use cryptoki_sys::{CK_FUNCTION_LIST, CK_RV, CK_ULONG, CKR_OK};

pub(super) use self::attributes::{Read, octets};
pub(super) use self::descriptors::close_inherited;
pub(super) use self::initialise::LABEL_OCTETS;
pub(super) use self::namespace::unshare;
use super::calling::calling;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, ModuleFault};

/// The functions that are called past the crate, and the library that keeps them mapped.
pub(super) struct RawModule {
    functions: CK_FUNCTION_LIST,
    _library: cryptoki_sys::Pkcs11,
}

impl RawModule {
    /// Loads a module and asks for its functions.
    ///
    /// They may be those of another instance than the crate's: p11-kit's proxy and client give every caller of
    /// `C_GetFunctionList` one of its own, which knows nothing of the sessions of the others and is not even
    /// initialised. The first call says so by `CKR_CRYPTOKI_NOT_INITIALIZED`.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        // SAFETY: initialisers of foreign code run here, in the process that is for it; the symbols are taken
        // to have the types of the standard.
        let library = calling(c"dlopen", || unsafe { cryptoki_sys::Pkcs11::new(path) })
            .map_err(|error| Failure::Module(ModuleFault::Link(error.to_string())))?;
        if library.C_GetFunctionList.is_err() {
            return Err(Failure::Module(ModuleFault::NoFunctionList));
        }
        let mut list: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
        // SAFETY: the symbol exists, and `list` outlives the call.
        let value = calling(c"GetFunctionList", || unsafe { library.C_GetFunctionList(&raw mut list) });
        returned("C_GetFunctionList", value)?;
        // SAFETY: a module that returns CKR_OK points to its function list, or to NULL if it is broken.
        let Some(functions) = (unsafe { list.as_ref() }) else {
            let reason = "CKR_OK and no list".to_owned();
            return Err(nonsense("C_GetFunctionList", reason));
        };
        Ok(Self { functions: *functions, _library: library })
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

fn nonsense(function: &str, reason: String) -> Failure {
    Failure::Nonsense { function: function.to_owned(), reason }
}

fn length(function: &str, octets: usize) -> Result<CK_ULONG, Failure> {
    CK_ULONG::try_from(octets).map_err(|_| nonsense(function, format!("{octets} octets do not fit")))
}
