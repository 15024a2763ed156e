//! A session with one token: login, signatures, random octets.

use std::sync::Arc;

use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;
use zeroize::Zeroizing;

use super::calling::calling;
use super::failure::failure;
use super::module::Module;
use super::quirks::PAUSES;
use super::raw::RawModule;
use super::signing::{self, KeyLogin, Order};
use super::{key, slot};
use crate::token::return_value::ReturnValue;
use crate::token::wire::{ContextLogin, Failure, SignMechanism, TokenAddress};

/// `C_GenerateRandom` is limited on several tokens; more is never needed at once.
const RANDOM_LIMIT: u32 = 64;

/// An open session.
pub(super) struct OpenSession {
    session: Session,
    raw: Option<Arc<RawModule>>,
    token: TokenAddress,
    read_write: bool,
    logged_in: bool,
    /// The keys that have been listed, so that only their handles can be used.
    handles: key::Handles,
}

impl OpenSession {
    /// Opens a session. Handles are good for as long as the login, so another session keeps them.
    pub(super) fn open(
        module: &Module,
        token: TokenAddress,
        read_write: bool,
        handles: key::Handles,
    ) -> Result<Self, Failure> {
        let slot = Slot::try_from(token.slot).map_err(|error| failure("C_OpenSession", error))?;
        let session = calling(c"OpenSession", || {
            if read_write {
                module.context().open_rw_session(slot)
            } else {
                module.context().open_ro_session(slot)
            }
        })
        .map_err(|error| failure("C_OpenSession", error))?;
        Ok(Self { session, raw: module.raw(), token, read_write, logged_in: false, handles })
    }

    /// `C_Login` as the user, once; with no PIN where the token asks for it itself.
    ///
    /// Only the start race of a module that is known for it leads to another attempt: its failures
    /// come before the PIN is looked at.
    pub(super) fn login(self, module: &Module, pin: Option<Zeroizing<Vec<u8>>>) -> Result<Self, Failure> {
        let lock = module.lock();
        let pin = pin.map(take_pin);
        let mut session = self;
        let mut result = session.try_login(pin.as_ref());
        for pause in PAUSES {
            match &result {
                Err(failure) if module.raced(failure) => {}
                Ok(()) | Err(_) => break,
            }
            std::thread::sleep(pause);
            session = session.reopen(module)?;
            result = session.try_login(pin.as_ref());
        }
        drop(lock);
        result?;
        session.logged_in = true;
        Ok(session)
    }

    /// Whether the login has been done, by this session or one before it.
    pub(super) const fn logged_in(&self) -> bool {
        self.logged_in
    }

    /// This session after one that has logged in.
    pub(super) fn after_login(self) -> Self {
        Self { logged_in: true, ..self }
    }

    /// Another session with the same token and objects.
    pub(super) fn beside(&self, module: &Module, read_write: bool) -> Result<Self, Failure> {
        let other = Self::open(module, self.token.clone(), read_write, self.handles.clone())?;
        Ok(Self { logged_in: self.logged_in, ..other })
    }

    /// Another session that may write, if this one may, to clean up with.
    pub(super) fn remains(&self, module: &Module) -> Option<Self> {
        self.read_write.then(|| self.beside(module, true).ok()).flatten()
    }

    fn try_login(&self, pin: Option<&RawAuthPin>) -> Result<(), Failure> {
        let result = calling(c"Login", || match pin {
            Some(pin) => self.session.login_with_raw(UserType::User, pin),
            None => self.session.login(UserType::User, None),
        });
        match result.map_err(|error| failure("C_Login", error)) {
            // The login belongs to the process: another session has done it.
            Err(Failure::Call { value, .. }) if value == ReturnValue::USER_ALREADY_LOGGED_IN => Ok(()),
            result => result,
        }
    }

    /// Starts the module anew and finds the same token again, which may have moved to another slot.
    fn reopen(self, module: &Module) -> Result<Self, Failure> {
        let Self { session, token, read_write, .. } = self;
        drop(session);
        module.restart()?;
        let slots = slot::list(module, false)?;
        let mut same = slots.into_iter().filter(|slot| {
            slot.token.as_ref().is_ok_and(|found| found.label == token.label && found.serial == token.serial)
        });
        let slot = match (same.next(), same.next()) {
            (Some(slot), None) => slot.id,
            (None, _) | (Some(_), Some(_)) => {
                return Err(Failure::Call {
                    function: "C_GetSlotList".to_owned(),
                    value: ReturnValue::TOKEN_NOT_PRESENT,
                });
            }
        };
        Self::open(module, TokenAddress { slot, ..token }, read_write, key::Handles::default())
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    /// The module's functions past the crate, if it has them for a second caller.
    pub(super) fn raw(&self) -> Option<&RawModule> {
        self.raw.as_deref()
    }

    pub(super) const fn handles(&self) -> &key::Handles {
        &self.handles
    }

    /// Signs; with a PIN if the key wants one for every signature.
    pub(super) fn sign(
        &self,
        request: &SignRequest<'_>,
        pin: Option<&RawAuthPin>,
    ) -> Result<Vec<u8>, Failure> {
        let login = match (request.login, pin) {
            (ContextLogin::None, _) => KeyLogin::None,
            (ContextLogin::PinFollows, Some(pin)) => KeyLogin::Pin(pin),
            (ContextLogin::PinFollows, None) => return Err(Failure::Order),
            (ContextLogin::PinPad, _) => KeyLogin::PinPad,
        };
        let order = Order {
            key: self.handles.find(request.key)?,
            mechanism: request.mechanism,
            input: request.input,
            octets: request.octets,
            login,
        };
        signing::sign(&self.session, self.raw(), &order)
    }

    pub(super) fn random(&self, octets: u32) -> Result<Vec<u8>, Failure> {
        if octets > RANDOM_LIMIT {
            return Err(Failure::Order);
        }
        calling(c"GenerateRandom", || self.session.generate_random_vec(octets))
            .map_err(|error| failure("C_GenerateRandom", error))
    }
}

/// Moves the PIN, without a copy, into the box that the crate overwrites at its end.
pub(super) fn take_pin(mut pin: Zeroizing<Vec<u8>>) -> RawAuthPin {
    RawAuthPin::new(Box::new(std::mem::take(&mut *pin)))
}

/// A request for a signature, without its PIN.
pub(super) struct SignRequest<'a> {
    pub(super) key: u64,
    pub(super) mechanism: SignMechanism,
    pub(super) input: &'a [u8],
    pub(super) octets: u32,
    pub(super) login: ContextLogin,
}
