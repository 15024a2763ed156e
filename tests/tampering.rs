//! Every change to an export of the audit log, and to the ledger's own rows, is seen: octets, deletions, swaps,
//! insertions, truncations and rollbacks.
//!
//! Whoever changes a file here also mends its line in `SHA256SUMS`, so that it is the log that shows the change.
//! `KEYRITE_TAMPER=all cargo test --release --test tampering -- --nocapture` tries every change to a log of 1,000
//! entries; without it there is a sample.
//!
//! So many changes can be tried because a verification is taken up where the one of the unchanged export first reads
//! what was changed, and left at its first finding (`taken_up`): its steps are those of `verify`, which that same test
//! shows on the sample.

#[cfg(test)]
#[path = "store/scene.rs"]
#[expect(dead_code, reason = "a part of it is for other tests")]
mod scene;
#[cfg(test)]
#[path = "support/software.rs"]
#[expect(dead_code, reason = "a part of it is for other tests")]
mod software;

#[cfg(test)]
#[path = "tampering/history.rs"]
mod history;
#[cfg(test)]
#[path = "tampering/ledger.rs"]
mod ledger;
#[cfg(test)]
#[path = "tampering/lines.rs"]
mod lines;
#[cfg(test)]
#[path = "tampering/octets.rs"]
mod octets;
#[cfg(test)]
#[path = "tampering/rewritten.rs"]
mod rewritten;
#[cfg(test)]
#[path = "tampering/taken_up.rs"]
mod taken_up;
