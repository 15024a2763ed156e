//! Files that keyrite writes: created new, complete or not at all, durable before they are announced.
//!
//! A file is written without a name in its own directory, synced, and then given its name by an operation that
//! refuses to replace anything; last, the directory is synced. A reader never sees half a file, a command that fails
//! or is killed leaves none, and an existing file never changes. Where the file system knows no files without a name,
//! it has a temporary one until then, which a killed command leaves behind: `.keyrite-*.part`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, RenameFlags};
use rustix::io::Errno;

/// Who may read an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: certificates, CRLs, requests, public keys.
    Public,
    /// The owner alone.
    Private,
}

impl Access {
    pub(super) const fn mode(self) -> u32 {
        match self {
            Self::Public => 0o644,
            Self::Private => 0o600,
        }
    }
}

/// A file that was not written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Something stands there already; it was not touched.
    #[error("{} exists already and was not changed", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The directory is not there or cannot be written to.
    #[error("cannot write to the directory {}", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path ends in `/` or `..`, so that no file can stand under it.
    #[error("{} does not name a file", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// Writing, syncing or naming the file failed; nothing stands under its name.
    #[error("cannot write {}", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Finds out whether `path` could be created, without creating it: before the token is asked for anything.
///
/// # Errors
/// [`OutputError::Exists`], [`OutputError::NoName`] or [`OutputError::Directory`].
pub fn preview(path: &Path) -> Result<(), OutputError> {
    use std::os::unix::ffi::OsStrExt as _;
    if path.file_name().is_none() || path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(OutputError::NoName { path: path.to_owned() });
    }
    match path.symlink_metadata() {
        Ok(_) => return Err(OutputError::Exists { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => {
            return Err(OutputError::Directory { directory: directory_of(path).to_owned(), source });
        }
    }
    let directory = directory_of(path);
    let refused = |source| OutputError::Directory { directory: directory.to_owned(), source };
    if !directory.metadata().map_err(refused)?.is_dir() {
        return Err(refused(io::ErrorKind::NotADirectory.into()));
    }
    rustix::fs::accessat(CWD, directory, rustix::fs::Access::WRITE_OK, AtFlags::EACCESS)
        .map_err(|error| refused(error.into()))
}

/// Writes a new file and makes it durable; when it returns, a power cut cannot take the file away.
///
/// # Errors
/// [`OutputError`]: nothing stands under `path` that this call wrote.
pub fn publish(path: &Path, contents: &[u8], access: Access) -> Result<(), OutputError> {
    let files = [(path.to_owned(), contents)];
    write_all(directory_of(path), &files, access).pop().unwrap_or(Ok(()))
}

/// As [`publish`], of contents that come in parts and are never held as a whole.
///
/// # Errors
/// As [`publish`]; [`OutputError::Write`] also when the contents cannot be read.
pub fn publish_from(path: &Path, contents: &mut dyn io::Read, access: Access) -> Result<(), OutputError> {
    let nameless = cfg!(target_os = "linux") && Path::new(OWN_FILES).exists();
    let mut unpublished = create_beside(path, access, nameless)?;
    let written = copy(contents, &mut unpublished.file)
        .and_then(|()| unpublished.file.sync_all())
        .and_then(|()| unpublished.name(path));
    if let Err(source) = written {
        return Err(unpublished.abandon(path, source));
    }
    let named = File::open(directory_of(path)).and_then(|directory| directory.sync_all());
    named.map_err(|source| OutputError::Write { path: path.to_owned(), source })
}

/// How much is copied at a time, in octets.
const COPIED: usize = 64 * 1024;

fn copy(from: &mut dyn io::Read, to: &mut File) -> io::Result<()> {
    let mut window = vec![0; COPIED];
    loop {
        match from.read(&mut window) {
            Ok(0) => return Ok(()),
            Ok(octets) => to.write_all(window.get(..octets).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes new files of a directory, each given by its name and contents, as [`publish`] does one by one, but
/// waits for the disk once for all of them. The answer holds one result per file, in their order.
pub fn publish_all(
    directory: &Path,
    files: &[(String, &[u8])],
    access: Access,
) -> Vec<Result<(), OutputError>> {
    let files: Vec<(PathBuf, &[u8])> =
        files.iter().map(|(name, contents)| (directory.join(name), *contents)).collect();
    files.chunks(OPEN_AT_ONCE).flat_map(|some| write_all(directory, some, access)).collect()
}

/// How many files without names are open at a time: a quarter of what a process may commonly have.
const OPEN_AT_ONCE: usize = 256;

/// From how many files on the whole file system is synced once instead of each file.
const SYNCED_TOGETHER: usize = 8;

fn write_all(directory: &Path, files: &[(PathBuf, &[u8])], access: Access) -> Vec<Result<(), OutputError>> {
    let together = cfg!(target_os = "linux") && files.len() >= SYNCED_TOGETHER;
    // Opened before anything is written: what does not reach the disk is then told to this very handle.
    let opened = File::open(directory);
    let sync = |sync: fn(&File) -> io::Result<()>| opened.as_ref().map_err(again).and_then(sync);
    let nameless = cfg!(target_os = "linux") && Path::new(OWN_FILES).exists();
    let write = |(path, contents): &(PathBuf, &[u8])| {
        let mut unpublished = create_beside(path, access, nameless)?;
        match unpublished.write(contents, !together) {
            Ok(()) => Ok(unpublished),
            Err(source) => Err(unpublished.abandon(path, source)),
        }
    };
    let written: Vec<_> = files.iter().map(write).collect();
    let contents = if together { sync(sync_everything) } else { Ok(()) };
    let name = |(file, written): (&(PathBuf, &[u8]), Result<Unpublished, OutputError>)| {
        let unpublished = written?;
        let named = contents.as_ref().map_err(again).and_then(|()| unpublished.name(&file.0));
        named.map_err(|source| unpublished.abandon(&file.0, source))
    };
    let named: Vec<_> = files.iter().zip(written).map(name).collect();
    let names = sync(File::sync_all);
    let durable = |(path, _): &(PathBuf, &[u8])| {
        names
            .as_ref()
            .copied()
            .map_err(|error| OutputError::Write { path: path.clone(), source: again(error) })
    };
    files.iter().zip(named).map(|(file, named)| named.and_then(|()| durable(file))).collect()
}

/// Waits until everything is on the disk that was written to the directory's file system.
pub(super) fn sync_everything(directory: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(directory)?;
    directory.sync_all()
}

/// A file that has not got its name yet.
pub(super) struct Unpublished {
    file: File,
    /// The name that it has until then. Without one it is gone with its descriptor.
    temporary: Option<PathBuf>,
}

impl Unpublished {
    fn write(&mut self, contents: &[u8], sync: bool) -> io::Result<()> {
        self.file.write_all(contents)?;
        if sync { self.file.sync_all() } else { Ok(()) }
    }

    /// Gives it its name, which must be new.
    fn name(&self, path: &Path) -> io::Result<()> {
        match &self.temporary {
            Some(temporary) => rename_new(temporary, path),
            None => match rustix::fs::linkat(&self.file, "", CWD, path, AtFlags::EMPTY_PATH) {
                // Older kernels let root alone name a file by its descriptor, others by where it is shown.
                Err(Errno::NOENT) => {
                    let source = format!("{OWN_FILES}/{}", self.file.as_raw_fd());
                    Ok(rustix::fs::linkat(CWD, source, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
                }
                result => Ok(result?),
            },
        }
    }

    /// Gives it its name, in the place of whatever file has it.
    pub(super) fn replace(self, path: &Path) -> Result<(), OutputError> {
        let Some(temporary) = &self.temporary else {
            return Err(self.abandon(path, io::ErrorKind::Unsupported.into()));
        };
        let renamed = std::fs::rename(temporary, path);
        renamed.map_err(|source| self.abandon(path, source))
    }

    /// Takes it away, and says why there is no file under the name that it was to have.
    pub(super) fn abandon(self, path: &Path, source: io::Error) -> OutputError {
        if let Some(temporary) = self.temporary {
            // Best effort: the name was ours alone, and the error that matters is the first one.
            drop(std::fs::remove_file(temporary));
        }
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            OutputError::Exists { path }
        } else {
            OutputError::Write { path, source }
        }
    }
}

/// Where Linux shows a process its open files: by what stands here, one without a name gets one (open(2), `O_TMPFILE`).
const OWN_FILES: &str = "/proc/self/fd";

/// The same error once more, for another file that it befell.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes the contents in the directory of the path under a name that nobody else has.
pub(super) fn write_named(path: &Path, contents: &[u8], access: Access) -> Result<Unpublished, OutputError> {
    let mut unpublished = create_named(path, access)?;
    match unpublished.file.write_all(contents) {
        Ok(()) => Ok(unpublished),
        Err(source) => Err(unpublished.abandon(path, source)),
    }
}

/// Creates a file in the directory of `path` that nobody else has: without a name where that can get one, or with one
/// that is new.
fn create_beside(path: &Path, access: Access, nameless: bool) -> Result<Unpublished, OutputError> {
    let directory = directory_of(path);
    let refused = |source| OutputError::Directory { directory: directory.to_owned(), source };
    if nameless && let Some(file) = create_nameless(directory, access.mode()).map_err(refused)? {
        return Ok(Unpublished { file, temporary: None });
    }
    create_named(path, access)
}

/// Creates a file in the directory of `path` under a name that nobody else has.
fn create_named(path: &Path, access: Access) -> Result<Unpublished, OutputError> {
    let directory = directory_of(path);
    let refused = |source| OutputError::Directory { directory: directory.to_owned(), source };
    let mode = access.mode();
    let process = std::process::id();
    for attempt in 0..1_000_u32 {
        // Not made of the file's own name, which may be as long as a name can be.
        let temporary = directory.join(format!(".keyrite-{process}-{attempt}.part"));
        let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary);
        match opened {
            Ok(file) => return Ok(Unpublished { file, temporary: Some(temporary) }),
            // Left by a process that was killed: its name is taken, its contents are nobody's.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(refused(source)),
        }
    }
    Err(refused(io::ErrorKind::AlreadyExists.into()))
}

/// A file without a name, or nothing where there is no such thing.
#[cfg(target_os = "linux")]
fn create_nameless(directory: &Path, mode: u32) -> io::Result<Option<File>> {
    let Ok(flags) = i32::try_from(rustix::fs::OFlags::TMPFILE.bits()) else { return Ok(None) };
    match OpenOptions::new().write(true).mode(mode).custom_flags(flags).open(directory) {
        Ok(file) => Ok(Some(file)),
        // A file system without them, or a kernel that takes it for the directory itself (open(2)).
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => Ok(None),
            _ => Err(error),
        },
    }
}

#[cfg(not(target_os = "linux"))]
fn create_nameless(_: &Path, _: u32) -> io::Result<Option<File>> {
    Ok(None)
}

/// Renames without replacing. Where the file system does not know how, a hard link does the same.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS) => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_appears_whole_and_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.pem");
        preview(&path).unwrap();
        publish(&path, b"contents", Access::Public).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"contents");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_never_changes() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.pem");
        publish(&path, b"first", Access::Private).unwrap();
        assert!(matches!(preview(&path), Err(OutputError::Exists { .. })));
        assert!(matches!(publish(&path, b"second", Access::Private), Err(OutputError::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_files_are_written_as_one_is_and_each_has_its_own_result() {
        let home = tempfile::tempdir().unwrap();
        publish(&home.path().join("5.pem"), b"first", Access::Public).unwrap();
        for count in [3, 20] {
            let contents = [b'x'; 20];
            let files: Vec<_> =
                (0..count).map(|number| (format!("{number}.pem"), &contents[..number])).collect();
            let results = publish_all(home.path(), &files, Access::Public);
            for (number, result) in results.iter().enumerate() {
                let there = if count == 3 { number == 5 } else { number <= 2 || number == 5 };
                assert_eq!(matches!(result, Err(OutputError::Exists { .. })), there, "{number}: {result:?}");
                assert_eq!(result.is_ok(), !there, "{number}: {result:?}");
            }
        }
        assert_eq!(std::fs::read(home.path().join("19.pem")).unwrap(), [b'x'; 19]);
        assert_eq!(std::fs::read(home.path().join("5.pem")).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 20, "a temporary file stayed");
        let none =
            publish_all(&home.path().join("none"), &[("a".to_owned(), b"".as_slice())], Access::Public);
        assert!(matches!(none.as_slice(), [Err(OutputError::Directory { .. })]), "{none:?}");
    }

    #[test]
    fn a_dangling_link_counts_as_existing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("link");
        std::os::unix::fs::symlink(home.path().join("elsewhere"), &path).unwrap();
        assert!(matches!(publish(&path, b"x", Access::Public), Err(OutputError::Exists { .. })));
        assert!(!home.path().join("elsewhere").exists());
    }

    #[test]
    fn what_preview_lets_pass_can_be_written() {
        let home = tempfile::tempdir().unwrap();
        let longest = home.path().join("a".repeat(255));
        preview(&longest).unwrap();
        publish(&longest, b"x", Access::Public).unwrap();
        for nameless in ["new/", "..", ""] {
            let path = if nameless.is_empty() { PathBuf::new() } else { home.path().join(nameless) };
            assert!(matches!(preview(&path), Err(OutputError::NoName { .. })), "{nameless:?}");
        }
    }

    #[test]
    fn a_missing_directory_is_named() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("none/a.pem");
        let error = preview(&path).unwrap_err();
        assert!(error.to_string().contains("none"), "{error}");
        assert!(publish(&path, b"x", Access::Public).is_err());
    }
}
