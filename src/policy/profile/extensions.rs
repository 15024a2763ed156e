//! The rules of a profile for extensions that do not follow from its kind.

use der::asn1::ObjectIdentifier;

use crate::x509::extension::{Extension, Feature, Policy};

use super::alt_names::AltNameRules;
use super::form::ExtensionForm;
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
    /// The TLS feature extension, never critical (RFC 7633 s.4).
    pub tls_feature: Option<TlsFeatures>,
    /// Extensions that always have the same value.
    pub fixed: Vec<Extension>,
    /// Extensions that are taken from the request, if their value passes.
    pub from_request: Vec<RequestedExtension>,
}

impl ExtensionRules {
    /// The extension that always has the same value, if there is one of this object identifier.
    #[must_use]
    pub fn fixed(&self, oid: ObjectIdentifier) -> Option<&Extension> {
        self.fixed.iter().find(|extension| extension.value.oid() == oid)
    }
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
    /// The policies that a certificate has besides, where its request asks for them; what stands beside them is
    /// the profile's word.
    pub from_request: Vec<Policy>,
}

/// Extensions of TLS with which a server must answer: never empty, none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFeatures {
    /// The features in the order of encoding.
    pub features: Vec<Feature>,
    /// Whether only those stand in a certificate for which its request asks; otherwise always all of them.
    pub from_request: bool,
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
