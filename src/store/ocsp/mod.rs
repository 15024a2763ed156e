//! OCSP: what the ledger knows of certificates, and the responses that were signed about them.
//!
//! Responses are signed in groups. A group is reserved as a whole, octets and all, in one durable transaction before
//! the token is asked, and what was signed is recorded in another. An answer that is reserved must say what the ledger
//! says in that very transaction. Of each certificate and hash function the newest response is kept; the log tells of
//! every group by a hash over all its responses, and the hashes of single ones are kept while any of them is current.

mod account;
mod answer;
mod group;
mod standing;

pub use account::OcspDiscrepancy;
pub use answer::{OcspAnswer, OcspChange, OcspMark};
pub use group::{
    IssuedAnswer, IssuedAnswers, OcspCommitError, OcspIntent, OcspOutcome, OcspReservation, OpenOcspGroup,
};
pub use standing::{Chosen, OcspStanding};

pub(super) use account::{GroupAccount, Groups, group_account};
