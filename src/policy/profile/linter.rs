//! What a profile says about linting: lints that do not count, and programs that must find nothing.

use std::path::PathBuf;

use crate::x509::time::Duration;

/// A lint that does not count for certificates of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintExclusion {
    /// The id of the lint.
    pub id: String,
    /// Why it does not count.
    pub reason: String,
    /// Who said so.
    pub by: String,
}

/// A program outside that judges what is about to be signed. It gets the certificate as RFC 9925 has it, with
/// an empty signature, on its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideLinter {
    /// How it is called on the screen and in records.
    pub name: String,
    /// Its absolute path.
    pub program: PathBuf,
    /// Its arguments; no shell reads them.
    pub arguments: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}
