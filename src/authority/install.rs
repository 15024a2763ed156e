//! The answer to our request: a certificate that is shown to be for our key before the CA uses it.

use super::consistency::{self, Identity};
use super::error::Error;
use super::path::{self, PathError, Standing};
use crate::port::Clock;
use crate::store::{CaName, CaState, Store};
use crate::x509::certificate::Certificate;
use crate::x509::csr::Csr;
use crate::x509::name::Name;

/// Why a certificate is not the answer to a CA's request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    /// The CA made no request.
    #[error("CA \"{name}\" has made no request that could be answered")]
    NoRequest {
        /// The CA.
        name: CaName,
    },
    /// A certificate for another key.
    #[error("the certificate is for another key: found SHA-256 {found}, wanted {wanted}")]
    OtherKey {
        /// SHA-256 over the key in the certificate.
        found: String,
        /// SHA-256 over the key in the request.
        wanted: String,
    },
    /// A certificate for another name.
    #[error("the certificate is for {found}, and the request asked for {wanted}")]
    OtherSubject {
        /// The subject of the certificate.
        found: Name,
        /// The subject of the request.
        wanted: Name,
    },
    /// A certificate that no CA can work with, or whose issuer is not shown.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Puts the certificate that answers a CA's request into the home, with the path above it.
///
/// `chain` holds the certificates above in any order, up to the root; those that do not belong to the path
/// are left out.
///
/// # Errors
/// [`Error::Install`] says why it is not the answer; nothing was changed.
pub fn install(
    store: &mut Store,
    name: &CaName,
    certificate: &Certificate,
    chain: &[Certificate],
    clock: &dyn Clock,
) -> Result<Standing, Error> {
    let ca = store.ca(name)?;
    let no_request = || InstallError::NoRequest { name: name.clone() };
    let request = match ca.state {
        CaState::Requested | CaState::Active => store.request(name)?.ok_or_else(no_request)?,
        CaState::Pending => return Err(no_request().into()),
    };
    let request = Csr::from_der(&request).map_err(|_| no_request())?;
    if certificate.spki_der() != ca.public_key.as_der() {
        let found = crate::x509::algorithm::Digest::Sha256.of(certificate.spki_der());
        let wanted = hex::encode(ca.public_key.sha256());
        return Err(InstallError::OtherKey { found: hex::encode(found), wanted }.into());
    }
    // Another CA may have encoded the name with other string types.
    if !certificate.subject().reads_as(request.subject()) {
        let (found, wanted) = (certificate.subject().clone(), request.subject().clone());
        return Err(InstallError::OtherSubject { found, wanted }.into());
    }
    let now = clock.now();
    let standing = path::standing(store, certificate, chain, now)?.map_err(InstallError::from)?;
    consistency::compare(store, Identity::of(certificate))??;
    store.install_certificate(name, certificate, &standing.path, now)?;
    Ok(standing)
}
