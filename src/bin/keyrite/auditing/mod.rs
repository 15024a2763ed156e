//! Verifying the audit log: what is known of it from elsewhere, and each of the forms in which it comes.

mod checkpoint;
mod export;
mod known;
mod proof;

pub(crate) use checkpoint::{read, rows};
pub(crate) use export::verify as verify_export;
pub(crate) use known::{KeysArgs, KnownArgs, public_key};
pub(crate) use proof::{Claim, verify as verify_proof};
