//! The certificates above a CA: each must have issued the one before it.

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

/// Brings the certificates above `certificate` into the order of the path, its issuer's first, and verifies
/// every signature in it. Certificates that do not belong to the path are left out. A self-signed certificate
/// has an empty path.
///
/// # Errors
/// [`PathError`] names the certificate that does not fit. The path must end with a self-signed certificate.
pub(super) fn above(
    certificate: &Certificate,
    given: &[Certificate],
    now: Time,
) -> Result<Vec<Certificate>, PathError> {
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
        let Some(issuer) = named.iter().copied().find(|candidate| signs(candidate, current)) else {
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
