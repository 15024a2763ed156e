//! The shell, where the parts meet: each act of a CA from the decision to the file.
//!
//! This room is handed a [`crate::port::Signer`], a [`crate::store::Store`], a clock and randomness, and
//! knows no token. [`issue`] makes certificates, [`crl`] CRLs, [`ocsp`] OCSP responses, [`subordinate`] requests
//! for our own keys; all meet in `complete`, the one place where a token is asked to sign.

pub mod adopt;
pub mod checkpoint;
mod complete;
mod consistency;
pub mod count;
pub mod crl;
mod crl_entries;
mod drafting;
mod error;
pub mod evidence;
mod expectation;
pub mod fresh_directory;
pub mod install;
pub mod issue;
mod issuer;
pub mod key_record;
pub mod ocsp;
pub mod ocsp_desk;
pub mod ocsp_live;
pub mod output;
pub mod outside_linter;
mod path;
pub mod publication;
pub mod replacement;
pub mod restore;
pub mod revoke;
mod source;
mod stand_in;
pub mod subordinate;
pub mod system;
mod taking_up;
pub mod weak_keys;

pub use complete::Failure;
pub use consistency::ConsistencyError;
pub use error::{Error, Rescued};
pub use expectation::{exclusions, expected};
pub use fresh_directory::FreshDirectory;
pub use issuer::{Authority, Issuer, IssuerError, same_key};
pub use path::{PathError, Standing};
pub use stand_in::{STAND_INS, StandInError, stand_in, stand_in_of};
pub use taking_up::take_up;
