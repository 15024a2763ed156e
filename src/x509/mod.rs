//! The structures of RFC 5280 and RFC 2986: octets to types and types to octets, and nothing else.
pub mod algorithm;
pub mod serial;
pub mod signature;
pub mod spki;
pub mod time;
pub mod verify;
