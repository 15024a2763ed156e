//! keyrite.
pub mod port;
pub mod x509;
