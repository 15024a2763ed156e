//! The files of an export, wherever they are.

use std::collections::BTreeMap;
use std::io::{self, Read};

/// A directory of files that are only read. Paths are relative to it, with `/` between names.
///
/// Several threads may read: a [`Verification`](super::Verification) can be taken up on another one.
pub trait Files: Sync {
    /// Opens a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none; whatever else keeps it from being read.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>>;

    /// Gives the path of every file to `visit`, in no order. What is neither file nor directory, such as a link, is
    /// given too.
    ///
    /// # Errors
    /// Whatever keeps a directory from being read.
    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()>;
}

/// Reads a whole file of at most `most` octets; none when there is no such file.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] when it is longer; whatever else keeps it from being read.
pub(super) fn read(files: &dyn Files, path: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match files.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut octets = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length <= most) {
        Ok(Some(octets))
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

/// Files that are in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        let octets = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(octets.as_slice()))
    }

    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.0.keys().for_each(|path| visit(path));
        Ok(())
    }
}
