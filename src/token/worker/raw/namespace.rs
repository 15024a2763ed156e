//! The way into a view of the file system of one's own.

use rustix::io::Errno;
use rustix::thread::UnshareFlags;

/// `unshare(2)` of namespaces.
pub(in crate::token::worker) fn unshare(namespaces: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: the flags that would part the process from its own descriptors are not among those that are
    // asked for, and nothing else that this process relies on is shared by namespaces.
    unsafe { rustix::thread::unshare_unsafe(namespaces) }
}
