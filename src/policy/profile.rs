//! Profile: a closed description of exactly what may come out of a CA.
//!
//! A profile is read from TOML ([`Profile::parse`]) and from then on holds no text that still means
//! something else. Its [`Kind`] decides basicConstraints and the keyUsage bits of a CA: the rules of an end
//! entity have no place in which cA TRUE, keyCertSign or cRLSign could stand, so no file and no request
//! can bring them about. An extension that a profile does not name cannot be issued, and nothing is copied
//! from a request unless the profile says so.

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{KeyUsage, NameConstraints, Policy};
use crate::x509::name::attribute::AttributeType;
use crate::x509::time::Duration;
use der::asn1::ObjectIdentifier;

use super::problem::Problems;

pub use super::profile_toml::id as problem_ids;

/// A certificate profile, all of whose rules were found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) subject: SubjectRules,
    pub(super) key_algorithms: Vec<KeyAlgorithm>,
    pub(super) validity: ValidityRules,
    pub(super) other_extensions: Others,
    pub(super) extensions: ExtensionRules,
}

impl Profile {
    /// Reads a profile. `name` is how operators call it: the stem of its file.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        super::profile_toml::parse(name, text)
    }

    /// The name of the profile.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the profile is for, in one sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What kind of certificate comes out.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The rules for the subject's distinguished name.
    #[must_use]
    pub fn subject(&self) -> &SubjectRules {
        &self.subject
    }

    /// The kinds of subject key that may be certified.
    #[must_use]
    pub fn key_algorithms(&self) -> &[KeyAlgorithm] {
        &self.key_algorithms
    }

    /// How long certificates may be valid.
    #[must_use]
    pub fn validity(&self) -> &ValidityRules {
        &self.validity
    }

    /// What becomes of extensions that a request asks for and does not get.
    #[must_use]
    pub fn other_extensions(&self) -> Others {
        self.other_extensions
    }

    /// The extensions of the certificate, except those that follow from [`Profile::kind`].
    #[must_use]
    pub fn extensions(&self) -> &ExtensionRules {
        &self.extensions
    }
}

/// What kind of certificate a profile describes, with the rules that only this kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A self-signed certificate of one of our own CAs.
    Root(CaRules),
    /// A certificate of a CA below another.
    Subordinate(CaRules),
    /// A certificate of someone who is not a CA.
    EndEntity(EndEntityRules),
}

impl Kind {
    /// The words of `kind` in TOML.
    pub const WORDS: [&'static str; 3] = ["root", "subordinate", "end-entity"];

    /// The word for the kind in TOML.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Root(_) => "root",
            Self::Subordinate(_) => "subordinate",
            Self::EndEntity(_) => "end-entity",
        }
    }

    /// The rules of a CA, if the kind is one.
    #[must_use]
    pub const fn ca(&self) -> Option<&CaRules> {
        match self {
            Self::Root(rules) | Self::Subordinate(rules) => Some(rules),
            Self::EndEntity(_) => None,
        }
    }
}

/// What only certificates of CAs have. basicConstraints are critical with cA TRUE, keyUsage is critical
/// with keyCertSign and cRLSign (RFC 5280 s.4.2.1.3, s.4.2.1.9; BR 7.1.2.10.7): no rule can change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaRules {
    /// pathLenConstraint: how many CAs may follow below; absent means any number.
    pub path_len: Option<u8>,
    /// Whether keyUsage also has digitalSignature, which a CA needs that signs OCSP responses itself.
    pub digital_signature: bool,
    /// nameConstraints, always critical (RFC 5280 s.4.2.1.10).
    pub name_constraints: Option<NameConstraints>,
}

impl CaRules {
    /// The keyUsage of such a CA.
    #[must_use]
    pub fn key_usage(&self) -> KeyUsage {
        let digital = if self.digital_signature { KeyUsage::DIGITAL_SIGNATURE } else { KeyUsage::NONE };
        KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN | digital
    }
}

/// What only certificates of end entities have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndEntityRules {
    /// Whether basicConstraints are written, critical and empty (`3000`), or left out.
    pub basic_constraints: bool,
    /// keyUsage, if it is written.
    pub key_usage: Option<EndEntityKeyUsage>,
}

/// The keyUsage of an end entity, by the kind of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndEntityKeyUsage {
    /// Whether the extension is critical.
    pub critical: bool,
    /// The usages of a key that is not RSA.
    pub usages: EndEntityUsages,
    /// The usages of an RSA key.
    pub usages_rsa: EndEntityUsages,
}

/// A set of key usages, never empty, that has neither keyCertSign nor cRLSign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndEntityUsages(KeyUsage);

impl EndEntityUsages {
    /// Takes a set, unless it is empty or one of its usages belongs to CAs alone.
    #[must_use]
    pub fn new(usages: KeyUsage) -> Option<Self> {
        let of_cas = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
        (!usages.is_empty() && usages.without(of_cas) == usages).then_some(Self(usages))
    }

    /// The set.
    #[must_use]
    pub const fn key_usage(self) -> KeyUsage {
        self.0
    }
}

/// What becomes of a thing that a request has and the profile does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// The request is refused.
    Refuse,
    /// It is left out, and the operator is told.
    Drop,
}

impl Others {
    /// The words in TOML.
    pub const WORDS: [&'static str; 2] = ["refuse", "drop"];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Drop => "drop",
        }
    }
}

/// The rules for a subject's distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRules {
    /// The attributes that the profile names, in its order.
    pub attributes: Vec<(&'static AttributeType, AttributeRule)>,
    /// What becomes of attributes that it does not name.
    pub other_attributes: Others,
    /// Whether every CN must also be a name of subjectAltName, character for character (BR 7.1.4.3).
    pub common_name_in_alt_names: bool,
}

/// The rule for one attribute of a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeRule {
    /// Must be asked for.
    Required,
    /// May be asked for.
    Optional,
    /// Must not be asked for, not even to be dropped.
    Forbidden,
    /// Always has this value, whether it is asked for or not.
    Fixed(String),
}

/// How long certificates are valid. A length counts both ends: 90 days end one second before the
/// same time of day 90 days later (RFC 5280 s.4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityRules {
    /// The length when none is asked for.
    pub default: Duration,
    /// The greatest length.
    pub maximum: Duration,
    /// How far before the present notBefore may lie; absent means not at all.
    pub backdating: Option<Duration>,
}

/// The extensions of the certificate, except those that follow from its kind. What is absent here is
/// absent from the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionRules {
    /// authorityKeyIdentifier, never critical.
    pub authority_key_identifier: bool,
    /// subjectKeyIdentifier, never critical.
    pub subject_key_identifier: bool,
    /// extKeyUsage.
    pub ext_key_usage: Option<Purposes>,
    /// certificatePolicies.
    pub certificate_policies: Option<Policies>,
    /// subjectAltName, critical exactly when the subject is empty (RFC 5280 s.4.2.1.6).
    pub subject_alt_name: Option<AltNameRules>,
    /// cRLDistributionPoints, never critical, with the URLs of the issuing CA.
    pub crl_distribution_points: Option<Need>,
    /// caIssuers of authorityInfoAccess, which is never critical, with the URLs of the issuing CA.
    pub ca_issuers: Option<Need>,
    /// ocsp of authorityInfoAccess.
    pub ocsp: Option<Need>,
}

/// Whether a place must be known to the issuing CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The issuing CA must have at least one URL.
    Required,
    /// What the issuing CA has; nothing where it has none.
    IfConfigured,
}

impl Need {
    /// The words in TOML.
    pub const WORDS: [&'static str; 2] = ["required", "if-configured"];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::IfConfigured => "if-configured",
        }
    }
}

/// The purposes of a key: never empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purposes {
    /// Whether the extension is critical.
    pub critical: bool,
    /// The purposes in the order of encoding.
    pub purposes: Vec<ObjectIdentifier>,
}

/// The certificate policies: never empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Whether the extension is critical.
    pub critical: bool,
    /// The policies in the order of encoding.
    pub policies: Vec<Policy>,
}

/// The rules for the names of subjectAltName.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltNameRules {
    /// Whether names are taken from the request; otherwise only the operator gives them.
    pub from_request: bool,
    /// The types that may occur.
    pub types: Vec<AltNameType>,
    /// The fewest names.
    pub minimum: usize,
    /// The most names.
    pub maximum: usize,
    /// Whether a host name may begin with a wildcard label.
    pub wildcards: bool,
}

/// A type of name that subjectAltName may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AltNameType {
    /// dNSName.
    Dns,
    /// iPAddress.
    Ip,
    /// rfc822Name.
    Email,
    /// uniformResourceIdentifier.
    Uri,
}

impl AltNameType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Dns, Self::Ip, Self::Email, Self::Uri];

    /// The word for the type, as before the colon of `dns:www.example.test`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Uri => "uri",
        }
    }
}

impl std::fmt::Display for AltNameType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for AltNameType {
    type Err = UnknownAltNameType;

    fn from_str(text: &str) -> Result<Self, UnknownAltNameType> {
        Self::ALL
            .into_iter()
            .find(|known| known.word() == text)
            .ok_or_else(|| UnknownAltNameType(text.to_owned()))
    }
}

/// A word that is not a type of name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown type of name {0:?}, wanted one of dns ip email uri")]
pub struct UnknownAltNameType(pub String);
