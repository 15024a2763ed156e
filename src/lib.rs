//! keyrite.
pub mod port;
pub mod token;
pub mod x509;
