//! Bundles across an air gap: made by those who ask, answered by the CA, accepted by those who asked.
//!
//! What comes on a medium is read by [`medium`] alone, and held against itself by the library before anything is shown
//! of it. A bundle is answered by the same [`crate::batch`] as requests that are given on the command line: there is no
//! second way to have anything signed.

pub(crate) mod accepting;
pub(crate) mod answering;
pub(crate) mod asking;
mod composing;
mod medium;
mod record;
mod requesters;
mod revocations;
mod seals;
pub(crate) mod shown;
mod statements;

use std::path::Path;

use keyrite::exchange::BundleError;

use crate::failure::{Exit, Failure};

/// What is wrong with a bundle, as a failure about the file in its directory.
fn problem(error: &BundleError, directory: &Path) -> Failure {
    let exit = if error.is_form() { Exit::Refused } else { Exit::Integrity };
    Failure::of(exit, error).about(directory)
}
