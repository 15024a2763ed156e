//! Hiding the home: in the worker's own view of the file system an empty directory lies over it.
//!
//! The kernel lets root do this, and with a user namespace often others too. It takes away the home and nothing
//! else, which no rule of Landlock can: a module that makes a new file beside the home goes on to do so.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::process::DumpableBehavior;
use rustix::thread::UnshareFlags;

use super::landlock::open_inside;
use crate::token::confinement::Enclosure;
use crate::token::worker::raw;

/// Hides the home from this process and all that come from it; gives the granted places in it that are there.
///
/// # Errors
/// What the kernel says: mostly that the user may not.
pub(super) fn hide(enclosure: &Enclosure, user: User) -> Result<Option<Vec<PathBuf>>, Errno> {
    let Some(home) = &enclosure.home else { return Ok(None) };
    let home = Path::new(OsStr::from_bytes(home));
    // The process's own entries in /proc belong to root while it is not dumpable. It holds no secret yet.
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable);
    let result = enter(user).and_then(|()| cover(home, enclosure));
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    result.map(Some)
}

/// As whom the process leaves the common view of the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// As it is, which only root may.
    Same,
    /// In a user namespace of its own, where other users and groups have no names.
    Alone,
}

fn enter(user: User) -> Result<(), Errno> {
    match user {
        User::Same => raw::unshare(UnshareFlags::NEWNS)?,
        User::Alone => {
            let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
            raw::unshare(UnshareFlags::NEWNS | UnshareFlags::NEWUSER)?;
            // The user stays who they are (user_namespaces(7)).
            for (file, text) in [
                ("/proc/self/setgroups", "deny".to_owned()),
                ("/proc/self/uid_map", format!("{uid} {uid} 1")),
                ("/proc/self/gid_map", format!("{gid} {gid} 1")),
            ] {
                let file = rustix::fs::open(file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
                rustix::io::write(&file, text.as_bytes())?;
            }
        }
    }
    // What is mounted here is not mounted for others; what others mount is seen here.
    let change = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", change)
}

/// Lays an empty directory over the home, with the granted places in it, that nobody can write to.
fn cover(home: &Path, enclosure: &Enclosure) -> Result<Vec<PathBuf>, Errno> {
    // Opened in this view, since what was opened in another cannot be mounted here.
    let granted: Vec<(PathBuf, OwnedFd)> = enclosure
        .granted
        .iter()
        .map(|octets| PathBuf::from(OsStr::from_bytes(octets)))
        .filter_map(|place| open_inside(home, &place).map(|file| (place, file)))
        .collect();
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("tmpfs", home, "tmpfs", flags, Some(c"mode=0555,size=1m"))?;
    let mut inside = Vec::new();
    for (place, file) in granted {
        if uncover(&home.join(&place), &file).is_ok() {
            inside.push(place);
        }
    }
    rustix::mount::mount_remount(home, MountFlags::BIND | MountFlags::RDONLY | flags, "")?;
    Ok(inside)
}

/// Has an opened file or directory appear at a path again.
fn uncover(path: &Path, file: &OwnedFd) -> std::io::Result<()> {
    let source = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    if fs::metadata(&source)?.is_dir() {
        fs::create_dir(path)?;
    } else {
        drop(fs::File::create_new(path)?);
    }
    Ok(rustix::mount::mount_bind_recursive(&source, path)?)
}
