//! The home directory of the CAs: where it is, before anything in it is opened.

use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// The absolute path of the home: the one given by flag or environment, else the current directory. It need
/// not exist.
///
/// # Errors
/// A [`Failure`] when there is no current directory to start from.
pub(crate) fn resolve(given: Option<&Path>) -> Result<PathBuf, Failure> {
    std::path::absolute(given.unwrap_or(Path::new("."))).map_err(|error| {
        Failure::new(Exit::Configuration, "no home directory")
            .caused_by(&error)
            .hint("name one with --home DIR or KEYRITE_HOME")
    })
}
