//! A session with one token: login, signatures, random octets.

use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;
use zeroize::Zeroizing;

use super::calling::calling;
use super::failure::failure;
use super::module::Module;
use super::quirks::PAUSES;
use super::{key, mechanism, slot};
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, SignMechanism, TokenAddress};

/// The longest signature that is asked for, a bound on memory.
const SIGNATURE_LIMIT: u32 = 1 << 16;
/// `C_GenerateRandom` is limited on several tokens; more is never needed at once.
const RANDOM_LIMIT: u32 = 64;

/// An open session.
pub(super) struct OpenSession {
    session: Session,
    token: TokenAddress,
    read_write: bool,
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
        Ok(Self { session, token, read_write, handles })
    }

    /// `C_Login` as the user, once; with no PIN where the token asks for it itself.
    ///
    /// Only the start race of a module that is known for it leads to another attempt: its failures
    /// come before the PIN is looked at.
    pub(super) fn login(self, module: &Module, pin: Option<Zeroizing<Vec<u8>>>) -> Result<Self, Failure> {
        let lock = module.lock();
        // Moved, not copied: the vector goes into the box that the crate overwrites at its end.
        let pin = pin.map(|mut pin| RawAuthPin::new(Box::new(std::mem::take(&mut *pin))));
        let mut session = self;
        let mut result = session.try_login(pin.as_ref());
        for pause in PAUSES {
            match &result {
                Err(failure) if module.quirks().raced(failure) => {}
                Ok(()) | Err(_) => break,
            }
            std::thread::sleep(pause);
            session = session.reopen(module)?;
            result = session.try_login(pin.as_ref());
        }
        drop(lock);
        result.map(|()| session)
    }

    /// Another session with the same token and objects, if this one may write.
    pub(super) fn beside(&self, module: &Module) -> Option<Self> {
        let again = |token: TokenAddress| Self::open(module, token, true, self.handles.clone()).ok();
        self.read_write.then(|| again(self.token.clone())).flatten()
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
        let slots = slot::list(module.context(), module.raw())?;
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

    pub(super) const fn handles(&self) -> &key::Handles {
        &self.handles
    }

    /// `C_SignInit` and `C_Sign`: two calls, with the length of the signature known beforehand. Where the
    /// module has no second handle the crate's own way has to do, which asks for the length in between.
    pub(super) fn sign(
        &self,
        module: &Module,
        key: u64,
        mechanism: SignMechanism,
        input: &[u8],
        octets: u32,
    ) -> Result<Vec<u8>, Failure> {
        let key: ObjectHandle = self.handles.find(key)?;
        if octets > SIGNATURE_LIMIT {
            return Err(Failure::Order);
        }
        let mechanism = mechanism::of(mechanism);
        let Some(raw) = module.raw() else {
            return calling(c"Sign", || self.session.sign(&mechanism, key, input))
                .map_err(|error| failure("C_Sign", error));
        };
        calling(c"SignInit", || self.session.sign_init(&mechanism, key))
            .map_err(|error| failure("C_SignInit", error))?;
        raw.sign(&self.session, input, usize::try_from(octets).unwrap_or(usize::MAX))
    }

    pub(super) fn random(&self, octets: u32) -> Result<Vec<u8>, Failure> {
        if octets > RANDOM_LIMIT {
            return Err(Failure::Order);
        }
        calling(c"GenerateRandom", || self.session.generate_random_vec(octets))
            .map_err(|error| failure("C_GenerateRandom", error))
    }

    pub(super) fn logout(self) {
        // The process ends: nothing is left to be done about a failure.
        drop(calling(c"Logout", || self.session.logout()));
    }
}
