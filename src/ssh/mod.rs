//! Signatures by OpenSSH's keys: read and verified, never made.
//!
//! A person who has an SSH key proves with `ssh-keygen -Y sign` who they are, over a text and in a namespace that
//! keeps the signature from being taken for one over something else (OpenSSH's `PROTOCOL.sshsig`). Keys come as
//! the lines of `.pub` files ([`PublicKey`]), signatures as the armored files that `ssh-keygen` writes
//! ([`Signature`]). Both are read strictly: one encoding of each thing, everything bounded, no octet left over.
//!
//! This room is pure. The sums are done by [`crate::x509::verify`], with the key turned into the one that a
//! certificate would carry, so that what is a sound key there is one here: an RSA modulus of 2048 bits or more, a
//! point on its curve.

mod armor;
mod kind;
mod public_key;
mod signature;
mod wire;

pub use kind::KeyKind;
pub use public_key::{KeyError, LARGEST_LINE, PublicKey};
pub use signature::{MessageHash, Signature, SignatureError, VerifyError};
pub use wire::WireError;
