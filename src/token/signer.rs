//! Signatures by a key of a token: the one implementation of [`Signer`] in the program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::client::Accept;
use super::error::Error;
use super::key::KeyInfo;
use super::random;
use super::return_value::ReturnValue;
use super::session::{Connection, lock};
use super::wire::{Answer, HashedWith, Request, SignMechanism};
use crate::port::{Signer, SignerError};
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
    offered: Vec<u64>,
    chosen: BTreeMap<SignatureAlgorithm, SignMechanism>,
}

impl TokenSigner {
    pub(super) fn new(connection: Arc<Mutex<Connection>>, key: KeyInfo) -> Result<Self, Error> {
        let public_key = key
            .public_key
            .clone()
            .map_err(|reason| Error::UnreadableKey { label: key.label.clone(), reason })?;
        let offered = {
            let mut connection = lock(&connection);
            let slot = connection.address.slot;
            connection.client.ask(&Request::Mechanisms { slot }, |answer| {
                if let Answer::Mechanisms(listed) = answer { Some(listed) } else { None }
            })?
        };
        Ok(Self { connection, key, public_key, offered, chosen: BTreeMap::new() })
    }

    /// The key, as it was when it was found.
    #[must_use]
    pub const fn key(&self) -> &KeyInfo {
        &self.key
    }

    /// Signs a random challenge and verifies it twice: the halves of the pair belong together.
    ///
    /// # Errors
    /// [`Error::Unproven`] when they do not; [`Error`] when the token does not sign.
    pub fn prove_pair(&mut self) -> Result<(), Error> {
        let mut challenge = CHALLENGE.to_vec();
        challenge.extend(random::system()?);
        let algorithm = self.public_key.algorithm().signature_algorithm();
        let mut results = self.batch(algorithm, &[&challenge]);
        let signature = results.pop().unwrap_or(Err(Error::NotAttempted))?;
        verify_twice(&self.public_key, algorithm, &challenge, signature.as_bytes())
            .map_err(|source| Error::Unproven { label: self.key.label.clone(), source })
    }

    /// One result per message, in their order; after the first failure nothing more is asked.
    fn batch(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, Error>> {
        let mut results = Vec::with_capacity(messages.len());
        let key = self.public_key.algorithm();
        if !key.signs_with(algorithm) {
            results.push(Err(Error::Algorithm { key, wanted: algorithm }));
        } else if !self.chosen.contains_key(&algorithm)
            && let Some(first) = messages.first()
        {
            // Alone, since the mechanism that is tried first may be refused.
            results.push(self.choose(algorithm, first));
        }
        let failed = results.first().is_some_and(Result::is_err);
        let rest = messages.get(results.len()..).unwrap_or_default();
        match self.chosen.get(&algorithm).copied() {
            Some(mechanism) if !failed => results.extend(self.pipeline(algorithm, mechanism, rest)),
            _ => results.extend(rest.iter().map(|_| Err(Error::NotAttempted))),
        }
        results
    }

    /// Signs with the first mechanism that the token takes. Its list is only a hint: some sign with
    /// mechanisms that they do not list, some refuse what they list.
    fn choose(&mut self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<SignatureValue, Error> {
        let mut candidates = mechanisms(algorithm);
        candidates.sort_by_key(|mechanism| !self.offered.contains(&number(*mechanism)));
        for mechanism in candidates {
            let result = self.pipeline(algorithm, mechanism, &[message]).pop();
            match result.unwrap_or(Err(Error::NotAttempted)) {
                Err(Error::Call { function, value }) if refused(&function, value) => {}
                result => {
                    self.chosen.insert(algorithm, mechanism);
                    return result;
                }
            }
        }
        Err(Error::Mechanism { wanted: algorithm, offered: self.offered.clone() })
    }

    fn pipeline(
        &self,
        algorithm: SignatureAlgorithm,
        mechanism: SignMechanism,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, Error>> {
        let mut results = Vec::with_capacity(messages.len());
        let octets = u32::try_from(self.public_key.raw_signature_octets()).unwrap_or(u32::MAX);
        let request = |index: usize| Request::Sign {
            key: self.key.number,
            mechanism,
            input: input(mechanism, algorithm.digest(), messages.get(index).copied().unwrap_or_default()),
            octets,
        };
        let accept = |result: Result<Vec<u8>, Error>| {
            let received = result.is_ok();
            let result =
                result.and_then(|raw| Ok(SignatureValue::from_token(&self.public_key, algorithm, &raw)?));
            // What has the wrong form comes from a module that is not to be asked again.
            let end = received && result.is_err();
            results.push(result);
            if end { Accept::End } else { Accept::GoOn }
        };
        lock(&self.connection).client.batch(messages.len(), request, accept);
        results
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
        let result = |result| match result {
            Ok(signature) => Ok(signature),
            Err(Error::NotAttempted) => Err(SignerError::NotAttempted),
            Err(error) => Err(SignerError::Failed(Box::new(error))),
        };
        self.batch(algorithm, messages).into_iter().map(result).collect()
    }
}

/// Begins every challenge, so that a signature over one can be taken for nothing else: it is no DER.
const CHALLENGE: &[u8] = b"keyrite: proof that both halves of a key pair belong together\n";

/// The mechanisms for an algorithm: over a digest made here first, since that is the smaller message
/// and the one that the host can check.
fn mechanisms(algorithm: SignatureAlgorithm) -> Vec<SignMechanism> {
    match algorithm {
        SignatureAlgorithm::Ecdsa(digest) => {
            vec![SignMechanism::Ecdsa, SignMechanism::EcdsaHashed(hashed_with(digest))]
        }
        SignatureAlgorithm::RsaPkcs1(digest) => {
            vec![SignMechanism::RsaPkcs, SignMechanism::RsaPkcsHashed(hashed_with(digest))]
        }
        SignatureAlgorithm::RsaPss(_)
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::Ed448
        | SignatureAlgorithm::MlDsa(_)
        | SignatureAlgorithm::SlhDsa(_) => Vec::new(),
    }
}

const fn hashed_with(digest: Digest) -> HashedWith {
    match digest {
        Digest::Sha256 => HashedWith::Sha256,
        Digest::Sha384 => HashedWith::Sha384,
        Digest::Sha512 => HashedWith::Sha512,
    }
}

/// The `CKM_` number (PKCS#11 3.1, pkcs11t.h).
const fn number(mechanism: SignMechanism) -> u64 {
    match mechanism {
        SignMechanism::RsaPkcs => 0x1,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha256) => 0x40,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha384) => 0x41,
        SignMechanism::RsaPkcsHashed(HashedWith::Sha512) => 0x42,
        SignMechanism::Ecdsa => 0x1041,
        SignMechanism::EcdsaHashed(HashedWith::Sha256) => 0x1044,
        SignMechanism::EcdsaHashed(HashedWith::Sha384) => 0x1045,
        SignMechanism::EcdsaHashed(HashedWith::Sha512) => 0x1046,
    }
}

/// What `C_Sign` is given.
fn input(mechanism: SignMechanism, digest: Option<Digest>, message: &[u8]) -> Vec<u8> {
    match (mechanism, digest) {
        (SignMechanism::Ecdsa, Some(digest)) => digest.of(message),
        (SignMechanism::RsaPkcs, Some(digest)) => [digest.digest_info_prefix(), &digest.of(message)].concat(),
        _ => message.to_vec(),
    }
}

fn refused(function: &str, value: ReturnValue) -> bool {
    function == "C_SignInit"
        && [ReturnValue::MECHANISM_INVALID, ReturnValue::MECHANISM_PARAM_INVALID].contains(&value)
}
