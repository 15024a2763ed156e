//! Certificates in files, read for a command.

use std::path::Path;

use keyrite::x509::certificate::Certificate;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::{limits, pem};

use crate::failure::Failure;
use crate::input;

/// The most certificates that a chain is read with.
const CHAIN: usize = 16;

/// The certificate of a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<Certificate, Failure> {
    let octets = input::read(path, limits::CERTIFICATE_OCTETS.saturating_mul(2))?;
    Certificate::read(&octets).map_err(|error| Failure::from(error).about(path))
}

/// All certificates of a file, in its order; none without a file.
///
/// # Errors
/// As [`read`].
pub(crate) fn chain(path: Option<&Path>) -> Result<Vec<Certificate>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let octets = input::read(path, limits::CERTIFICATE_OCTETS.saturating_mul(CHAIN))?;
    let labels = [&[Certificate::PEM_LABEL], Certificate::PEM_ALIASES].concat();
    pem::all(&octets, &labels)
        .map_err(keyrite::x509::certificate::CertificateError::from)
        .and_then(|all| all.iter().map(|der| Certificate::from_der(der)).collect())
        .map_err(|error| Failure::from(error).about(path))
}
