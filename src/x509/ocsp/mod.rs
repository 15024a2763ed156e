//! OCSP: which certificate somebody asks about, and what is answered (RFC 6960, RFC 5019, RFC 9654).
//!
//! A [`CertId`] names a certificate by hashes of its issuer and its serial number; an [`OcspRequest`] asks about one
//! or more; [`ResponseFields`] become the octets of an answer that get signed, and an [`OcspResponse`] is an answer
//! that anyone made.

mod cert_id;
mod error;
mod request;
mod response;
mod single;
mod verify;

pub use cert_id::{CertId, CertIdHash, IssuerId};
pub use error::OcspError;
pub use request::{DIRECTORY_INDEX, OcspRequest, REQUEST_OCTETS};
pub use response::{
    BasicResponse, OcspResponse, ResponderId, ResponseData, ResponseFields, ResponseStatus, seal,
};
pub use single::{CertStatus, Single, reason_name};
pub use verify::{SignedBy, SignerError, authorized};

use der::asn1::ObjectIdentifier;

/// The object identifiers of OCSP (RFC 6960 s.4.2.1, s.4.4; RFC 9654 s.2.1).
pub mod oid {
    use super::ObjectIdentifier;

    /// id-pkix-ocsp-basic: the one type of response there is.
    pub const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
    /// id-pkix-ocsp-nonce.
    pub const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
    /// id-pkix-ocsp-crl: on which CRL a revoked certificate was found.
    pub const CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.3");
    /// id-pkix-ocsp-response: which types of response a client takes.
    pub const RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.4");
    /// id-pkix-ocsp-archive-cutoff: since when answers about expired certificates are kept.
    pub const ARCHIVE_CUTOFF: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6");
    /// id-pkix-ocsp-service-locator: where a request is to be passed on to.
    pub const SERVICE_LOCATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.7");
    /// id-pkix-ocsp-pref-sig-algs: by which algorithms a client wants the answer signed.
    pub const PREFERRED_ALGORITHMS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.8");
    /// id-pkix-ocsp-extended-revoke: the responder answers `revoked` for numbers that were never used.
    pub const EXTENDED_REVOKE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.9");

    /// The name of an extension of OCSP, else its numbers.
    #[must_use]
    pub fn name_of(oid: &ObjectIdentifier) -> String {
        let known = match *oid {
            NONCE => "nonce",
            CRL => "CRL reference",
            RESPONSE => "acceptable response types",
            ARCHIVE_CUTOFF => "archive cutoff",
            SERVICE_LOCATOR => "service locator",
            PREFERRED_ALGORITHMS => "preferred signature algorithms",
            EXTENDED_REVOKE => "extended revoked definition",
            _ => return crate::x509::extension::name_of(oid),
        };
        known.to_owned()
    }
}

/// A GeneralizedTime, whatever the year: YYYYMMDDHHMMSSZ (RFC 6960 s.4.2.2.1).
fn generalized(time: super::time::Time) -> Result<der::asn1::GeneralizedTime, super::time::TimeError> {
    Ok(der::asn1::GeneralizedTime::from_date_time(time.to_x509()?.to_date_time()))
}

/// Reads it.
fn time(found: der::asn1::GeneralizedTime) -> Result<super::time::Time, super::time::TimeError> {
    super::time::Time::from_x509(found.into())
}

/// The octets of the nonce among extensions, if there is one (RFC 9654 s.2.1): an OCTET STRING of 1 to 128 octets.
fn nonce(extensions: &[super::extension::RawExtension<'_>]) -> Result<Option<Vec<u8>>, OcspError> {
    let Some(found) = extensions.iter().find(|one| one.oid == oid::NONCE) else { return Ok(None) };
    let octets = <&der::asn1::OctetStringRef as der::Decode<'_>>::from_der(found.value)?.as_bytes();
    match octets.len() {
        1..=NONCE_OCTETS => Ok(Some(octets.to_vec())),
        found => Err(OcspError::Nonce { octets: found }),
    }
}

/// The longest nonce that is read (RFC 9654 s.2.1).
const NONCE_OCTETS: usize = 128;

/// One extension, never critical.
fn extension(oid: ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>, der::Error> {
    use der::Encode as _;
    let extn_value = der::asn1::OctetString::new(value)?;
    x509_cert::ext::Extension { extn_id: oid, critical: false, extn_value }.to_der()
}
