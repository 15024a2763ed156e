//! Every change to an export of the audit log, and to the ledger's own rows, is seen: octets, deletions, swaps,
//! insertions, truncations and rollbacks.
//!
//! Whoever changes a file here also mends its line in `SHA256SUMS`, so that it is the log that shows the change.
//! `KEYRITE_TAMPER=all cargo test --release --test tampering` tries every change to a log of 1,000 entries, in an hour
//! or so; without it there is a sample.

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
