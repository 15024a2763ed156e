//! A token initialised: by its security officer, who then sets the user's PIN.
//!
//! Without a PIN the token asks for it on its own keyboard. Each call is made once, whatever comes of it.

use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::calling::calling;
use super::failure::failure;
use super::module::Module;
use super::raw::LABEL_OCTETS;
use super::session::{OpenSession, take_pin};
use crate::token::return_value::ReturnValue;
use crate::token::wire::Failure;

/// A PIN in the buffer in which it was received, which overwrites itself when it goes.
pub(super) type ReceivedPin = Option<Zeroizing<Vec<u8>>>;

/// `C_InitToken`: destroys what the token holds.
pub(super) fn token(module: &Module, slot: u64, label: &[u8], pin: ReceivedPin) -> Result<(), Failure> {
    let mut padded = [b' '; LABEL_OCTETS];
    padded.get_mut(..label.len()).ok_or(Failure::Order)?.copy_from_slice(label);
    let lock = module.lock();
    let result = match module.raw() {
        Some(raw) => raw.init_token(slot, pin.as_deref().map(Vec::as_slice), padded),
        None => by_crate("C_InitToken", pin, |pin| {
            let slot = Slot::try_from(slot)?;
            let label = String::from_utf8_lossy(label);
            calling(c"InitToken", || module.context().init_token(slot, pin, &label))
        }),
    };
    drop(lock);
    result
}

/// `C_Login` as the security officer.
pub(super) fn officer(open: &OpenSession, pin: ReceivedPin) -> Result<(), Failure> {
    let pin = pin.map(take_pin);
    calling(c"Login", || match &pin {
        Some(pin) => open.session().login_with_raw(UserType::So, pin),
        None => open.session().login(UserType::So, None),
    })
    .map_err(|error| failure("C_Login", error))
}

/// `C_InitPIN`, after the login of the security officer.
pub(super) fn user_pin(open: &OpenSession, pin: ReceivedPin) -> Result<(), Failure> {
    match open.raw() {
        Some(raw) => raw.init_pin(open.session(), pin.as_deref().map(Vec::as_slice)),
        None => by_crate("C_InitPIN", pin, |pin| calling(c"InitPIN", || open.session().init_pin(pin))),
    }
}

/// `C_Logout`.
pub(super) fn logout(open: &OpenSession) -> Result<(), Failure> {
    calling(c"Logout", || open.session().logout()).map_err(|error| failure("C_Logout", error))
}

/// The crate's own way, for modules whose functions only the crate has: it takes PINs that are text, and always
/// one.
fn by_crate(
    function: &str,
    pin: ReceivedPin,
    call: impl FnOnce(&AuthPin) -> cryptoki::error::Result<()>,
) -> Result<(), Failure> {
    let Some(mut pin) = pin else {
        let value = ReturnValue::FUNCTION_NOT_SUPPORTED;
        return Err(Failure::Call { function: function.to_owned(), value });
    };
    // Moved, not copied: the buffer has exactly the length of the PIN, so that the box is the buffer.
    match String::from_utf8(std::mem::take(&mut *pin)) {
        Ok(text) => call(&AuthPin::new(text.into_boxed_str())).map_err(|error| failure(function, error)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            let value = ReturnValue::PIN_INVALID;
            Err(Failure::Call { function: function.to_owned(), value })
        }
    }
}
