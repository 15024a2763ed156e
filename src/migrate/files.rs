//! The files of a CA that is moving in, as an examination asks for them.

use std::io::{self, BufRead};

/// A file that may hold certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// What the shell calls it by.
    pub path: std::path::PathBuf,
    /// The name without its last extension, if it is text.
    pub stem: String,
    /// Whether it is where `openssl ca` puts the certificate whose serial number is its name.
    pub regular: bool,
}

/// Where the files are. Nothing of what is in them decides which other file is opened, but for the digits of serial
/// numbers.
pub trait Files {
    /// index.txt from its beginning; none where there is no index at all.
    ///
    /// # Errors
    /// Those of opening it.
    fn index(&self) -> io::Result<Option<Box<dyn BufRead + '_>>>;

    /// The file where `openssl ca` puts the certificate with a serial number, given in its own spelling; none if it is
    /// not there.
    ///
    /// # Errors
    /// Those of looking.
    fn regular(&self, serial: &str) -> io::Result<Option<CertificateFile>>;

    /// Gives every file that may hold certificates to `visit`.
    ///
    /// # Errors
    /// Those of reading the directories, and what `visit` answers.
    fn each(&self, visit: &mut dyn FnMut(CertificateFile) -> io::Result<()>) -> io::Result<()>;

    /// The octets of a file.
    ///
    /// # Errors
    /// Why it cannot be read, or that it is larger than any honest one.
    fn read(&self, file: &CertificateFile) -> io::Result<Vec<u8>>;
}
