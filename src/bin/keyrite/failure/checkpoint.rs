//! Errors of `keyrite::authority::checkpoint` as failures: checkpoints that were not signed.

use keyrite::authority::Failure as NotSigned;
use keyrite::authority::checkpoint::CheckpointError;

use super::{Exit, Failure, store};

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        let exit = match &error {
            CheckpointError::Form { .. } => Exit::Usage,
            CheckpointError::Intent(source) => store::exit(source),
            CheckpointError::Sign(NotSigned::Sign(_)) => Exit::Token,
            CheckpointError::Sign(NotSigned::Verify(_)) | CheckpointError::Miscounted(_) => Exit::Integrity,
            CheckpointError::Record { .. } => Exit::Output,
        };
        Self::of(exit, &error)
    }
}
