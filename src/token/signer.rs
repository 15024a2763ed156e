//! Signatures by a key of a token: the one implementation of [`Signer`] in the program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::client::Answered;
use super::error::Error;
use super::key::KeyInfo;
use super::login;
use super::mechanism::{MlDsaMechanisms, input, input_of_digest, mechanisms, number};
use super::pin::Pin;
use super::random;
use super::return_value::ReturnValue;
use super::session::{Connection, lock};
use super::wire::{Answer, ContextLogin, Request, SignMechanism};
use crate::port::{SignatureCount, Signer, SignerError};
use crate::x509::algorithm::{Digest, SignatureAlgorithm};
use crate::x509::signature::SignatureValue;
use crate::x509::spki::PublicKey;
use crate::x509::verify::verify_twice;

/// A key of a token that signs. Its handle is found once and kept.
#[derive(Debug)]
pub struct TokenSigner {
    connection: Arc<Mutex<Connection>>,
    key: KeyInfo,
    public_key: PublicKey,
    /// What goes with every signature: the key's own PIN, or a person at the token's keyboard.
    login: KeyLogin,
    chosen: BTreeMap<SignatureAlgorithm, SignMechanism>,
    /// Whether a signature of the key has been verified.
    proven: bool,
    /// In how many sessions to sign where there is much to sign.
    sessions: u32,
}

/// From so many signatures on further sessions are opened, if they are wanted.
const MANY: usize = 8;

impl TokenSigner {
    pub(super) fn new(connection: Arc<Mutex<Connection>>, key: KeyInfo) -> Result<Self, Error> {
        let public_key = key
            .public_key
            .clone()
            .map_err(|reason| Error::UnreadableKey { label: key.label.clone(), reason })?;
        let login = if key.always_authenticates() {
            let mut connection = lock(&connection);
            let token = connection.token.clone();
            match connection.login.pin_of_key(&token)? {
                Some(pin) => KeyLogin::Pin(pin),
                None => KeyLogin::PinPad,
            }
        } else {
            lock(&connection).login.forget_pin();
            KeyLogin::None
        };
        Ok(Self { connection, key, public_key, login, chosen: BTreeMap::new(), proven: false, sessions: 1 })
    }

    /// The key, as it was when it was found.
    #[must_use]
    pub const fn key(&self) -> &KeyInfo {
        &self.key
    }

    /// Has many signatures made in several sessions at a time, as far as module and token take part. A key that wants
    /// a login for every signature stays in one.
    pub const fn use_sessions(&mut self, sessions: u32) {
        self.sessions = sessions;
    }

    /// Lets the token's worker end, since nothing more will be asked of it: it closes its module while the program goes
    /// on with what it has.
    pub fn dismiss(&mut self) {
        lock(&self.connection).client.dismiss();
    }

    /// Signs a random challenge and verifies it twice: the halves of the pair belong together.
    ///
    /// # Errors
    /// [`Error::Unproven`] when they do not; [`Error`] when the token does not sign.
    pub fn prove_pair(&mut self) -> Result<(), Error> {
        let challenge = challenge()?;
        let usual = self.public_key.algorithm().signature_algorithm();
        let result = match self.prove_by(usual, &challenge) {
            // An RSA key may be allowed PSS alone.
            Err(Error::Mechanism { .. }) if matches!(usual, SignatureAlgorithm::RsaPkcs1(_)) => {
                self.prove_by(SignatureAlgorithm::RsaPss(Digest::Sha256), &challenge)
            }
            result => result,
        };
        self.proven = result.is_ok();
        result
    }

    fn prove_by(&mut self, algorithm: SignatureAlgorithm, challenge: &[u8]) -> Result<(), Error> {
        let mut results = self.batch(algorithm, &[challenge]);
        let result = results.pop().unwrap_or(Err(Error::NotAttempted));
        self.tell(&result);
        let signature = result?;
        verify_twice(&self.public_key, algorithm, challenge, signature.as_bytes())
            .map_err(|source| Error::Unproven { label: self.key.label.clone(), source })
    }

    /// The mechanism that [`prove_pair`](Self::prove_pair) or a signature before has found.
    pub(super) fn chosen_for(&self, algorithm: SignatureAlgorithm) -> Option<SignMechanism> {
        self.chosen.get(&algorithm).copied()
    }

    /// One signature by this very mechanism, and no other one if the token refuses it.
    pub(super) fn sign_by(
        &self,
        algorithm: SignatureAlgorithm,
        mechanism: SignMechanism,
        message: &[u8],
    ) -> Result<SignatureValue, Error> {
        let result = self.one(algorithm, mechanism, message);
        self.tell(&result);
        result
    }

    /// Remembers what came of a challenge, for the count.
    fn tell<T>(&self, result: &Result<T, Error>) {
        if !matches!(result, Err(Error::NotAttempted)) {
            lock(&self.connection).tally.challenge(result.is_ok());
        }
    }

    /// One result per message, in their order; after the first failure nothing more is asked.
    fn batch(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, Error>> {
        let mut results = Vec::with_capacity(messages.len());
        self.each(algorithm, messages, &mut |result| results.push(result));
        results
    }

    /// As [`batch`](Self::batch), giving each result away while the token works on the next ones.
    fn each(&mut self, algorithm: SignatureAlgorithm, messages: &[&[u8]], accept: &mut Accepting<'_>) {
        let key = self.public_key.algorithm();
        let mut rest = messages;
        let mut failed = false;
        if !key.signs_with(algorithm) {
            rest = rest.get(1..).unwrap_or_default();
            failed = true;
            accept(Err(Error::Algorithm { key, wanted: algorithm }));
        } else if !self.chosen.contains_key(&algorithm)
            && let Some((first, others)) = messages.split_first()
        {
            rest = others;
            // Alone, since the mechanism that is tried first may be refused.
            let result = self.choose(algorithm, &|mechanism| Ok(input(mechanism, algorithm, first)));
            failed = result.is_err();
            accept(result);
        }
        match self.chosen.get(&algorithm).copied() {
            Some(mechanism) if !failed => {
                let message = |index: usize| rest.get(index).copied().unwrap_or_default();
                let inputs = Inputs {
                    count: rest.len(),
                    octets: &|index| message(index).len(),
                    input: &|index| input(mechanism, algorithm, message(index)),
                };
                self.pipeline(algorithm, mechanism, &inputs, accept);
            }
            _ => rest.iter().for_each(|_| accept(Err(Error::NotAttempted))),
        }
    }

    /// One signature, by this very mechanism.
    fn one(
        &self,
        algorithm: SignatureAlgorithm,
        mechanism: SignMechanism,
        message: &[u8],
    ) -> Result<SignatureValue, Error> {
        self.one_of(algorithm, mechanism, &input(mechanism, algorithm, message))
    }

    /// The same, of what `C_Sign` is given.
    fn one_of(
        &self,
        algorithm: SignatureAlgorithm,
        mechanism: SignMechanism,
        input: &[u8],
    ) -> Result<SignatureValue, Error> {
        let mut signed = Err(Error::NotAttempted);
        let inputs = Inputs { count: 1, octets: &|_| input.len(), input: &|_| input.to_vec() };
        self.pipeline(algorithm, mechanism, &inputs, &mut |result| signed = result);
        signed
    }

    /// One signature over a message of which the digest is known; `whole` gives the message for a token that makes the
    /// digest itself.
    fn sign_hashed(
        &mut self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        whole: &dyn Fn() -> Result<Vec<u8>, Error>,
    ) -> Result<SignatureValue, Error> {
        let key = self.public_key.algorithm();
        if !key.signs_with(algorithm) {
            return Err(Error::Algorithm { key, wanted: algorithm });
        }
        let input = |mechanism| match input_of_digest(mechanism, algorithm, digest) {
            Some(input) => Ok(input),
            None => whole(),
        };
        match self.chosen.get(&algorithm).copied() {
            Some(mechanism) => self.one_of(algorithm, mechanism, &input(mechanism)?),
            None => self.choose(algorithm, &input),
        }
    }

    /// Signs with the first mechanism that the token takes. Its list is only a hint, since some sign with
    /// mechanisms that they do not list and some refuse what they list, and is asked for only when the first
    /// choice was refused.
    fn choose(
        &mut self,
        algorithm: SignatureAlgorithm,
        input: &dyn Fn(SignMechanism) -> Result<Vec<u8>, Error>,
    ) -> Result<SignatureValue, Error> {
        let mut offered = None;
        let mut candidates = mechanisms(algorithm, self.numbers());
        while !candidates.is_empty() {
            let mechanism = candidates.remove(0);
            match self.one_of(algorithm, mechanism, &input(mechanism)?) {
                Err(Error::Call { function, value }) if refused(&function, value) => {
                    if offered.is_none() {
                        let listed = self.offered()?;
                        candidates.sort_by_key(|mechanism| !listed.contains(&number(*mechanism)));
                        offered = Some(listed);
                    }
                }
                result => {
                    self.chosen.insert(algorithm, mechanism);
                    return result;
                }
            }
        }
        Err(Error::Mechanism { wanted: algorithm, offered: offered.unwrap_or_default() })
    }

    fn numbers(&self) -> MlDsaMechanisms {
        lock(&self.connection).ml_dsa
    }

    fn offered(&self) -> Result<Vec<u64>, Error> {
        let mut connection = lock(&self.connection);
        let slot = connection.address.slot;
        connection.client.ask(&Request::Mechanisms { slot }, |answer| {
            if let Answer::Mechanisms(listed) = answer { Some(listed) } else { None }
        })
    }

    fn pipeline(
        &self,
        algorithm: SignatureAlgorithm,
        mechanism: SignMechanism,
        inputs: &Inputs<'_>,
        accept: &mut Accepting<'_>,
    ) {
        let octets = u32::try_from(self.public_key.raw_signature_octets()).unwrap_or(u32::MAX);
        let request = |index: usize| Request::Sign {
            key: self.key.number,
            mechanism,
            input: (inputs.input)(index),
            octets,
            login: self.login.request(),
        };
        let mut connection = lock(&self.connection);
        if inputs.count >= MANY
            && let Err(error) = connection.widen(&self.login, self.sessions)
        {
            drop(connection);
            accept(Err(error));
            return (1..inputs.count).for_each(|_| accept(Err(Error::NotAttempted)));
        }
        let mut answered: usize = 0;
        let mut refused_pin = None;
        // What comes after a refused PIN, which is told only when the token can be asked how many tries are left.
        let mut held = Vec::new();
        let receive = |result: Result<Vec<u8>, Error>| {
            let received = result.is_ok();
            let octets = (inputs.octets)(answered);
            answered = answered.saturating_add(1);
            if let Err(Error::Call { function, value }) = &result
                && function == "C_Login"
                && refused_pin.is_none()
            {
                refused_pin = Some(*value);
                return Answered::GoOn;
            }
            let result = result
                .map_err(|error| too_long(error, algorithm, octets))
                .and_then(|raw| Ok(SignatureValue::from_token(&self.public_key, algorithm, &raw)?));
            // What has the wrong form comes from a module that is not to be asked again, unless to destroy a
            // key that was generated and has not proven itself.
            let end = received && result.is_err() && self.proven;
            if refused_pin.is_some() {
                held.push(result);
            } else {
                accept(result);
            }
            if end { Answered::End } else { Answered::GoOn }
        };
        let each = self.public_key.raw_signature_octets();
        connection.client.batch(inputs.count, each, self.login.pin(), request, receive);
        if let Some(value) = refused_pin {
            let flags = connection.token_now().map(|token| token.flags).unwrap_or_default();
            accept(Err(login::refused(connection.token.label.clone(), value, flags)));
        }
        held.into_iter().for_each(accept);
    }
}

impl Connection {
    /// Opens further sessions for signing, once.
    fn widen(&mut self, login: &KeyLogin, sessions: u32) -> Result<(), Error> {
        if !matches!(login, KeyLogin::None) || self.sessions >= sessions {
            return Ok(());
        }
        let opened = self.client.ask(&Request::Widen { sessions }, |answer| {
            if let Answer::Widened { sessions } = answer { Some(sessions) } else { None }
        })?;
        if opened < sessions {
            tracing::info!("the token signs in {opened} sessions, wanted {sessions}");
        }
        self.sessions = sessions;
        Ok(())
    }
}

/// What is to be signed, one by one: each is made when its turn comes.
struct Inputs<'a> {
    count: usize,
    /// The octets of a message.
    octets: &'a dyn Fn(usize) -> usize,
    /// What `C_Sign` is given.
    input: &'a dyn Fn(usize) -> Vec<u8>,
}

/// What takes the results of signatures, one by one.
type Accepting<'a> = dyn FnMut(Result<SignatureValue, Error>) + 'a;

/// The context-specific login of a key (PKCS#11 3.1 s.5.6.8, `CKU_CONTEXT_SPECIFIC`).
enum KeyLogin {
    None,
    Pin(Pin),
    PinPad,
}

impl KeyLogin {
    const fn request(&self) -> ContextLogin {
        match self {
            Self::None => ContextLogin::None,
            Self::Pin(_) => ContextLogin::PinFollows,
            Self::PinPad => ContextLogin::PinPad,
        }
    }

    const fn pin(&self) -> Option<&Pin> {
        match self {
            Self::Pin(pin) => Some(pin),
            Self::None | Self::PinPad => None,
        }
    }
}

impl std::fmt::Debug for KeyLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyLogin({:?})", self.request())
    }
}

impl Signer for TokenSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, SignerError>> {
        self.batch(algorithm, messages).into_iter().map(told).collect()
    }

    fn sign_each(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
        accept: &mut dyn FnMut(Result<SignatureValue, SignerError>),
    ) {
        self.each(algorithm, messages, &mut |result| accept(told(result)));
    }

    fn sign_digest(
        &mut self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        whole: &dyn Fn() -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<SignatureValue, SignerError> {
        told(self.sign_hashed(algorithm, digest, &|| whole().map_err(Error::Message)))
    }

    fn take_count(&mut self) -> Option<SignatureCount> {
        lock(&self.connection).take_count()
    }
}

fn told(result: Result<SignatureValue, Error>) -> Result<SignatureValue, SignerError> {
    match result {
        Ok(signature) => Ok(signature),
        Err(Error::NotAttempted) => Err(SignerError::NotAttempted),
        Err(error) => Err(SignerError::Failed(Box::new(error))),
    }
}

/// What nobody has asked this key to sign before, nor will.
pub(super) fn challenge() -> Result<Vec<u8>, Error> {
    let mut challenge = CHALLENGE.to_vec();
    challenge.extend(random::system()?);
    Ok(challenge)
}

/// Begins every challenge, so that a signature over one can be taken for nothing else: it is no DER.
const CHALLENGE: &[u8] = b"keyrite: proof that both halves of a key pair belong together\n";

/// A refusal of the message's length, which YubiHSM and kryoptic name; of ML-DSA kryoptic says `DEVICE_ERROR`,
/// which means the length only where it is out of the ordinary.
fn too_long(error: Error, algorithm: SignatureAlgorithm, octets: usize) -> Error {
    const ORDINARY: usize = 1 << 16;
    let named = [ReturnValue::DATA_LEN_RANGE, ReturnValue::TOKEN_RESOURCE_EXCEEDED];
    let vague = [ReturnValue::DEVICE_ERROR, ReturnValue::DEVICE_MEMORY, ReturnValue::HOST_MEMORY];
    if let Error::Call { function, value } = &error
        && function == "C_Sign"
        && algorithm.digest().is_none()
        && (named.contains(value) || octets > ORDINARY && vague.contains(value))
    {
        return Error::MessageLength { algorithm, octets, value: *value };
    }
    error
}

fn refused(function: &str, value: ReturnValue) -> bool {
    function == "C_SignInit"
        && [ReturnValue::MECHANISM_INVALID, ReturnValue::MECHANISM_PARAM_INVALID].contains(&value)
}
