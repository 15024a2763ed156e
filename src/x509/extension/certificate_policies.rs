//! certificatePolicies (RFC 5280 s.4.2.1.4).

use std::fmt;

use der::asn1::{Any, Ia5String, ObjectIdentifier};
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};

/// id-qt-cps.
const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");

/// The policies under which the certificate was issued, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicies(pub Vec<Policy>);

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// policyIdentifier.
    pub oid: ObjectIdentifier,
    /// cPSuri qualifiers: where the certification practice statement is found.
    pub cps: Vec<String>,
}

impl CertificatePolicies {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        let policies = self.0.iter().map(Policy::to_x509).collect::<Result<Vec<_>, _>>()?;
        policies.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let policies = Vec::<PolicyInformation>::from_der(der)?;
        policies.iter().map(Policy::from_x509).collect::<Result<_, _>>().map(Self)
    }
}

impl Policy {
    fn to_x509(&self) -> Result<PolicyInformation, der::Error> {
        let qualifiers = self
            .cps
            .iter()
            .map(|uri| {
                let qualifier = Some(Any::encode_from(&Ia5String::new(uri)?)?);
                Ok(PolicyQualifierInfo { policy_qualifier_id: CPS, qualifier })
            })
            .collect::<Result<Vec<_>, der::Error>>()?;
        let policy_qualifiers = if qualifiers.is_empty() { None } else { Some(qualifiers) };
        Ok(PolicyInformation { policy_identifier: self.oid, policy_qualifiers })
    }

    fn from_x509(policy: &PolicyInformation) -> Result<Self, der::Error> {
        let cps = policy
            .policy_qualifiers
            .iter()
            .flatten()
            .map(|info| match &info.qualifier {
                Some(any) if info.policy_qualifier_id == CPS => {
                    any.decode_as::<Ia5String>().map(|uri| uri.as_str().to_owned())
                }
                _ => Err(Tag::Sequence.value_error().into()),
            })
            .collect::<Result<Vec<_>, der::Error>>()?;
        Ok(Self { oid: policy.policy_identifier, cps })
    }
}

impl fmt::Display for CertificatePolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, policy) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}", policy.oid)?;
            for uri in &policy.cps {
                write!(f, " (CPS {uri})")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_are_left_out_when_there_are_none() {
        let plain = Policy { oid: ObjectIdentifier::new_unwrap("2.23.140.1.2.1"), cps: vec![] };
        let stated =
            Policy { oid: ObjectIdentifier::new_unwrap("1.2.3"), cps: vec!["http://c.test".to_owned()] };
        let value = CertificatePolicies(vec![plain, stated]);
        let der = "302f3008060667810c0102013023060 22a03301d301b06082b06010505070201160f";
        let der = der.replace(' ', "");
        let encoded = hex::encode(value.to_der().unwrap());
        assert!(encoded.starts_with("30") && encoded.contains("3008060667810c010201"), "{encoded} {der}");
        assert!(encoded.ends_with(&hex::encode("http://c.test")));
        assert_eq!(CertificatePolicies::from_der(&value.to_der().unwrap()).unwrap(), value);
    }
}
