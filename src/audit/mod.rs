//! The audit log: what is worth recording, its one encoding, and the hashes that make edits visible.
//!
//! Every entry is one [`Event`] with its place and time, written as canonical JSON by [`encoding`]. The
//! hash of an entry covers its octets and the hash of the entry before it ([`chain`]); each entry is also a
//! leaf of a Merkle [`tree`], which is kept as [`tile`]s and gives [`proof`]s of single entries. Whoever holds
//! an older head of the log, on paper or elsewhere, can see that everything up to it is unchanged.
//!
//! This room is pure and imports nothing of this crate: what an auditor needs to check a log is here and
//! in `docs/audit-log.md`. Where entries are kept is the business of `store`.

pub mod bundle;
mod canonical;
mod ceremony;
pub mod chain;
pub mod checkpoint;
mod condition;
mod continuation;
pub mod encoding;
pub mod event;
mod examiner;
mod exchanged;
mod fingerprint;
mod key_end;
mod known_head;
mod miscount;
pub mod note;
mod object;
mod objection;
mod ocsp;
mod order;
pub mod proof;
#[cfg(test)]
mod samples;
mod shorter;
mod signed_checkpoint;
mod source;
pub mod tile;
mod tlog_proof;
pub mod tree;
pub mod words;

pub use ceremony::{Ceremony, CeremonyState};
pub use chain::{ChainError, Entry, Head};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use condition::{Conditions, LinterRun, Waiver};
pub use continuation::Continuation;
pub use encoding::{EncodingError, Record};
pub use event::Event;
pub use examiner::{Examined, Examiner, Step};
pub use exchanged::Bundle;
pub use fingerprint::{Fingerprint, FingerprintSyntax};
pub use key_end::KeyEnd;
pub use known_head::{KnownHead, KnownHeadSyntax};
pub use miscount::Miscount;
pub use note::{KeyName, Note, NoteError, NoteSignature};
pub use object::{Failure, Kind, Object, Outcome};
pub use objection::Objection;
pub use ocsp::{OcspFailed, OcspGroup, OcspRefused, OcspSigned, OcspSigning};
pub use order::{TimeOrder, TimeProblem};
pub use signed_checkpoint::SignedCheckpoint;
pub use source::{Origin, Source};
pub use tlog_proof::{EntryProof, ProofFileError};
