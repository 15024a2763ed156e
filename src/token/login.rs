//! The login: once, never tried again, with the token's own word on how many tries are left.

use std::ffi::OsStr;

use super::description::{TokenFlags, TokenInfo};
use super::error::Error;
use super::pin::{Pin, PinError, PinSource};
use super::return_value::ReturnValue;
use super::session::Connection;

/// Asks a person, or several, for the PIN of a token. The flags say whether to warn.
pub type PinPrompt = Box<dyn FnMut(&TokenInfo) -> Result<Pin, PinError> + Send>;

/// Tells a person what a token says of its PIN before one is given to it.
pub type PinWarning = Box<dyn FnMut(&TokenInfo) + Send>;

/// Where a session gets its PIN from when it needs it.
pub struct PinProvider {
    source: PinSource,
    prompt: PinPrompt,
    warning: Option<PinWarning>,
}

impl PinProvider {
    /// From `source`; `prompt` is called if that is what people type.
    pub fn new(
        source: PinSource,
        prompt: impl FnMut(&TokenInfo) -> Result<Pin, PinError> + Send + 'static,
    ) -> Self {
        Self { source, prompt: Box::new(prompt), warning: None }
    }

    /// Calls `warning` before a PIN that nobody is asked for is given to a token that says that a wrong one
    /// was given before, or that it is to be changed. A prompt says so itself.
    #[must_use]
    pub fn warning(mut self, warning: impl FnMut(&TokenInfo) + Send + 'static) -> Self {
        self.warning = Some(Box::new(warning));
        self
    }

    /// From `source`, with nobody to ask.
    #[must_use]
    pub fn unattended(source: PinSource) -> Self {
        Self::new(source, |_| Err(PinError::Terminal))
    }

    pub(super) fn environment_variable(&self) -> Option<&OsStr> {
        self.source.environment_variable()
    }

    pub(super) fn pin(&mut self, token: &TokenInfo) -> Result<Pin, PinError> {
        match &self.source {
            PinSource::Terminal | PinSource::Parts(_) | PinSource::Shares => (self.prompt)(token),
            PinSource::File(_) | PinSource::Env(_) | PinSource::Fd(_) => {
                let pin = self.source.read()?;
                self.warn(token);
                Ok(pin)
            }
        }
    }

    fn warn(&mut self, token: &TokenInfo) {
        let flags = token.flags;
        let doubtful =
            flags.user_pin_count_low() || flags.user_pin_final_try() || flags.user_pin_to_be_changed();
        if let Some(warning) = self.warning.as_mut().filter(|_| doubtful) {
            warning(token);
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
    provider: PinProvider,
    /// The PIN that was right, until it is known whether the key wants it for every signature.
    pin: Option<Pin>,
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
        Self { state: State::NotYet, provider: pin, pin: None, final_try }
    }

    /// Without a login, and without a PIN to try one with.
    pub(super) fn none() -> Self {
        Self {
            state: State::Spent,
            provider: PinProvider::unattended(PinSource::Terminal),
            pin: None,
            final_try: false,
        }
    }

    /// Whether no PIN has been asked for or given yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.state == State::NotYet
    }

    /// Overwrites the PIN: nothing needs it any more.
    pub(super) fn forget_pin(&mut self) {
        self.pin = None;
    }

    /// The PIN for a key that wants it for every signature: that of the login, if it is still there, else
    /// from its source once more. None where the token asks for it itself.
    pub(super) fn pin_of_key(&mut self, token: &TokenInfo) -> Result<Option<Pin>, Error> {
        if token.flags.protected_authentication_path() {
            return Ok(None);
        }
        if let Some(pin) = self.pin.take() {
            return Ok(Some(pin));
        }
        let pin = self.provider.pin(token);
        pin.map(Some).map_err(|source| Error::Pin { token: token.label.clone(), source })
    }
}

pub(super) fn login(connection: &mut Connection) -> Result<(), Error> {
    let label = connection.token.label.clone();
    match connection.login.state {
        State::Done => return Ok(()),
        State::Spent => return Err(Error::LoginSpent { token: label }),
        State::NotYet => {}
    }
    // The flags of this moment: another program may have spent tries since the session was opened. And the
    // token of this moment: a PIN is for one token only.
    let token = connection.token_now()?;
    if !same(&connection.token, &token) {
        let named = |token: &TokenInfo| format!("{:?} (serial {:?})", token.label, token.serial);
        return Err(Error::TokenExchanged { expected: named(&connection.token), found: named(&token) });
    }
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
        connection.login.provider.warn(&token);
        None
    } else {
        let pin = connection.login.provider.pin(&token);
        Some(pin.map_err(|source| Error::Pin { token: label.clone(), source })?)
    };
    connection.login.state = State::Spent;
    match connection.client.login(pin.as_ref()) {
        Ok(()) => {
            connection.login.state = State::Done;
            connection.login.pin = pin;
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

/// Whether two descriptions are of one token: its name does not change while a session is open.
fn same(one: &TokenInfo, other: &TokenInfo) -> bool {
    let name = |token: &TokenInfo| {
        (token.label.clone(), token.serial.clone(), token.manufacturer.clone(), token.model.clone())
    };
    name(one) == name(other)
}

/// The error for a PIN that the token did not accept. A context-specific login is refused in the same ways.
pub(super) fn refused(token: String, value: ReturnValue, flags: TokenFlags) -> Error {
    let count_low = flags.user_pin_count_low();
    let final_try = flags.user_pin_final_try();
    let locked = flags.user_pin_locked();
    match value {
        ReturnValue::PIN_INCORRECT => Error::PinIncorrect { token, count_low, final_try, locked },
        ReturnValue::PIN_LOCKED => Error::PinLocked { token },
        ReturnValue::PIN_EXPIRED => Error::PinExpired { token },
        ReturnValue::USER_PIN_NOT_INITIALIZED => Error::PinNotSet { token },
        ReturnValue::USER_ANOTHER_ALREADY_LOGGED_IN => Error::OfficerLoggedIn { token },
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
