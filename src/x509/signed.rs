//! SIGNED{}: the octets that get signed, and the same octets with a signature round them.
//!
//! RFC 5280 s.4.1, s.5.1 and RFC 2986 s.4.2 share one shape. A [`ToBeSigned`] is encoded once; from
//! there on its octets are carried, never made again, so that what was linted is what gets signed, stored
//! and published. A [`Signed`] exists only if its signature was verified in software.

use std::fmt;
use std::marker::PhantomData;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tagged};
use sha2::{Digest as _, Sha256};

use super::algorithm::SignatureAlgorithm;
use super::signature::SignatureValue;
use super::spki::PublicKey;
use super::verify::{VerifyError, verify, verify_twice};
use super::{pem, pem::PemError};

/// A kind of object that is signed: certificate, CRL, certification request or OCSP response.
pub trait Kind: fmt::Debug {
    /// The label of its PEM form (RFC 7468).
    const PEM_LABEL: &'static str;
    /// The labels under which it is also met.
    const PEM_ALIASES: &'static [&'static str];
    /// What people call it.
    const NAME: &'static str;
}

/// The DER of a TBSCertificate, TBSCertList, CertificationRequestInfo or ResponseData, fixed for good.
pub struct ToBeSigned<K> {
    der: Vec<u8>,
    algorithm: SignatureAlgorithm,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> ToBeSigned<K> {
    /// Only the builders of this module make one.
    pub(super) fn new(der: Vec<u8>, algorithm: SignatureAlgorithm) -> Self {
        Self { der, algorithm, kind: PhantomData }
    }

    /// Octets that one of those builders has made, and that were kept on disk since.
    pub(crate) fn reserved(der: Vec<u8>, algorithm: SignatureAlgorithm) -> Self {
        Self::new(der, algorithm)
    }

    /// The octets that get signed.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The algorithm that the octets name, and by which they must be signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Verifies `signature` over the octets, and gives the three parts of SIGNED{} one after the other.
    pub(super) fn prove(
        &self,
        signature: &SignatureValue,
        signer: &PublicKey,
        verification: Verification,
    ) -> Result<Vec<u8>, SealError> {
        let look = match verification {
            Verification::Once => verify,
            Verification::Twice => verify_twice,
        };
        look(signer, self.algorithm, &self.der, signature.as_bytes())?;
        let bits = BitStringRef::from_bytes(signature.as_bytes())?.to_der()?;
        Ok([self.as_der(), self.algorithm.identifier_der(), &bits].concat())
    }

    /// SHA-256 over the octets: what a person compares before they are signed.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }
}

impl<K: Kind> fmt::Debug for ToBeSigned<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToBeSigned<{}>({})", K::NAME, hex::encode(self.sha256()))
    }
}

/// How many independent implementations look at a signature before it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// One: end-entity certificates of a batch.
    Once,
    /// Two that share no code: certificates of CAs and CRLs.
    Twice,
}

/// A signed object whose signature has been verified under the signer's public key.
pub struct Signed<K> {
    der: Vec<u8>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Signed<K> {
    /// Verifies `signature` over the octets and puts the three parts together.
    ///
    /// # Errors
    /// [`SealError::Signature`] when it does not verify under `signer`: nothing is released then.
    pub fn seal(
        tbs: &ToBeSigned<K>,
        signature: &SignatureValue,
        signer: &PublicKey,
        verification: Verification,
    ) -> Result<Self, SealError> {
        let contents = tbs.prove(signature, signer, verification)?;
        Ok(Self::of_proven(AnyRef::new(der::Tag::Sequence, &contents)?.to_der()?))
    }

    /// Takes a whole object in which only what [`ToBeSigned::prove`] gave was wrapped.
    pub(super) fn of_proven(der: Vec<u8>) -> Self {
        Self { der, kind: PhantomData }
    }

    /// The whole object.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The whole object as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(K::PEM_LABEL, &self.der)
    }
}

impl<K: Kind> fmt::Debug for Signed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed<{}>({} octets)", K::NAME, self.der.len())
    }
}

/// Why a signature was not put round the octets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature is not by the signer's key over these octets.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// The parts are too large to be encoded.
    #[error("the signed object could not be encoded: {0}")]
    Encoding(String),
}

impl From<der::Error> for SealError {
    fn from(error: der::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

/// The three parts of a SIGNED{} object as they were found, each a whole TLV but for the signature.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The octets that were signed.
    pub tbs: &'a [u8],
    /// The outer AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The contents of signatureValue.
    pub signature: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Splits a SIGNED{} object.
    ///
    /// # Errors
    /// A [`der::Error`] when it is not a SEQUENCE of exactly these three parts, or octets follow it.
    pub fn from_der(der: &'a [u8]) -> Result<Self, der::Error> {
        let whole = AnyRef::from_der(der)?;
        whole.tag().assert_eq(der::Tag::Sequence)?;
        let mut reader = SliceReader::new(whole.value())?;
        let tbs = reader.tlv_bytes()?;
        let algorithm = reader.tlv_bytes()?;
        let bits = BitStringRef::decode(&mut reader)?;
        reader.finish()?;
        let signature = bits.as_bytes().ok_or_else(|| der::Tag::BitString.value_error())?;
        Ok(Self { tbs, algorithm, signature })
    }
}

/// The DER of one object of kind `K`, from DER or PEM.
///
/// # Errors
/// [`PemError`] as [`pem::one`].
pub fn read_one<K: Kind>(input: &[u8]) -> Result<Vec<u8>, PemError> {
    let mut labels = vec![K::PEM_LABEL];
    labels.extend(K::PEM_ALIASES);
    pem::one(input, &labels)
}
