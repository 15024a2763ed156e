//! keyrite.
pub mod lint;
pub mod port;
pub mod x509;
