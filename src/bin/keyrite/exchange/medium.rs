//! Media that anybody may have had in hands: a directory is read once, whole, and never more than a bound.
//!
//! Nothing is followed, and nothing is opened that is no plain file: each name is looked up in the directory that is
//! open already, so that neither a link nor a change in between leads anywhere else.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use keyrite::exchange::{Contents, layout};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use crate::failure::{Exit, Failure};

/// The directories that bundles have.
const DIRECTORIES: [&str; 5] = ["certificates", "crls", "ocsp", "proofs", "requests"];
/// The longest name of a file in a bundle, in octets.
const LONGEST_NAME: usize = 64;

/// Reads every file of a bundle.
///
/// # Errors
/// A [`Failure`] that names the file which is none of a bundle, cannot be read, or is too large.
pub(super) fn read(directory: &Path) -> Result<Contents, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened =
        rustix::fs::open(directory, flags, Mode::empty()).map_err(|error| unreadable(error, directory))?;
    let mut medium = Medium { directory, contents: Contents::new(), files: 0, octets: 0 };
    medium.level(&opened, None)?;
    Ok(medium.contents)
}

struct Medium<'a> {
    directory: &'a Path,
    contents: Contents,
    files: usize,
    octets: usize,
}

impl Medium<'_> {
    /// Reads the directory itself, or one in it.
    fn level(&mut self, opened: &OwnedFd, below: Option<&str>) -> Result<(), Failure> {
        let here = below.map_or_else(|| self.directory.to_owned(), |below| self.directory.join(below));
        for name in self.names(opened, &here)? {
            let path = below.map_or_else(|| name.clone(), |below| format!("{below}/{name}"));
            let place = self.directory.join(&path);
            // Looked at first: to open a device can already do something.
            let found = statat(opened, &name, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| unreadable(error, &place))?;
            match FileType::from_raw_mode(found.st_mode) {
                FileType::RegularFile => {
                    let octets = self.file(opened, &name, &place)?;
                    self.contents.insert(path, octets);
                }
                FileType::Directory if below.is_none() && DIRECTORIES.contains(&name.as_str()) => {
                    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                    let inner = openat(opened, &name, flags, Mode::empty())
                        .map_err(|error| unreadable(error, &place))?;
                    self.level(&inner, Some(&name))?;
                }
                kind @ (FileType::Directory
                | FileType::Symlink
                | FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown) => {
                    let message = format!("is {}, which no bundle has there", word(kind));
                    return Err(Failure::new(Exit::Refused, message).about(&place));
                }
            }
        }
        Ok(())
    }

    /// The names in a directory, sorted, so that the same bundle always gives the same answer.
    fn names(&mut self, opened: &OwnedFd, here: &Path) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let entries = Dir::read_from(opened.as_fd()).map_err(|error| unreadable(error, here))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(error, here))?;
            let octets = entry.file_name().to_bytes();
            if octets == b"." || octets == b".." {
                continue;
            }
            self.files = self.files.saturating_add(1);
            if self.files > layout::MOST_FILES.saturating_add(DIRECTORIES.len()) {
                let message =
                    format!("more than {} files, which is more than a bundle has", layout::MOST_FILES);
                return Err(Failure::new(Exit::Refused, message).about(self.directory));
            }
            names.push(name(octets).map_err(|shown| {
                Failure::new(Exit::Refused, "a name that no file of a bundle has").about(&here.join(shown))
            })?);
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The octets of a plain file.
    fn file(&mut self, opened: &OwnedFd, name: &str, place: &Path) -> Result<Vec<u8>, Failure> {
        // Without waiting for whoever would write into a pipe that took its place.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(opened, name, flags, Mode::empty()).map_err(|error| unreadable(error, place))?;
        let file = File::from(file);
        let about = |error: std::io::Error| {
            Failure::new(Exit::Output, "cannot be read").caused_by(&error).about(place)
        };
        let found = file.metadata().map_err(about)?;
        if !found.is_file() {
            return Err(Failure::new(Exit::Refused, "is no plain file any more").about(place));
        }
        let room = layout::FILE_OCTETS.min(layout::BUNDLE_OCTETS.saturating_sub(self.octets));
        let large = || {
            let message = format!("more than {room} octets, which is more than is read of it");
            Failure::new(Exit::Refused, message).about(place)
        };
        let most = u64::try_from(room).unwrap_or(u64::MAX);
        if found.len() > most {
            return Err(large());
        }
        let mut octets = Vec::new();
        file.take(most.saturating_add(1)).read_to_end(&mut octets).map_err(about)?;
        if octets.len() > room {
            return Err(large());
        }
        self.octets = self.octets.saturating_add(octets.len());
        Ok(octets)
    }
}

/// A name of such letters as every file of a bundle has; else what is shown of it.
fn name(octets: &[u8]) -> Result<String, String> {
    let shown = || String::from_utf8_lossy(octets.get(..LONGEST_NAME).unwrap_or(octets)).into_owned();
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"._-".contains(octet);
    let begins = octets.first().is_some_and(u8::is_ascii_alphanumeric);
    if !begins || octets.len() > LONGEST_NAME || !octets.iter().all(fits) {
        return Err(shown());
    }
    String::from_utf8(octets.to_vec()).map_err(|_| shown())
}

fn word(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::RegularFile | FileType::Unknown => "no file",
    }
}

fn unreadable(error: Errno, place: &Path) -> Failure {
    let error = std::io::Error::from(error);
    Failure::new(Exit::Usage, "cannot be read").caused_by(&error).about(place)
}
