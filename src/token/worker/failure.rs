//! From the errors of `cryptoki` to [`Failure`].

use cryptoki::error::{Error, RvError};

use crate::token::return_value::ReturnValue;
use crate::token::wire::Failure;

/// Names the call by its C_ function and `CKR_` value.
pub(super) fn failure(function: &str, error: Error) -> Failure {
    let function = function.to_owned();
    if let Error::Pkcs11(value, called) = error {
        return Failure::Call { function: format!("C_{called:?}"), value: return_value(value) };
    }
    if matches!(error, Error::NullFunctionPointer) {
        return Failure::Call { function, value: ReturnValue::FUNCTION_NOT_SUPPORTED };
    }
    Failure::Nonsense { function, reason: error.to_string() }
}

/// The crate names standard values in its own spelling, `PinIncorrect` for `CKR_PIN_INCORRECT`.
fn return_value(value: RvError) -> ReturnValue {
    if let RvError::UnknownErrorCode(number) | RvError::VendorDefined(number) = value {
        return ReturnValue::new(number);
    }
    let mut name = String::new();
    for character in format!("{value:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_uppercase());
    }
    ReturnValue::from_name(&name).unwrap_or(ReturnValue::GENERAL_ERROR)
}

/// Whether `C_SignInit` refused the mechanism itself, so that no operation has begun.
pub(super) fn mechanism_refused(failure: &Failure) -> bool {
    matches!(failure, Failure::Call { function, value }
        if function == "C_SignInit"
            && [ReturnValue::MECHANISM_INVALID, ReturnValue::MECHANISM_PARAM_INVALID].contains(value))
}

/// Whether an attribute's absence is all that a failed `C_GetAttributeValue` means: modules answer it
/// with almost any value (SoftHSM and p11-kit with `GENERAL_ERROR` and `DEVICE_ERROR`). What says that
/// session, object or token are gone is no such answer.
pub(super) fn attribute_absent(failure: &Failure) -> bool {
    match failure {
        Failure::Call { value, .. } => ![
            ReturnValue::SESSION_HANDLE_INVALID,
            ReturnValue::SESSION_CLOSED,
            ReturnValue::DEVICE_REMOVED,
            ReturnValue::TOKEN_NOT_PRESENT,
            ReturnValue::OBJECT_HANDLE_INVALID,
            ReturnValue::USER_NOT_LOGGED_IN,
            ReturnValue::CRYPTOKI_NOT_INITIALIZED,
        ]
        .contains(value),
        Failure::Nonsense { .. } => true,
        Failure::Module(_) | Failure::NotAttempted | Failure::Order => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_crate_are_the_names_of_the_standard() {
        for (value, name) in [
            (RvError::PinIncorrect, "CKR_PIN_INCORRECT"),
            (RvError::PinLenRange, "CKR_PIN_LEN_RANGE"),
            (RvError::UserPinNotInitialized, "CKR_USER_PIN_NOT_INITIALIZED"),
            (RvError::UserAlreadyLoggedIn, "CKR_USER_ALREADY_LOGGED_IN"),
            (RvError::SlotIdInvalid, "CKR_SLOT_ID_INVALID"),
            (RvError::RandomNoRng, "CKR_RANDOM_NO_RNG"),
            (RvError::CryptokiAlreadyInitialized, "CKR_CRYPTOKI_ALREADY_INITIALIZED"),
            (RvError::MechanismParamInvalid, "CKR_MECHANISM_PARAM_INVALID"),
            (RvError::UnknownErrorCode(0x201), "CKR_TOKEN_RESOURCE_EXCEEDED"),
        ] {
            assert_eq!(return_value(value).to_string(), name);
        }
    }
}
