//! Attestations: certificates by which a device says that it holds a key, verified up to roots that somebody
//! supplied.
//!
//! An attestation of a key is known by the public key that it names, never by a label or an id. [`Roots`] are what
//! the operator trusts, [`verify`] finds the attestation among the certificates that a token shows and builds its
//! path, and [`Statement`] is what it says of key and device.

mod certificate;
mod path;
mod roots;
mod statement;

pub use certificate::{AttestationCertificate, Unreadable};
pub use path::{Attestation, AttestationError, PathError, verify};
pub use roots::{Roots, RootsError};
pub use statement::{Device, Finding, Firmware, Origin, PinPolicy, Statement, TouchPolicy};
