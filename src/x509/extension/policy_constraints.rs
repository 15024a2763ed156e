//! policyConstraints (RFC 5280 s.4.2.1.11).

use std::fmt;

use der::{Decode, Encode, Tag};
use x509_cert::ext::pkix::PolicyConstraints as Encoded;

/// After how many further certificates of a path a policy is demanded, or mappings no longer count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy: how many certificates may follow before every one must have an acceptable policy.
    pub require_explicit_policy: Option<u32>,
    /// inhibitPolicyMapping: how many certificates may follow before policyMappings are no longer followed.
    pub inhibit_policy_mapping: Option<u32>,
}

impl PolicyConstraints {
    /// Whether neither field is there, which RFC 5280 forbids.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.require_explicit_policy.is_none() && self.inhibit_policy_mapping.is_none()
    }

    pub(super) fn to_der(self) -> Result<Vec<u8>, der::Error> {
        if self.is_empty() {
            return Err(Tag::Sequence.length_error().into());
        }
        let Self { require_explicit_policy, inhibit_policy_mapping } = self;
        Encoded { require_explicit_policy, inhibit_policy_mapping }.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let Encoded { require_explicit_policy, inhibit_policy_mapping } = Encoded::from_der(der)?;
        Ok(Self { require_explicit_policy, inhibit_policy_mapping })
    }
}

impl fmt::Display for PolicyConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explicit = self.require_explicit_policy.map(|skip| format!("requireExplicitPolicy {skip}"));
        let mapping = self.inhibit_policy_mapping.map(|skip| format!("inhibitPolicyMapping {skip}"));
        let parts: Vec<String> = explicit.into_iter().chain(mapping).collect();
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_left_out_and_one_must_be_there() {
        for (explicit, mapping, der, text) in [
            (Some(0), None, "3003800100", "requireExplicitPolicy 0"),
            (None, Some(1), "3003810101", "inhibitPolicyMapping 1"),
            (Some(200), Some(0), "3007800200c8810100", "requireExplicitPolicy 200, inhibitPolicyMapping 0"),
        ] {
            let value =
                PolicyConstraints { require_explicit_policy: explicit, inhibit_policy_mapping: mapping };
            assert_eq!(hex::encode(value.to_der().unwrap()), der);
            assert_eq!(PolicyConstraints::from_der(&hex::decode(der).unwrap()).unwrap(), value);
            assert_eq!(value.to_string(), text);
        }
        assert!(PolicyConstraints::default().to_der().is_err());
    }
}
