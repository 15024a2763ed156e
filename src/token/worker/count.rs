//! How often the module was called to sign: counted where the call is made.
//!
//! What the audit log says of signatures is what the program knows of them. This count is another source: whatever
//! calls the module to sign comes through here, so that a signature of which the log does not tell is seen.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::calling::calling;

static MADE: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

/// As [`calling`], for a function that makes a signature: `C_Sign` or `C_SignFinal`.
pub(super) fn signing<T>(
    function: &CStr,
    call: impl FnOnce() -> T,
    has_signed: impl FnOnce(&T) -> bool,
) -> T {
    let result = calling(function, call);
    let counter = if has_signed(&result) { &MADE } else { &FAILED };
    counter.fetch_add(1, Ordering::Relaxed);
    result
}

/// How many calls were answered with `CKR_OK`, and how many with anything else.
pub(super) fn so_far() -> (u64, u64) {
    (MADE.load(Ordering::Relaxed), FAILED.load(Ordering::Relaxed))
}
