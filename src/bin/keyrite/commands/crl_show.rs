//! `crl show`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use keyrite::x509::crl::{Crl, CrlEnd, CrlReadError, CrlReader, RevokedCertificate};
use keyrite::x509::pem_decoder::Decoder;
use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Answer;
use crate::{input, view};

/// The largest CRL file that is read as a whole, in octets.
const MOST: usize = 400 * 1024 * 1024;

/// How a CRL is called in PEM: RFC 7468 s.6, and what older programs write.
const LABELS: &[&str] = &["X509 CRL", "CRL"];

/// Show what a CRL says
///
/// The signature is not verified: that needs the issuer's certificate, see `keyrite crl verify`. A CRL of any size is
/// read in little memory; its first thousand entries are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite crl show root.crl")]
pub(crate) struct Args {
    /// The CRL in PEM or DER; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let Overview { crl, first, sha256 } = look_over(&self.file, view::CRL_ENTRIES)?;
        Ok(Answer::new(view::crl(&crl, &first, sha256)))
    }
}

/// A CRL that was read from its first octet to its last.
pub(super) struct Overview {
    /// Everything but its entries.
    pub(super) crl: CrlEnd,
    /// The first of its entries.
    pub(super) first: Vec<RevokedCertificate>,
    /// SHA-256 over the whole CRL.
    pub(super) sha256: [u8; 32],
}

/// Reads a CRL from a file without keeping more than its first entries.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(super) fn look_over(path: &Path, entries: usize) -> Result<Overview, Failure> {
    let source = input::in_parts(path)?;
    let overview = || -> Result<Overview, CrlReadError> {
        let mut octets = Hashed { reader: Decoder::new(source, LABELS)?, sha256: Sha256::new() };
        let mut reader = CrlReader::new(&mut octets)?;
        let first = reader.entries().take(entries).collect::<Result<_, _>>()?;
        let crl = reader.finish()?;
        Ok(Overview { crl, first, sha256: octets.sha256.finalize().into() })
    };
    overview().map_err(|error| {
        let failure = match error {
            CrlReadError::Crl(error) => Failure::from(error),
            CrlReadError::Io(error) => input::unreadable(&error),
        };
        failure.about(if path == Path::new("-") { Path::new("standard input") } else { path })
    })
}

/// A reader of which everything is hashed.
struct Hashed<R> {
    reader: R,
    sha256: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.sha256.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Reads a CRL from a file as a whole.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<Crl, Failure> {
    let octets = input::read(path, MOST)?;
    Crl::read(&octets).map_err(|error| Failure::from(error).about(path))
}
