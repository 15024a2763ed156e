//! Who is at work between a reservation and its end: a lock of the kernel's on the home directory.
//!
//! Everybody who reserves holds it together with others until the store is closed; recovery holds it alone. So
//! what recovery finds open is nobody's any more, and no age has to be guessed. A process that dies lets go at
//! once: a stale lock cannot exist.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::Store;
use super::error::Error;

impl Store {
    /// Is at work together with others, from now on until the store is closed.
    pub(super) fn be_present(&mut self) -> Result<(), Error> {
        if self.presence.is_none() {
            self.presence = Some(self.lock(FlockOperation::NonBlockingLockShared)?);
        }
        Ok(())
    }

    /// Waits until no other process is between a reservation and its end, and keeps others from beginning until
    /// the store is closed.
    ///
    /// # Errors
    /// [`Error::Locked`] when somebody is at work for longer than the lock time-out.
    pub fn be_alone(&mut self) -> Result<(), Error> {
        // What this store itself holds would keep it waiting for itself.
        self.presence = None;
        self.presence = Some(self.lock(FlockOperation::NonBlockingLockExclusive)?);
        Ok(())
    }

    fn lock(&self, operation: FlockOperation) -> Result<File, Error> {
        let home = self.path.parent().unwrap_or(&self.path);
        let failed = |source| Error::Io { action: "lock the home", path: home.to_owned(), source };
        let directory = File::open(home).map_err(failed)?;
        self.patiently(|| match flock(&directory, operation) {
            Ok(()) => Ok(Some(())),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(failed(error.into())),
        })?;
        Ok(directory)
    }
}

/// Takes a home for oneself alone, or finds that somebody is at work there.
pub(super) fn alone_in(home: &Path) -> Result<File, Error> {
    let failed = |source| Error::Io { action: "lock the home", path: home.to_owned(), source };
    let directory = File::open(home).map_err(failed)?;
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(directory),
        Err(Errno::WOULDBLOCK) => Err(Error::Locked { path: home.to_owned(), waited: Duration::ZERO }),
        Err(error) => Err(failed(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::OpenOptions;
    use crate::x509::time::Time;

    #[test]
    fn recovery_waits_for_everybody_and_nobody_begins_meanwhile() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().join("home");
        drop(Store::create(&home, Time::from_unix(1_800_000_000).unwrap()).unwrap());
        let open = || {
            let lock_timeout = Duration::from_millis(20);
            Store::open(&home, OpenOptions { lock_timeout, ..OpenOptions::default() }).unwrap()
        };
        let (mut first, mut second, mut recovery) = (open(), open(), open());
        first.be_present().unwrap();
        second.be_present().unwrap();
        assert!(matches!(recovery.be_alone(), Err(Error::Locked { .. })));
        drop(first);
        drop(second);
        recovery.be_alone().unwrap();
        let mut third = open();
        assert!(matches!(third.be_present(), Err(Error::Locked { .. })));
        drop(recovery);
        third.be_present().unwrap();
    }
}
