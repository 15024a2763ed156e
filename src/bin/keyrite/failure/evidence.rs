//! Errors of `keyrite::authority::evidence` as failures: exports that were not made.

use keyrite::authority::evidence::ExportError;

use super::{Exit, Failure};

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Output(error) => error.into(),
            error @ ExportError::Entry { .. } => Self::of(Exit::Integrity, &error),
        }
    }
}
