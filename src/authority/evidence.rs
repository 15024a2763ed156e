//! Exports for auditors: written from the ledger in one pass, and read again from a directory.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::fresh_directory::FreshDirectory;
use super::output::OutputError;
use crate::audit::checkpoint::origin;
use crate::audit::tile::{Filled, Tiler};
use crate::audit::{Checkpoint, EncodingError, Fingerprint, Head, Kind, Object, bundle, tree};
use crate::evidence::{Counts, Files, layout};
use crate::store::{self, Part, Store};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::csr::Csr;
use crate::x509::pem;
use crate::x509::signed::Kind as _;
use crate::x509::unsigned::UnsignedCertificate;

/// An export that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Origin, size and root of the log in it.
    pub checkpoint: Checkpoint,
    /// The head of the chain.
    pub head: Head,
    /// The objects in it.
    pub counts: Counts,
    /// The number of files.
    pub files: u64,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The directory could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// An entry of the log does not fit into a bundle.
    #[error("audit entry {entry} is {source}")]
    Entry {
        /// Its number.
        entry: u64,
        /// Why.
        source: EncodingError,
    },
}

/// Writes everything on record into a directory that is new. Memory does not grow with the ledger.
///
/// # Errors
/// [`ExportError`]: nothing stands under `directory` then that this wrote.
pub fn export(store: &Store, directory: &Path) -> Result<Exported, ExportError> {
    let mut export = Export::begin(directory)?;
    let broken = store.evidence(|part| match export.part(&part) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    })?;
    match broken {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => export.finish(),
    }
}

/// An export that is being written.
struct Export {
    directory: FreshDirectory,
    log: Summed<io::BufWriter<fs::File>>,
    sums: io::BufWriter<fs::File>,
    tiler: Tiler,
    bundle: Vec<u8>,
    first: Head,
    head: Head,
    counts: Counts,
    files: u64,
}

impl Export {
    fn begin(path: &Path) -> Result<Self, ExportError> {
        let mut directory = FreshDirectory::begin(path)?;
        let log = Summed { out: directory.stream(layout::LOG)?, hash: Sha256::new() };
        let sums = directory.stream(layout::SUMS)?;
        Ok(Self {
            directory,
            log,
            sums,
            tiler: Tiler::default(),
            bundle: Vec::new(),
            first: Head::empty(),
            head: Head::empty(),
            counts: Counts::default(),
            files: 1,
        })
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        match part {
            Part::Entry(entry) => self.entry(entry.number, &entry.encoding),
            Part::Signed(object, der) => {
                let (count, label) = match object.kind {
                    Kind::Certificate => (&mut self.counts.certificates, Certificate::PEM_LABEL),
                    Kind::Crl => (&mut self.counts.crls, Crl::PEM_LABEL),
                    Kind::Request => (&mut self.counts.requests, Csr::PEM_LABEL),
                };
                *count = count.saturating_add(1);
                self.write(&layout::signed(object), pem::encode(label, der).as_bytes())
            }
            Part::Intent(object, tbs) => self.intent(object, tbs),
            Part::Path(name, certificates) => {
                let pem: String =
                    certificates.iter().map(|der| pem::encode(Certificate::PEM_LABEL, der)).collect();
                self.write(&layout::path_of(name), pem.as_bytes())
            }
        }
    }

    fn entry(&mut self, entry: u64, encoding: &[u8]) -> Result<(), ExportError> {
        self.head = self.head.extend(encoding);
        if entry == 1 {
            self.first = self.head;
        }
        let written = self.log.write_all(encoding).and_then(|()| self.log.write_all(b"\n"));
        written.map_err(|source| self.directory.failed(layout::LOG, source))?;
        bundle::add(&mut self.bundle, encoding).map_err(|source| ExportError::Entry { entry, source })?;
        for filled in self.tiler.push(tree::leaf(encoding)) {
            self.tile(&filled)?;
        }
        Ok(())
    }

    fn tile(&mut self, filled: &Filled) -> Result<(), ExportError> {
        self.write(&filled.tile.path(), &filled.octets())?;
        if filled.tile.level == 0 {
            let bundle = std::mem::take(&mut self.bundle);
            self.write(&filled.tile.entries_path(), &bundle)?;
        }
        Ok(())
    }

    fn intent(&mut self, object: &Object, tbs: &[u8]) -> Result<(), ExportError> {
        self.counts.intents = self.counts.intents.saturating_add(1);
        self.write(&layout::intent(object), tbs)?;
        // What cannot be shown as a certificate is there as it was to be signed.
        if object.kind == Kind::Certificate
            && let Ok(unsigned) = UnsignedCertificate::of(tbs)
        {
            self.write(
                &layout::unsigned(object),
                pem::encode(Certificate::PEM_LABEL, unsigned.as_der()).as_bytes(),
            )?;
        }
        Ok(())
    }

    /// Writes a file and its sum.
    fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), ExportError> {
        self.directory.write(path, contents)?;
        self.sum(path, Fingerprint::of(contents))
    }

    fn sum(&mut self, path: &str, sha256: Fingerprint) -> Result<(), ExportError> {
        self.files = self.files.saturating_add(1);
        writeln!(self.sums, "{sha256}  {path}")
            .map_err(|source| self.directory.failed(layout::SUMS, source).into())
    }

    fn finish(mut self) -> Result<Exported, ExportError> {
        for filled in self.tiler.partial() {
            self.tile(&filled)?;
        }
        let checkpoint =
            Checkpoint { origin: origin(&self.first.hash), size: self.tiler.size(), root: self.tiler.root() };
        self.write(layout::CHECKPOINT, checkpoint.text().as_bytes())?;
        self.write(layout::HEAD, layout::head(&checkpoint, &self.head).as_bytes())?;
        self.write(layout::README, layout::README_TEXT.as_bytes())?;
        self.log.flush().map_err(|source| self.directory.failed(layout::LOG, source))?;
        let sum = Fingerprint(self.log.hash.clone().finalize().into());
        self.sum(layout::LOG, sum)?;
        self.sums.flush().map_err(|source| self.directory.failed(layout::SUMS, source))?;
        let Self { directory, head, counts, files, .. } = self;
        directory.finish()?;
        Ok(Exported { checkpoint, head, counts, files })
    }
}

/// A file that is hashed while it is written.
struct Summed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let count = self.out.write(octets)?;
        self.hash.update(octets.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The files of an export that somebody has given us.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The files below a directory.
    ///
    /// # Errors
    /// When it is none, or cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        fs::read_dir(path).map(|_| Self(path.to_owned()))
    }
}

impl Files for Directory {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        let path = self.0.join(path);
        // Looked at first: to open a device can already do something. No link is followed.
        if !path.symlink_metadata()?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&path)?;
        if file.metadata()?.is_file() { Ok(Box::new(file)) } else { Err(io::Error::other("not a file")) }
    }

    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
        below(&self.0, "", visit)
    }
}

/// Visits every file below a directory, whose paths begin with `prefix`.
fn below(directory: &Path, prefix: &str, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            below(&entry.path(), &format!("{path}/"), visit)?;
        } else {
            visit(&path);
        }
    }
    Ok(())
}
