//! One signature: the mechanism set, the login that the key may want, the message given.

use cryptoki::object::ObjectHandle;
use cryptoki::session::{Session, UserType};
use cryptoki::types::RawAuthPin;

use super::calling::calling;
use super::count;
use super::failure::failure;
use super::mechanism;
use super::raw::RawModule;
use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, SignMechanism};

/// The longest signature that is asked for, a bound on memory.
const SIGNATURE_LIMIT: u32 = 1 << 16;
/// A message that the token hashes is given in parts if it is longer: tokens with little memory limit what
/// they take at once.
const AT_ONCE: usize = 4096;

/// What is to be signed, and how.
pub(super) struct Order<'a> {
    pub(super) key: ObjectHandle,
    pub(super) mechanism: SignMechanism,
    pub(super) input: &'a [u8],
    /// The length of the signature, which is known beforehand.
    pub(super) octets: u32,
    pub(super) login: KeyLogin<'a>,
}

/// The context-specific login of a key with `CKA_ALWAYS_AUTHENTICATE` (PKCS#11 3.1 s.5.6.8).
pub(super) enum KeyLogin<'a> {
    None,
    Pin(&'a RawAuthPin),
    PinPad,
}

/// `C_SignInit` and `C_Sign`: two calls; three for a key that wants the PIN for every signature. Where the
/// module has no second handle the crate's own way has to do, which asks for the length in between.
pub(super) fn sign(
    session: &Session,
    raw: Option<&RawModule>,
    order: &Order<'_>,
) -> Result<Vec<u8>, Failure> {
    if order.octets > SIGNATURE_LIMIT {
        return Err(Failure::Order);
    }
    let octets = usize::try_from(order.octets).unwrap_or(usize::MAX);
    let Some(raw) = raw else { return by_crate(session, order) };
    let begin = || {
        init(session, raw, order)?;
        log_in(session, &order.login)
    };
    let whole = || raw.sign(session, order.input, octets);
    let parts = || in_parts(session, raw, order.input, octets);
    begin()?;
    if !hashes(order.mechanism) {
        return whole();
    }
    let long = order.input.len() > AT_ONCE;
    let first = if long { parts() } else { whole() };
    if !first.as_ref().is_err_and(missing) {
        return first;
    }
    // A function that is not there leaves the operation as it was; a module that ended it all the same is
    // asked to begin again.
    let second = || if long { whole() } else { parts() };
    match second() {
        Err(Failure::Call { value, .. }) if value == ReturnValue::OPERATION_NOT_INITIALIZED => {
            begin()?;
            second()
        }
        result => result,
    }
}

fn in_parts(session: &Session, raw: &RawModule, input: &[u8], octets: usize) -> Result<Vec<u8>, Failure> {
    for part in input.chunks(AT_ONCE) {
        calling(c"SignUpdate", || session.sign_update(part))
            .map_err(|error| failure("C_SignUpdate", error))?;
    }
    raw.sign_final(session, octets)
}

/// Whether the module has no such function.
fn missing(failure: &Failure) -> bool {
    matches!(failure, Failure::Call { value, .. } if *value == ReturnValue::FUNCTION_NOT_SUPPORTED)
}

fn init(session: &Session, raw: &RawModule, order: &Order<'_>) -> Result<(), Failure> {
    if let SignMechanism::MlDsa(number) = order.mechanism {
        return raw.sign_init(session, number, order.key);
    }
    let mechanism = mechanism::signing(order.mechanism)?;
    calling(c"SignInit", || session.sign_init(&mechanism, order.key))
        .map_err(|error| failure("C_SignInit", error))
}

fn by_crate(session: &Session, order: &Order<'_>) -> Result<Vec<u8>, Failure> {
    let mechanism = mechanism::signing(order.mechanism)?;
    if let KeyLogin::None = order.login {
        let call = || session.sign(&mechanism, order.key, order.input);
        return count::signing(c"Sign", call, Result::is_ok).map_err(|error| failure("C_Sign", error));
    }
    // The crate leaves room for the login only if the message is given in parts.
    calling(c"SignInit", || session.sign_init(&mechanism, order.key))
        .map_err(|error| failure("C_SignInit", error))?;
    log_in(session, &order.login)?;
    calling(c"SignUpdate", || session.sign_update(order.input))
        .map_err(|error| failure("C_SignUpdate", error))?;
    count::signing(c"SignFinal", || session.sign_final(), Result::is_ok)
        .map_err(|error| failure("C_SignFinal", error))
}

fn log_in(session: &Session, login: &KeyLogin<'_>) -> Result<(), Failure> {
    let result = match login {
        KeyLogin::None => return Ok(()),
        KeyLogin::Pin(pin) => calling(c"Login", || session.login_with_raw(UserType::ContextSpecific, pin)),
        KeyLogin::PinPad => calling(c"Login", || session.login(UserType::ContextSpecific, None)),
    };
    match result.map_err(|error| failure("C_Login", error)) {
        // openCryptoki 3.8 and NSS keep the attribute and do not mean it: they want no such login.
        Err(Failure::Call { value, .. })
            if [ReturnValue::USER_ALREADY_LOGGED_IN, ReturnValue::USER_TYPE_INVALID].contains(&value) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Whether the token hashes the message.
const fn hashes(mechanism: SignMechanism) -> bool {
    match mechanism {
        SignMechanism::EcdsaHashed(_) | SignMechanism::RsaPkcsHashed(_) | SignMechanism::RsaPssHashed(_) => {
            true
        }
        // EdDSA and ML-DSA take the message itself, and many tokens take it only as a whole.
        SignMechanism::Ecdsa
        | SignMechanism::RsaPkcs
        | SignMechanism::RsaPss(_)
        | SignMechanism::Ed25519
        | SignMechanism::Ed448
        | SignMechanism::MlDsa(_) => false,
    }
}
