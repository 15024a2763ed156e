//! A signature over a text in a namespace: `ssh-keygen -Y sign` (OpenSSH's `PROTOCOL.sshsig`, version 1).
//!
//! What is signed is not the text itself but `SSHSIG`, the namespace, and the digest of the text, so that no
//! signature in one namespace, nor one that logs in somewhere, is one in another. Of a key in a FIDO authenticator
//! (OpenSSH's `PROTOCOL.u2f`) that in turn is hashed and signed together with the application that the key is for,
//! what the authenticator says about its user, and its counter; a signature without a touch is refused.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::armor;
use super::kind::KeyKind;
use super::public_key::{KeyError, PublicKey};
use super::wire::{Wire, WireError, put_string};
use crate::x509::algorithm::{Curve, Digest, SignatureAlgorithm};
use crate::x509::signature::SignatureValue;
use crate::x509::verify::{self, verify_twice};

const MAGIC: &[u8; 6] = b"SSHSIG";
const VERSION: u32 = 1;
/// The longest namespace that is read, in octets.
const LONGEST_NAMESPACE: usize = 255;
/// The authenticator says that somebody touched it (WebAuthn s.6.1, UP).
const PRESENT: u8 = 0x01;
/// The authenticator says that it knows who: a PIN or a fingerprint (WebAuthn s.6.1, UV).
const VERIFIED: u8 = 0x04;

/// A signature with all that it carries. It proves nothing before [`Signature::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    octets: Vec<u8>,
    key: PublicKey,
    namespace: String,
    hash: MessageHash,
    algorithm: SignatureAlgorithm,
    value: Vec<u8>,
    authenticator: Option<Authenticator>,
}

/// What a FIDO authenticator signs along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Authenticator {
    flags: u8,
    counter: u32,
}

impl Signature {
    /// Reads an armored signature, as `ssh-keygen -Y sign` writes it.
    ///
    /// # Errors
    /// [`SignatureError`] when it is none, is larger than any, or carries a key or algorithm that is not taken.
    pub fn parse(text: &[u8]) -> Result<Self, SignatureError> {
        Self::from_octets(&armor::open(text)?)
    }

    /// Reads the octets in the armor.
    ///
    /// # Errors
    /// As [`Signature::parse`].
    pub fn from_octets(octets: &[u8]) -> Result<Self, SignatureError> {
        if octets.len() > armor::LARGEST {
            return Err(SignatureError::Large { octets: octets.len() });
        }
        let mut wire = Wire::new(octets);
        if wire.octets("magic octets")? != *MAGIC {
            return Err(SignatureError::Magic);
        }
        let version = wire.uint32("version")?;
        if version != VERSION {
            return Err(SignatureError::Version { found: version });
        }
        let key = PublicKey::from_octets(wire.string("public key")?)?;
        let namespace = namespace(wire.string("namespace")?)?;
        // Readers may ignore it, and then two files are one signature: it is no part of what ssh-keygen signs.
        if !wire.string("reserved field")?.is_empty() {
            return Err(SignatureError::Reserved);
        }
        let hash = wire.name("name of the hash")?;
        let hash = MessageHash::named(hash).ok_or_else(|| SignatureError::Hash { found: hash.to_owned() })?;
        let (algorithm, value, authenticator) = value(&key, wire.string("signature")?)?;
        wire.finish("signature file")?;
        Ok(Self { octets: octets.to_vec(), key, namespace, hash, algorithm, value, authenticator })
    }

    /// Whose signature it says it is.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What the signature is for, as the signer said with `-n`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The hash of the text.
    #[must_use]
    pub const fn hash(&self) -> MessageHash {
        self.hash
    }

    /// The octets in the armor.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets
    }

    /// The armored text, as `ssh-keygen` writes it.
    #[must_use]
    pub fn to_armored(&self) -> String {
        armor::close(&self.octets)
    }

    /// Whether an authenticator says that it knew its user by a PIN or a fingerprint; nothing of other keys.
    #[must_use]
    pub fn user_verified(&self) -> Option<bool> {
        self.authenticator.map(|authenticator| authenticator.flags & VERIFIED != 0)
    }

    /// Verifies that `key` has signed `message` in `namespace`, by two implementations.
    ///
    /// # Errors
    /// [`VerifyError`] says what is another than wanted: the key, the namespace, the text, or that nobody touched
    /// the authenticator.
    pub fn verify(&self, message: &[u8], namespace: &str, key: &PublicKey) -> Result<(), VerifyError> {
        if self.key != *key {
            return Err(VerifyError::Key { found: self.key.fingerprint(), wanted: key.fingerprint() });
        }
        if self.namespace != namespace {
            let (found, wanted) = (self.namespace.clone(), namespace.to_owned());
            return Err(VerifyError::Namespace { found, wanted });
        }
        let mut signed = MAGIC.to_vec();
        put_string(&mut signed, self.namespace.as_bytes());
        put_string(&mut signed, b"");
        put_string(&mut signed, self.hash.name().as_bytes());
        put_string(&mut signed, &self.hash.digest().of(message));
        if let Some(Authenticator { flags, counter }) = self.authenticator {
            if flags & PRESENT == 0 {
                return Err(VerifyError::Untouched);
            }
            let application = Sha256::digest(key.application());
            let inner = Sha256::digest(&signed);
            signed = [&application[..], &[flags], &counter.to_be_bytes(), &inner].concat();
        }
        verify_twice(key.key(), self.algorithm, &signed, &self.value)?;
        Ok(())
    }
}

/// The hash of the text that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageHash {
    /// `sha256`.
    Sha256,
    /// `sha512`, which `ssh-keygen` uses unless told otherwise.
    Sha512,
}

impl MessageHash {
    /// Its name in a signature.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|hash| hash.name() == name)
    }

    const fn digest(self) -> Digest {
        match self {
            Self::Sha256 => Digest::Sha256,
            Self::Sha512 => Digest::Sha512,
        }
    }
}

impl fmt::Display for MessageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn namespace(octets: &[u8]) -> Result<String, SignatureError> {
    let text = std::str::from_utf8(octets)
        .ok()
        .filter(|text| (1..=LONGEST_NAMESPACE).contains(&text.len()) && !text.contains(char::is_control));
    text.map(ToOwned::to_owned).ok_or(SignatureError::Namespace)
}

/// The signature proper: the name of the algorithm, its value in the form that the key's kind has, and what an
/// authenticator adds.
fn value(
    key: &PublicKey,
    octets: &[u8],
) -> Result<(SignatureAlgorithm, Vec<u8>, Option<Authenticator>), SignatureError> {
    let mut wire = Wire::new(octets);
    let name = wire.name("name of the signature algorithm")?;
    let algorithm = match (key.kind(), name) {
        (KeyKind::Rsa, "rsa-sha2-256") => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        (KeyKind::Rsa, "rsa-sha2-512") => SignatureAlgorithm::RsaPkcs1(Digest::Sha512),
        (KeyKind::Ed25519 | KeyKind::SkEd25519, name) if name == key.kind().name() => {
            SignatureAlgorithm::Ed25519
        }
        (KeyKind::Ecdsa(curve), name) if name == key.kind().name() => {
            SignatureAlgorithm::Ecdsa(curve.digest())
        }
        (KeyKind::SkEcdsa, name) if name == key.kind().name() => {
            SignatureAlgorithm::Ecdsa(Curve::P256.digest())
        }
        (kind, found) => return Err(SignatureError::Algorithm { found: found.to_owned(), key: kind }),
    };
    let inner = wire.string("value of the signature")?;
    let raw = match key.kind() {
        KeyKind::Ecdsa(curve) => halves(inner, curve)?,
        KeyKind::SkEcdsa => halves(inner, Curve::P256)?,
        KeyKind::Ed25519 | KeyKind::SkEd25519 | KeyKind::Rsa => inner.to_vec(),
    };
    let authenticator = match key.kind() {
        KeyKind::SkEd25519 | KeyKind::SkEcdsa => Some(Authenticator {
            flags: wire.byte("authenticator's flags")?,
            counter: wire.uint32("authenticator's counter")?,
        }),
        KeyKind::Ed25519 | KeyKind::Ecdsa(_) | KeyKind::Rsa => None,
    };
    wire.finish("signature")?;
    let value = SignatureValue::from_token(key.key(), algorithm, &raw)
        .map_err(|error| SignatureError::Value(error.to_string()))?;
    Ok((algorithm, value.as_bytes().to_vec(), authenticator))
}

/// r and s as two numbers (RFC 5656 s.3.1.2), each in so many octets as the field has.
fn halves(octets: &[u8], curve: Curve) -> Result<Vec<u8>, SignatureError> {
    let mut wire = Wire::new(octets);
    let mut raw = Vec::with_capacity(curve.field_octets().saturating_mul(2));
    for what in ["number r", "number s"] {
        let number = wire.positive(what)?;
        let missing = curve
            .field_octets()
            .checked_sub(number.len())
            .ok_or_else(|| SignatureError::Value(format!("the {what} is larger than the curve's field")))?;
        raw.extend(std::iter::repeat_n(0, missing));
        raw.extend(number);
    }
    wire.finish("numbers r and s")?;
    Ok(raw)
}

/// Why octets are not a signature that is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Larger than any signature.
    #[error("{octets} octets, wanted at most {}", armor::LARGEST)]
    Large {
        /// Its octets.
        octets: usize,
    },
    /// Without the lines that begin and end it.
    #[error(
        "not the text between -----BEGIN SSH SIGNATURE----- and -----END SSH SIGNATURE----- that ssh-keygen -Y sign \
         writes"
    )]
    Armor,
    /// Text after the last line.
    #[error("there is text after -----END SSH SIGNATURE-----")]
    After,
    /// Not base64 between the lines.
    #[error("what is between the first line and the last is not base64")]
    Base64,
    /// Another file in the armor.
    #[error("it does not begin with SSHSIG")]
    Magic,
    /// A version that is not known.
    #[error("version {found}, wanted {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// The key in it is not taken.
    #[error("its public key: {0}")]
    Key(#[from] KeyError),
    /// The namespace is empty, too long or not text.
    #[error("its namespace is not 1 to {LONGEST_NAMESPACE} octets of text without control characters")]
    Namespace,
    /// The reserved field holds something.
    #[error("its reserved field is not empty")]
    Reserved,
    /// A hash that is not taken.
    #[error("the text is hashed by {found:?}, wanted sha256 or sha512")]
    Hash {
        /// Its name.
        found: String,
    },
    /// An algorithm that the key's kind does not have, or that is too weak: `ssh-rsa` signs by SHA-1.
    #[error("signed by {found:?}, which is not taken of a key of {key}{}", rsa(.key))]
    Algorithm {
        /// The name of the algorithm.
        found: String,
        /// The kind of the key.
        key: KeyKind,
    },
    /// The value is not one that the key can have given.
    #[error("not a signature by such a key: {0}")]
    Value(String),
    /// The octets are not what they have to be.
    #[error("not the octets of a signature: {0}")]
    Wire(#[from] WireError),
}

const fn rsa(key: &KeyKind) -> &'static str {
    match key {
        KeyKind::Rsa => ", wanted rsa-sha2-256 or rsa-sha2-512",
        KeyKind::Ed25519 | KeyKind::Ecdsa(_) | KeyKind::SkEd25519 | KeyKind::SkEcdsa => "",
    }
}

/// Why a signature does not prove what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// By another key.
    #[error("signed by the key {found}, wanted {wanted}")]
    Key {
        /// The fingerprint of the key in the signature.
        found: String,
        /// The fingerprint of the key that was to sign.
        wanted: String,
    },
    /// For something else.
    #[error("signed in the namespace {found:?}, wanted {wanted:?} (ssh-keygen's -n)")]
    Namespace {
        /// The namespace of the signature.
        found: String,
        /// The one that was wanted.
        wanted: String,
    },
    /// The authenticator signed without anybody near it.
    #[error("the authenticator says that nobody touched it when it signed")]
    Untouched,
    /// The sums do not come out: another text, or a forgery.
    #[error("not a signature over this text: {0}")]
    Signature(#[from] verify::VerifyError),
}
