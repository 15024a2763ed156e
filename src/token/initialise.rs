//! Initialising a token: a blank one, or one that is named to be erased.

use std::path::{Path, PathBuf};

use super::client::Client;
use super::description::{TokenFlags, TokenInfo};
use super::error::{Error, InitialiseError};
use super::launch::Launch;
use super::login::{self, PinProvider};
use super::pin::Pin;
use super::return_value::ReturnValue;
use super::session::{list, slots};
use super::uri::Pkcs11Uri;
use super::wire::{Answer, Request, Token, TokenAddress};

/// The octets of a token's label (PKCS#11 3.1 s.3.3, `CK_TOKEN_INFO`).
const LABEL_OCTETS: usize = 32;

/// A label that a token can have: text of 1 to 32 octets that is read back as it was given.
///
/// # Errors
/// [`InitialiseError::LabelLength`] and [`InitialiseError::LabelText`].
pub fn check_label(label: &str) -> Result<(), InitialiseError> {
    if !(1..=LABEL_OCTETS).contains(&label.len()) {
        return Err(InitialiseError::LabelLength { octets: label.len() });
    }
    // Padding is taken off again at the end; what stands at the beginning nobody sees.
    if label.trim() != label || label.chars().any(char::is_control) {
        return Err(InitialiseError::LabelText { label: label.to_owned() });
    }
    Ok(())
}

/// The one token that is to be initialised: found, and not touched yet.
#[derive(Debug)]
pub struct Initialisation {
    client: Client,
    launch: Launch,
    module: PathBuf,
    token: TokenInfo,
}

impl Initialisation {
    /// Starts a worker and finds the one token that the URI names. It must be blank; or `erase` must be its
    /// label or its serial number, and then everything in it will be destroyed.
    ///
    /// # Errors
    /// [`InitialiseError`] with the tokens that are there; [`Error`] when the module or its worker fails.
    pub fn find(launch: Launch, module: &Path, uri: &Pkcs11Uri, erase: Option<&str>) -> Result<Self, Error> {
        let mut client = Client::start(&launch, module)?;
        client.describe_library()?;
        let (present, _) = slots(&mut client, false, true)?;
        let token = match erase {
            None => blank(uri, present)?,
            Some(named) => erased(uri, named, present)?,
        };
        if token.flags.write_protected() {
            return Err(InitialiseError::WriteProtected.into());
        }
        // Of a blank token they say nothing: SoftHSM calls the SO PIN of one locked that has none yet.
        let flags = if erase.is_some() { token.flags } else { TokenFlags::default() };
        if flags.so_pin_locked() {
            return Err(InitialiseError::OfficerPinLocked.into());
        }
        if flags.so_pin_final_try() {
            return Err(InitialiseError::OfficerFinalTry.into());
        }
        Ok(Self { client, launch, module: module.to_owned(), token })
    }

    /// The token as it is before.
    #[must_use]
    pub const fn token(&self) -> &TokenInfo {
        &self.token
    }

    /// Initialises the token, sets the user's PIN, logs in with it, and finds the token again as another process
    /// sees it. Both PINs are asked for before anything is done; on a token with a keyboard of its own, neither.
    ///
    /// # Errors
    /// [`InitialiseError`] says how far it got; [`InitialiseError::erased`] whether what the token held may be
    /// gone. No PIN is tried again.
    pub fn run(
        mut self,
        label: &str,
        mut officer: PinProvider,
        mut user: PinProvider,
    ) -> Result<TokenInfo, Error> {
        check_label(label)?;
        let (so_pin, user_pin) = if self.token.flags.protected_authentication_path() {
            (None, None)
        } else {
            let so_pin =
                officer.pin(&self.token).map_err(|source| InitialiseError::NoOfficerPin { source })?;
            let user_pin =
                user.pin(&self.token).map_err(|source| Error::Pin { token: label.to_owned(), source })?;
            (Some(so_pin), Some(user_pin))
        };
        // The token of this moment: a person approved the one that was there before the PINs were typed.
        let now = self.now()?;
        self.unchanged(&now)?;
        let limits = (now.counts.shortest_pin, now.counts.longest_pin);
        let request = Request::InitToken {
            slot: self.token.slot_id,
            label: label.as_bytes().to_vec(),
            pin_follows: so_pin.is_some(),
        };
        self.client
            .ask_with_pin(&request, so_pin.as_ref(), |answer| {
                (answer == Answer::TokenInitialised).then_some(())
            })
            .map_err(|error| not_initialised(error, limits))?;
        let half = |error: Error| InitialiseError::Half {
            label: label.to_owned(),
            cause: Box::new(user_pin_refused(error, limits)),
        };
        let serial = self.set_user_pin(label, so_pin.as_ref(), user_pin.as_ref()).map_err(half)?;
        drop((so_pin, user_pin));
        self.found_again(label, &serial)
    }

    /// What the token says of itself now.
    fn now(&mut self) -> Result<Token, Error> {
        let request = Request::Token { slot: self.token.slot_id };
        self.client.ask(&request, |answer| if let Answer::Token(token) = answer { Some(token) } else { None })
    }

    /// Whether the slot still holds the token that was found, and as blank as it was.
    fn unchanged(&self, now: &Token) -> Result<(), Error> {
        let TokenInfo { label, serial, manufacturer, model, flags, .. } = &self.token;
        let same = (label, serial, manufacturer, model)
            == (&now.label, &now.serial, &now.manufacturer, &now.model)
            && flags.token_initialized() == TokenFlags::new(now.flags).token_initialized();
        if same {
            return Ok(());
        }
        let named = |label: &str, serial: &str| format!("{label:?} (serial {serial:?})");
        Err(Error::TokenExchanged { expected: named(label, serial), found: named(&now.label, &now.serial) })
    }

    /// As security officer, and then proves the PIN as user. Gives the token's new serial number.
    fn set_user_pin(
        &mut self,
        label: &str,
        so_pin: Option<&Pin>,
        user_pin: Option<&Pin>,
    ) -> Result<String, Error> {
        let now = self.now()?;
        if now.label != label {
            let reason = format!("the token is called {:?} now, wanted {label:?}", now.label);
            return Err(Error::Nonsense { function: "C_InitToken".to_owned(), reason });
        }
        let token = TokenAddress { slot: self.token.slot_id, label: now.label, serial: now.serial.clone() };
        let done = |wanted: Answer| move |answer: Answer| (answer == wanted).then_some(());
        self.client.ask(&Request::Open { token, read_write: true }, done(Answer::Opened))?;
        let request = Request::LoginOfficer { pin_follows: so_pin.is_some() };
        self.client.ask_with_pin(&request, so_pin, done(Answer::LoggedIn))?;
        let request = Request::InitPin { pin_follows: user_pin.is_some() };
        self.client.ask_with_pin(&request, user_pin, done(Answer::PinInitialised))?;
        self.client.ask(&Request::Logout, done(Answer::LoggedOut))?;
        self.client.login(user_pin).map_err(|error| {
            if let Error::Call { function, value } = &error
                && function == "C_Login"
            {
                return login::refused(label.to_owned(), *value, self.token.flags);
            }
            error
        })?;
        Ok(now.serial)
    }

    /// The token as a new process sees it: some modules give it another slot.
    fn found_again(self, label: &str, serial: &str) -> Result<TokenInfo, Error> {
        let Self { client, launch, module, token } = self;
        drop(client);
        let gone = |cause: Error| InitialiseError::Half { label: label.to_owned(), cause: Box::new(cause) };
        let mut same = list(&launch, &module).map_err(gone)?;
        same.retain(|found| {
            found.flags.token_initialized()
                && found.label == label
                && found.serial == serial
                && found.manufacturer == token.manufacturer
                && found.model == token.model
        });
        match (same.pop(), same.len()) {
            (Some(found), 0) => Ok(found),
            (None, _) => Err(InitialiseError::NotFoundAgain { label: label.to_owned(), count: 0 }.into()),
            (Some(_), others) => {
                let count = others.saturating_add(1);
                Err(InitialiseError::NotFoundAgain { label: label.to_owned(), count }.into())
            }
        }
    }
}

/// The one blank token that the URI names.
fn blank(uri: &Pkcs11Uri, present: Vec<TokenInfo>) -> Result<TokenInfo, InitialiseError> {
    let agreeing: Vec<&TokenInfo> = present.iter().filter(|token| uri.matches_token(token)).collect();
    let mut blank: Vec<TokenInfo> = agreeing
        .iter()
        .filter(|token| !token.flags.token_initialized())
        .map(|token| (*token).clone())
        .collect();
    match (blank.pop(), blank.len()) {
        (Some(one), 0) => Ok(one),
        (Some(last), _) => {
            blank.push(last);
            Err(InitialiseError::SeveralBlank { wanted: wanted(uri), candidates: blank })
        }
        (None, _) if agreeing.is_empty() => Err(InitialiseError::NoBlank { wanted: wanted(uri), present }),
        (None, _) => Err(InitialiseError::Initialised { present: agreeing.into_iter().cloned().collect() }),
    }
}

/// The one initialised token that the URI names and whose label or serial number is `named`.
fn erased(uri: &Pkcs11Uri, named: &str, present: Vec<TokenInfo>) -> Result<TokenInfo, InitialiseError> {
    let is_named = |token: &&TokenInfo| {
        token.flags.token_initialized()
            && uri.matches_token(token)
            && !named.is_empty()
            && (token.label == named || token.serial == named)
    };
    let mut found: Vec<TokenInfo> = present.iter().filter(is_named).cloned().collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (Some(last), _) => {
            found.push(last);
            Err(InitialiseError::SeveralNamed { named: named.to_owned(), candidates: found })
        }
        (None, _) => Err(InitialiseError::NotNamed { named: named.to_owned(), wanted: wanted(uri), present }),
    }
}

fn wanted(uri: &Pkcs11Uri) -> Box<Pkcs11Uri> {
    Box::new(uri.clone().without_query())
}

/// What the failure of `C_InitToken` means. Where the module did not answer at all, nobody knows.
fn not_initialised(error: Error, (shortest, longest): (u64, u64)) -> Error {
    if matches!(error, Error::TimedOut { .. } | Error::WorkerEnded { .. } | Error::Protocol { .. }) {
        return InitialiseError::Unknown { cause: Box::new(error) }.into();
    }
    let Error::Call { function, value } = error else { return error };
    match value {
        ReturnValue::FUNCTION_NOT_SUPPORTED => InitialiseError::NotOffered { function }.into(),
        ReturnValue::PIN_INCORRECT => InitialiseError::OfficerPinIncorrect.into(),
        ReturnValue::PIN_LOCKED => InitialiseError::OfficerPinLocked.into(),
        ReturnValue::PIN_LEN_RANGE | ReturnValue::PIN_INVALID => {
            InitialiseError::PinForm { whose: "SO PIN", value, shortest, longest }.into()
        }
        ReturnValue::SESSION_EXISTS => InitialiseError::SessionExists.into(),
        ReturnValue::TOKEN_WRITE_PROTECTED => InitialiseError::WriteProtected.into(),
        value => Error::Call { function, value },
    }
}

/// What the failure of `C_InitPIN` means.
fn user_pin_refused(error: Error, (shortest, longest): (u64, u64)) -> Error {
    if let Error::Call { function, value } = &error
        && function == "C_InitPIN"
        && [ReturnValue::PIN_LEN_RANGE, ReturnValue::PIN_INVALID].contains(value)
    {
        return InitialiseError::PinForm { whose: "user PIN", value: *value, shortest, longest }.into();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(slot: u64, label: &str, serial: &str) -> TokenInfo {
        let flags = TokenFlags::new(if label.is_empty() { 0 } else { 0x400 });
        let (label, serial) = (label.to_owned(), serial.to_owned());
        TokenInfo { slot_id: slot, label, serial, flags, model: "M".to_owned(), ..TokenInfo::default() }
    }

    fn uri(text: &str) -> Pkcs11Uri {
        Pkcs11Uri::parse(text).unwrap()
    }

    #[test]
    fn labels_are_measured_in_octets() {
        for (label, error) in [
            ("root-g1", ""),
            ("", "label of 0 octets in UTF-8, wanted 1 to 32"),
            (&"é".repeat(16), ""),
            (&"é".repeat(17), "label of 34 octets in UTF-8, wanted 1 to 32"),
            ("x ", "label \"x \" has a control character, or blanks at its beginning or end"),
            ("x\ny", "label \"x\\ny\" has a control character, or blanks at its beginning or end"),
        ] {
            let found = check_label(label).err().map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(found, error);
        }
    }

    #[test]
    fn a_blank_token_is_found_among_others_and_an_initialised_one_never() {
        let all = || vec![token(1, "a", "01"), token(2, "", ""), token(3, "b", "02")];
        assert_eq!(blank(&uri("pkcs11:"), all()).unwrap().slot_id, 2);
        assert_eq!(blank(&uri("pkcs11:slot-id=2;model=M"), all()).unwrap().slot_id, 2);
        let error = blank(&uri("pkcs11:token=a"), all()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "token \"a\" (serial \"01\") is initialised already, and initialising again destroys every key"
        );
        let error = blank(&uri("pkcs11:model=N"), all()).unwrap_err();
        assert_eq!(error.to_string(), "no blank token agrees with pkcs11:model=N");
        let several = [all(), vec![token(4, "", "")]].concat();
        let error = blank(&uri("pkcs11:"), several).unwrap_err();
        assert_eq!(error.to_string(), "2 blank tokens agree with the URI, which names no token");
        assert_eq!(
            error.hint().unwrap(),
            "name one of them: pkcs11:slot-id=2;model=M , pkcs11:slot-id=4;model=M"
        );
    }

    #[test]
    fn what_is_erased_must_be_named_exactly() {
        let all = || vec![token(1, "a", "01"), token(2, "", ""), token(3, "b", "02"), token(4, "b", "03")];
        for (text, named, slot) in [
            ("pkcs11:", "a", 1),
            ("pkcs11:", "01", 1),
            ("pkcs11:token=b", "03", 4),
            ("pkcs11:serial=02", "b", 3),
        ] {
            assert_eq!(erased(&uri(text), named, all()).unwrap().slot_id, slot, "{text} {named}");
        }
        for (text, named, wanted) in [
            ("pkcs11:", "b", "2 initialised tokens have the label or serial \"b\""),
            ("pkcs11:token=b", "a", "no initialised token with label or serial \"a\" agrees with \"b\""),
            (
                "pkcs11:slot-id=2",
                "",
                "no initialised token with label or serial \"\" agrees with pkcs11:slot-id=2",
            ),
            (
                "pkcs11:",
                "A",
                "no initialised token with label or serial \"A\" agrees with the URI, which names no token",
            ),
        ] {
            assert_eq!(erased(&uri(text), named, all()).unwrap_err().to_string(), wanted);
        }
    }
}
