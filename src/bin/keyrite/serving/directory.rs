//! A directory of files for relying parties, such as `publish` writes.
//!
//! Paths are resolved by the kernel, which lets none lead out of the directory, be it by `..`, by a symbolic link or by a
//! directory that is moved meanwhile (openat2(2), RESOLVE_BENEATH). Nothing is listed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyrite::x509::ocsp::OcspRequest;
use keyrite::x509::time::Time;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::document::Document;
use super::now;
use crate::failure::{Exit, Failure};

/// The largest file that is kept in memory and looked into: every OCSP response and certificate, and small CRLs.
pub(super) const SMALL: u64 = 256 * 1024;
/// The most octets of files that a thread keeps in memory.
const MEMORY: usize = 16 * 1024 * 1024;

/// A directory that is served.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

/// What is found under a path.
#[derive(Debug)]
pub(super) enum Found {
    /// A small file, read.
    Small(Arc<Document>),
    /// A large one, open: what is known of it, and how long it is.
    Large(Box<Document>, File, u64),
    /// Nothing that is served.
    Nothing,
}

/// Which file it is, and as it was when: files are replaced as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    pub(super) octets: u64,
    changed: (i64, i64),
    pub(super) modified: Time,
}

thread_local! {
    /// The small files that this thread has read.
    static READ: RefCell<Shelf> = RefCell::default();
}

#[derive(Default)]
struct Shelf {
    documents: HashMap<PathBuf, (Identity, Arc<Document>)>,
    octets: usize,
}

impl Directory {
    /// Serves a directory, which must be there.
    ///
    /// # Errors
    /// A [`Failure`] when it is none, or the system cannot keep paths within it.
    pub(crate) fn new(path: PathBuf) -> Result<Self, Failure> {
        let directory = Self { path };
        match directory.open(Path::new(".")) {
            Ok(file) if file.metadata().is_ok_and(|found| found.is_dir()) => Ok(directory),
            Ok(_) => Err(Failure::new(Exit::Usage, "not a directory").about(&directory.path)),
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NOSYS) => {
                let message = "this system has no openat2, which keeps paths within the directory";
                Err(Failure::new(Exit::Output, message).hint("Linux 5.6 and later have it"))
            }
            Err(error) => Err(Failure::of(Exit::Output, &error).about(&directory.path)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Why nobody should be sent here; nothing where it can be read.
    pub(super) fn not_ready(&self) -> Option<String> {
        self.open(Path::new(".")).err().map(|_| "the directory cannot be read".to_owned())
    }

    /// What stands under a path as a URL has it, unescaped: slashes are read as one, as base64 in a path has them. What
    /// begins with a dot is not served, also not by way of a path with dots in it.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub(super) fn find(&self, path: &str) -> io::Result<Found> {
        let Some(mut relative) = relative(path) else { return Ok(Found::Nothing) };
        if path.ends_with('/') || relative.as_os_str().is_empty() {
            relative.push("index.html");
        }
        self.file(&relative)
    }

    /// The answer that stands for a request, where there is one: under its name, below the path to which it was sent.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub(super) fn answer(&self, below: &str, request: &OcspRequest) -> io::Result<Found> {
        // A file answers for one certificate (RFC 5019 s.2.1.1).
        let [certificate] = request.certificates.as_slice() else { return Ok(Found::Nothing) };
        match (relative(below), OcspRequest::name(certificate)) {
            (Some(below), Ok(name)) => self.find(&format!("{}/{name}", below.display())),
            (None, _) | (_, Err(_)) => Ok(Found::Nothing),
        }
    }

    fn file(&self, relative: &Path) -> io::Result<Found> {
        let file = match self.open(relative) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Ok(Found::Nothing);
        }
        let identity = Identity {
            device: found.dev(),
            inode: found.ino(),
            octets: found.len(),
            changed: (found.ctime(), found.ctime_nsec()),
            modified: Time::from_unix(found.mtime()).unwrap_or_else(|_| now()),
        };
        if identity.octets > SMALL {
            let octets = identity.octets;
            let mut head = Vec::new();
            (&file).take(SMALL).read_to_end(&mut head)?;
            (&file).rewind()?;
            return Ok(Found::Large(Box::new(Document::large(relative, &identity, &head)), file, octets));
        }
        let kept = READ.with_borrow(|shelf| {
            shelf
                .documents
                .get(relative)
                .filter(|(was, _)| *was == identity)
                .map(|(_, kept)| Arc::clone(kept))
        });
        if let Some(kept) = kept {
            return Ok(Found::Small(kept));
        }
        let mut octets = Vec::new();
        (&file).take(SMALL.saturating_add(1)).read_to_end(&mut octets)?;
        let document = Arc::new(Document::small(relative, &identity, octets));
        READ.with_borrow_mut(|shelf| shelf.keep(relative, identity, &document));
        Ok(Found::Small(document))
    }

    /// The directory is looked up each time, so that another one may be put in its place.
    fn open(&self, relative: &Path) -> io::Result<File> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(CWD, &self.path, flags, Mode::empty())?;
        // What is no file, such as a pipe, is not waited for.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        Ok(File::from(rustix::fs::openat2(&root, relative, flags, Mode::empty(), resolve)?))
    }
}

impl Shelf {
    fn keep(&mut self, path: &Path, identity: Identity, document: &Arc<Document>) {
        let size = document.octets.len().saturating_add(1024);
        self.octets = self.octets.saturating_add(size);
        if self.octets > MEMORY {
            self.documents.clear();
            self.octets = size;
        }
        self.documents.insert(path.to_owned(), (identity, Arc::clone(document)));
    }
}

impl Identity {
    /// A name for this very state of this very file.
    pub(super) fn tag(&self) -> String {
        let Self { device, inode, octets, changed: (seconds, nanoseconds), .. } = self;
        format!("\"{device:x}-{inode:x}-{octets:x}-{seconds:x}.{nanoseconds:x}\"")
    }
}

/// Whether an error says that there is nothing that could be served: also a name that is too long, a link that leads out
/// of the directory (EXDEV) or in a circle, and what nobody may read.
fn is_absent(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_some_and(|error| {
        [
            Errno::NOENT,
            Errno::NOTDIR,
            Errno::XDEV,
            Errno::LOOP,
            Errno::NAMETOOLONG,
            Errno::ACCESS,
            Errno::NXIO,
            Errno::INVAL,
            Errno::ILSEQ,
        ]
        .contains(&error)
    })
}

/// A path below the directory.
fn relative(path: &str) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains('\0') {
            return None;
        }
        relative.push(part);
    }
    Some(relative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_begins_with_a_dot_is_looked_for() {
        assert_eq!(relative("/a//b/c.crl"), Some(PathBuf::from("a/b/c.crl")));
        assert_eq!(relative("/"), Some(PathBuf::new()));
        for path in ["/..", "/a/../b", "/.keyrite", "/a/./b", "/a\0b", "/...", "/a/.b/c"] {
            assert_eq!(relative(path), None, "{path:?}");
        }
    }
}
