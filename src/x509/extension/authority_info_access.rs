//! authorityInfoAccess (RFC 5280 s.4.2.2.1).

use std::fmt;

use der::asn1::Ia5String;
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax};

use super::oid;

/// Where to ask for the status of the certificate and where the issuer's own certificate is found; OCSP
/// places are encoded first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityInfoAccess {
    /// URIs of OCSP responders.
    pub ocsp: Vec<String>,
    /// URIs of the issuer's certificate.
    pub ca_issuers: Vec<String>,
}

impl AuthorityInfoAccess {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let ocsp = self.ocsp.iter().map(|uri| (oid::AD_OCSP, uri));
        let ca_issuers = self.ca_issuers.iter().map(|uri| (oid::AD_CA_ISSUERS, uri));
        let descriptions = ocsp
            .chain(ca_issuers)
            .map(|(access_method, uri)| {
                let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?);
                Ok(AccessDescription { access_method, access_location })
            })
            .collect::<Result<Vec<_>, der::Error>>()?;
        AuthorityInfoAccessSyntax(descriptions).to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let foreign = || der::Error::from(Tag::Sequence.value_error());
        let mut read = Self::default();
        for description in AuthorityInfoAccessSyntax::from_der(der)?.0 {
            let GeneralName::UniformResourceIdentifier(uri) = description.access_location else {
                return Err(foreign());
            };
            match description.access_method {
                oid::AD_OCSP => read.ocsp.push(uri.as_str().to_owned()),
                oid::AD_CA_ISSUERS => read.ca_issuers.push(uri.as_str().to_owned()),
                _ => return Err(foreign()),
            }
        }
        Ok(read)
    }
}

impl fmt::Display for AuthorityInfoAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ocsp = self.ocsp.iter().map(|uri| format!("OCSP {uri}"));
        let ca_issuers = self.ca_issuers.iter().map(|uri| format!("CA issuers {uri}"));
        f.write_str(&ocsp.chain(ca_issuers).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ocsp_stands_before_ca_issuers() {
        let value = AuthorityInfoAccess {
            ocsp: vec!["http://o.test".to_owned()],
            ca_issuers: vec!["http://a.test/c".to_owned()],
        };
        let der = "3038301906082b06010505073001860d687474703a2f2f6f2e74657374301b06082b06010505073002860f\
                   687474703a2f2f612e746573742f63";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(AuthorityInfoAccess::from_der(&hex::decode(der).unwrap()).unwrap(), value);
    }
}
