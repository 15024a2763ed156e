//! The transcript on a second medium: a record counts when it is on all of them.
//!
//! A stick that is pulled out, or a disk that fails, stops the ceremony before the next signature, not after the last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;

use super::journal;
use crate::failure::{Exit, Failure};
use crate::input;

/// Looks whether a medium is there, before a run begins.
///
/// # Errors
/// A [`Failure`] when it is not.
pub(crate) fn there(directory: &Path) -> Result<(), Failure> {
    if directory.is_dir() { Ok(()) } else { Err(missing(directory)) }
}

fn missing(directory: &Path) -> Failure {
    Failure::new(Exit::Output, "the medium for the second transcript is not there")
        .hint("put it in, or take it out of the site and plan anew")
        .about(directory)
}

/// A copy of a transcript that is being written.
#[derive(Debug)]
pub(crate) struct Medium {
    path: PathBuf,
    file: File,
}

impl Medium {
    /// Opens the copy in a directory of the medium, or makes it, and brings it up to the transcript.
    ///
    /// # Errors
    /// A [`Failure`] when the medium is not there or cannot be written, or has what the transcript has not.
    pub(crate) fn open(directory: &Path, plan: &Fingerprint, transcript: &[u8]) -> Result<Self, Failure> {
        let path = directory.join(file_name(plan));
        let failed = |error: io::Error| {
            Failure::new(Exit::Output, "the second transcript cannot be written")
                .caused_by(&error)
                .about(&path)
        };
        there(directory)?;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = OpenOptions::new().append(true).create(true).mode(0o644).custom_flags(flags).open(&path);
        let mut file = file.map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Failure::new(Exit::Output, "is no file, wanted the second transcript").about(&path));
        }
        let found = input::read(&path, journal::OCTETS)?;
        // Each record is written here after it is in the transcript.
        let Some(rest) = transcript.strip_prefix(found.as_slice()) else {
            let message =
                "the second transcript does not go with the first: one of them was changed or put back";
            return Err(Failure::new(Exit::Integrity, message)
                .hint("keep both, and find out which of them is older before anything is signed")
                .about(&path));
        };
        file.write_all(rest).and_then(|()| file.sync_all()).map_err(failed)?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
        Ok(Self { path, file })
    }

    /// Adds a line. When this returns it is on the medium.
    ///
    /// # Errors
    /// A [`Failure`] when it is not.
    pub(crate) fn tell(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.still_there()
            .and_then(|()| self.file.write_all(line))
            .and_then(|()| self.file.sync_data())
            .map_err(|error| {
                let message = "the second transcript cannot be written, so that nothing more is done";
                Failure::new(Exit::Output, message).caused_by(&error).about(&self.path)
            })
    }

    /// A file that was removed takes records that nobody will find.
    fn still_there(&self) -> io::Result<()> {
        let (found, ours) = (fs::symlink_metadata(&self.path)?, self.file.metadata()?);
        if (found.dev(), found.ino()) == (ours.dev(), ours.ino()) {
            Ok(())
        } else {
            Err(io::Error::other("another file is in its place"))
        }
    }
}

/// The file of a plan's transcript: a medium may hold those of several ceremonies.
fn file_name(plan: &Fingerprint) -> String {
    let hex: String = plan.to_string().chars().filter(char::is_ascii_hexdigit).take(16).collect();
    format!("transcript-{hex}.jsonl")
}
