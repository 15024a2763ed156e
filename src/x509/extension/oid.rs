//! The object identifiers of extensions and their names in the standards.

use der::asn1::ObjectIdentifier;

const fn oid(text: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.14");
/// keyUsage.
pub const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
/// subjectAltName.
pub const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
/// issuerAltName.
pub const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
/// basicConstraints.
pub const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
/// cRLNumber.
pub const CRL_NUMBER: ObjectIdentifier = oid("2.5.29.20");
/// reasonCode, of a CRL entry.
pub const REASON_CODE: ObjectIdentifier = oid("2.5.29.21");
/// invalidityDate, of a CRL entry.
pub const INVALIDITY_DATE: ObjectIdentifier = oid("2.5.29.24");
/// deltaCRLIndicator.
pub const DELTA_CRL_INDICATOR: ObjectIdentifier = oid("2.5.29.27");
/// issuingDistributionPoint.
pub const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = oid("2.5.29.28");
/// nameConstraints.
pub const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
/// anyPolicy (RFC 5280 s.4.2.1.4): no extension, but a policy.
pub const ANY_POLICY: ObjectIdentifier = oid("2.5.29.32.0");
/// policyMappings.
pub const POLICY_MAPPINGS: ObjectIdentifier = oid("2.5.29.33");
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.35");
/// policyConstraints.
pub const POLICY_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.36");
/// extKeyUsage.
pub const EXT_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
/// freshestCRL.
pub const FRESHEST_CRL: ObjectIdentifier = oid("2.5.29.46");
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: ObjectIdentifier = oid("2.5.29.54");
/// noRevAvail (RFC 9608).
pub const NO_REV_AVAIL: ObjectIdentifier = oid("2.5.29.56");
/// authorityInfoAccess.
pub const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");
/// qcStatements (RFC 3739 s.3.2.6).
pub const QC_STATEMENTS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.3");
/// subjectInfoAccess.
pub const SUBJECT_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.11");
/// TLS feature (RFC 7633).
pub const TLS_FEATURE: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.24");
/// id-ad-ocsp, an access method (RFC 5280 s.4.2.2.1).
pub const AD_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
/// id-ad-caIssuers, an access method.
pub const AD_CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
/// id-pkix-ocsp-nocheck (RFC 6960 s.4.2.2.2.1).
pub const OCSP_NOCHECK: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");

/// Every extension with a name: what keyrite writes, and what requests and the certificates of others carry.
const NAMES: [(ObjectIdentifier, &str); 50] = [
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (KEY_USAGE, "keyUsage"),
    (EXT_KEY_USAGE, "extKeyUsage"),
    (SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (SUBJECT_ALT_NAME, "subjectAltName"),
    (ISSUER_ALT_NAME, "issuerAltName"),
    (CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (FRESHEST_CRL, "freshestCRL"),
    (AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
    (SUBJECT_INFO_ACCESS, "subjectInfoAccess"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (POLICY_MAPPINGS, "policyMappings"),
    (POLICY_CONSTRAINTS, "policyConstraints"),
    (INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (TLS_FEATURE, "tlsFeature"),
    (NO_REV_AVAIL, "noRevAvail"),
    (OCSP_NOCHECK, "ocspNocheck"),
    (QC_STATEMENTS, "qcStatements"),
    (CRL_NUMBER, "cRLNumber"),
    (REASON_CODE, "reasonCode"),
    (INVALIDITY_DATE, "invalidityDate"),
    (DELTA_CRL_INDICATOR, "deltaCRLIndicator"),
    (ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint"),
    (oid("2.5.29.29"), "certificateIssuer"),
    (oid("2.5.29.9"), "subjectDirectoryAttributes"),
    (oid("2.5.29.16"), "privateKeyUsagePeriod"),
    (oid("1.3.6.1.5.5.7.1.2"), "biometricInfo"),
    (oid("1.3.6.1.5.5.7.1.7"), "ipAddrBlocks"),
    (oid("1.3.6.1.5.5.7.1.8"), "autonomousSysIds"),
    (oid("1.3.6.1.5.5.7.1.12"), "logotype"),
    (oid("1.3.6.1.5.5.7.1.31"), "acmeIdentifier"),
    (oid("1.3.6.1.4.1.11129.2.4.2"), "signedCertificateTimestampList"),
    (oid("1.3.6.1.4.1.11129.2.4.3"), "ctPoison"),
    (oid("2.23.140.3.1"), "cabfOrganizationIdentifier"),
    // Microsoft's, as its enrolment clients ask for them.
    (oid("1.3.6.1.4.1.311.20.2"), "msCertificateTemplateName"),
    (oid("1.3.6.1.4.1.311.21.1"), "msCaVersion"),
    (oid("1.3.6.1.4.1.311.21.2"), "msPreviousCaCertificateHash"),
    (oid("1.3.6.1.4.1.311.21.7"), "msCertificateTemplate"),
    (oid("1.3.6.1.4.1.311.21.10"), "msApplicationPolicies"),
    (oid("1.3.6.1.4.1.311.21.11"), "msApplicationPolicyMappings"),
    (oid("1.3.6.1.4.1.311.21.12"), "msApplicationPolicyConstraints"),
    (oid("1.3.6.1.4.1.311.25.2"), "msNtdsCaSecurity"),
    (oid("1.2.840.113549.1.9.15"), "smimeCapabilities"),
    // Netscape's, of the time before extKeyUsage; OpenSSL's sample configuration still writes them.
    (oid("2.16.840.1.113730.1.1"), "netscapeCertType"),
    (oid("2.16.840.1.113730.1.4"), "netscapeCaRevocationUrl"),
    (oid("2.16.840.1.113730.1.8"), "netscapeCaPolicyUrl"),
    (oid("2.16.840.1.113730.1.12"), "netscapeSslServerName"),
    (oid("2.16.840.1.113730.1.13"), "netscapeComment"),
];

/// The name of an extension, if it has one here.
pub(super) fn name(wanted: &ObjectIdentifier) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| known == wanted).map(|(_, name)| *name)
}

/// The extension of a name such as `subjectAltName`, or of a dotted object identifier.
#[must_use]
pub fn by_name(text: &str) -> Option<ObjectIdentifier> {
    let known = NAMES.iter().find(|(_, name)| *name == text).map(|(known, _)| *known);
    known.or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_one_extension() {
        for (at, (oid, name)) in NAMES.iter().enumerate() {
            assert_eq!(by_name(name), Some(*oid));
            assert_eq!(super::name(oid), Some(*name));
            assert!(NAMES.iter().skip(at + 1).all(|(other, same)| other != oid && same != name), "{name}");
        }
        assert_eq!(by_name("1.2.3"), Some(oid("1.2.3")));
        assert_eq!(by_name("subjectaltname"), None);
    }
}
