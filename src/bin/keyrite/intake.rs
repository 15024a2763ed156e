//! Intake: from what a certificate is to be made, read and proven before anything is decided.

use std::path::Path;

use keyrite::authority::Error;
use keyrite::policy::{BareKey, Precedent, Purpose, SubjectKey};
use keyrite::store::Store;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::{Csr, ProvenCsr};
use keyrite::x509::limits;
use keyrite::x509::pem;
use keyrite::x509::spki::PublicKey;

use crate::failure::{Exit, Failure};
use crate::{certificates, input};

/// What was given, of whatever kind.
#[derive(Debug)]
pub(crate) enum Intake {
    /// A request that its own key has signed.
    Request(Box<ProvenCsr>),
    /// A public key and nothing else.
    Bare(Box<BareKey>),
    /// A certificate whose signature was verified.
    Certificate(Box<Precedent>),
}

impl Intake {
    /// As policy wants it.
    pub(crate) fn key(&self) -> SubjectKey<'_> {
        match self {
            Self::Request(proven) => SubjectKey::Request(proven),
            Self::Bare(bare) => SubjectKey::Bare(bare),
            Self::Certificate(precedent) => SubjectKey::Certificate(precedent),
        }
    }
}

/// Reads a request from a file, and believes nothing of it.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn csr(path: &Path) -> Result<Csr, Failure> {
    // PEM takes more than DER, and may have text before it; the request itself is bounded by the library.
    let octets = input::read(path, limits::REQUEST_FILE_OCTETS)?;
    Csr::parse(&octets).map_err(|error| Failure::from(error).about(path))
}

/// Reads a request and proves that its own key has signed it; by two implementations if it is to make a CA.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn request(path: &Path, for_ca: bool, sha256: Option<[u8; 32]>) -> Result<Intake, Failure> {
    let csr = csr(path)?;
    if let Some(wanted) = sha256
        && wanted != csr.sha256()
    {
        let message = format!(
            "the request has the SHA-256 {}, wanted {}",
            hex::encode(csr.sha256()),
            hex::encode(wanted)
        );
        return Err(Failure::new(Exit::Refused, message)
            .about(path)
            .hint("it is not the request of which the requester told; ask for it once more"));
    }
    proven(csr, path, for_ca)
}

/// As [`request`], of octets that were read already: those of a file in a bundle.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn request_of(octets: &[u8], path: &Path, for_ca: bool) -> Result<Intake, Failure> {
    let csr = Csr::parse(octets).map_err(|error| Failure::from(error).about(path))?;
    proven(csr, path, for_ca)
}

fn proven(csr: Csr, path: &Path, for_ca: bool) -> Result<Intake, Failure> {
    let proof = if for_ca { csr.prove_twice() } else { csr.prove() };
    let proven = proof.map_err(|error| {
        Failure::of(Exit::Refused, &error)
            .about(path)
            .hint("whoever made the request does not hold its key, or it was changed on its way")
    })?;
    Ok(Intake::Request(Box::new(proven)))
}

/// Reads a public key as PEM or DER; `possession` is how it was proven that its holder has the private key.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn bare(path: &Path, possession: &str) -> Result<Intake, Failure> {
    let octets = input::read(path, limits::REQUEST_FILE_OCTETS)?;
    let refused = |error: &dyn std::error::Error| Failure::new(Exit::Refused, error.to_string()).about(path);
    let der = pem::one(&octets, &["PUBLIC KEY"]).map_err(|error| refused(&error))?;
    let key = PublicKey::from_spki_der(&der).map_err(|error| refused(&error))?;
    let bare = BareKey::new(key, possession).map_err(|error| {
        Failure::of(Exit::Usage, &error).hint("--possession TEXT says how it was proven, for the records")
    })?;
    Ok(Intake::Bare(Box::new(bare)))
}

/// Reads a certificate that is to be renewed: a CA of this home, or one above it, has signed it, and it is not revoked.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn renewal(store: &Store, path: &Path) -> Result<Intake, Failure> {
    let certificate = certificates::read(path)?;
    let record = store.find_serial(certificate.serial())?;
    for one in record.iter().filter(|one| one.revocation.is_some()) {
        if store.certificate_der(&one.ca, &one.serial)?.is_some_and(|der| der == certificate.as_der()) {
            let message = format!("certificate {} of {} is revoked, and is not renewed", one.serial, one.ca);
            return Err(Failure::new(Exit::Refused, message)
                .about(path)
                .hint("a new request, with a new key, replaces what is revoked"));
        }
    }
    let issuers = issuers(store, &certificate)?;
    precedent(certificate, &issuers, Purpose::Renewal).map_err(|failure| failure.about(path))
}

/// Reads the certificate of another CA: signed by its own key, or by a CA of this home or one above it.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn cross(store: &Store, path: &Path) -> Result<Intake, Failure> {
    let certificate = certificates::read(path)?;
    let mut issuers = issuers(store, &certificate)?;
    if certificate.is_self_issued() {
        issuers.extend(certificate.public_key());
    }
    precedent(certificate, &issuers, Purpose::Cross).map_err(|failure| failure.about(path))
}

fn precedent(certificate: Certificate, issuers: &[PublicKey], purpose: Purpose) -> Result<Intake, Failure> {
    let mut last = None;
    for key in issuers {
        match Precedent::verified(certificate.clone(), key, purpose) {
            Ok(precedent) => return Ok(Intake::Certificate(Box::new(precedent))),
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(error) => Failure::of(Exit::Refused, &error),
        None => {
            let message = format!("nothing is on record of its issuer, {}", certificate.issuer());
            let hint = match purpose {
                Purpose::Renewal => "only what a CA of this home, or one above it, has issued is renewed",
                Purpose::Cross => {
                    "give the self-signed certificate of that CA; for another one it makes a request: keyrite issue CSR"
                }
            };
            Failure::new(Exit::Refused, message).hint(hint)
        }
    })
}

/// The keys of the CAs of this home, and of those above them, that bear the name of a certificate's issuer.
fn issuers(store: &Store, certificate: &Certificate) -> Result<Vec<PublicKey>, Failure> {
    let cas = store.cas().map_err(Error::from)?;
    let mut keys = Vec::new();
    for ca in &cas {
        if ca.subject == *certificate.issuer() {
            keys.push(ca.public_key.clone());
        }
        let above = ca.path.iter().filter(|above| above.subject() == certificate.issuer());
        keys.extend(above.filter_map(|above| above.public_key().ok()));
    }
    Ok(keys)
}
