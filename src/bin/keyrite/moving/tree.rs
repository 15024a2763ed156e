//! A directory with everything below it, walked in the order of names, so that every walk of it is the same.

use std::fmt;
use std::fs::FileType;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::directory::is_called_certificate;

/// How many levels below the directory are gone into: more than anybody sorts certificates by.
const LEVELS: usize = 16;
/// Where OpenSSL and easy-rsa put keys. No private key is ever read.
const PRIVATE: &[u8] = b"private";

/// A directory in which certificates may lie anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// The directory; it may be named by a symbolic link.
    pub(crate) top: PathBuf,
    /// Files that may lie in it and are read as something else.
    pub(crate) others: Vec<PathBuf>,
}

/// Why something in a tree is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeftOut {
    /// A link may lead out of the tree, or in a circle.
    Link,
    /// A directory too far below.
    Deep,
    /// A directory in which keys lie.
    Private,
    /// A pipe, socket or device: to open it may do something.
    Special,
    /// A file that is not called as a certificate is.
    Ending,
}

impl LeftOut {
    const ALL: [Self; 5] = [Self::Link, Self::Deep, Self::Private, Self::Special, Self::Ending];
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => write!(f, "symbolic links, which are not followed"),
            Self::Deep => write!(f, "directories more than {LEVELS} levels below"),
            Self::Private => write!(f, "directories called \"private\", where keys lie"),
            Self::Special => write!(f, "pipes, sockets and devices"),
            Self::Ending => write!(f, "files that end in none of .pem, .crt, .cer and .der"),
        }
    }
}

impl Tree {
    /// Gives each file that may hold certificates to `visit`, and what is left out to `pass`.
    pub(super) fn walk(
        &self,
        visit: &mut dyn FnMut(PathBuf) -> io::Result<()>,
        pass: &mut dyn FnMut(LeftOut, PathBuf),
    ) -> io::Result<()> {
        self.below(&self.top, 0, visit, pass)
    }

    fn below(
        &self,
        directory: &Path,
        level: usize,
        visit: &mut dyn FnMut(PathBuf) -> io::Result<()>,
        pass: &mut dyn FnMut(LeftOut, PathBuf),
    ) -> io::Result<()> {
        for (path, kind) in entries(directory)? {
            let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
            if kind.is_symlink() {
                pass(LeftOut::Link, path);
            } else if kind.is_dir() {
                if name == PRIVATE {
                    pass(LeftOut::Private, path);
                } else if level == LEVELS {
                    pass(LeftOut::Deep, path);
                } else {
                    self.below(&path, level.saturating_add(1), visit, pass)?;
                }
            } else if !kind.is_file() {
                pass(LeftOut::Special, path);
            } else if !is_called_certificate(&path) {
                pass(LeftOut::Ending, path);
            } else if !self.is_other(&path) {
                visit(path)?;
            }
        }
        Ok(())
    }

    /// Whether a file is one that is read as something else, by whatever path.
    fn is_other(&self, path: &Path) -> bool {
        let mut others = self.others.iter().filter(|other| other.file_name() == path.file_name());
        others.any(|other| match (other.canonicalize(), path.canonicalize()) {
            (Ok(other), Ok(path)) => other == path,
            _ => false,
        })
    }

    /// What is left out, in a sentence for each reason.
    ///
    /// # Errors
    /// When a directory cannot be read: what lies in it would be missing and nobody told.
    pub(crate) fn left_out(&self) -> io::Result<Vec<String>> {
        let mut found: Vec<(LeftOut, PathBuf)> = Vec::new();
        let mut counts = [0_u64; LeftOut::ALL.len()];
        self.walk(&mut |_| Ok(()), &mut |why, path| {
            for (count, _) in counts.iter_mut().zip(LeftOut::ALL).filter(|(_, each)| *each == why) {
                *count = count.saturating_add(1);
            }
            if !found.iter().any(|(each, _)| *each == why) {
                found.push((why, path));
            }
        })?;
        let sentences = LeftOut::ALL.into_iter().zip(counts).filter_map(|(why, count)| {
            let (_, first) = found.iter().find(|(each, _)| *each == why)?;
            let (top, first) = (self.top.display(), first.display());
            Some(format!("{top}: {count} left out: {why}; the first is {first}"))
        });
        Ok(sentences.collect())
    }
}

/// What is in a directory, in the order of names.
fn entries(directory: &Path) -> io::Result<Vec<(PathBuf, FileType)>> {
    let located =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", directory.display()));
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(located)? {
        let entry = entry.map_err(located)?;
        entries.push((entry.path(), entry.file_type().map_err(located)?));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}
