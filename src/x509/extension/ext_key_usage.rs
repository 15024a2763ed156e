//! extKeyUsage (RFC 5280 s.4.2.1.12).

use std::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};

use super::purpose;

/// The purposes for which the key may be used, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtKeyUsage(pub Vec<ObjectIdentifier>);

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
}
