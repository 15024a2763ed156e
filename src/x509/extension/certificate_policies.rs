//! certificatePolicies (RFC 5280 s.4.2.1.4).

use std::fmt;

use der::asn1::{Any, AnyRef, Ia5String, ObjectIdentifier, Utf8StringRef};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};

/// id-qt-cps.
const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
/// id-qt-unotice.
const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");
/// The most characters of a user notice (RFC 5280 s.4.2.1.4, RFC 6818 s.3).
pub const USER_NOTICE_CHARACTERS: usize = 200;

/// The policies under which the certificate was issued, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicies(pub Vec<Policy>);

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// policyIdentifier.
    pub oid: ObjectIdentifier,
    /// policyQualifiers in the order of encoding; empty means that the field is absent.
    pub qualifiers: Vec<Qualifier>,
}

/// What stands beside a policy for people who read certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// cPSuri: where the certification practice statement is found.
    Cps(String),
    /// userNotice whose only field is an explicitText in UTF8String.
    UserNotice(String),
    /// A qualifier, or a form of one (a noticeRef, a text in another string type), that keyrite does not write.
    Other {
        /// policyQualifierId.
        oid: ObjectIdentifier,
        /// The DER of the qualifier; none where it is left out.
        der: Option<Vec<u8>>,
    },
}

impl Policy {
    /// A policy without qualifiers.
    #[must_use]
    pub const fn new(oid: ObjectIdentifier) -> Self {
        Self { oid, qualifiers: Vec::new() }
    }

    /// The URIs of the certification practice statements.
    pub fn cps(&self) -> impl Iterator<Item = &str> {
        self.qualifiers
            .iter()
            .filter_map(|one| if let Qualifier::Cps(uri) = one { Some(&**uri) } else { None })
    }

    /// The texts of the user notices.
    pub fn user_notices(&self) -> impl Iterator<Item = &str> {
        self.qualifiers
            .iter()
            .filter_map(|one| if let Qualifier::UserNotice(text) = one { Some(&**text) } else { None })
    }
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
        let qualifiers = self.qualifiers.iter().map(Qualifier::to_x509).collect::<Result<Vec<_>, _>>()?;
        let policy_qualifiers = if qualifiers.is_empty() { None } else { Some(qualifiers) };
        Ok(PolicyInformation { policy_identifier: self.oid, policy_qualifiers })
    }

    fn from_x509(policy: &PolicyInformation) -> Result<Self, der::Error> {
        let qualifiers = policy
            .policy_qualifiers
            .iter()
            .flatten()
            .map(Qualifier::from_x509)
            .collect::<Result<Vec<_>, der::Error>>()?;
        Ok(Self { oid: policy.policy_identifier, qualifiers })
    }
}

impl Qualifier {
    /// What is wrong with the qualifier, if anything: a user notice of no or too many characters, or with a
    /// control character (RFC 6818 s.3); a form that is not written here.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Cps(uri) if !uri.is_ascii() => Some("the CPS URI has characters outside ASCII".to_owned()),
            Self::Cps(_) => None,
            Self::UserNotice(text) => match text.chars().count() {
                0 => Some("the user notice is empty".to_owned()),
                many @ 201.. => Some(format!(
                    "the user notice has {many} characters, wanted at most {USER_NOTICE_CHARACTERS}"
                )),
                _ if text.chars().any(char::is_control) => {
                    Some("the user notice has a control character".to_owned())
                }
                _ => None,
            },
            Self::Other { oid, .. } => Some(format!("the policy qualifier {oid} is not supported")),
        }
    }

    fn to_x509(&self) -> Result<PolicyQualifierInfo, der::Error> {
        let (policy_qualifier_id, qualifier) = match self {
            Self::Cps(uri) => (CPS, Some(Any::encode_from(&Ia5String::new(uri)?)?)),
            Self::UserNotice(text) => {
                let contents = Utf8StringRef::new(text)?.to_der()?;
                (USER_NOTICE, Some(Any::new(Tag::Sequence, contents)?))
            }
            Self::Other { oid, der } => (*oid, der.as_deref().map(Any::from_der).transpose()?),
        };
        Ok(PolicyQualifierInfo { policy_qualifier_id, qualifier })
    }

    fn from_x509(info: &PolicyQualifierInfo) -> Result<Self, der::Error> {
        let oid = info.policy_qualifier_id;
        let Some(qualifier) = &info.qualifier else { return Ok(Self::Other { oid, der: None }) };
        Ok(match oid {
            CPS if let Ok(uri) = qualifier.decode_as::<Ia5String>() => Self::Cps(uri.as_str().to_owned()),
            USER_NOTICE if let Some(text) = explicit_text(qualifier) => Self::UserNotice(text),
            _ => Self::Other { oid, der: Some(qualifier.to_der()?) },
        })
    }
}

/// The explicitText of a UserNotice that has nothing else, in UTF8String.
fn explicit_text(notice: &Any) -> Option<String> {
    let only = AnyRef::from_der(notice.value()).ok()?;
    let alone = notice.tag() == Tag::Sequence && only.tag() == Tag::Utf8String;
    alone.then(|| std::str::from_utf8(only.value()).ok().map(str::to_owned)).flatten()
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cps(uri) => write!(f, "CPS {uri}"),
            Self::UserNotice(text) => write!(f, "user notice {text:?}"),
            Self::Other { oid, der: None } => write!(f, "qualifier {oid}"),
            Self::Other { oid, der: Some(der) } => write!(f, "qualifier {oid} DER {}", hex::encode(der)),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.oid {
            super::oid::ANY_POLICY => f.write_str("anyPolicy")?,
            oid => write!(f, "{oid}")?,
        }
        self.qualifiers.iter().try_for_each(|qualifier| write!(f, " ({qualifier})"))
    }
}

impl fmt::Display for CertificatePolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(text: &str) -> ObjectIdentifier {
        text.parse().unwrap()
    }

    #[test]
    fn qualifiers_are_left_out_when_there_are_none() {
        let plain = Policy::new(oid("2.23.140.1.2.1"));
        let qualifiers = vec![
            Qualifier::Cps("http://c.test".to_owned()),
            Qualifier::UserNotice("Für Prüfungen".to_owned()),
        ];
        let stated = Policy { oid: oid("1.2.3"), qualifiers };
        let value = CertificatePolicies(vec![plain, stated, Policy::new(oid("2.5.29.32.0"))]);
        let der = "30543008060667810c010201304006022a03303a301906082b06010505070201160d687474703a2f2f632e74657374\
                   301d06082b0601050507020230110c0f46c3bc72205072c3bc66756e67656e30060604551d2000";
        assert_eq!(hex::encode(value.to_der().unwrap()), der);
        assert_eq!(CertificatePolicies::from_der(&value.to_der().unwrap()).unwrap(), value);
        assert_eq!(
            value.to_string(),
            "2.23.140.1.2.1, 1.2.3 (CPS http://c.test) (user notice \"Für Prüfungen\"), anyPolicy"
        );
    }
    #[test]
    fn qualifiers_of_others_keep_their_octets() {
        // A noticeRef beside the text, a text in VisibleString, a CPS in UTF8String, and a private qualifier.
        for (der, text) in [
            (
                "3020301e06022a033018301606082b06010505070202300a30080c0161300302 0101",
                "DER 300a30080c01613003020101",
            ),
            ("3019301706022a033011300f06082b0601050507020230031a0161", "DER 30031a0161"),
            ("3017301506022a03300f300d06082b060105050702010c0161", "DER 0c0161"),
            ("3010300e06022a033008300606022a040500", "1.2.4 DER 0500"),
        ] {
            let der = der.replace(' ', "");
            let value = CertificatePolicies::from_der(&hex::decode(&der).unwrap()).unwrap();
            assert!(matches!(value.0[0].qualifiers[..], [Qualifier::Other { .. }]), "{value:?}");
            assert!(value.to_string().contains(text), "{value}");
            assert_eq!(hex::encode(value.to_der().unwrap()), der);
        }
    }

    #[test]
    fn a_user_notice_is_short_and_can_be_seen() {
        for (text, why) in [
            ("", Some("the user notice is empty")),
            ("a\nb", Some("the user notice has a control character")),
            (&"é".repeat(200), None),
            (&"é".repeat(201), Some("the user notice has 201 characters, wanted at most 200")),
        ] {
            assert_eq!(Qualifier::UserNotice(text.to_owned()).fault().as_deref(), why);
        }
    }
}
