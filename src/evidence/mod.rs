//! What an auditor is given: the log with its tree, and every object that it tells of, as plain files.
//!
//! [`layout`] says where each file stands, [`verify`] looks whether the files account for each other, with nothing
//! else at hand: no ledger, no home, no token. Both are pure: [`Files`] stands for the directory. How the files come
//! to be is the business of `authority::evidence`; `docs/audit-log.md` describes them for whoever has no keyrite.

mod ca;
mod files;
mod finding;
pub mod layout;
mod objects;
mod revocations;
mod signature;
mod sums;
mod tree;
mod verification;

pub use files::{Files, Memory};
pub use finding::{Finding, Findings};
pub use objects::Counts;
pub use signature::{ForgedLine, NoteMessage, Scheme, Signatory, signatories};
pub use verification::{Log, Verification, Verified, verify};
