//! The structures of RFC 5280, RFC 2986 and RFC 6960: octets to types and types to octets, and nothing else.
//!
//! This room is pure. It knows no clock, no file and no token; what is random or current comes as an
//! argument. Each file holds one noun of the standards: [`certificate`] is RFC 5280 s.4.1, [`extension`]
//! s.4.2, [`crl`] s.5, [`csr`] RFC 2986, [`ocsp`] RFC 6960; [`signed`] is the wrapper that they share.

pub mod a_label;
pub mod algorithm;
pub mod attestation;
pub mod certificate;
pub mod crl;
pub mod crl_dates;
pub mod crl_head;
pub mod csr;
pub mod excerpt;
pub mod extension;
pub mod general_name;
pub mod idn;
pub mod limits;
pub mod locations;
pub mod name;
pub mod ocsp;
pub mod p7b;
pub mod pem;
pub mod pem_decoder;
pub mod policy_graph;
pub mod serial;
pub mod signature;
pub mod signed;
pub mod spki;
pub mod standard;
pub mod suspicion;
pub mod time;
pub mod unsigned;
pub mod verify;
pub mod weakness;
