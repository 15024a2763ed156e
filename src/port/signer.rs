//! Signatures by the one key of a CA.

use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::signature::SignatureValue;
use crate::x509::spki::PublicKey;

/// A private key that signs what it is given. The software that implements it for real keeps the key
/// in a token; what it returns is believed only after it has been verified.
pub trait Signer {
    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// Signs each message; the answer holds one result per message, in their order.
    ///
    /// After a failure that ends the session every later message is answered with
    /// [`SignerError::NotAttempted`]: nothing is tried again.
    fn sign(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, SignerError>>;

    /// As [`Signer::sign`], but gives each result to `accept` as soon as it is there: what is done with one signature is
    /// done while the key makes the next ones.
    fn sign_each(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
        accept: &mut dyn FnMut(Result<SignatureValue, SignerError>),
    ) {
        self.sign(algorithm, messages).into_iter().for_each(accept);
    }

    /// Signs one message of which the digest is known, by the digest that the algorithm names; the whole of it is asked
    /// for only where the key makes the digest itself.
    ///
    /// # Errors
    /// [`SignerError::Failed`] also when `whole` does not give the message.
    fn sign_digest(
        &mut self,
        algorithm: SignatureAlgorithm,
        _digest: &[u8],
        whole: &dyn Fn() -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<SignatureValue, SignerError> {
        let message = whole().map_err(SignerError::Failed)?;
        self.sign(algorithm, &[&message]).pop().unwrap_or(Err(SignerError::NotAttempted))
    }

    /// How often the token was called to sign since this was asked last, counted where the calls are made; nothing
    /// where nobody counts, or the count is lost.
    fn take_count(&mut self) -> Option<SignatureCount> {
        None
    }
}

/// How often a token was called to sign, by the count of whoever calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureCount {
    /// The URI of the token.
    pub token: String,
    /// The calls that were answered with a signature.
    pub made: u64,
    /// The calls that failed.
    pub failed: u64,
    /// The signatures over random challenges that came back, as the signer itself knows.
    pub challenges: u64,
    /// The challenges of which an error came back: a signature may have been made.
    pub unsure: u64,
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The token was asked and failed: a signature may exist that nobody received.
    #[error("the token did not sign")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An earlier message of the batch failed, so the token was not asked for this one.
    #[error("not attempted, since an earlier signature of the batch failed")]
    NotAttempted,
}
