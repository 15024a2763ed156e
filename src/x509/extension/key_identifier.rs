//! authorityKeyIdentifier (RFC 5280 s.4.2.1.1); the subjectKeyIdentifier is plain octets (s.4.2.1.2).

use std::fmt;

use der::asn1::OctetString;
use der::{Decode, Encode};
use x509_cert::ext::pkix::AuthorityKeyIdentifier as Encoded;

/// The key that signed, by the identifier that its own certificate gives it.
///
/// Issuer name and serial number are never written (BR 7.1.2.11.1) and a certificate that has them is
/// left unrecognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// keyIdentifier: the octets of the issuer's subjectKeyIdentifier.
    pub key_identifier: Vec<u8>,
}

impl AuthorityKeyIdentifier {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        Encoded {
            key_identifier: Some(OctetString::new(self.key_identifier.clone())?),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        }
        .to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let read = Encoded::from_der(der)?;
        let octets = read.key_identifier.ok_or_else(|| der::Tag::OctetString.value_error())?;
        Ok(Self { key_identifier: octets.as_bytes().to_vec() })
    }
}

impl fmt::Display for AuthorityKeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(&self.key_identifier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_identifier_is_written() {
        let value = AuthorityKeyIdentifier { key_identifier: vec![1, 2, 3] };
        assert_eq!(hex::encode(value.to_der().unwrap()), "30058003010203");
        assert_eq!(AuthorityKeyIdentifier::from_der(&[0x30, 5, 0x80, 3, 1, 2, 3]).unwrap(), value);
        assert!(AuthorityKeyIdentifier::from_der(&[0x30, 0]).is_err());
    }
}
