//! The files of a CA on a disk. Only regular files are opened, and none is read further than a bound.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use keyrite::migrate::files::{CertificateFile, Files};
use rustix::fs::OFlags;

use super::tree::Tree;

/// The largest file in which certificates are looked for, in octets.
const OCTETS: u64 = 16 * 1024 * 1024;
/// What is read of the index at once, in octets.
const BUFFER: usize = 128 * 1024;
/// What the files of certificates end with.
const ENDINGS: [&str; 4] = ["pem", "crt", "cer", "der"];

/// An index, and where certificates lie.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    /// The index.
    pub(crate) index: Option<PathBuf>,
    /// Where `openssl ca` puts certificates, each named by its serial number.
    pub(crate) regular: Option<PathBuf>,
    /// Other directories with certificates.
    pub(crate) heaps: Vec<PathBuf>,
    /// Single files with certificates.
    pub(crate) single: Vec<PathBuf>,
    /// Directories with certificates anywhere below them.
    pub(crate) trees: Vec<Tree>,
}

/// Whether a file is called as certificates are.
pub(super) fn is_called_certificate(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

impl Directory {
    fn is_regular(&self, path: &Path) -> bool {
        path.extension().is_some_and(|ending| ending == ENDINGS[0])
            && path.parent() == self.regular.as_deref()
    }

    fn file(&self, path: PathBuf) -> CertificateFile {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let regular = self.is_regular(&path);
        CertificateFile { path, stem, regular }
    }
}

impl Files for Directory {
    fn index(&self) -> io::Result<Option<Box<dyn BufRead + '_>>> {
        let Some(path) = &self.index else { return Ok(None) };
        Ok(Some(Box::new(BufReader::with_capacity(BUFFER, open(path)?))))
    }

    fn regular(&self, serial: &str) -> io::Result<Option<CertificateFile>> {
        let Some(directory) = &self.regular else { return Ok(None) };
        let path = directory.join(format!("{serial}.{}", ENDINGS[0]));
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(Some(self.file(path))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn each(&self, visit: &mut dyn FnMut(CertificateFile) -> io::Result<()>) -> io::Result<()> {
        for path in &self.single {
            visit(self.file(path.clone()))?;
        }
        for directory in self.regular.iter().chain(&self.heaps) {
            for entry in std::fs::read_dir(directory)? {
                let path = entry?.path();
                if is_called_certificate(&path) && path.metadata().is_ok_and(|metadata| metadata.is_file()) {
                    visit(self.file(path))?;
                }
            }
        }
        for tree in &self.trees {
            tree.walk(&mut |path| visit(self.file(path)), &mut |_, _| {})?;
        }
        Ok(())
    }

    fn read(&self, file: &CertificateFile) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        open(&file.path)?.take(OCTETS.saturating_add(1)).read_to_end(&mut octets)?;
        if u64::try_from(octets.len()).unwrap_or(u64::MAX) > OCTETS {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("more than {OCTETS} octets, which is more than is read"),
            ));
        }
        Ok(octets)
    }
}

/// Opens a file that is one: to open a pipe would wait, and to open a device may do something.
fn open(path: &Path) -> io::Result<File> {
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"))
    }
}
