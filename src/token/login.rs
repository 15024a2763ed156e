//! The login: once, never tried again, with the token's own word on how many tries are left.

use std::ffi::OsStr;

use super::description::{TokenFlags, TokenInfo};
use super::error::Error;
use super::pin::{Pin, PinError, PinSource};
use super::return_value::ReturnValue;
use super::session::Connection;

/// Asks a person for the PIN of a token. The flags say whether to warn.
pub type PinPrompt = Box<dyn FnMut(&TokenInfo) -> Result<Pin, PinError> + Send>;

/// Where a session gets its PIN from when it needs it.
pub struct PinProvider {
    source: PinSource,
    prompt: PinPrompt,
}

impl PinProvider {
    /// From `source`; `prompt` is called if that is the terminal.
    pub fn new(
        source: PinSource,
        prompt: impl FnMut(&TokenInfo) -> Result<Pin, PinError> + Send + 'static,
    ) -> Self {
        Self { source, prompt: Box::new(prompt) }
    }

    /// From `source`, with nobody to ask.
    #[must_use]
    pub fn unattended(source: PinSource) -> Self {
        Self::new(source, |_| Err(PinError::Terminal))
    }

    pub(super) fn environment_variable(&self) -> Option<&OsStr> {
        self.source.environment_variable()
    }

    fn pin(&mut self, token: &TokenInfo) -> Result<Pin, PinError> {
        match &self.source {
            PinSource::Terminal => (self.prompt)(token),
            PinSource::File(_) | PinSource::Env(_) | PinSource::Fd(_) => self.source.read(),
        }
    }
}

impl std::fmt::Debug for PinProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PinProvider({:?})", self.source)
    }
}

/// How far a session's login is.
#[derive(Debug)]
pub(super) struct Login {
    state: State,
    pin: PinProvider,
    final_try: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NotYet,
    Done,
    Spent,
}

impl Login {
    pub(super) const fn new(pin: PinProvider, final_try: bool) -> Self {
        Self { state: State::NotYet, pin, final_try }
    }
}

pub(super) fn login(connection: &mut Connection) -> Result<(), Error> {
    let label = connection.token.label.clone();
    match connection.login.state {
        State::Done => return Ok(()),
        State::Spent => return Err(Error::LoginSpent { token: label }),
        State::NotYet => {}
    }
    // The flags of this moment: another program may have spent tries since the session was opened.
    let token = connection.token_now()?;
    if !token.flags.login_required() {
        connection.login.state = State::Done;
        return Ok(());
    }
    if token.flags.user_pin_locked() {
        return Err(Error::PinLocked { token: label });
    }
    if token.flags.user_pin_final_try() && !connection.login.final_try {
        return Err(Error::FinalTry { token: label });
    }
    let pin = if token.flags.protected_authentication_path() {
        None
    } else {
        let pin = connection.login.pin.pin(&token);
        Some(pin.map_err(|source| Error::Pin { token: label.clone(), source })?)
    };
    connection.login.state = State::Spent;
    let result = connection.client.login(pin.as_ref());
    drop(pin);
    match result {
        Ok(()) => {
            connection.login.state = State::Done;
            Ok(())
        }
        Err(Error::Call { function, value }) if function == "C_Login" => {
            // What is left, as far as the token says so; a locked PIN may answer PIN_INCORRECT too.
            let flags = connection.token_now().map(|token| token.flags).unwrap_or_default();
            Err(refused(label, value, flags))
        }
        Err(error) => Err(error),
    }
}

fn refused(token: String, value: ReturnValue, flags: TokenFlags) -> Error {
    let count_low = flags.user_pin_count_low();
    let final_try = flags.user_pin_final_try();
    let locked = flags.user_pin_locked();
    match value {
        ReturnValue::PIN_INCORRECT => Error::PinIncorrect { token, count_low, final_try, locked },
        ReturnValue::PIN_LOCKED => Error::PinLocked { token },
        ReturnValue::PIN_EXPIRED => Error::PinExpired { token },
        ReturnValue::USER_PIN_NOT_INITIALIZED => Error::PinNotSet { token },
        // What tokens return instead: PIV cards for what is no digit, YubiHSM for a wrong length and for
        // an unknown authentication key.
        ReturnValue::PIN_LEN_RANGE
        | ReturnValue::PIN_INVALID
        | ReturnValue::DATA_INVALID
        | ReturnValue::ARGUMENTS_BAD
        | ReturnValue::OBJECT_HANDLE_INVALID => {
            Error::PinRefused { token, value, count_low, final_try, locked }
        }
        value => Error::Call { function: "C_Login".to_owned(), value },
    }
}
