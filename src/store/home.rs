//! The directory in which a ledger lives: who may write there, and the files' modes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::file_system;

/// The ledger's name in its home.
pub const LEDGER: &str = "ledger.sqlite";
/// Write permission for group and others.
const WRITABLE: u32 = 0o022;

/// Makes the home with mode 0700 unless it is there, durably, and looks at its permissions.
pub(super) fn prepare(home: &Path) -> Result<PathBuf, Error> {
    if !home.exists() {
        let missing: Vec<&Path> = home.ancestors().take_while(|path| !path.exists()).collect();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(home)
            .map_err(|source| named(source, "create the home", home))?;
        // The names of directories are as durable as the directories above them.
        missing.into_iter().filter_map(Path::parent).try_for_each(sync_directory)?;
    }
    open(home)
}

/// Looks at the permissions of a home; gives its path without symbolic links.
pub(super) fn open(home: &Path) -> Result<PathBuf, Error> {
    let real =
        fs::canonicalize(home).map_err(|source| missing(source, "open the home", home, home.join(LEDGER)))?;
    let found = fs::metadata(&real).map_err(|source| io("open the home", &real, source))?;
    if !found.is_dir() {
        return Err(Error::NotADirectory { path: real });
    }
    refuse_writable(&real, found.permissions().mode())?;
    Ok(real)
}

/// The path of the ledger, whose permissions are right.
pub(super) fn ledger(home: &Path) -> Result<PathBuf, Error> {
    let path = home.join(LEDGER);
    let found = fs::symlink_metadata(&path)
        .map_err(|source| missing(source, "open the ledger", &path, path.clone()))?;
    if !found.is_file() {
        return Err(Error::NotALedger { path });
    }
    refuse_writable(&path, found.permissions().mode())?;
    Ok(path)
}

/// Makes an empty file for the ledger, mode 0600; SQLite gives its side files the same mode. One that is
/// there stays as it is.
pub(super) fn create_ledger(home: &Path) -> Result<PathBuf, Error> {
    let path = home.join(LEDGER);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => {
            file.sync_all().map_err(|source| io("sync", &path, source))?;
            sync_directory(home)?;
        }
        Err(source) if source.kind() == ErrorKind::AlreadyExists => {}
        Err(source) => return Err(named(source, "create the ledger", &path)),
    }
    ledger(home)
}

/// Whether the ledger's write-ahead log holds anything.
pub(super) fn has_wal(ledger: &Path) -> bool {
    let mut name = ledger.as_os_str().to_owned();
    name.push("-wal");
    fs::metadata(name).is_ok_and(|found| found.len() > 0)
}

/// Refuses a home that other machines may reach as well, unless somebody has said that it is to be so.
pub(super) fn refuse_shared(home: &Path, allowed: bool) -> Result<(), Error> {
    match shared_by(home) {
        Some(kind) if !allowed => Err(Error::NetworkFileSystem { path: home.to_owned(), kind }),
        Some(_) | None => Ok(()),
    }
}

/// The name of the file system of a directory, if machines share it. What cannot be found out passes.
fn shared_by(home: &Path) -> Option<String> {
    let magic = magic(home)?;
    if !file_system::is_fuse(magic) {
        return file_system::shared(magic).map(str::to_owned);
    }
    let device = rustix::fs::stat(home).ok()?.st_dev;
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    file_system::shared_fuse(&String::from_utf8_lossy(&mounts), major, minor)
}

/// Whether a directory is in memory, and gone with the next boot.
#[must_use]
pub fn is_in_memory(directory: &Path) -> bool {
    magic(directory).is_some_and(file_system::is_in_memory)
}

/// What statfs(2) says of the file system: 32 bits, whatever the type that holds them.
fn magic(path: &Path) -> Option<u64> {
    let found = i128::from(rustix::fs::statfs(path).ok()?.f_type);
    u64::try_from(found & 0xffff_ffff).ok()
}

/// Whether the file system is mounted read-only.
pub(super) fn is_read_only(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Makes a directory for the owner alone.
pub(super) fn make_directory(path: &Path) -> Result<(), Error> {
    DirBuilder::new().mode(0o700).create(path).map_err(|source| named(source, "make", path))
}

/// Removes a file of ours that is half made, if there is one.
pub(super) fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(named(source, "remove", path)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Renames without replacing anything.
pub(super) fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // A file system that does not know how; a hard link refuses to replace anything, too.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::hard_link(from, to)
            .and_then(|()| fs::remove_file(from))
            .map_err(|source| named(source, "rename to", to)),
        Err(rustix::io::Errno::EXIST) => Err(Error::Exists { path: to.to_owned() }),
        Err(error) => Err(named(error.into(), "rename to", to)),
    }
}

/// Waits until a file is on the disk.
pub(super) fn sync_file(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|source| io("sync", path, source))
}

/// Makes the names in a directory durable; the empty path is the current one.
pub(super) fn sync_directory(path: &Path) -> Result<(), Error> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|directory| directory.sync_all()).map_err(|source| io("sync", path, source))
}

fn refuse_writable(path: &Path, mode: u32) -> Result<(), Error> {
    let mode = mode & 0o7777;
    if mode & WRITABLE == 0 { Ok(()) } else { Err(Error::Writable { path: path.to_owned(), mode }) }
}

fn missing(source: std::io::Error, action: &'static str, path: &Path, ledger: PathBuf) -> Error {
    if source.kind() == ErrorKind::NotFound {
        Error::Missing { path: ledger }
    } else {
        io(action, path, source)
    }
}

pub(super) fn named(source: std::io::Error, action: &'static str, path: &Path) -> Error {
    let path = path.to_owned();
    if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        Error::Full { path }
    } else if matches!(source.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) {
        Error::ReadOnly { path }
    } else {
        io(action, &path, source)
    }
}

fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}
