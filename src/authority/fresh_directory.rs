//! Directories that keyrite writes: made new, and there under their name complete or not at all.
//!
//! The files are written into a directory of a temporary name beside the place where it will stand. When all of them
//! are on the disk it is renamed, by an operation that replaces nothing.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::output::{OutputError, directory_of, preview, rename_new, sync_everything};

/// A directory that is being filled. Dropped before [`FreshDirectory::finish`], it is taken away.
#[derive(Debug)]
pub struct FreshDirectory {
    target: PathBuf,
    temporary: PathBuf,
    /// Opened before anything is written: what does not reach the disk is told to this very handle.
    parent: File,
    made: BTreeSet<PathBuf>,
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
        let process = std::process::id();
        for attempt in 0..1_000_u32 {
            let temporary = directory.join(format!(".keyrite-{process}-{attempt}.part"));
            match DirBuilder::new().mode(0o700).create(&temporary) {
                Ok(()) => {
                    return Ok(Self { target, temporary, parent, made: BTreeSet::new(), finished: false });
                }
                // Left by a process that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(refused(source)),
            }
        }
        Err(refused(io::ErrorKind::AlreadyExists.into()))
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

    fn create(&mut self, path: &str) -> io::Result<File> {
        let path = self.temporary.join(path);
        let parent = directory_of(&path);
        if !self.made.contains(parent) {
            DirBuilder::new().mode(0o700).recursive(true).create(parent)?;
            self.made.insert(parent.to_owned());
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)
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

impl Drop for FreshDirectory {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the name was ours alone, and the error that matters came before.
            drop(std::fs::remove_dir_all(&self.temporary));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
