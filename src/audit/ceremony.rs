//! Ceremonies, as the log of their home tells of them: each vouches for the transcript up to there.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// How far a ceremony is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CeremonyState {
    /// It began.
    Begun,
    /// The log is about to be signed in it.
    UnderWay,
    /// It goes on after an interruption.
    Resumed,
    /// Everything is done.
    Ended,
}

/// A ceremony and its transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ceremony {
    /// How far it is.
    pub state: CeremonyState,
    /// SHA-256 over the plan.
    pub plan: Fingerprint,
    /// How many records the transcript has.
    pub records: u64,
    /// The head of their chain.
    pub transcript: Fingerprint,
}
