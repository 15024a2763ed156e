//! Conditions: what did not count when something was signed, and what was asked beside the program's own rules.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// On what conditions an object may be signed; nothing where only the rules counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Conditions {
    /// Rules of policy that did not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Waiver>,
    /// Lints that had found something and did not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Waiver>,
    /// The programs outside that passed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub linters: Vec<LinterRun>,
}

/// A rule or lint that did not count, and whose word that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Waiver {
    /// The id of the rule or lint.
    pub rule: String,
    /// Why it did not count.
    pub reason: String,
    /// Who said so.
    pub by: String,
}

/// What a linter outside said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LinterRun {
    /// What the profile calls it.
    pub linter: String,
    /// The path of the program.
    pub program: String,
    /// SHA-256 over the program's file; absent where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_sha256: Option<Fingerprint>,
    /// How it ended, such as `exit status 0`.
    pub status: String,
}
