//! extKeyUsage (RFC 5280 s.4.2.1.12).

use std::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};

/// The purposes for which the key may be used, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtKeyUsage(pub Vec<ObjectIdentifier>);

/// The purposes that have a name.
pub mod purpose {
    use std::str::FromStr;

    use der::asn1::ObjectIdentifier;

    use super::UnknownPurpose;

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

    const NAMES: [(&str, ObjectIdentifier); 7] = [
        ("serverAuth", SERVER_AUTH),
        ("clientAuth", CLIENT_AUTH),
        ("codeSigning", CODE_SIGNING),
        ("emailProtection", EMAIL_PROTECTION),
        ("timeStamping", TIME_STAMPING),
        ("OCSPSigning", OCSP_SIGNING),
        ("anyExtendedKeyUsage", ANY),
    ];

    /// The purpose of a name such as `serverAuth`, or of a dotted object identifier.
    ///
    /// # Errors
    /// [`UnknownPurpose`] when the text is neither.
    pub fn parse(text: &str) -> Result<ObjectIdentifier, UnknownPurpose> {
        match NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, oid)) => Ok(*oid),
            None => ObjectIdentifier::from_str(text).map_err(|_| UnknownPurpose(text.to_owned())),
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
}

/// Text that is neither the name of a purpose nor an object identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown extended key usage {0:?}, wanted a name such as serverAuth or a dotted object identifier")]
pub struct UnknownPurpose(pub String);

impl ExtKeyUsage {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        self.0.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        Vec::from_der(der).map(Self)
    }
}

impl fmt::Display for ExtKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(purpose::name).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_encode_in_their_order() {
        let value = ExtKeyUsage(vec![purpose::SERVER_AUTH, purpose::CLIENT_AUTH]);
        let der = "301406082b0601050507030106082b06010505070302";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(ExtKeyUsage::from_der(&hex::decode(der).unwrap()).unwrap(), value);
        assert_eq!(value.to_string(), "serverAuth, clientAuth");
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(purpose::parse("serverAuth"), Ok(purpose::SERVER_AUTH));
        assert_eq!(purpose::parse("1.2.3").map(|oid| oid.to_string()), Ok("1.2.3".to_owned()));
        assert!(purpose::parse("serverauth").is_err());
    }
}
