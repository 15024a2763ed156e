//! Files that are read: once, whole, and never more than a bound.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::failure::{Exit, Failure};

/// Reads a file, or standard input when the path is `-`. `most` bounds the octets that are taken in.
///
/// # Errors
/// A [`Failure`] that names the path when it cannot be read, is no regular file or pipe, or is larger.
pub(crate) fn read(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        return bounded(io::stdin().lock(), most, 0)
            .map_err(|failure| failure.about(Path::new("standard input")));
    }
    open(path).and_then(|(file, octets)| bounded(file, most, octets)).map_err(|failure| failure.about(path))
}

/// Opens a file, or standard input when the path is `-`, to be read in parts by whoever keeps none of them.
///
/// # Errors
/// A [`Failure`] that names the path when it cannot be opened, or is no regular file or pipe.
pub(crate) fn in_parts(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let (file, _) = open(path).map_err(|failure| failure.about(path))?;
    Ok(Box::new(BufReader::with_capacity(PART, file)))
}

/// How much of a file is read at a time, in octets.
const PART: usize = 64 * 1024;

/// The file, and how many octets it has by its own account.
fn open(path: &Path) -> Result<(File, u64), Failure> {
    // Looked at first: to open a device can already do something.
    readable(&std::fs::metadata(path).map_err(|error| unreadable(&error))?)?;
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    readable(&metadata)?;
    Ok((file, metadata.len()))
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

fn bounded(source: impl Read, most: usize, expected: u64) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let too_many =
        || Failure::new(Exit::Refused, format!("more than {most} octets, which is more than is read"));
    if expected >= limit {
        return Err(too_many());
    }
    // One octet more, by which the end is seen: without the room a file would be read in a dozen small pieces.
    let room = usize::try_from(expected.saturating_add(1)).unwrap_or_default();
    let mut octets = Vec::with_capacity(room);
    source.take(limit).read_to_end(&mut octets).map_err(|error| unreadable(&error))?;
    if octets.len() > most { Err(too_many()) } else { Ok(octets) }
}

pub(crate) fn unreadable(error: &io::Error) -> Failure {
    Failure::new(Exit::Usage, "cannot be read").caused_by(error)
}
