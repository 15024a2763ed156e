//! Which C_ function the process is in, for those who look from outside.
//!
//! A module that hangs or crashes cannot say where. The name of the function stands in the name of the
//! main thread (`/proc/PID/comm`), which costs a fraction of a microsecond and can still be read of a
//! process that hangs or has just died.

use std::ffi::CStr;

/// The name between two calls; the kernel keeps 15 octets of any name.
pub(super) const IDLE: &CStr = c"keyrite-token";

/// Calls into the module under the name of the function, which is given without its `C_`.
pub(super) fn calling<T>(function: &CStr, call: impl FnOnce() -> T) -> T {
    // Only a diagnostic: nothing depends on its success.
    let _ = rustix::thread::set_name(function);
    let result = call();
    let _ = rustix::thread::set_name(IDLE);
    result
}

/// Every name that is used, for those who read it.
pub(in crate::token) const FUNCTIONS: [&CStr; 27] = [
    c"dlopen",
    c"GetFunctionList",
    c"Initialize",
    c"Finalize",
    c"GetInfo",
    c"GetSlotList",
    c"GetSlotInfo",
    c"GetTokenInfo",
    c"GetMechanismList",
    c"GetMechanismInfo",
    c"InitToken",
    c"InitPIN",
    c"OpenSession",
    c"Login",
    c"Logout",
    c"FindObjectsInit",
    c"FindObjects",
    c"FindObjectsFinal",
    c"GetAttributeValue",
    c"GenerateKeyPair",
    c"DestroyObject",
    c"SignInit",
    c"Sign",
    c"SignUpdate",
    c"SignFinal",
    c"GenerateRandom",
    c"CloseSession",
];
