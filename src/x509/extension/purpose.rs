//! The purposes of extKeyUsage that have a name (RFC 5280 s.4.2.1.12 and the standards that add to it).

use der::asn1::ObjectIdentifier;

const fn oid(text: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// id-kp-serverAuth: TLS server.
pub const SERVER_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.1");
/// id-kp-clientAuth: TLS client.
pub const CLIENT_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
/// id-kp-codeSigning.
pub const CODE_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.3");
/// id-kp-emailProtection.
pub const EMAIL_PROTECTION: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.4");
/// id-kp-timeStamping (RFC 3161).
pub const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
/// id-kp-OCSPSigning (RFC 6960).
pub const OCSP_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.9");
/// anyExtendedKeyUsage.
pub const ANY: ObjectIdentifier = oid("2.5.29.37.0");
/// id-kp-ipsecIKE (RFC 4945 s.5.1.3.12).
pub const IPSEC_IKE: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.17");
/// id-kp-documentSigning (RFC 9336).
pub const DOCUMENT_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.36");
/// szOID_KP_SMARTCARD_LOGON of Microsoft.
pub const SMARTCARD_LOGON: ObjectIdentifier = oid("1.3.6.1.4.1.311.20.2.2");
/// id-pkinit-KPClientAuth (RFC 4556 s.3.2.2).
pub const PKINIT_CLIENT: ObjectIdentifier = oid("1.3.6.1.5.2.3.4");
/// id-pkinit-KPKdc (RFC 4556 s.3.2.4).
pub const PKINIT_KDC: ObjectIdentifier = oid("1.3.6.1.5.2.3.5");
/// Precertificate Signing Certificate (RFC 6962 s.3.1).
pub const PRECERTIFICATE_SIGNING: ObjectIdentifier = oid("1.3.6.1.4.1.11129.2.4.4");

const NAMES: [(&str, ObjectIdentifier); 66] = [
    ("serverAuth", SERVER_AUTH),
    ("clientAuth", CLIENT_AUTH),
    ("codeSigning", CODE_SIGNING),
    ("emailProtection", EMAIL_PROTECTION),
    ("timeStamping", TIME_STAMPING),
    ("OCSPSigning", OCSP_SIGNING),
    ("anyExtendedKeyUsage", ANY),
    ("ipsecIKE", IPSEC_IKE),
    ("documentSigning", DOCUMENT_SIGNING),
    ("smartcardLogon", SMARTCARD_LOGON),
    ("pkinitClient", PKINIT_CLIENT),
    ("pkinitKDC", PKINIT_KDC),
    ("precertificateSigning", PRECERTIFICATE_SIGNING),
    // Of RFC 2459, no longer for use (RFC 4945 s.5.1.3.12).
    ("ipsecEndSystem", oid("1.3.6.1.5.5.7.3.5")),
    ("ipsecTunnel", oid("1.3.6.1.5.5.7.3.6")),
    ("ipsecUser", oid("1.3.6.1.5.5.7.3.7")),
    // The rest of the arc id-kp, as IANA registers it.
    ("dvcs", oid("1.3.6.1.5.5.7.3.10")),
    ("eapOverPPP", oid("1.3.6.1.5.5.7.3.13")),
    ("eapOverLAN", oid("1.3.6.1.5.5.7.3.14")),
    ("scvpServer", oid("1.3.6.1.5.5.7.3.15")),
    ("scvpClient", oid("1.3.6.1.5.5.7.3.16")),
    ("capwapAC", oid("1.3.6.1.5.5.7.3.18")),
    ("capwapWTP", oid("1.3.6.1.5.5.7.3.19")),
    ("sipDomain", oid("1.3.6.1.5.5.7.3.20")),
    ("secureShellClient", oid("1.3.6.1.5.5.7.3.21")),
    ("secureShellServer", oid("1.3.6.1.5.5.7.3.22")),
    ("sendRouter", oid("1.3.6.1.5.5.7.3.23")),
    ("sendProxiedRouter", oid("1.3.6.1.5.5.7.3.24")),
    ("sendOwner", oid("1.3.6.1.5.5.7.3.25")),
    ("sendProxiedOwner", oid("1.3.6.1.5.5.7.3.26")),
    ("cmcCA", oid("1.3.6.1.5.5.7.3.27")),
    ("cmcRA", oid("1.3.6.1.5.5.7.3.28")),
    ("cmcArchive", oid("1.3.6.1.5.5.7.3.29")),
    ("bgpsecRouter", oid("1.3.6.1.5.5.7.3.30")),
    ("brandIndicatorForMessageIdentification", oid("1.3.6.1.5.5.7.3.31")),
    ("cmKGA", oid("1.3.6.1.5.5.7.3.32")),
    ("rpcTLSClient", oid("1.3.6.1.5.5.7.3.33")),
    ("rpcTLSServer", oid("1.3.6.1.5.5.7.3.34")),
    ("bundleSecurity", oid("1.3.6.1.5.5.7.3.35")),
    ("jwt", oid("1.3.6.1.5.5.7.3.37")),
    ("httpContentEncrypt", oid("1.3.6.1.5.5.7.3.38")),
    ("oauthAccessTokenSigning", oid("1.3.6.1.5.5.7.3.39")),
    ("imUri", oid("1.3.6.1.5.5.7.3.40")),
    ("configSigning", oid("1.3.6.1.5.5.7.3.41")),
    ("trustAnchorConfigSigning", oid("1.3.6.1.5.5.7.3.42")),
    ("updatePackageSigning", oid("1.3.6.1.5.5.7.3.43")),
    ("safetyCommunication", oid("1.3.6.1.5.5.7.3.44")),
    // Microsoft's.
    ("msCertificateRequestAgent", oid("1.3.6.1.4.1.311.20.2.1")),
    ("msCodeIndividual", oid("1.3.6.1.4.1.311.2.1.21")),
    ("msCodeCommercial", oid("1.3.6.1.4.1.311.2.1.22")),
    ("msTrustListSigning", oid("1.3.6.1.4.1.311.10.3.1")),
    ("msServerGatedCrypto", oid("1.3.6.1.4.1.311.10.3.3")),
    ("msEncryptedFileSystem", oid("1.3.6.1.4.1.311.10.3.4")),
    ("msFileRecovery", oid("1.3.6.1.4.1.311.10.3.4.1")),
    ("msKeyRecovery", oid("1.3.6.1.4.1.311.10.3.11")),
    ("msDocumentSigning", oid("1.3.6.1.4.1.311.10.3.12")),
    ("msLifetimeSigning", oid("1.3.6.1.4.1.311.10.3.13")),
    // Of others.
    ("adobeAuthenticDocumentsTrust", oid("1.2.840.113583.1.1.5")),
    ("appleCodeSigning", oid("1.2.840.113635.100.4.1")),
    ("etsiTslSigning", oid("0.4.0.2231.3.0")),
    ("mdocDocumentSigning", oid("1.0.18013.5.1.2")),
    ("icaoMasterListSigning", oid("2.23.136.1.1.3")),
    ("tcgEndorsementKey", oid("2.23.133.8.1")),
    ("tcgPlatformAttribute", oid("2.23.133.8.2")),
    ("tcgAttestationIdentityKey", oid("2.23.133.8.3")),
    ("netscapeServerGatedCrypto", oid("2.16.840.1.113730.4.1")),
];

/// Text that is neither the name of a purpose nor an object identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown extended key usage {0:?}, wanted a name such as serverAuth or a dotted object identifier")]
pub struct UnknownPurpose(pub String);

/// The purpose of a name such as `serverAuth`, or of a dotted object identifier.
///
/// # Errors
/// [`UnknownPurpose`] when the text is neither.
pub fn parse(text: &str) -> Result<ObjectIdentifier, UnknownPurpose> {
    match NAMES.iter().find(|(name, _)| *name == text) {
        Some((_, oid)) => Ok(*oid),
        None => text.parse().map_err(|_| UnknownPurpose(text.to_owned())),
    }
}

/// The name of a purpose, or its dotted object identifier.
#[must_use]
pub fn name(oid: &ObjectIdentifier) -> String {
    NAMES
        .iter()
        .find(|(_, known)| known == oid)
        .map_or_else(|| oid.to_string(), |(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_one_purpose() {
        for (at, (text, oid)) in NAMES.iter().enumerate() {
            assert_eq!(parse(text), Ok(*oid));
            assert_eq!(name(oid), *text);
            assert!(NAMES.iter().skip(at + 1).all(|(other, same)| other != text && same != oid), "{text}");
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(parse("serverAuth"), Ok(SERVER_AUTH));
        assert_eq!(parse("1.2.3").map(|oid| oid.to_string()), Ok("1.2.3".to_owned()));
        assert!(parse("serverauth").is_err());
    }
}
