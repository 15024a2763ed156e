//! A CA that exists already moves in: its certificate, its path, and what it has signed before.

use super::consistency::{self, Identity};
use super::error::Error;
use super::path::{self, PathError, Standing};
use crate::port::Clock;
use crate::store::{NewCa, Store};
use crate::x509::certificate::{Certificate, SignedByError};
use crate::x509::crl::Crl;
use crate::x509::name::Name;

/// Why an existing CA cannot move in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// A certificate for another key than the one in the token.
    #[error(
        "the certificate is for another key than the one in the token: found SHA-256 {found}, wanted {wanted}"
    )]
    OtherKey {
        /// SHA-256 over the key in the certificate.
        found: String,
        /// SHA-256 over the key in the token.
        wanted: String,
    },
    /// A certificate that no CA can work with, or whose issuer is not shown.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A CRL of somebody else.
    #[error("the CRL is by {found}, and the CA is {wanted}")]
    CrlIssuer {
        /// The issuer of the CRL.
        found: Name,
        /// The subject of the CA.
        wanted: Name,
    },
    /// A CRL that says of itself that it is only a part: a delta, or for some certificates (RFC 5280 s.5.2).
    #[error("the CRL has the critical extension {extension}, so it may not name everything that is revoked")]
    CrlPart {
        /// The extension.
        extension: String,
    },
    /// A CRL that the CA's key did not sign.
    #[error("the CRL was not signed by the CA's key")]
    CrlSignature(#[source] SignedByError),
}

/// Adds a CA that exists already. With its last CRL its numbers go on where they were, and everything that is
/// revoked stays revoked.
///
/// # Errors
/// [`Error::Adopt`] says why it cannot move in; nothing was changed.
pub fn adopt(
    store: &mut Store,
    new: &NewCa,
    certificate: &Certificate,
    chain: &[Certificate],
    last_crl: Option<&Crl>,
    clock: &dyn Clock,
) -> Result<Standing, Error> {
    let standing = standing(store, new, certificate, chain, clock)?;
    if let Some(crl) = last_crl {
        if crl.issuer() != certificate.subject() {
            let (found, wanted) = (crl.issuer().clone(), certificate.subject().clone());
            return Err(AdoptError::CrlIssuer { found, wanted }.into());
        }
        if let Some(critical) = crl.extensions().iter().find(|extension| extension.critical) {
            return Err(AdoptError::CrlPart { extension: critical.value.name() }.into());
        }
        crl.verify_signed_by(&new.public_key).map_err(AdoptError::CrlSignature)?;
    }
    store.adopt_ca(new, certificate, &standing.path, last_crl, clock.now())?;
    Ok(standing)
}

/// Where a CA that exists already would stand: its certificate is for its key, holds below the CAs above it, and agrees
/// with those of the home. Nothing is changed.
///
/// # Errors
/// [`Error::Adopt`] or [`Error::Consistency`] says why it cannot move in.
pub fn standing(
    store: &Store,
    new: &NewCa,
    certificate: &Certificate,
    chain: &[Certificate],
    clock: &dyn Clock,
) -> Result<Standing, Error> {
    if certificate.spki_der() != new.public_key.as_der() {
        let found = crate::x509::algorithm::Digest::Sha256.of(certificate.spki_der());
        let wanted = hex::encode(new.public_key.sha256());
        return Err(AdoptError::OtherKey { found: hex::encode(found), wanted }.into());
    }
    let standing = path::standing(store, certificate, chain, clock.now())?.map_err(AdoptError::from)?;
    consistency::compare(store, Identity::of(certificate))??;
    Ok(standing)
}
