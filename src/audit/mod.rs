//! The audit log: what is worth recording, its one encoding, and the chain that makes edits visible.
//!
//! Every entry is one [`Event`] with its place and time, written as canonical JSON by [`encoding`]; the
//! hash of an entry covers its octets and the hash of the entry before it ([`chain`]). Whoever holds an
//! older head of the log, on paper or elsewhere, can see that everything up to it is unchanged.
//!
//! This room is pure and imports nothing of this crate: what an auditor needs to check a log is here and
//! in `docs/audit-log.md`. Where entries are kept is the business of `store`.

pub mod chain;
mod condition;
pub mod encoding;
pub mod event;
mod fingerprint;
mod object;
mod objection;
mod order;
#[cfg(test)]
mod samples;
mod source;

pub use chain::{ChainError, Entry, Head};
pub use condition::{Conditions, LinterRun, Waiver};
pub use encoding::{EncodingError, Record};
pub use event::Event;
pub use fingerprint::{Fingerprint, FingerprintSyntax};
pub use object::{Failure, Kind, Object, Outcome};
pub use objection::Objection;
pub use order::{TimeOrder, TimeProblem};
pub use source::{Origin, Source};
