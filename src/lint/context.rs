//! What linting needs to know beside the octets: the issuer, the time, and what the profile allows.

use der::asn1::ObjectIdentifier;

use super::exclusion::Exclusion;
use super::view;
use crate::x509::certificate::Certificate;
use crate::x509::extension::{CrlNumber, KeyUsage, Value, oid};
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::standard::Standard;
use crate::x509::time::Time;

/// What is known beside the octets of a certificate.
#[derive(Clone, Debug, Default)]
pub struct CertificateContext {
    /// The issuer; none means that the certificate is its own issuer (self-signed).
    pub issuer: Option<IssuerFacts>,
    /// The time of signing.
    pub now: Option<Time>,
    /// What the profile allows, and which sets of rules it asks for.
    pub expected: Option<Expected>,
    /// The lints that a person left out.
    pub exclusions: Vec<Exclusion>,
}

/// What is known beside the octets of a CRL.
#[derive(Clone, Debug)]
pub struct CrlContext {
    /// The CA that issues it.
    pub issuer: IssuerFacts,
    /// The time of signing.
    pub now: Option<Time>,
    /// The number and thisUpdate of the newest CRL that was ever signed for the same scope.
    pub previous: Option<(CrlNumber, Time)>,
    /// The most seconds from thisUpdate to nextUpdate, both ends counted.
    pub longest: Option<i64>,
    /// The serial numbers of CA certificates by this issuer: a revoked one must have a reason.
    pub ca_serials: Vec<SerialNumber>,
    /// The sets of rules that the CRL has to follow beside RFC 5280.
    pub standards: Vec<Standard>,
    /// The URIs by which the certificates that it covers name it; empty where that is not known.
    pub distribution_points: Vec<String>,
}

/// What is known beside the octets of an OCSP response.
#[derive(Clone, Debug)]
pub struct OcspContext {
    /// The CA for whose certificates it answers.
    pub issuer: IssuerFacts,
    /// The responder that signs: the CA itself, or one that it has authorized.
    pub signer: IssuerFacts,
    /// Whether it answers about certificates of CAs, for which BR 4.9.10 has other limits of time.
    pub about_ca: bool,
    /// The DER of the certificates that go with the response.
    pub certificates: Vec<Vec<u8>>,
    /// The time of signing.
    pub now: Option<Time>,
    /// The sets of rules that the response has to follow beside RFC 6960.
    pub standards: Vec<Standard>,
}

/// What the issuer's own certificate says, as far as it binds what the issuer signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerFacts {
    /// Its subject, octet for octet.
    pub subject: Name,
    /// Its subjectKeyIdentifier, octet for octet, if it has one.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// Its public key.
    pub public_key: PublicKey,
    /// The last second in which it is valid.
    pub not_after: Time,
    /// Its pathLenConstraint, if it has one.
    pub path_len: Option<u8>,
    /// Its keyUsage, if it has one.
    pub key_usage: Option<KeyUsage>,
    /// Its purposes, if it has any.
    pub ext_key_usage: Option<Vec<ObjectIdentifier>>,
    /// The values of nameConstraints in its certificate and in those above it, as they are encoded.
    pub name_constraints: Vec<Vec<u8>>,
}

impl IssuerFacts {
    /// Takes the facts out of the issuer's certificate.
    ///
    /// # Errors
    /// [`SpkiError`] when its public key is not one that keyrite offers.
    pub fn of(certificate: &Certificate) -> Result<Self, SpkiError> {
        Self::of_path(certificate, &[])
    }

    /// Takes the facts out of the issuer's certificate and those above it, whose name constraints bind, too.
    ///
    /// # Errors
    /// [`SpkiError`] when the issuer's public key is not one that keyrite offers.
    pub fn of_path(certificate: &Certificate, above: &[Certificate]) -> Result<Self, SpkiError> {
        let value = |wanted| certificate.extension(wanted).map(|extension| &extension.value);
        let path_len = value(oid::BASIC_CONSTRAINTS)
            .and_then(|value| if let Value::BasicConstraints(value) = value { value.path_len } else { None });
        let key_usage = value(oid::KEY_USAGE)
            .and_then(|value| if let Value::KeyUsage(usage) = value { Some(*usage) } else { None });
        let ext_key_usage = value(oid::EXT_KEY_USAGE).and_then(|value| {
            if let Value::ExtKeyUsage(purposes) = value { Some(purposes.0.clone()) } else { None }
        });
        let path = std::iter::once(certificate).chain(above);
        let name_constraints = path.filter_map(|one| extension_value(one.as_der(), oid::NAME_CONSTRAINTS));
        Ok(Self {
            key_usage,
            ext_key_usage,
            name_constraints: name_constraints.collect(),
            subject: certificate.subject().clone(),
            subject_key_identifier: certificate.subject_key_identifier().map(<[u8]>::to_vec),
            public_key: certificate.public_key()?,
            not_after: certificate.not_after(),
            path_len,
        })
    }
}

/// The value of an extension of a certificate, as it is encoded.
fn extension_value(der: &[u8], oid: ObjectIdentifier) -> Option<Vec<u8>> {
    let (tbs, _) = view::split_signed(der).ok()?;
    let (view, _) = view::certificate(tbs).ok()?;
    view.extension(oid).map(|extension| extension.value.to_vec())
}

/// What a profile allows, as plain values (rule C18 and the limits of C11, C12 and C15).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// The closed list of extensions: any other is an error.
    pub extensions: Vec<ExpectedExtension>,
    /// The most seconds of validity, both ends counted (a day is 86400).
    pub maximum_seconds: Option<i64>,
    /// The most seconds by which notBefore may lie before the time of signing.
    pub backdating_seconds: Option<i64>,
    /// Whether notAfter may be 99991231235959Z.
    pub no_expiration: bool,
    /// Whether notAfter may lie after the issuer's own.
    pub beyond_issuer: bool,
    /// The sets of rules that the certificate has to follow beside RFC 5280.
    pub standards: Vec<Standard>,
}

/// One extension that a profile allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedExtension {
    /// Which extension.
    pub oid: ObjectIdentifier,
    /// Whether it must be critical; none where another rule decides (subjectAltName: rule E01).
    pub critical: Option<bool>,
    /// Whether it must be there.
    pub required: bool,
}
