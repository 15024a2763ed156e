//! What a module says about itself, its slots and tokens: shown and matched, but proof of nothing.

use super::uri::Pkcs11Uri;

/// A token that is present, as its module describes it. All texts are without padding, and come from
/// outside: escape them before a person sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenInfo {
    /// `CK_TOKEN_INFO.label`.
    pub label: String,
    /// `CK_TOKEN_INFO.serialNumber`. Several kinds of token have the same one in every exemplar.
    pub serial: String,
    /// `CK_TOKEN_INFO.manufacturerID`.
    pub manufacturer: String,
    /// `CK_TOKEN_INFO.model`.
    pub model: String,
    /// `CK_TOKEN_INFO.firmwareVersion`: major and minor.
    pub firmware: (u8, u8),
    /// `CK_TOKEN_INFO.hardwareVersion`: major and minor.
    pub hardware: (u8, u8),
    /// `CK_TOKEN_INFO.flags`.
    pub flags: TokenFlags,
    /// `CK_SLOT_INFO.slotDescription`.
    pub slot_description: String,
    /// `CK_SLOT_INFO.manufacturerID`.
    pub slot_manufacturer: String,
    /// The slot's number, which may change at every start of the module.
    pub slot_id: u64,
    /// `CK_INFO.libraryDescription`.
    pub library_description: String,
    /// `CK_INFO.manufacturerID`.
    pub library_manufacturer: String,
    /// `CK_INFO.libraryVersion`: major and minor.
    pub library_version: (u8, u8),
}

impl TokenInfo {
    /// Whether this is a slot that waits for a token: not initialised and without a name, so that no URI
    /// could mean it.
    #[must_use]
    pub const fn is_blank(&self) -> bool {
        !self.flags.token_initialized() && self.label.is_empty()
    }

    /// The exact URI of the token.
    #[must_use]
    pub fn uri(&self) -> Pkcs11Uri {
        Pkcs11Uri::of_token(self)
    }
}

/// The flags of a token (PKCS#11 3.1 s.3.3, `CK_TOKEN_INFO`). Many tokens never set those about PINs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenFlags(u64);

impl TokenFlags {
    pub(super) const fn new(bits: u64) -> Self {
        Self(bits)
    }

    const fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    /// The flags as the module gave them.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// `CKF_RNG`: the token has a random number generator of its own.
    #[must_use]
    pub const fn rng(self) -> bool {
        self.has(0x1)
    }

    /// `CKF_WRITE_PROTECTED`.
    #[must_use]
    pub const fn write_protected(self) -> bool {
        self.has(0x2)
    }

    /// `CKF_LOGIN_REQUIRED`.
    #[must_use]
    pub const fn login_required(self) -> bool {
        self.has(0x4)
    }

    /// `CKF_USER_PIN_INITIALIZED`.
    #[must_use]
    pub const fn user_pin_initialized(self) -> bool {
        self.has(0x8)
    }

    /// `CKF_PROTECTED_AUTHENTICATION_PATH`: the PIN is typed on the token's own keyboard.
    #[must_use]
    pub const fn protected_authentication_path(self) -> bool {
        self.has(0x100)
    }

    /// `CKF_TOKEN_INITIALIZED`.
    #[must_use]
    pub const fn token_initialized(self) -> bool {
        self.has(0x400)
    }

    /// `CKF_USER_PIN_COUNT_LOW`: a wrong PIN was given since the last right one.
    #[must_use]
    pub const fn user_pin_count_low(self) -> bool {
        self.has(0x1_0000)
    }

    /// `CKF_USER_PIN_FINAL_TRY`: the next wrong PIN locks the token.
    #[must_use]
    pub const fn user_pin_final_try(self) -> bool {
        self.has(0x2_0000)
    }

    /// `CKF_USER_PIN_LOCKED`.
    #[must_use]
    pub const fn user_pin_locked(self) -> bool {
        self.has(0x4_0000)
    }

    /// `CKF_SO_PIN_FINAL_TRY`: the next wrong PIN of the security officer locks it.
    #[must_use]
    pub const fn so_pin_final_try(self) -> bool {
        self.has(0x20_0000)
    }

    /// `CKF_SO_PIN_LOCKED`.
    #[must_use]
    pub const fn so_pin_locked(self) -> bool {
        self.has(0x40_0000)
    }

    /// `CKF_USER_PIN_TO_BE_CHANGED`.
    #[must_use]
    pub const fn user_pin_to_be_changed(self) -> bool {
        self.has(0x8_0000)
    }
}
