//! A new directory of plain files, all of them on the disk before the last one says that it is complete.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::store::PlainSink;

use crate::failure::{Exit, Failure};

/// The directory while it is filled.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// Open before anything is written, so that what does not reach the disk is told to it.
    opened: File,
    begun: Option<(String, BufWriter<File>)>,
}

impl Directory {
    /// Makes it, for its owner alone.
    ///
    /// # Errors
    /// A [`Failure`] when something of this name is there.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let made = DirBuilder::new().mode(0o700).create(path).and_then(|()| File::open(path));
        let opened = made.map_err(|error| {
            let failure = Failure::new(Exit::Output, "the directory cannot be made").caused_by(&error);
            failure.about(path).hint("name one that does not exist, in a directory that does")
        })?;
        Ok(Self { path: path.to_owned(), opened, begun: None })
    }

    /// Writes the file that says that it is complete, after everything else is on the disk.
    ///
    /// # Errors
    /// A [`Failure`] when the disk does not take it.
    pub(crate) fn finish(mut self, name: &str, contents: &[u8]) -> Result<(), Failure> {
        let synced = self.end().and_then(|()| Ok(rustix::fs::syncfs(&self.opened)?));
        synced.map_err(|error| {
            Failure::new(Exit::Output, "cannot be written").caused_by(&error).about(&self.path)
        })?;
        output::publish(&self.path.join(name), contents, Access::Private)?;
        let above = self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(above).and_then(|directory| directory.sync_all()).map_err(|error| {
            Failure::new(Exit::Output, "cannot be written").caused_by(&error).about(&self.path)
        })
    }

    fn end(&mut self) -> io::Result<()> {
        match self.begun.take() {
            Some((_, mut file)) => file.flush(),
            None => Ok(()),
        }
    }

    fn create(&self, path: &str) -> io::Result<File> {
        let path = self.path.join(path);
        if let Some(directory) = path.parent()
            && !directory.exists()
        {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }
}

impl PlainSink for Directory {
    fn append(&mut self, path: &str, octets: &[u8]) -> io::Result<()> {
        if self.begun.as_ref().is_none_or(|(begun, _)| begun != path) {
            self.end()?;
            self.begun = Some((path.to_owned(), BufWriter::with_capacity(1 << 16, self.create(path)?)));
        }
        match &mut self.begun {
            Some((_, file)) => file.write_all(octets),
            None => Ok(()),
        }
    }

    fn whole(&mut self, path: &str, contents: &[u8]) -> io::Result<()> {
        self.create(path)?.write_all(contents)
    }
}

impl Drop for Directory {
    /// What is not complete is taken away again, as far as that goes.
    fn drop(&mut self) {
        if !self.path.join(keyrite::store::MANIFEST).exists() {
            drop(fs::remove_dir_all(&self.path));
        }
    }
}
