//! Extensions (RFC 5280 s.4.2, s.5.2): one file each, typed where keyrite writes them.
//!
//! What another CA wrote in a form that keyrite does not write (say, a distribution point with reasons)
//! stays [`Value::Unrecognized`] with its octets: it is shown, never guessed at and never issued.

mod authority_info_access;
mod basic_constraints;
mod certificate_policies;
mod crl_distribution_points;
mod crl_entry;
mod crl_number;
mod ext_key_usage;
mod inhibit_any_policy;
mod issuing_distribution_point;
mod key_identifier;
mod key_usage;
mod name_constraints;
pub mod oid;
mod policy_constraints;
mod policy_mappings;
pub mod purpose;
mod qc_statements;
mod subject_alt_name;
mod subject_info_access;
mod tls_feature;

use std::fmt;

use der::asn1::{AnyRef, Null, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};

pub use authority_info_access::AuthorityInfoAccess;
pub use basic_constraints::BasicConstraints;
pub use certificate_policies::{CertificatePolicies, Policy, Qualifier, USER_NOTICE_CHARACTERS};
pub use crl_distribution_points::CrlDistributionPoints;
pub use crl_entry::{ReasonCode, UnknownReason};
pub use crl_number::CrlNumber;
pub use ext_key_usage::ExtKeyUsage;
pub use inhibit_any_policy::InhibitAnyPolicy;
pub use issuing_distribution_point::{Covers, IssuingDistributionPoint, UnknownCovers};
pub use key_identifier::AuthorityKeyIdentifier;
pub use key_usage::{KeyUsage, UnknownKeyUsage};
pub use name_constraints::{NameConstraints, Subtree, SubtreeError};
pub use policy_constraints::PolicyConstraints;
pub use policy_mappings::{PolicyMapping, PolicyMappingError, PolicyMappings};
pub use purpose::UnknownPurpose;
pub use qc_statements::{
    MonetaryValue, PdsLocation, Psd2, PspRole, QcStatement, QcStatementError, QcStatements, QcType,
};
pub use subject_alt_name::SubjectAltName;
pub use subject_info_access::SubjectInfoAccess;
pub use tls_feature::{Feature, TlsFeature, UnknownFeature};

/// One extension: whether it is critical, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Whether a relying party that does not know the extension must refuse the certificate.
    pub critical: bool,
    /// What it says.
    pub value: Value,
}

/// What an extension says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// s.4.2.1.9
    BasicConstraints(BasicConstraints),
    /// s.4.2.1.3
    KeyUsage(KeyUsage),
    /// s.4.2.1.12
    ExtKeyUsage(ExtKeyUsage),
    /// s.4.2.1.2: the octets of the identifier.
    SubjectKeyIdentifier(Vec<u8>),
    /// s.4.2.1.1, s.5.2.1
    AuthorityKeyIdentifier(AuthorityKeyIdentifier),
    /// s.4.2.1.6
    SubjectAltName(SubjectAltName),
    /// s.4.2.1.7
    IssuerAltName(SubjectAltName),
    /// s.4.2.1.13
    CrlDistributionPoints(CrlDistributionPoints),
    /// s.4.2.1.15: where delta CRLs are found.
    FreshestCrl(CrlDistributionPoints),
    /// s.4.2.2.1
    AuthorityInfoAccess(AuthorityInfoAccess),
    /// s.4.2.2.2
    SubjectInfoAccess(SubjectInfoAccess),
    /// s.4.2.1.4
    CertificatePolicies(CertificatePolicies),
    /// s.4.2.1.5
    PolicyMappings(PolicyMappings),
    /// s.4.2.1.11
    PolicyConstraints(PolicyConstraints),
    /// s.4.2.1.14
    InhibitAnyPolicy(InhibitAnyPolicy),
    /// s.4.2.1.10
    NameConstraints(NameConstraints),
    /// RFC 7633
    TlsFeature(TlsFeature),
    /// RFC 9608: no revocation status is ever given. The value is NULL.
    NoRevAvail,
    /// RFC 6960 s.4.2.2.2.1: the status of this OCSP responder is not to be asked for. The value is NULL.
    OcspNocheck,
    /// RFC 3739 s.3.2.6
    QcStatements(QcStatements),
    /// s.5.2.3
    CrlNumber(CrlNumber),
    /// s.5.2.4: the number of the complete CRL to which a delta CRL is added.
    DeltaCrlIndicator(CrlNumber),
    /// s.5.2.5
    IssuingDistributionPoint(IssuingDistributionPoint),
    /// An extension, or a form of one, that keyrite does not write.
    Unrecognized {
        /// Which extension.
        oid: ObjectIdentifier,
        /// The contents of extnValue.
        der: Vec<u8>,
    },
}

impl Value {
    /// The extension's object identifier.
    #[must_use]
    pub const fn oid(&self) -> ObjectIdentifier {
        match self {
            Self::BasicConstraints(_) => oid::BASIC_CONSTRAINTS,
            Self::KeyUsage(_) => oid::KEY_USAGE,
            Self::ExtKeyUsage(_) => oid::EXT_KEY_USAGE,
            Self::SubjectKeyIdentifier(_) => oid::SUBJECT_KEY_IDENTIFIER,
            Self::AuthorityKeyIdentifier(_) => oid::AUTHORITY_KEY_IDENTIFIER,
            Self::SubjectAltName(_) => oid::SUBJECT_ALT_NAME,
            Self::IssuerAltName(_) => oid::ISSUER_ALT_NAME,
            Self::CrlDistributionPoints(_) => oid::CRL_DISTRIBUTION_POINTS,
            Self::FreshestCrl(_) => oid::FRESHEST_CRL,
            Self::AuthorityInfoAccess(_) => oid::AUTHORITY_INFO_ACCESS,
            Self::SubjectInfoAccess(_) => oid::SUBJECT_INFO_ACCESS,
            Self::CertificatePolicies(_) => oid::CERTIFICATE_POLICIES,
            Self::PolicyMappings(_) => oid::POLICY_MAPPINGS,
            Self::PolicyConstraints(_) => oid::POLICY_CONSTRAINTS,
            Self::InhibitAnyPolicy(_) => oid::INHIBIT_ANY_POLICY,
            Self::NameConstraints(_) => oid::NAME_CONSTRAINTS,
            Self::TlsFeature(_) => oid::TLS_FEATURE,
            Self::NoRevAvail => oid::NO_REV_AVAIL,
            Self::OcspNocheck => oid::OCSP_NOCHECK,
            Self::QcStatements(_) => oid::QC_STATEMENTS,
            Self::CrlNumber(_) => oid::CRL_NUMBER,
            Self::DeltaCrlIndicator(_) => oid::DELTA_CRL_INDICATOR,
            Self::IssuingDistributionPoint(_) => oid::ISSUING_DISTRIBUTION_POINT,
            Self::Unrecognized { oid, .. } => *oid,
        }
    }

    /// The contents of extnValue.
    ///
    /// # Errors
    /// A [`der::Error`] when the value cannot be encoded.
    pub fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        match self {
            Self::BasicConstraints(value) => value.to_der(),
            Self::KeyUsage(value) => value.to_der(),
            Self::ExtKeyUsage(value) => value.to_der(),
            Self::SubjectKeyIdentifier(octets) => OctetStringRef::new(octets)?.to_der(),
            Self::AuthorityKeyIdentifier(value) => value.to_der(),
            Self::SubjectAltName(value) | Self::IssuerAltName(value) => value.to_der(),
            Self::CrlDistributionPoints(value) | Self::FreshestCrl(value) => value.to_der(),
            Self::AuthorityInfoAccess(value) => value.to_der(),
            Self::SubjectInfoAccess(value) => value.to_der(),
            Self::CertificatePolicies(value) => value.to_der(),
            Self::PolicyMappings(value) => value.to_der(),
            Self::PolicyConstraints(value) => value.to_der(),
            Self::InhibitAnyPolicy(value) => value.to_der(),
            Self::NameConstraints(value) => value.to_der(),
            Self::TlsFeature(value) => value.to_der(),
            Self::NoRevAvail | Self::OcspNocheck => Null.to_der(),
            Self::QcStatements(value) => value.to_der(),
            Self::CrlNumber(value) | Self::DeltaCrlIndicator(value) => value.to_der(),
            Self::IssuingDistributionPoint(value) => value.to_der(),
            Self::Unrecognized { der, .. } => Ok(der.clone()),
        }
    }

    /// Reads the contents of extnValue. A form that does not encode to the same octets again is
    /// [`Value::Unrecognized`], so nothing that is shown differs from what stands in the certificate.
    #[must_use]
    pub fn from_der(oid: ObjectIdentifier, der: &[u8]) -> Self {
        let read = match oid {
            oid::BASIC_CONSTRAINTS => BasicConstraints::from_der(der).map(Self::BasicConstraints),
            oid::KEY_USAGE => KeyUsage::from_der(der).map(Self::KeyUsage),
            oid::EXT_KEY_USAGE => ExtKeyUsage::from_der(der).map(Self::ExtKeyUsage),
            oid::SUBJECT_KEY_IDENTIFIER => OctetString::from_der(der)
                .map(|octets| Self::SubjectKeyIdentifier(octets.as_bytes().to_vec())),
            oid::AUTHORITY_KEY_IDENTIFIER => {
                AuthorityKeyIdentifier::from_der(der).map(Self::AuthorityKeyIdentifier)
            }
            oid::SUBJECT_ALT_NAME => SubjectAltName::from_der(der).map(Self::SubjectAltName),
            oid::ISSUER_ALT_NAME => SubjectAltName::from_der(der).map(Self::IssuerAltName),
            oid::CRL_DISTRIBUTION_POINTS => {
                CrlDistributionPoints::from_der(der).map(Self::CrlDistributionPoints)
            }
            oid::FRESHEST_CRL => CrlDistributionPoints::from_der(der).map(Self::FreshestCrl),
            oid::AUTHORITY_INFO_ACCESS => AuthorityInfoAccess::from_der(der).map(Self::AuthorityInfoAccess),
            oid::SUBJECT_INFO_ACCESS => SubjectInfoAccess::from_der(der).map(Self::SubjectInfoAccess),
            oid::CERTIFICATE_POLICIES => CertificatePolicies::from_der(der).map(Self::CertificatePolicies),
            oid::POLICY_MAPPINGS => PolicyMappings::from_der(der).map(Self::PolicyMappings),
            oid::POLICY_CONSTRAINTS => PolicyConstraints::from_der(der).map(Self::PolicyConstraints),
            oid::INHIBIT_ANY_POLICY => InhibitAnyPolicy::from_der(der).map(Self::InhibitAnyPolicy),
            oid::NAME_CONSTRAINTS => NameConstraints::from_der(der).map(Self::NameConstraints),
            oid::TLS_FEATURE => TlsFeature::from_der(der).map(Self::TlsFeature),
            oid::NO_REV_AVAIL => Null::from_der(der).map(|Null| Self::NoRevAvail),
            oid::OCSP_NOCHECK => Null::from_der(der).map(|Null| Self::OcspNocheck),
            oid::QC_STATEMENTS => QcStatements::from_der(der).map(Self::QcStatements),
            oid::CRL_NUMBER => CrlNumber::from_der(der).map(Self::CrlNumber),
            oid::DELTA_CRL_INDICATOR => CrlNumber::from_der(der).map(Self::DeltaCrlIndicator),
            oid::ISSUING_DISTRIBUTION_POINT => {
                IssuingDistributionPoint::from_der(der).map(Self::IssuingDistributionPoint)
            }
            _ => Err(Tag::Null.value_error().into()),
        };
        match read {
            Ok(value) if value.to_der().is_ok_and(|again| again == der) => value,
            Ok(_) | Err(_) => Self::Unrecognized { oid, der: der.to_vec() },
        }
    }

    /// What a CRL covers, if this says so.
    #[must_use]
    pub fn as_issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        if let Self::IssuingDistributionPoint(point) = self { Some(point) } else { None }
    }

    /// The URIs of the one distribution point of a certificate, if this says so.
    #[must_use]
    pub fn as_distribution_point(&self) -> Option<&[String]> {
        if let Self::CrlDistributionPoints(points) = self { Some(&points.0) } else { None }
    }

    /// The number of the complete CRL to which a delta CRL is added, if this says so.
    #[must_use]
    pub const fn as_delta_base(&self) -> Option<CrlNumber> {
        if let Self::DeltaCrlIndicator(number) = self { Some(*number) } else { None }
    }

    /// The name of the extension in its standard, or its object identifier.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(&self.oid())
    }
}

/// The name of an extension in its standard (`oid` has them all), or its dotted object identifier.
#[must_use]
pub fn name_of(oid: &ObjectIdentifier) -> String {
    oid::name(oid).map_or_else(|| oid.to_string(), str::to_owned)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BasicConstraints(value) => value.fmt(f),
            Self::KeyUsage(value) => value.fmt(f),
            Self::ExtKeyUsage(value) => value.fmt(f),
            Self::SubjectKeyIdentifier(octets) => f.write_str(&hex::encode_upper(octets)),
            Self::AuthorityKeyIdentifier(value) => value.fmt(f),
            Self::SubjectAltName(value) | Self::IssuerAltName(value) => value.fmt(f),
            Self::CrlDistributionPoints(value) | Self::FreshestCrl(value) => value.fmt(f),
            Self::AuthorityInfoAccess(value) => value.fmt(f),
            Self::SubjectInfoAccess(value) => value.fmt(f),
            Self::CertificatePolicies(value) => value.fmt(f),
            Self::PolicyMappings(value) => value.fmt(f),
            Self::PolicyConstraints(value) => value.fmt(f),
            Self::InhibitAnyPolicy(value) => value.fmt(f),
            Self::NameConstraints(value) => value.fmt(f),
            Self::TlsFeature(value) => value.fmt(f),
            Self::NoRevAvail => f.write_str("no revocation status is available"),
            Self::OcspNocheck => f.write_str("the status of this responder is not to be checked"),
            Self::QcStatements(value) => value.fmt(f),
            Self::CrlNumber(value) => value.fmt(f),
            Self::DeltaCrlIndicator(value) => write!(f, "changes since CRL {value}"),
            Self::IssuingDistributionPoint(value) => value.fmt(f),
            Self::Unrecognized { der, .. } => write!(f, "DER {}", hex::encode(der)),
        }
    }
}

impl Extension {
    /// The extension as a whole: OID, criticality (left out when FALSE: X.690 s.11.5), value.
    ///
    /// # Errors
    /// A [`der::Error`] when the value cannot be encoded.
    pub fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        x509_cert::ext::Extension {
            extn_id: self.value.oid(),
            critical: self.critical,
            extn_value: OctetString::new(self.value.to_der()?)?,
        }
        .to_der()
    }
}

/// One extension as it was found, with its value unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawExtension<'a> {
    /// Which extension.
    pub oid: ObjectIdentifier,
    /// The octet that stood for `critical`, if the field was there: DER allows only 0xFF, since FALSE
    /// is the default.
    pub critical: Option<u8>,
    /// The contents of extnValue.
    pub value: &'a [u8],
}

impl RawExtension<'_> {
    /// Whether the extension is critical.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical.is_some_and(|octet| octet != 0)
    }

    /// The typed form.
    #[must_use]
    pub fn read(&self) -> Extension {
        Extension { critical: self.is_critical(), value: Value::from_der(self.oid, self.value) }
    }
}

/// Reads the DER of `Extensions`, each as it stands; whether one is there twice is for the caller to ask.
///
/// # Errors
/// A [`der::Error`] when the octets are not a sequence of extensions.
pub fn read_all(der: &[u8]) -> Result<Vec<RawExtension<'_>>, der::Error> {
    read_list(AnyRef::from_der(der)?)
}

/// The first extension that stands in a list a second time, which RFC 5280 s.4.2 forbids.
#[must_use]
pub fn repeated(extensions: &[RawExtension<'_>]) -> Option<ObjectIdentifier> {
    // A set: a hostile list has as many as fit into the largest object that is read.
    let mut earlier = std::collections::BTreeSet::new();
    extensions.iter().map(|extension| extension.oid).find(|oid| !earlier.insert(*oid))
}

/// As [`read_all`], from the SEQUENCE itself.
///
/// # Errors
/// As [`read_all`].
pub fn read_list(sequence: AnyRef<'_>) -> Result<Vec<RawExtension<'_>>, der::Error> {
    sequence.tag().assert_eq(Tag::Sequence)?;
    let mut list = SliceReader::new(sequence.value())?;
    let mut found = Vec::new();
    while !list.is_finished() {
        let one = AnyRef::decode(&mut list)?;
        one.tag().assert_eq(Tag::Sequence)?;
        let mut fields = SliceReader::new(one.value())?;
        let oid = ObjectIdentifier::decode(&mut fields)?;
        let mut next = AnyRef::decode(&mut fields)?;
        let mut critical = None;
        if next.tag() == Tag::Boolean {
            critical = match next.value() {
                [octet] => Some(*octet),
                _ => return Err(Tag::Boolean.length_error().into()),
            };
            next = AnyRef::decode(&mut fields)?;
        }
        next.tag().assert_eq(Tag::OctetString)?;
        fields.finish()?;
        found.push(RawExtension { oid, critical, value: next.value() });
    }
    Ok(found)
}
