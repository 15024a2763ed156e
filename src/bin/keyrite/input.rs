//! Files that are read: once, whole, and never more than a bound.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::failure::{Exit, Failure};

/// Reads a file, or standard input when the path is `-`. `most` bounds the octets that are taken in.
///
/// # Errors
/// A [`Failure`] that names the path when it cannot be read, is no regular file or pipe, or is larger.
pub(crate) fn read(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        return bounded(io::stdin().lock(), most)
            .map_err(|failure| failure.about(Path::new("standard input")));
    }
    open(path).and_then(|file| bounded(file, most)).map_err(|failure| failure.about(path))
}

fn open(path: &Path) -> Result<File, Failure> {
    // Looked at first: to open a device can already do something.
    readable(&std::fs::metadata(path).map_err(|error| unreadable(&error))?)?;
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    readable(&file.metadata().map_err(|error| unreadable(&error))?)?;
    Ok(file)
}

fn readable(metadata: &std::fs::Metadata) -> Result<(), Failure> {
    let kind = metadata.file_type();
    let what = if kind.is_file() || kind.is_fifo() {
        return Ok(());
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(Failure::new(Exit::Usage, format!("is {what}, wanted a file")))
}

fn bounded(source: impl Read, most: usize) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    source.take(limit).read_to_end(&mut octets).map_err(|error| unreadable(&error))?;
    if octets.len() > most {
        return Err(Failure::new(
            Exit::Refused,
            format!("more than {most} octets, which is more than is read"),
        ));
    }
    Ok(octets)
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(Exit::Usage, "cannot be read").caused_by(error)
}
