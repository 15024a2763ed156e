//! The signature of a CRL whose octets lie elsewhere.

use std::fmt;

use der::Encode;
use der::asn1::BitStringRef;

use super::header;
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::signature::SignatureValue;
use crate::x509::signed::SealError;
use crate::x509::spki::PublicKey;
use crate::x509::verify::{VerifyError, verify_digest_twice, verify_twice};

/// The longest message that is signed or verified as a whole, in octets: 256 MiB, some five million entries. It bounds
/// the CRLs of keys whose algorithm takes no digest (EdDSA, ML-DSA).
pub const MESSAGE_OCTETS: usize = 256 * 1024 * 1024;

/// What stands for the octets of a CRL where its signature is made and verified.
#[derive(Clone, PartialEq, Eq)]
pub enum CrlMessage {
    /// Their digest, by the algorithm of the signature.
    Digest(Vec<u8>),
    /// The octets themselves, where the algorithm takes no digest.
    Whole(Vec<u8>),
}

impl CrlMessage {
    /// Verifies a signature by two implementations, where there are two.
    ///
    /// # Errors
    /// As [`verify_twice`].
    pub fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match self {
            Self::Digest(digest) => verify_digest_twice(key, algorithm, digest, signature),
            Self::Whole(message) => verify_twice(key, algorithm, message, signature),
        }
    }
}

impl fmt::Debug for CrlMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "Digest({})", hex::encode(digest)),
            Self::Whole(message) => write!(f, "Whole({} octets)", message.len()),
        }
    }
}

/// What follows the octets that were signed: signatureAlgorithm and signatureValue, which has been verified over these
/// octets under the signer's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct CrlSeal(Vec<u8>);

impl CrlSeal {
    /// Verifies a signature, by two implementations, and puts it into its form.
    ///
    /// # Errors
    /// [`SealError::Signature`] when it does not verify under `signer`: nothing is released then.
    pub fn prove(
        message: &CrlMessage,
        algorithm: SignatureAlgorithm,
        signature: &SignatureValue,
        signer: &PublicKey,
    ) -> Result<Self, SealError> {
        message.verify(signer, algorithm, signature.as_bytes())?;
        let bits = BitStringRef::from_bytes(signature.as_bytes())?.to_der()?;
        Ok(Self([algorithm.identifier_der(), &bits].concat()))
    }

    /// What comes before so many octets that were signed: the header of the whole CRL.
    #[must_use]
    pub fn header(&self, signed: u64) -> Vec<u8> {
        header(0x30, signed.saturating_add(u64::try_from(self.0.len()).unwrap_or(u64::MAX)))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CrlSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlSeal({} octets)", self.0.len())
    }
}
