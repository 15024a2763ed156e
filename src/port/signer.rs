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
