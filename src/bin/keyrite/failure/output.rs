//! Errors of `keyrite::authority::output` as failures: files that were not written.

use keyrite::authority::output::OutputError;

use super::{Exit, Failure};

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let hint = match &error {
            OutputError::Exists { .. } => Some("keyrite replaces no file: name another, or move it away"),
            OutputError::Directory { source, .. } => {
                advice(source).or(Some("the directory must exist and be writable"))
            }
            OutputError::Write { source, .. } => advice(source),
            OutputError::NoName { .. } => None,
        };
        Self::of(Exit::Output, &error).maybe_hint(hint.map(str::to_owned))
    }
}

/// What can be done when a disk does not take something.
pub(super) fn advice(error: &std::io::Error) -> Option<&'static str> {
    use std::io::ErrorKind;
    let kind = error.kind();
    if kind == ErrorKind::StorageFull {
        Some("make space on that disk")
    } else if kind == ErrorKind::QuotaExceeded {
        Some("make space, or have the quota raised")
    } else if kind == ErrorKind::ReadOnlyFilesystem {
        Some("that disk is mounted read-only")
    } else {
        None
    }
}
