//! Return values of PKCS#11 functions (PKCS#11 3.2 s.6.1, `CK_RV`), by number and by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a C_ function returned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReturnValue(u64);

impl ReturnValue {
    pub(super) const HOST_MEMORY: Self = Self(0x2);
    pub(super) const GENERAL_ERROR: Self = Self(0x5);
    pub(super) const FUNCTION_FAILED: Self = Self(0x6);
    pub(super) const ARGUMENTS_BAD: Self = Self(0x7);
    pub(super) const CANT_LOCK: Self = Self(0xa);
    pub(super) const ATTRIBUTE_READ_ONLY: Self = Self(0x10);
    pub(super) const ATTRIBUTE_TYPE_INVALID: Self = Self(0x12);
    pub(super) const ATTRIBUTE_VALUE_INVALID: Self = Self(0x13);
    pub(super) const ACTION_PROHIBITED: Self = Self(0x1b);
    pub(super) const DATA_INVALID: Self = Self(0x20);
    pub(super) const DATA_LEN_RANGE: Self = Self(0x21);
    pub(super) const DEVICE_ERROR: Self = Self(0x30);
    pub(super) const DEVICE_MEMORY: Self = Self(0x31);
    pub(super) const DEVICE_REMOVED: Self = Self(0x32);
    pub(super) const FUNCTION_NOT_SUPPORTED: Self = Self(0x54);
    pub(super) const KEY_SIZE_RANGE: Self = Self(0x62);
    pub(super) const MECHANISM_INVALID: Self = Self(0x70);
    pub(super) const MECHANISM_PARAM_INVALID: Self = Self(0x71);
    pub(super) const OPERATION_NOT_INITIALIZED: Self = Self(0x91);
    pub(super) const OBJECT_HANDLE_INVALID: Self = Self(0x82);
    pub(super) const PIN_INCORRECT: Self = Self(0xa0);
    pub(super) const PIN_INVALID: Self = Self(0xa1);
    pub(super) const PIN_LEN_RANGE: Self = Self(0xa2);
    pub(super) const PIN_EXPIRED: Self = Self(0xa3);
    pub(super) const PIN_LOCKED: Self = Self(0xa4);
    pub(super) const SESSION_CLOSED: Self = Self(0xb0);
    pub(super) const SESSION_COUNT: Self = Self(0xb1);
    pub(super) const SESSION_HANDLE_INVALID: Self = Self(0xb3);
    pub(super) const SESSION_EXISTS: Self = Self(0xb6);
    pub(super) const TEMPLATE_INCONSISTENT: Self = Self(0xd1);
    pub(super) const TOKEN_NOT_PRESENT: Self = Self(0xe0);
    pub(super) const TOKEN_WRITE_PROTECTED: Self = Self(0xe2);
    pub(super) const USER_ALREADY_LOGGED_IN: Self = Self(0x100);
    pub(super) const USER_NOT_LOGGED_IN: Self = Self(0x101);
    pub(super) const USER_PIN_NOT_INITIALIZED: Self = Self(0x102);
    pub(super) const USER_TYPE_INVALID: Self = Self(0x103);
    pub(super) const USER_ANOTHER_ALREADY_LOGGED_IN: Self = Self(0x104);
    pub(super) const RANDOM_NO_RNG: Self = Self(0x121);
    pub(super) const DOMAIN_PARAMS_INVALID: Self = Self(0x130);
    pub(super) const CURVE_NOT_SUPPORTED: Self = Self(0x140);
    pub(super) const CRYPTOKI_NOT_INITIALIZED: Self = Self(0x190);
    pub(super) const CRYPTOKI_ALREADY_INITIALIZED: Self = Self(0x191);
    pub(super) const TOKEN_RESOURCE_EXCEEDED: Self = Self(0x201);
    pub(super) const TOKEN_NOT_INITIALIZED: Self = Self(0x208);

    /// The value of a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The value with a standard name, such as `PIN_INCORRECT`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(number, _)| Self(*number))
    }
}

/// `CKR_PIN_INCORRECT`, or the number where there is no standard name.
impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => write!(f, "CKR_{name}"),
            None if self.0 == 0 => f.write_str("CKR_OK"),
            None if self.0 >= 0x8000_0000 => write!(f, "CKR_VENDOR_DEFINED 0x{:x}", self.0),
            None => write!(f, "CKR 0x{:x}", self.0),
        }
    }
}

impl fmt::Debug for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

const NAMES: &[(u64, &str)] = &[
    (0x1, "CANCEL"),
    (0x2, "HOST_MEMORY"),
    (0x3, "SLOT_ID_INVALID"),
    (0x5, "GENERAL_ERROR"),
    (0x6, "FUNCTION_FAILED"),
    (0x7, "ARGUMENTS_BAD"),
    (0x8, "NO_EVENT"),
    (0x9, "NEED_TO_CREATE_THREADS"),
    (0xa, "CANT_LOCK"),
    (0x10, "ATTRIBUTE_READ_ONLY"),
    (0x11, "ATTRIBUTE_SENSITIVE"),
    (0x12, "ATTRIBUTE_TYPE_INVALID"),
    (0x13, "ATTRIBUTE_VALUE_INVALID"),
    (0x1b, "ACTION_PROHIBITED"),
    (0x20, "DATA_INVALID"),
    (0x21, "DATA_LEN_RANGE"),
    (0x30, "DEVICE_ERROR"),
    (0x31, "DEVICE_MEMORY"),
    (0x32, "DEVICE_REMOVED"),
    (0x40, "ENCRYPTED_DATA_INVALID"),
    (0x41, "ENCRYPTED_DATA_LEN_RANGE"),
    (0x42, "AEAD_DECRYPT_FAILED"),
    (0x50, "FUNCTION_CANCELED"),
    (0x51, "FUNCTION_NOT_PARALLEL"),
    (0x54, "FUNCTION_NOT_SUPPORTED"),
    (0x60, "KEY_HANDLE_INVALID"),
    (0x62, "KEY_SIZE_RANGE"),
    (0x63, "KEY_TYPE_INCONSISTENT"),
    (0x64, "KEY_NOT_NEEDED"),
    (0x65, "KEY_CHANGED"),
    (0x66, "KEY_NEEDED"),
    (0x67, "KEY_INDIGESTIBLE"),
    (0x68, "KEY_FUNCTION_NOT_PERMITTED"),
    (0x69, "KEY_NOT_WRAPPABLE"),
    (0x6a, "KEY_UNEXTRACTABLE"),
    (0x70, "MECHANISM_INVALID"),
    (0x71, "MECHANISM_PARAM_INVALID"),
    (0x82, "OBJECT_HANDLE_INVALID"),
    (0x90, "OPERATION_ACTIVE"),
    (0x91, "OPERATION_NOT_INITIALIZED"),
    (0xa0, "PIN_INCORRECT"),
    (0xa1, "PIN_INVALID"),
    (0xa2, "PIN_LEN_RANGE"),
    (0xa3, "PIN_EXPIRED"),
    (0xa4, "PIN_LOCKED"),
    (0xb0, "SESSION_CLOSED"),
    (0xb1, "SESSION_COUNT"),
    (0xb3, "SESSION_HANDLE_INVALID"),
    (0xb4, "SESSION_PARALLEL_NOT_SUPPORTED"),
    (0xb5, "SESSION_READ_ONLY"),
    (0xb6, "SESSION_EXISTS"),
    (0xb7, "SESSION_READ_ONLY_EXISTS"),
    (0xb8, "SESSION_READ_WRITE_SO_EXISTS"),
    (0xc0, "SIGNATURE_INVALID"),
    (0xc1, "SIGNATURE_LEN_RANGE"),
    (0xd0, "TEMPLATE_INCOMPLETE"),
    (0xd1, "TEMPLATE_INCONSISTENT"),
    (0xe0, "TOKEN_NOT_PRESENT"),
    (0xe1, "TOKEN_NOT_RECOGNIZED"),
    (0xe2, "TOKEN_WRITE_PROTECTED"),
    (0xf0, "UNWRAPPING_KEY_HANDLE_INVALID"),
    (0xf1, "UNWRAPPING_KEY_SIZE_RANGE"),
    (0xf2, "UNWRAPPING_KEY_TYPE_INCONSISTENT"),
    (0x100, "USER_ALREADY_LOGGED_IN"),
    (0x101, "USER_NOT_LOGGED_IN"),
    (0x102, "USER_PIN_NOT_INITIALIZED"),
    (0x103, "USER_TYPE_INVALID"),
    (0x104, "USER_ANOTHER_ALREADY_LOGGED_IN"),
    (0x105, "USER_TOO_MANY_TYPES"),
    (0x110, "WRAPPED_KEY_INVALID"),
    (0x112, "WRAPPED_KEY_LEN_RANGE"),
    (0x113, "WRAPPING_KEY_HANDLE_INVALID"),
    (0x114, "WRAPPING_KEY_SIZE_RANGE"),
    (0x115, "WRAPPING_KEY_TYPE_INCONSISTENT"),
    (0x120, "RANDOM_SEED_NOT_SUPPORTED"),
    (0x121, "RANDOM_NO_RNG"),
    (0x130, "DOMAIN_PARAMS_INVALID"),
    (0x140, "CURVE_NOT_SUPPORTED"),
    (0x150, "BUFFER_TOO_SMALL"),
    (0x160, "SAVED_STATE_INVALID"),
    (0x170, "INFORMATION_SENSITIVE"),
    (0x180, "STATE_UNSAVEABLE"),
    (0x190, "CRYPTOKI_NOT_INITIALIZED"),
    (0x191, "CRYPTOKI_ALREADY_INITIALIZED"),
    (0x1a0, "MUTEX_BAD"),
    (0x1a1, "MUTEX_NOT_LOCKED"),
    (0x1b0, "NEW_PIN_MODE"),
    (0x1b1, "NEXT_OTP"),
    (0x1b5, "EXCEEDED_MAX_ITERATIONS"),
    (0x1b6, "FIPS_SELF_TEST_FAILED"),
    (0x1b7, "LIBRARY_LOAD_FAILED"),
    (0x1b8, "PIN_TOO_WEAK"),
    (0x1b9, "PUBLIC_KEY_INVALID"),
    (0x200, "FUNCTION_REJECTED"),
    (0x201, "TOKEN_RESOURCE_EXCEEDED"),
    (0x202, "OPERATION_CANCEL_FAILED"),
    (0x203, "KEY_EXHAUSTED"),
    (0x204, "PENDING"),
    (0x205, "SESSION_ASYNC_NOT_SUPPORTED"),
    (0x206, "SEED_RANDOM_REQUIRED"),
    (0x207, "OPERATION_NOT_VALIDATED"),
    (0x208, "TOKEN_NOT_INITIALIZED"),
    (0x209, "PARAMETER_SET_NOT_SUPPORTED"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_by_their_standard_names() {
        assert_eq!(ReturnValue::PIN_INCORRECT.to_string(), "CKR_PIN_INCORRECT");
        assert_eq!(ReturnValue::CRYPTOKI_ALREADY_INITIALIZED.to_string(), "CKR_CRYPTOKI_ALREADY_INITIALIZED");
        assert_eq!(ReturnValue::USER_PIN_NOT_INITIALIZED.to_string(), "CKR_USER_PIN_NOT_INITIALIZED");
        assert_eq!(ReturnValue::new(0x8000_0001).to_string(), "CKR_VENDOR_DEFINED 0x80000001");
        assert_eq!(ReturnValue::new(0x9999).to_string(), "CKR 0x9999");
        assert_eq!(ReturnValue::from_name("PIN_LOCKED"), Some(ReturnValue::PIN_LOCKED));
    }
}
