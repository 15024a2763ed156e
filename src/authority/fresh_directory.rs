//! Directories that keyrite writes, and files that other libraries write for it: made new, and there under their name
//! complete or not at all.
//!
//! The files are written into a directory of a temporary name beside the place where it will stand. When all of them
//! are on the disk it is renamed, by an operation that replaces nothing. Who writes one holds a lock of the kernel's on
//! it; so the next to write one there knows which of them a killed process has left, and takes those away.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::output::{Access, OutputError, directory_of, preview, rename_new, sync_everything};

/// A directory that is being filled. Dropped before [`FreshDirectory::finish`], it is taken away.
#[derive(Debug)]
pub struct FreshDirectory {
    target: PathBuf,
    temporary: PathBuf,
    /// Opened before anything is written: what does not reach the disk is told to this very handle.
    parent: File,
    /// The directory of the temporary name, locked.
    _lock: File,
    made: BTreeSet<PathBuf>,
    /// Who may read it.
    access: Access,
    finished: bool,
}

impl FreshDirectory {
    /// Begins a directory that only its owner will be able to read.
    ///
    /// # Errors
    /// [`OutputError`] when something stands there already, or nothing can be written beside it.
    pub fn begin(path: &Path) -> Result<Self, OutputError> {
        // Without the slash at the end that people write after directories.
        let target: PathBuf = path.components().collect();
        preview(&target)?;
        let directory = directory_of(&target);
        let refused = |source| OutputError::Directory { directory: directory.to_owned(), source };
        let parent = File::open(directory).map_err(refused)?;
        take_leftovers_away(directory);
        let process = std::process::id();
        for attempt in 0..1_000_u32 {
            let temporary = directory.join(format!("{BEGIN}{process}-{attempt}{END}"));
            match DirBuilder::new().mode(0o700).create(&temporary) {
                Ok(()) => match lock(&temporary) {
                    Ok(Some(lock)) => {
                        let made = BTreeSet::new();
                        let access = Access::Private;
                        return Ok(Self {
                            target,
                            temporary,
                            parent,
                            _lock: lock,
                            made,
                            access,
                            finished: false,
                        });
                    }
                    // Somebody took it for a leftover in the moment before it was locked.
                    Ok(None) => {}
                    Err(source) => {
                        drop(std::fs::remove_dir(&temporary));
                        return Err(refused(source));
                    }
                },
                // Of a process that is at work, or cannot be taken away.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(refused(source)),
            }
        }
        Err(refused(io::ErrorKind::AlreadyExists.into()))
    }

    /// The same, for everybody to read once it has its name.
    ///
    /// # Errors
    /// [`OutputError::Directory`] when that is not possible.
    pub fn for_everybody(mut self) -> Result<Self, OutputError> {
        self.access = Access::Public;
        let mode = std::fs::Permissions::from_mode(self.directory_mode());
        std::fs::set_permissions(&self.temporary, mode)
            .map_err(|source| OutputError::Directory { directory: self.temporary.clone(), source })?;
        Ok(self)
    }

    const fn directory_mode(&self) -> u32 {
        match self.access {
            Access::Public => 0o755,
            Access::Private => 0o700,
        }
    }

    /// Writes a file by its path in the directory, all of it at once.
    ///
    /// # Errors
    /// [`OutputError::Write`], also when the file is there.
    pub fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), OutputError> {
        let written = self.create(path).and_then(|mut file| file.write_all(contents));
        written.map_err(|source| self.failed(path, source))
    }

    /// Opens a file that is written bit by bit.
    ///
    /// # Errors
    /// As [`FreshDirectory::write`].
    pub fn stream(&mut self, path: &str) -> Result<BufWriter<File>, OutputError> {
        let created = self.create(path);
        created.map(BufWriter::new).map_err(|source| self.failed(path, source))
    }

    /// Says of which file an error is.
    #[must_use]
    pub fn failed(&self, path: &str, source: io::Error) -> OutputError {
        OutputError::Write { path: self.target.join(path), source }
    }

    /// Creates a file by its path in the directory.
    ///
    /// # Errors
    /// Those of the file system, also when the file is there.
    pub fn create(&mut self, path: &str) -> io::Result<File> {
        let path = self.temporary.join(path);
        let parent = directory_of(&path);
        if !self.made.contains(parent) {
            DirBuilder::new().mode(self.directory_mode()).recursive(true).create(parent)?;
            self.made.insert(parent.to_owned());
        }
        OpenOptions::new().write(true).create_new(true).mode(self.access.mode()).open(&path)
    }

    /// Waits until all of it is on the disk, and gives the directory its name.
    ///
    /// # Errors
    /// [`OutputError`]: nothing stands under the name then that this wrote.
    pub fn finish(mut self) -> Result<(), OutputError> {
        let written = sync_everything(&self.parent).and_then(|()| rename_new(&self.temporary, &self.target));
        match written {
            Ok(()) => {
                self.finished = true;
                self.parent
                    .sync_all()
                    .map_err(|source| OutputError::Write { path: self.target.clone(), source })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(OutputError::Exists { path: self.target.clone() })
            }
            Err(source) => Err(OutputError::Write { path: self.target.clone(), source }),
        }
    }
}

/// Has `fill` write a new file and makes it durable, as [`super::output::publish`] does with contents that are at hand.
/// `fill` is given the path of an empty file in a directory that nobody else knows of, so that what it writes beside it
/// goes away with that.
///
/// # Errors
/// What `fill` says, or an [`OutputError`]: nothing stands under `path` that this call wrote.
pub fn publish_by<T, E: From<OutputError>>(
    path: &Path,
    access: Access,
    fill: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let fresh = FreshDirectory::begin(path)?;
    let failed = |source| OutputError::Write { path: fresh.target.clone(), source };
    let temporary = fresh.temporary.join("contents");
    // Open before anything is written: what does not reach the disk is told to this handle.
    let file = OpenOptions::new().write(true).create_new(true).mode(access.mode()).open(&temporary);
    let file = file.map_err(failed)?;
    let filled = fill(&temporary)?;
    match file.sync_all().and_then(|()| rename_new(&temporary, &fresh.target)) {
        Ok(()) => fresh.parent.sync_all().map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(OutputError::Exists { path: fresh.target.clone() }.into());
        }
        Err(source) => return Err(failed(source).into()),
    }
    Ok(filled)
}

impl Drop for FreshDirectory {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the name was ours alone, and the error that matters came before.
            drop(std::fs::remove_dir_all(&self.temporary));
        }
    }
}

/// How the name of a directory begins that is being filled, and how it ends.
const BEGIN: &str = ".keyrite-";
const END: &str = ".part";

/// Takes away what killed processes have left. What cannot be taken away does no harm, so nothing is said of it.
fn take_leftovers_away(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            if let Ok(Some(_lock)) = lock(&path) {
                drop(std::fs::remove_dir_all(path));
            }
        }
    }
}

/// Locks a directory, or tells that another process has it, or has taken it away.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let directory = match File::open(path) {
        Ok(directory) => directory,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match rustix::fs::flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    // Still the one of this name: who locked it before may have removed it.
    let here = std::fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let held = directory.metadata()?;
    Ok((here == Some((held.dev(), held.ino()))).then_some(directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_what_another_writes_is_not() {
        let home = tempfile::tempdir().unwrap();
        let left = home.path().join(".keyrite-1-0.part");
        std::fs::create_dir_all(left.join("a")).unwrap();
        std::fs::create_dir(home.path().join(".keyrite-other")).unwrap();
        let at_work = FreshDirectory::begin(&home.path().join("one")).unwrap();
        assert!(!left.exists());
        let mut other = FreshDirectory::begin(&home.path().join("two")).unwrap();
        other.write("a", b"1").unwrap();
        other.finish().unwrap();
        at_work.finish().unwrap();
        let mut names: Vec<_> =
            std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".keyrite-other", "one", "two"]);
    }

    #[test]
    fn a_directory_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("export/");
        let mut fresh = FreshDirectory::begin(&path).unwrap();
        fresh.write("a/b/c", b"1").unwrap();
        fresh.write("a/d", b"2").unwrap();
        let mut stream = fresh.stream("e").unwrap();
        stream.write_all(b"3").unwrap();
        stream.flush().unwrap();
        assert!(fresh.write("a/d", b"3").is_err(), "written twice");
        assert!(!path.exists());
        fresh.finish().unwrap();
        assert_eq!(std::fs::read(path.join("a/b/c")).unwrap(), b"1");
        assert_eq!(std::fs::read(path.join("e")).unwrap(), b"3");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
        assert!(matches!(FreshDirectory::begin(&path), Err(OutputError::Exists { .. })));
    }

    #[test]
    fn a_file_that_another_library_writes_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let fill = |contents: &'static [u8], fails: bool| {
            publish_by(&path, Access::Private, |temporary| {
                for path in [temporary.to_owned(), temporary.with_extension("journal")] {
                    File::create(path).unwrap().write_all(contents).unwrap();
                }
                if fails { Err(OutputError::Exists { path: temporary.to_owned() }) } else { Ok(7) }
            })
        };
        assert!(fill(b"half", true).is_err());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
        assert_eq!(fill(b"whole", false).unwrap(), 7);
        assert!(matches!(fill(b"other", false), Err(OutputError::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("export");
        let mut fresh = FreshDirectory::begin(&path).unwrap();
        fresh.write("a", b"1").unwrap();
        drop(fresh);
        let mut fresh = FreshDirectory::begin(&path).unwrap();
        fresh.write("a", b"1").unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(fresh.finish(), Err(OutputError::Exists { .. })));
        std::fs::remove_dir(&path).unwrap();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
