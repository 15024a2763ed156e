//! A public key as OpenSSH writes it: the line of a `.pub` file, and the octets within (RFC 4253 s.6.6).

use std::fmt;

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::kind::{KeyKind, Known};
use super::wire::{Wire, WireError};
use crate::x509::algorithm::{Curve, KeyAlgorithm};
use crate::x509::spki::{self, SpkiError};

/// The longest line that is read, in octets: an RSA key of the most bits has some 1,500.
pub const LARGEST_LINE: usize = 8192;
/// The longest comment that is kept, in octets.
const LONGEST_COMMENT: usize = 255;
/// The longest application of an authenticator's key, in octets: a domain name with `ssh:` before it.
const LONGEST_APPLICATION: usize = 255;

/// A sound public key. Two are equal when their octets are: comments prove nothing.
#[derive(Clone)]
pub struct PublicKey {
    kind: KeyKind,
    octets: Vec<u8>,
    key: spki::PublicKey,
    application: Vec<u8>,
    comment: String,
}

impl PublicKey {
    /// Reads a line: the kind, the key in base64, and a comment. One line's end may follow.
    ///
    /// # Errors
    /// [`KeyError`] when it is no such line, or the key is not sound; options, as `authorized_keys` has before the
    /// kind, are refused.
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        if line.len() > LARGEST_LINE {
            return Err(KeyError::Large { octets: line.len() });
        }
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(char::is_control) {
            return Err(KeyError::Line);
        }
        let (name, rest) = line.split_once(' ').ok_or(KeyError::Line)?;
        let (base64, comment) = rest.split_once(' ').unwrap_or((rest, ""));
        let kind = KeyKind::named(name).ok_or_else(|| KeyError::kind(name))?;
        let octets = Base64::decode_vec(base64).map_err(|_| KeyError::Base64)?;
        let comment = comment.trim();
        if comment.len() > LONGEST_COMMENT {
            return Err(KeyError::Comment { octets: comment.len() });
        }
        let key = Self::from_octets(&octets)?;
        if key.kind != kind {
            return Err(KeyError::Differs { line: kind, found: key.kind });
        }
        Ok(Self { comment: comment.to_owned(), ..key })
    }

    /// Reads the octets that are in base64 in the line, and as they are in a signature.
    ///
    /// # Errors
    /// [`KeyError`] when they are not one key of a known kind, or the key is not sound.
    pub fn from_octets(octets: &[u8]) -> Result<Self, KeyError> {
        let mut wire = Wire::new(octets);
        let name = wire.name("name of the key's kind")?;
        let kind = KeyKind::named(name).ok_or_else(|| KeyError::kind(name))?;
        let key = match kind {
            KeyKind::Ed25519 | KeyKind::SkEd25519 => {
                spki::PublicKey::from_key_octets(KeyAlgorithm::Ed25519, wire.string("key")?)?
            }
            KeyKind::Ecdsa(curve) => point(&mut wire, curve)?,
            KeyKind::SkEcdsa => point(&mut wire, Curve::P256)?,
            KeyKind::Rsa => {
                let exponent = wire.positive("public exponent")?;
                let modulus = wire.positive("modulus")?;
                spki::PublicKey::from_rsa(modulus, exponent)?
            }
        };
        let application = match kind {
            KeyKind::SkEd25519 | KeyKind::SkEcdsa => wire.string("application")?,
            KeyKind::Ed25519 | KeyKind::Ecdsa(_) | KeyKind::Rsa => &[],
        };
        if application.len() > LONGEST_APPLICATION {
            return Err(KeyError::Application { octets: application.len() });
        }
        wire.finish("key")?;
        Ok(Self {
            kind,
            octets: octets.to_vec(),
            key,
            application: application.to_vec(),
            comment: String::new(),
        })
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The octets of the key as SSH has them.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets
    }

    /// The key as a certificate would have it.
    #[must_use]
    pub const fn key(&self) -> &spki::PublicKey {
        &self.key
    }

    /// What follows the key in its line, often whose it is: text of others, which proves nothing.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The application that an authenticator's key is bound to, mostly `ssh:`; empty of other keys.
    pub(super) fn application(&self) -> &[u8] {
        &self.application
    }

    /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and the digest of the octets in base64, unpadded.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(&self.octets)))
    }

    /// The line without its comment: its one spelling.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{} {}", self.kind, Base64::encode_string(&self.octets))
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for PublicKey {}

impl std::str::FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(line: &str) -> Result<Self, KeyError> {
        Self::parse(line)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.kind, self.fingerprint())
    }
}

/// The name of the curve and an uncompressed point (RFC 5656 s.3.1).
fn point(wire: &mut Wire<'_>, curve: Curve) -> Result<spki::PublicKey, KeyError> {
    let name = wire.name("name of the curve")?;
    let wanted = KeyKind::curve_name(curve);
    if name != wanted {
        return Err(KeyError::Curve { found: name.to_owned(), wanted });
    }
    Ok(spki::PublicKey::from_ec_point(curve, wire.string("point")?)?)
}

impl KeyError {
    /// A name that is none of the known, which may also be a whole option of `authorized_keys`.
    fn kind(name: &str) -> Self {
        Self::Kind { found: name.chars().take(64).collect() }
    }
}

/// Why text or octets are not a public key that is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A line longer than any key's.
    #[error("the line has {octets} octets, wanted at most {LARGEST_LINE}")]
    Large {
        /// Its octets.
        octets: usize,
    },
    /// Not a kind and a key, or more than one line.
    #[error("not one line of a kind, a key in base64 and a comment, as a .pub file of ssh-keygen has it")]
    Line,
    /// A kind that is not taken.
    #[error("{found:?} is not a kind of key that is taken, wanted one of {}", Known)]
    Kind {
        /// The name, or its start.
        found: String,
    },
    /// The key is not base64.
    #[error("the key is not in base64")]
    Base64,
    /// A comment longer than is kept.
    #[error("the comment has {octets} octets, wanted at most {LONGEST_COMMENT}")]
    Comment {
        /// Its octets.
        octets: usize,
    },
    /// The line names another kind than the key in it.
    #[error("the line says {line}, and the key in it is {found}")]
    Differs {
        /// What the line begins with.
        line: KeyKind,
        /// What the octets begin with.
        found: KeyKind,
    },
    /// A curve that does not belong to the kind of key.
    #[error("the key is on the curve {found:?}, wanted {wanted}")]
    Curve {
        /// The name of the curve.
        found: String,
        /// The one that belongs to the kind.
        wanted: &'static str,
    },
    /// An application longer than any.
    #[error("the key's application has {octets} octets, wanted at most {LONGEST_APPLICATION}")]
    Application {
        /// Its octets.
        octets: usize,
    },
    /// The octets are not what they have to be.
    #[error("not the octets of a key: {0}")]
    Wire(#[from] WireError),
    /// The key itself is weak or no key.
    #[error("the key is not sound: {0}")]
    Unsound(#[from] SpkiError),
}
