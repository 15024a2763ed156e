//! The kind of certificate that a profile describes, with the rules that only this kind has.

use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{KeyUsage, NameConstraints};

/// What kind of certificate a profile describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A self-signed certificate of one of our own CAs.
    Root(CaRules),
    /// A certificate of a CA below another.
    Subordinate(CaRules),
    /// A certificate by which one CA vouches for another that already has a certificate (RFC 5280 s.3.2).
    Cross(CaRules),
    /// A certificate of someone who is not a CA.
    EndEntity(EndEntityRules),
    /// A certificate of one who answers for a CA about its certificates (RFC 6960 s.4.2.2.2): extKeyUsage is
    /// OCSPSigning alone, and id-pkix-ocsp-nocheck says that nobody need ask about it.
    OcspResponder(EndEntityRules),
    /// A certificate of a time-stamping authority (RFC 3161 s.2.3): extKeyUsage is timeStamping alone, critical.
    TimeStamping(EndEntityRules),
}

impl Kind {
    /// The words of `kind` in TOML.
    pub const WORDS: [&'static str; 6] =
        ["root", "subordinate", "cross", "end-entity", "ocsp-responder", "time-stamping"];

    /// The word for the kind in TOML.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Root(_) => "root",
            Self::Subordinate(_) => "subordinate",
            Self::Cross(_) => "cross",
            Self::EndEntity(_) => "end-entity",
            Self::OcspResponder(_) => "ocsp-responder",
            Self::TimeStamping(_) => "time-stamping",
        }
    }

    /// The rules of a CA, if the kind is one.
    #[must_use]
    pub const fn ca(&self) -> Option<&CaRules> {
        match self {
            Self::Root(rules) | Self::Subordinate(rules) | Self::Cross(rules) => Some(rules),
            Self::EndEntity(_) | Self::OcspResponder(_) | Self::TimeStamping(_) => None,
        }
    }

    /// The rules of an end entity, if the kind is one.
    #[must_use]
    pub const fn end_entity(&self) -> Option<&EndEntityRules> {
        match self {
            Self::EndEntity(rules) | Self::OcspResponder(rules) | Self::TimeStamping(rules) => Some(rules),
            Self::Root(_) | Self::Subordinate(_) | Self::Cross(_) => None,
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
    /// The usages that a certificate has besides, where its request asks for them and its key can have them.
    pub from_request: Option<EndEntityUsages>,
}

impl EndEntityKeyUsage {
    /// The usages of a key of this algorithm for which a request asks `asked`.
    #[must_use]
    pub fn of(&self, algorithm: KeyAlgorithm, asked: KeyUsage) -> KeyUsage {
        let rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
        let always = if rsa { self.usages_rsa } else { self.usages };
        let takes = self.from_request.map_or(KeyUsage::NONE, EndEntityUsages::key_usage);
        always.key_usage() | takes.common(asked).without(impossible(algorithm))
    }
}

/// The usages that a key of an algorithm cannot have: an EC key does not encipher (RFC 8813 s.3), an RSA key does
/// not agree (RFC 4055 s.1.2), and a key that can only sign does neither (RFC 9295 s.3, RFC 9881 s.5, RFC 9909 s.6).
#[must_use]
pub fn impossible(algorithm: KeyAlgorithm) -> KeyUsage {
    let encipherment = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
    let agreement = KeyUsage::KEY_AGREEMENT | KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    match algorithm {
        KeyAlgorithm::Ec(_) => encipherment,
        KeyAlgorithm::Rsa { .. } => agreement,
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::MlDsa(_) | KeyAlgorithm::SlhDsa(_) => {
            encipherment | agreement
        }
    }
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
