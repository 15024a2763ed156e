//! Octets that are made before their number is known: a file without a name in the home, so that they take no memory
//! and leave nothing behind.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::Store;
use super::error::Error;
use crate::x509::crl::Octets;

/// How much is held in memory before it is written: what is shorter never touches the disk.
const HELD: usize = 256 * 1024;

/// Octets that grow at their end, and can then be gone through as often as one wants.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    /// What comes before the octets that are held; none as long as these are all.
    file: Option<File>,
    written: u64,
    held: Vec<u8>,
}

impl Store {
    /// An empty spool beside the ledger.
    #[must_use]
    pub fn spool(&self) -> Spool {
        let directory = self.path.parent().unwrap_or(&self.path).to_owned();
        Spool { directory, file: None, written: 0, held: Vec::new() }
    }
}

impl Spool {
    /// Has `write` put octets at the end.
    ///
    /// # Errors
    /// Those of `write`, and [`Error::Io`] when the disk does not take them.
    pub fn append<E: From<Error>>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        write(&mut self.held)?;
        if self.held.len() < HELD {
            return Ok(());
        }
        self.spill().map_err(|source| {
            Error::Io { action: "write beside the ledger in", path: self.directory.clone(), source }.into()
        })
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(nameless(&self.directory)?),
        };
        file.write_all(&self.held)?;
        self.written = self.written.saturating_add(u64::try_from(self.held.len()).unwrap_or(u64::MAX));
        self.held.clear();
        Ok(())
    }
}

impl Octets for Spool {
    fn octets(&self) -> u64 {
        self.written.saturating_add(u64::try_from(self.held.len()).unwrap_or(u64::MAX))
    }

    fn read(&self) -> Box<dyn Read + '_> {
        let file = self.file.as_ref().map(|file| FromStart { file, at: 0, end: self.written });
        match file {
            Some(file) => Box::new(file.chain(self.held.as_slice())),
            None => Box::new(self.held.as_slice()),
        }
    }
}

/// A file read without its own position, so that several may read it.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        let read = self.file.read_at(room, self.at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// A file that nobody else can open and that is gone with its descriptor.
fn nameless(directory: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    if let Ok(flags) = i32::try_from(OFlags::TMPFILE.bits()) {
        match options.clone().custom_flags(flags).open(directory) {
            // A file system without them, or a kernel that takes it for the directory itself (open(2)).
            Err(error)
                if matches!(
                    Errno::from_io_error(&error),
                    Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT)
                ) => {}
            opened => return opened,
        }
    }
    let process = std::process::id();
    for attempt in 0..1_000_u32 {
        let path = directory.join(format!(".keyrite-{process}-{attempt}.spool"));
        match options.clone().create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_lies_in_a_file_without_a_name_and_reads_the_same() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(home.path(), "2026-11-21T10:00:00Z".parse().unwrap()).unwrap();
        let before = std::fs::read_dir(home.path()).unwrap().count();
        let mut spool = store.spool();
        let mut wanted = Vec::new();
        for number in 0..100_000_u32 {
            let octets = number.to_be_bytes();
            wanted.extend(octets);
            spool
                .append(|out| {
                    out.extend(octets);
                    Ok::<_, Error>(())
                })
                .unwrap();
        }
        assert!(spool.file.is_some() && !spool.held.is_empty());
        for _ in 0..2 {
            let mut read = Vec::new();
            spool.read().read_to_end(&mut read).unwrap();
            assert!(read == wanted);
        }
        assert_eq!(spool.octets(), 400_000);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), before);
        assert_eq!(store.spool().octets(), 0);
    }
}
