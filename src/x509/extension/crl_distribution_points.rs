//! cRLDistributionPoints (RFC 5280 s.4.2.1.13).

use std::fmt;

use der::asn1::Ia5String;
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::CrlDistributionPoints as Encoded;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

/// Where the CRL that covers the certificate is found: one DistributionPoint whose fullName lists these
/// URIs, each a place of the same CRL.
///
/// reasons and cRLIssuer are never written (BR 7.1.2.11.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlDistributionPoints(pub Vec<String>);

impl CrlDistributionPoints {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let distribution_point = Some(full_name(&self.0)?);
        Encoded(vec![DistributionPoint { distribution_point, reasons: None, crl_issuer: None }]).to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let points = Encoded::from_der(der)?.0;
        let [DistributionPoint { distribution_point: Some(DistributionPointName::FullName(names)), .. }] =
            points.as_slice()
        else {
            return Err(foreign());
        };
        uris(names).map(Self)
    }
}

/// A fullName of URIs, as it stands in certificates and in the CRLs that they name.
pub(super) fn full_name(uris: &[String]) -> Result<DistributionPointName, der::Error> {
    let names = uris.iter().map(|uri| Ia5String::new(uri).map(GeneralName::UniformResourceIdentifier));
    Ok(DistributionPointName::FullName(names.collect::<Result<Vec<_>, _>>()?))
}

/// The URIs of a fullName that holds nothing else.
pub(super) fn uris(names: &[GeneralName]) -> Result<Vec<String>, der::Error> {
    let uri = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(uri) => Ok(uri.as_str().to_owned()),
        GeneralName::OtherName(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::DnsName(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::IpAddress(_)
        | GeneralName::RegisteredId(_) => Err(foreign()),
    };
    names.iter().map(uri).collect()
}

fn foreign() -> der::Error {
    Tag::Sequence.value_error().into()
}

impl fmt::Display for CrlDistributionPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_and_nothing_else_is_written() {
        let value = CrlDistributionPoints(vec!["http://a.test/c.crl".to_owned()]);
        let der = "301b3019a017a0158613687474703a2f2f612e746573742f632e63726c";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(CrlDistributionPoints::from_der(&hex::decode(der).unwrap()).unwrap(), value);
    }
}
