//! The certificates above a CA: each must have issued the one before it, and allow it.

use crate::policy::{self, Violation};
use crate::store::{self, Store};
use crate::x509::certificate::{Certificate, SignedByError};
use crate::x509::extension::{KeyUsage, Value};
use crate::x509::name::Name;
use crate::x509::spki::SpkiError;
use crate::x509::time::Time;

/// Why certificates do not form a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Not the certificate of a CA.
    #[error("the certificate of {subject} is not one of a CA: basicConstraints do not say so")]
    NotCa {
        /// Its subject.
        subject: Name,
    },
    /// A CA that must not sign certificates.
    #[error("the certificate of {subject} does not allow keyCertSign")]
    Usage {
        /// Its subject.
        subject: Name,
    },
    /// Outside its validity.
    #[error("the certificate of {subject} is valid from {not_before} to {not_after}, and it is {now}")]
    NotValid {
        /// Its subject.
        subject: Name,
        /// notBefore.
        not_before: Time,
        /// notAfter.
        not_after: Time,
        /// The time.
        now: Time,
    },
    /// A key that keyrite does not offer.
    #[error("the certificate of {subject}: {source}")]
    Key {
        /// Its subject.
        subject: Name,
        /// Why.
        source: SpkiError,
    },
    /// No certificate in the chain has the issuer's name.
    #[error("no certificate of {issuer} was given, which issued that of {subject}")]
    Missing {
        /// The name that was looked for.
        issuer: Name,
        /// The certificate whose issuer it is.
        subject: Name,
    },
    /// What the CAs above limit does not hold: relying parties would refuse the path.
    #[error("the certificate does not hold below the CAs above it")]
    Nesting(#[source] policy::Refusal),
    /// Another key signed.
    #[error("the certificate of {subject} was not signed by the key of {issuer}: {source}")]
    Signature {
        /// Its subject.
        subject: Name,
        /// The alleged issuer.
        issuer: Name,
        /// Why.
        source: SignedByError,
    },
}

/// Where a CA stands from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The certificates above it, its issuer's first.
    pub path: Vec<Certificate>,
    /// What relying parties tolerate in its certificate and those above, and our CAs would not have issued.
    pub tolerated: Vec<Violation>,
}

/// Finds where a CA stands whose certificate comes from outside: the path above it, and whether it holds below
/// the CAs there ([`policy::admit`]).
///
/// # Errors
/// The inner [`PathError`] says what is wrong with the path; a [`store::Error`] when the ledger cannot be read.
pub(super) fn standing(
    store: &Store,
    certificate: &Certificate,
    given: &[Certificate],
    now: Time,
) -> Result<Result<Standing, PathError>, store::Error> {
    let path = match above(certificate, given, now) {
        Ok(path) => path,
        Err(error) => return Ok(Err(error)),
    };
    let whole: Vec<&Certificate> = std::iter::once(certificate).chain(&path).collect();
    let revoked = store.revoked_among(&whole)?;
    Ok(match policy::admit(certificate, &path, &revoked) {
        Ok(tolerated) => Ok(Standing { path, tolerated }),
        Err(refusal) => Err(PathError::Nesting(refusal)),
    })
}

/// Brings the certificates above `certificate` into the order of the path, its issuer's first, and verifies
/// every signature in it. Certificates that do not belong to the path are left out. A self-signed certificate
/// has an empty path.
///
/// # Errors
/// [`PathError`] names the certificate that does not fit. The path must end with a self-signed certificate.
fn above(certificate: &Certificate, given: &[Certificate], now: Time) -> Result<Vec<Certificate>, PathError> {
    let mut path: Vec<Certificate> = Vec::new();
    let mut current = certificate;
    fit(current, now)?;
    while !current.is_self_issued() || !signs(current, current) {
        let not_yet = |candidate: &&Certificate| !path.contains(candidate) && *candidate != certificate;
        let named: Vec<&Certificate> = given
            .iter()
            .filter(not_yet)
            .filter(|candidate| candidate.subject() == current.issuer())
            .collect();
        // A CA that is certified across has several certificates: one that is of use comes before others.
        let signing = || named.iter().copied().filter(|candidate| signs(candidate, current));
        let found = signing().find(|candidate| fit(candidate, now).is_ok()).or_else(|| signing().next());
        let Some(issuer) = found else {
            let Some(issuer) = named.first() else {
                return Err(PathError::Missing {
                    issuer: current.issuer().clone(),
                    subject: current.subject().clone(),
                });
            };
            let key = issuer
                .public_key()
                .map_err(|source| PathError::Key { subject: issuer.subject().clone(), source })?;
            return match current.verify_signed_by(&key) {
                Ok(()) => Ok(path),
                Err(source) => Err(PathError::Signature {
                    subject: current.subject().clone(),
                    issuer: issuer.subject().clone(),
                    source,
                }),
            };
        };
        fit(issuer, now)?;
        path.push(issuer.clone());
        current = issuer;
    }
    Ok(path)
}

fn signs(issuer: &Certificate, subject: &Certificate) -> bool {
    issuer.public_key().is_ok_and(|key| subject.verify_signed_by(&key).is_ok())
}

fn fit(certificate: &Certificate, now: Time) -> Result<(), PathError> {
    let subject = || certificate.subject().clone();
    if !certificate.is_ca() {
        return Err(PathError::NotCa { subject: subject() });
    }
    let usage = certificate
        .extensions()
        .iter()
        .find_map(|extension| if let Value::KeyUsage(usage) = extension.value { Some(usage) } else { None });
    if usage.is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
        return Err(PathError::Usage { subject: subject() });
    }
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if now < not_before || now > not_after {
        return Err(PathError::NotValid { subject: subject(), not_before, not_after, now });
    }
    Ok(())
}
