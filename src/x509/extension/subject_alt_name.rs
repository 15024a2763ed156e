//! subjectAltName (RFC 5280 s.4.2.1.6).

use std::fmt;

use der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName as Encoded;

use crate::x509::general_name::GeneralName;

/// The names of the subject, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectAltName(pub Vec<GeneralName>);

impl SubjectAltName {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let names = self.0.iter().map(GeneralName::to_x509).collect::<Result<Vec<_>, _>>()?;
        Encoded(names).to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        Encoded::from_der(der)?.0.iter().map(GeneralName::from_x509).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order() {
        let value = SubjectAltName(vec!["dns:b.test".parse().unwrap(), "dns:a.test".parse().unwrap()]);
        let der = "30108206622e746573748206612e74657374";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(SubjectAltName::from_der(&hex::decode(der).unwrap()).unwrap(), value);
    }
}
