//! Key and signature algorithms, and the exact bytes by which certificates name them.
//!
//! A certificate names its signature algorithm twice (RFC 5280 s.4.1.1.2, s.4.1.2.3) and both must be
//! the same octets, so every identifier here is a constant rather than something that gets encoded:
//! the octets of CA/Browser Forum BR 7.1.3.2, and for what those do not know the octets of RFC 8410,
//! RFC 9881 and RFC 9909. SHA-1 and MD5 have no variant, so nothing that is built on this module can
//! sign or accept them.

mod curve;
mod digest;
mod key;
mod ml_dsa;
mod pss;
mod signature;
mod slh_dsa;

pub use curve::Curve;
pub use digest::{Digest, Hasher};
pub use key::{KeyAlgorithm, NotGenerated, UnknownAlgorithm};
pub use ml_dsa::MlDsaParameterSet;
pub use signature::{SignatureAlgorithm, UnsupportedSignature};
pub use slh_dsa::SlhDsaParameterSet;

pub(super) use signature::describe;

/// The AlgorithmIdentifier of Ed25519, for keys and for signatures: parameters absent (RFC 8410 s.3).
pub(super) const ED25519_IDENTIFIER: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
/// The AlgorithmIdentifier of Ed448, for keys and for signatures: parameters absent (RFC 8410 s.3).
pub(super) const ED448_IDENTIFIER: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71];

/// The AlgorithmIdentifier `2.16.840.1.101.3.4.3.arc` of NIST's signature algorithms, parameters absent.
const fn nist_identifier(arc: u8) -> [u8; 13] {
    [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, arc]
}
