//! The rules of a profile for extensions that do not follow from its kind.

use der::asn1::ObjectIdentifier;

use crate::x509::extension::{Extension, Policy};

use super::alt_names::AltNameRules;
use super::pattern::Pattern;
use super::url_text::UrlText;

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
    /// cRLDistributionPoints, never critical.
    pub crl_distribution_points: Option<Urls>,
    /// caIssuers of authorityInfoAccess, which is never critical.
    pub ca_issuers: Option<Urls>,
    /// ocsp of authorityInfoAccess.
    pub ocsp: Option<Urls>,
    /// Extensions that always have the same value.
    pub fixed: Vec<Extension>,
    /// Extensions that are taken from the request, if their value passes.
    pub from_request: Vec<RequestedExtension>,
}

/// Where the URLs of an extension come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Urls {
    /// The issuing CA must have at least one in the configuration of the home.
    Required,
    /// What the issuing CA has there; nothing where it has none.
    IfConfigured,
    /// These, in which the issuing CA fills its name and key identifier; never empty.
    These(Vec<UrlText>),
}

impl Urls {
    /// The words in TOML, beside a list of URLs.
    pub const WORDS: [&'static str; 2] = ["required", "if-configured"];

    /// Whether there is always at least one.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        matches!(self, Self::Required | Self::These(_))
    }
}

impl std::fmt::Display for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Required => f.write_str("required"),
            Self::IfConfigured => f.write_str("if-configured"),
            Self::These(urls) => {
                let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
                f.write_str(&urls.join(" "))
            }
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
    /// The purposes that a certificate has besides, where its request asks for them.
    pub from_request: Vec<ObjectIdentifier>,
}

/// The certificate policies: never empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Whether the extension is critical.
    pub critical: bool,
    /// The policies in the order of encoding.
    pub policies: Vec<Policy>,
}

/// An extension that is copied from the request, if its value passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedExtension {
    /// Which extension.
    pub oid: ObjectIdentifier,
    /// Whether it is critical, whatever the request says.
    pub critical: bool,
    /// Whether the request must have it.
    pub required: bool,
    /// What its value must be.
    pub form: ExtensionForm,
    /// What a text value must match, if anything.
    pub pattern: Option<Pattern>,
    /// The most octets of the value's DER.
    pub maximum_octets: usize,
}

/// The form of the value of an extension that keyrite does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionForm {
    /// Any one value in DER.
    Der,
    /// NULL.
    Null,
    /// BOOLEAN.
    Boolean,
    /// INTEGER.
    Integer,
    /// OBJECT IDENTIFIER.
    Oid,
    /// OCTET STRING.
    Octets,
    /// UTF8String.
    Utf8,
    /// IA5String.
    Ia5,
    /// PrintableString.
    Printable,
}

impl ExtensionForm {
    /// Every form.
    pub const ALL: [Self; 9] = [
        Self::Der,
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Oid,
        Self::Octets,
        Self::Utf8,
        Self::Ia5,
        Self::Printable,
    ];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Oid => "oid",
            Self::Octets => "octets",
            Self::Utf8 => "utf8",
            Self::Ia5 => "ia5",
            Self::Printable => "printable",
        }
    }
}

impl std::fmt::Display for ExtensionForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for ExtensionForm {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        Self::ALL.into_iter().find(|known| known.word() == text).ok_or_else(|| UnknownForm(text.to_owned()))
    }
}

/// A word that is not a form of value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown form of value {0:?}, wanted one of der null boolean integer oid octets utf8 ia5 printable")]
pub struct UnknownForm(pub String);
