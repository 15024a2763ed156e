//! Where a certificate says that what its issuer publishes is found.

use der::Decode;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

use super::certificate::{CertificateError, TbsCertificate};
use super::extension::oid;
use super::signed::Parts;

/// The URIs in cRLDistributionPoints and authorityInfoAccess, of whatever scheme and however they are arranged there:
/// certificates that others have made are read as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations {
    /// Of CRLs (RFC 5280 s.4.2.1.13).
    pub crl: Vec<String>,
    /// Of the issuer's certificate (s.4.2.2.1).
    pub ca_issuers: Vec<String>,
    /// Of OCSP responders (s.4.2.2.1).
    pub ocsp: Vec<String>,
}

impl Locations {
    /// Reads them out of the DER of a certificate. An extension that cannot be read names nothing.
    ///
    /// # Errors
    /// [`CertificateError`] when it is no certificate.
    pub fn of(certificate: &[u8]) -> Result<Self, CertificateError> {
        let tbs = TbsCertificate::from_der(Parts::from_der(certificate)?.tbs)?;
        let mut found = Self::default();
        for extension in tbs.raw_extensions()? {
            match extension.oid {
                oid::CRL_DISTRIBUTION_POINTS => found.crl.extend(points(extension.value)),
                oid::AUTHORITY_INFO_ACCESS => found.accesses(extension.value),
                _ => {}
            }
        }
        Ok(found)
    }

    fn accesses(&mut self, der: &[u8]) {
        let descriptions =
            AuthorityInfoAccessSyntax::from_der(der).map(|access| access.0).unwrap_or_default();
        for one in descriptions {
            let places = match one.access_method {
                oid::AD_OCSP => &mut self.ocsp,
                oid::AD_CA_ISSUERS => &mut self.ca_issuers,
                _ => continue,
            };
            places.extend(uri(&one.access_location));
        }
    }
}

/// The URIs of every point that has a full name.
fn points(der: &[u8]) -> Vec<String> {
    let points = CrlDistributionPoints::from_der(der).map(|points| points.0).unwrap_or_default();
    let names = points.iter().filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => None,
    });
    names.flatten().filter_map(uri).collect()
}

fn uri(name: &GeneralName) -> Option<String> {
    if let GeneralName::UniformResourceIdentifier(uri) = name { Some(uri.as_str().to_owned()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `openssl ca` writes `crlDistributionPoints = URI:...,URI:...`: two points.
    #[test]
    fn uris_are_found_however_they_are_arranged() {
        let two = [
            "3036",
            "3019a017a0158613687474703a2f2f612e746573742f632e63726c",
            "3019a017a0158613687474703a2f2f622e746573742f632e63726c",
        ]
        .concat();
        let two = hex::decode(two).unwrap();
        assert_eq!(points(&two), ["http://a.test/c.crl", "http://b.test/c.crl"]);
        assert_eq!(points(&[0x30, 0x01, 0x05]), Vec::<String>::new());
    }
}
