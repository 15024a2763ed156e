//! Errors of `keyrite::authority::output` as failures: files that were not written.

use keyrite::authority::output::OutputError;

use super::{Exit, Failure};

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let hint = match &error {
            OutputError::Exists { .. } => Some("keyrite replaces no file: name another, or move it away"),
            OutputError::Directory { .. } => Some("the directory must exist and be writable"),
            OutputError::NoName { .. } | OutputError::Write { .. } => None,
        };
        Self::of(Exit::Output, &error).maybe_hint(hint.map(str::to_owned))
    }
}
