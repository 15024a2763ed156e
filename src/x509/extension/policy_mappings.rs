//! policyMappings (RFC 5280 s.4.2.1.5).

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::PolicyMapping as Encoded;

/// Policies of the issuer's domain that count as ones of the subject CA's, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMappings(pub Vec<PolicyMapping>);

/// One pair of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyMapping {
    /// issuerDomainPolicy: one of the policies in the same certificate.
    pub issuer_domain: ObjectIdentifier,
    /// subjectDomainPolicy: the policy by which the subject CA calls the same thing.
    pub subject_domain: ObjectIdentifier,
}

/// Text that is not a pair of policies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a policy mapping, wanted two object identifiers such as \"1.2.3 -> 1.2.4\"")]
pub struct PolicyMappingError(pub String);

impl PolicyMappings {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        if self.0.is_empty() {
            return Err(Tag::Sequence.length_error().into()); // SIZE (1..MAX)
        }
        let encoded: Vec<Encoded> = self
            .0
            .iter()
            .map(|pair| Encoded {
                issuer_domain_policy: pair.issuer_domain,
                subject_domain_policy: pair.subject_domain,
            })
            .collect();
        encoded.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let pairs = Vec::<Encoded>::from_der(der)?;
        let pairs = pairs.iter().map(|pair| PolicyMapping {
            issuer_domain: pair.issuer_domain_policy,
            subject_domain: pair.subject_domain_policy,
        });
        Ok(Self(pairs.collect()))
    }
}

impl fmt::Display for PolicyMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.issuer_domain, self.subject_domain)
    }
}

impl FromStr for PolicyMapping {
    type Err = PolicyMappingError;

    /// Reads `1.2.3 -> 1.2.4`, the issuer's policy first.
    fn from_str(text: &str) -> Result<Self, PolicyMappingError> {
        let refused = || PolicyMappingError(text.to_owned());
        let (issuer, subject) = text.split_once("->").ok_or_else(refused)?;
        let oid = |text: &str| text.trim().parse::<ObjectIdentifier>().map_err(|_| refused());
        Ok(Self { issuer_domain: oid(issuer)?, subject_domain: oid(subject)? })
    }
}

impl fmt::Display for PolicyMappings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_encode_issuer_first() {
        let value = PolicyMappings(vec!["1.2.3 -> 1.2.4".parse().unwrap()]);
        assert_eq!(hex::encode(value.to_der().unwrap()), "300a300806022a0306022a04");
        assert_eq!(PolicyMappings::from_der(&value.to_der().unwrap()).unwrap(), value);
        assert_eq!(value.to_string(), "1.2.3 -> 1.2.4");
        assert!(PolicyMappings(vec![]).to_der().is_err());
        assert_eq!(
            "1.2.3".parse::<PolicyMapping>().unwrap_err().to_string(),
            "\"1.2.3\" is not a policy mapping, wanted two object identifiers such as \"1.2.3 -> 1.2.4\""
        );
    }
}
