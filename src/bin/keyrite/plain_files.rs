//! A new directory of plain files, which is there complete or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::store::PlainSink;

use crate::failure::Failure;

/// The directory while it is filled.
#[derive(Debug)]
pub(crate) struct Directory {
    fresh: FreshDirectory,
    /// The file that is written bit by bit, with its path.
    begun: Option<(String, BufWriter<File>)>,
}

impl Directory {
    /// Begins it, for its owner alone.
    ///
    /// # Errors
    /// A [`Failure`] when something of this name is there, or nothing can be written beside it.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        Ok(Self { fresh: FreshDirectory::begin(path)?, begun: None })
    }

    /// Writes the file that says that it is complete, waits for the disk, and gives the directory its name.
    ///
    /// # Errors
    /// A [`Failure`] when the disk does not take it.
    pub(crate) fn finish(mut self, name: &str, contents: &[u8]) -> Result<(), Failure> {
        self.end().map_err(|source| self.fresh.failed(name, source))?;
        self.fresh.write(name, contents)?;
        Ok(self.fresh.finish()?)
    }

    fn end(&mut self) -> io::Result<()> {
        match self.begun.take() {
            Some((_, mut file)) => file.flush(),
            None => Ok(()),
        }
    }
}

impl PlainSink for Directory {
    fn append(&mut self, path: &str, octets: &[u8]) -> io::Result<()> {
        if self.begun.as_ref().is_none_or(|(begun, _)| begun != path) {
            self.end()?;
            self.begun = Some((path.to_owned(), BufWriter::with_capacity(1 << 16, self.fresh.create(path)?)));
        }
        match &mut self.begun {
            Some((_, file)) => file.write_all(octets),
            None => Ok(()),
        }
    }

    fn whole(&mut self, path: &str, contents: &[u8]) -> io::Result<()> {
        self.fresh.create(path)?.write_all(contents)
    }
}
