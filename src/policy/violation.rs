//! Violation: one rule that a request, its profile and its issuer do not keep together.

use std::fmt;

use super::comparison::Comparison;

/// The rules that [`decide`](fn@super::decide) holds. Each has a stable id and stands in
/// `docs/profiles.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A root profile with an issuer, or another profile without one.
    KindIssuer,
    /// The issuer's certificate is not one of a CA.
    IssuerNotCa,
    /// The issuer's keyUsage lacks keyCertSign.
    IssuerKeyUsage,
    /// A CA of the path is not valid yet.
    IssuerNotYetValid,
    /// A CA of the path is not valid any more.
    IssuerExpired,
    /// The issuer, or a CA above it, is revoked on record.
    IssuerRevoked,
    /// The issuer's key is not one that may sign, or not by this algorithm.
    IssuerKey,
    /// A constraint of the path is written in a form that cannot be followed.
    IssuerUnreadable,
    /// A CA of the path allows no further CA, or fewer than the profile would.
    PathLength,
    /// A name lies outside the name constraints of a CA of the path.
    NameConstraint,
    /// Name constraints that leave nothing under those of a CA of the path.
    NameSpace,
    /// A purpose that a CA of the path does not have.
    Purpose,
    /// No policy is valid for the path, and a CA of it demands one.
    PolicyChain,
    /// A policy that the CAs of the path do not have.
    PolicyAbove,
    /// A policy mapping of anyPolicy, or where a CA of the path forbids mappings.
    PolicyMapping,
    /// The key of a CA is weaker than that of its issuer.
    KeyStrength,
    /// The digest that is signed is weaker than the issuer's key.
    SignatureStrength,
    /// authorityKeyIdentifier is not the issuer's subjectKeyIdentifier.
    KeyIdentifier,
    /// A cross-certificate without the certificate of a CA that it mirrors, or with one that is of no use.
    CrossCertificate,
    /// Another subject than that of the certificate that is mirrored.
    CrossSubject,
    /// A greater path length than that of the certificate that is mirrored.
    CrossPathLength,
    /// Name constraints that allow more than those of the certificate that is mirrored.
    CrossNames,
    /// A cross-certificate without purposes, or with more than the certificate that is mirrored.
    CrossPurpose,
    /// A cross-certificate that outlives the certificate that is mirrored.
    CrossValidity,
    /// The subject key may not have this algorithm or size.
    KeyAlgorithm,
    /// The subject key is the key of a CA of this home.
    KeyOfCa,
    /// A certificate for the subject key was revoked because the key is compromised.
    KeyCompromised,
    /// A prime below 752 divides the RSA modulus.
    KeySmallFactor,
    /// The RSA modulus is a perfect power.
    KeyPower,
    /// Fermat's method finds the primes of the RSA modulus.
    KeyClosePrimes,
    /// The RSA key has the fingerprint of ROCA.
    KeyRoca,
    /// The RSA modulus has a prime in common with one on record.
    KeySharedPrime,
    /// The key stands in a list of weak keys.
    KeyListed,
    /// notBefore lies in the future.
    NotBeforeFuture,
    /// notBefore lies further back than the profile allows.
    NotBeforeBackdated,
    /// notBefore lies before the issuer's.
    NotBeforeIssuer,
    /// The validity is longer than the profile allows.
    ValidityMaximum,
    /// The validity is longer or shorter than a set of rules that the profile follows has it, or begins earlier.
    ValidityStandard,
    /// notAfter lies beyond that of a CA of the path.
    NotAfterIssuer,
    /// The validity ends before it begins, or after the year 9999.
    ValidityRange,
    /// A required attribute is missing from the subject.
    SubjectMissing,
    /// An attribute that the profile forbids or does not name.
    SubjectAttribute,
    /// An attribute that the profile fixes was asked for with another value.
    SubjectFixed,
    /// An attribute that is there twice.
    SubjectRepeated,
    /// A value that no certificate should carry.
    SubjectValue,
    /// A value that does not match the pattern of the profile.
    SubjectPattern,
    /// More values of an attribute than the profile allows.
    SubjectCount,
    /// Several attributes in one RelativeDistinguishedName.
    SubjectSet,
    /// The subject is the issuer's own name.
    SubjectIsIssuer,
    /// Neither a subject nor an alternative name.
    NoName,
    /// CN is not among the alternative names.
    CommonName,
    /// Alternative names where the profile has none, or of a type that it does not allow.
    AltNameType,
    /// An alternative name that is not well-formed.
    AltNameValue,
    /// An alternative name that does not match the pattern of the profile.
    AltNamePattern,
    /// A wildcard where the profile allows none.
    AltNameWildcard,
    /// Fewer or more alternative names than the profile allows.
    AltNameCount,
    /// An alternative name that is there twice.
    AltNameRepeated,
    /// The request asks an end-entity profile for a certificate of a CA.
    RequestCa,
    /// The request asks for an extension that the profile does not give.
    RequestExtension,
    /// A value of the request that the profile does not take.
    RequestValue,
    /// The request lacks an extension that the profile takes from it.
    RequestMissing,
    /// The issuing CA has no URL where the profile needs one.
    Places,
    /// An override of a rule that the profile does not list as waivable.
    Override,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 63] = [
        Self::KindIssuer,
        Self::IssuerNotCa,
        Self::IssuerKeyUsage,
        Self::IssuerNotYetValid,
        Self::IssuerExpired,
        Self::IssuerRevoked,
        Self::IssuerKey,
        Self::IssuerUnreadable,
        Self::PathLength,
        Self::NameConstraint,
        Self::NameSpace,
        Self::Purpose,
        Self::PolicyChain,
        Self::PolicyAbove,
        Self::PolicyMapping,
        Self::KeyStrength,
        Self::SignatureStrength,
        Self::KeyIdentifier,
        Self::CrossCertificate,
        Self::CrossSubject,
        Self::CrossPathLength,
        Self::CrossNames,
        Self::CrossPurpose,
        Self::CrossValidity,
        Self::KeyAlgorithm,
        Self::KeyOfCa,
        Self::KeyCompromised,
        Self::KeySmallFactor,
        Self::KeyPower,
        Self::KeyClosePrimes,
        Self::KeyRoca,
        Self::KeySharedPrime,
        Self::KeyListed,
        Self::NotBeforeFuture,
        Self::NotBeforeBackdated,
        Self::NotBeforeIssuer,
        Self::ValidityMaximum,
        Self::ValidityStandard,
        Self::NotAfterIssuer,
        Self::ValidityRange,
        Self::SubjectMissing,
        Self::SubjectAttribute,
        Self::SubjectFixed,
        Self::SubjectRepeated,
        Self::SubjectValue,
        Self::SubjectPattern,
        Self::SubjectCount,
        Self::SubjectSet,
        Self::SubjectIsIssuer,
        Self::NoName,
        Self::CommonName,
        Self::AltNameType,
        Self::AltNameValue,
        Self::AltNamePattern,
        Self::AltNameWildcard,
        Self::AltNameCount,
        Self::AltNameRepeated,
        Self::RequestCa,
        Self::RequestExtension,
        Self::RequestValue,
        Self::RequestMissing,
        Self::Places,
        Self::Override,
    ];

    /// Whether a profile may let a person override the rule: where the rule is the profile's own limit, and the
    /// certificate is still one that relying parties take.
    #[must_use]
    pub const fn is_waivable(self) -> bool {
        matches!(
            self,
            Self::KeyAlgorithm
                | Self::NotBeforeBackdated
                | Self::ValidityMaximum
                | Self::SubjectMissing
                | Self::SubjectAttribute
                | Self::SubjectPattern
                | Self::SubjectCount
                | Self::CommonName
                | Self::AltNameType
                | Self::AltNamePattern
                | Self::AltNameWildcard
                | Self::AltNameCount
                | Self::RequestExtension
                | Self::Places
        )
    }

    /// The stable id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().0
    }

    /// Where the rule comes from.
    #[must_use]
    pub const fn source(self) -> &'static str {
        self.row().1
    }

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::KindIssuer => ("POL-KIND-ISSUER", "RFC 5280 s.3.2"),
            Self::IssuerNotCa => ("POL-ISSUER-NOT-CA", "RFC 5280 s.4.2.1.9"),
            Self::IssuerKeyUsage => ("POL-ISSUER-KEY-USAGE", "RFC 5280 s.4.2.1.3"),
            Self::IssuerNotYetValid => ("POL-ISSUER-NOT-YET-VALID", "RFC 5280 s.6.1.3"),
            Self::IssuerExpired => ("POL-ISSUER-EXPIRED", "RFC 5280 s.6.1.3"),
            Self::IssuerRevoked => ("POL-ISSUER-REVOKED", "RFC 5280 s.6.1.3"),
            Self::IssuerKey => ("POL-ISSUER-KEY", "BR 7.1.3.2"),
            Self::IssuerUnreadable => ("POL-ISSUER-UNREADABLE", "RFC 5280 s.4.2"),
            Self::PathLength => ("POL-PATH-LENGTH", "RFC 5280 s.4.2.1.9"),
            Self::NameConstraint => ("POL-NAME-CONSTRAINT", "RFC 5280 s.4.2.1.10"),
            Self::NameSpace => ("POL-NAME-SPACE", "RFC 5280 s.6.1.4"),
            Self::PolicyChain => ("POL-POLICY-CHAIN", "RFC 5280 s.6.1.3, RFC 9618"),
            Self::PolicyAbove => ("POL-POLICY-ABOVE", "RFC 5280 s.4.2.1.4"),
            Self::PolicyMapping => ("POL-POLICY-MAPPING", "RFC 5280 s.4.2.1.5"),
            Self::KeyStrength => ("POL-KEY-STRENGTH", "NIST SP 800-57 part 1 s.5.6.2"),
            Self::SignatureStrength => ("POL-SIGNATURE-STRENGTH", "NIST SP 800-57 part 1 s.5.6.2"),
            Self::KeyIdentifier => ("POL-KEY-IDENTIFIER", "RFC 5280 s.4.2.1.1"),
            Self::CrossCertificate => ("POL-CROSS-CERTIFICATE", "RFC 5280 s.3.2"),
            Self::CrossSubject => ("POL-CROSS-SUBJECT", "BR 7.1.2.2.2"),
            Self::CrossPathLength => ("POL-CROSS-PATH-LENGTH", "RFC 5280 s.4.2.1.9"),
            Self::CrossNames => ("POL-CROSS-NAMES", "RFC 5280 s.4.2.1.10"),
            Self::CrossPurpose => ("POL-CROSS-PURPOSE", "BR 7.1.2.2.4"),
            Self::CrossValidity => ("POL-CROSS-VALIDITY", "the certificate that is mirrored"),
            Self::Purpose => ("POL-PURPOSE", "RFC 5280 s.4.2.1.12, chained as relying parties do"),
            Self::KeyAlgorithm => ("POL-KEY-ALGORITHM", "BR 6.1.5"),
            Self::KeyOfCa => ("POL-KEY-OF-CA", "BR 6.1.1.3"),
            Self::KeyCompromised => ("POL-KEY-COMPROMISED", "BR 6.1.1.3"),
            Self::KeySmallFactor => ("POL-KEY-SMALL-FACTOR", "BR 6.1.6, NIST SP 800-89 s.5.3.3"),
            Self::KeyPower => ("POL-KEY-POWER", "BR 6.1.6, NIST SP 800-89 s.5.3.3"),
            Self::KeyClosePrimes => ("POL-KEY-CLOSE-PRIMES", "BR 6.1.1.3"),
            Self::KeyRoca => ("POL-KEY-ROCA", "BR 6.1.1.3, CVE-2017-15361"),
            Self::KeySharedPrime => ("POL-KEY-SHARED-PRIME", "BR 6.1.1.3"),
            Self::KeyListed => ("POL-KEY-LISTED", "BR 6.1.1.3"),
            Self::NotBeforeFuture => ("POL-NOT-BEFORE-FUTURE", "BR 7.1.2.7"),
            Self::NotBeforeBackdated => ("POL-NOT-BEFORE-BACKDATED", "BR 7.1.2.10.1"),
            Self::NotBeforeIssuer => ("POL-NOT-BEFORE-ISSUER", "RFC 5280 s.6.1.3"),
            Self::ValidityMaximum => ("POL-VALIDITY-MAXIMUM", "RFC 5280 s.4.1.2.5, BR 6.3.2"),
            Self::ValidityStandard => ("POL-VALIDITY-STANDARD", "BR 6.3.2, 7.1.2.1.1, 7.1.2.7, 7.1.2.10.1"),
            Self::NotAfterIssuer => ("POL-NOT-AFTER-ISSUER", "RFC 5280 s.6.1.3"),
            Self::ValidityRange => ("POL-VALIDITY-RANGE", "RFC 5280 s.4.1.2.5"),
            Self::SubjectMissing => ("POL-SUBJECT-MISSING", "BR 7.1.2.10.2"),
            Self::SubjectAttribute => ("POL-SUBJECT-ATTRIBUTE", "BR 7.1.4"),
            Self::SubjectFixed => ("POL-SUBJECT-FIXED", "the profile"),
            Self::SubjectRepeated => ("POL-SUBJECT-REPEATED", "BR 7.1.4.1"),
            Self::SubjectValue => ("POL-SUBJECT-VALUE", "RFC 5280 appendix A.1, BR 7.1.4.2"),
            Self::SubjectPattern => ("POL-SUBJECT-PATTERN", "the profile"),
            Self::SubjectCount => ("POL-SUBJECT-COUNT", "the profile, BR 7.1.4.1"),
            Self::SubjectSet => ("POL-SUBJECT-SET", "BR 7.1.4.1"),
            Self::SubjectIsIssuer => ("POL-SUBJECT-IS-ISSUER", "RFC 5280 s.3.2"),
            Self::NoName => ("POL-NO-NAME", "RFC 5280 s.4.1.2.6"),
            Self::CommonName => ("POL-COMMON-NAME", "BR 7.1.4.3"),
            Self::AltNameType => ("POL-SAN-TYPE", "RFC 5280 s.4.2.1.6"),
            Self::AltNameValue => ("POL-SAN-VALUE", "RFC 5280 s.4.2.1.6"),
            Self::AltNamePattern => ("POL-SAN-PATTERN", "the profile"),
            Self::AltNameWildcard => ("POL-SAN-WILDCARD", "RFC 6125 s.6.4.3"),
            Self::AltNameCount => ("POL-SAN-COUNT", "the profile"),
            Self::AltNameRepeated => ("POL-SAN-REPEATED", "RFC 5280 s.4.2.1.6"),
            Self::RequestCa => ("POL-REQUEST-CA", "RFC 5280 s.4.2.1.9"),
            Self::RequestExtension => ("POL-REQUEST-EXTENSION", "RFC 2985 s.5.4.2"),
            Self::RequestValue => ("POL-REQUEST-VALUE", "the profile"),
            Self::RequestMissing => ("POL-REQUEST-MISSING", "the profile"),
            Self::Places => ("POL-PLACES", "BR 7.1.2.10.3"),
            Self::Override => ("POL-OVERRIDE", "the profile"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl std::str::FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.id() == text).ok_or_else(|| UnknownRule(text.to_owned()))
    }
}

/// A text that is not the id of a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown rule {0:?}, wanted an id such as POL-VALIDITY-MAXIMUM: docs/profiles.md has them all")]
pub struct UnknownRule(pub String);

/// One rule that does not hold: which field, what was found there and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The field of the certificate, or of the issuer's, in the words of RFC 5280.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, field, found, wanted } = self;
        write!(f, "{field}: found {found}, wanted {wanted} [{rule}]")
    }
}

/// Every violation at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {}", self.violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refusal {
    violations: Vec<Violation>,
    comparison: Box<Comparison>,
}

impl Refusal {
    /// Nothing when no rule is violated; the comparison is made only when one is.
    pub(super) fn of(
        violations: Vec<Violation>,
        comparison: impl FnOnce(&[Violation]) -> Comparison,
    ) -> Option<Self> {
        if violations.is_empty() {
            return None;
        }
        let comparison = Box::new(comparison(&violations));
        Some(Self { violations, comparison })
    }

    /// The violations in the order in which they were found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What was asked for beside what would be given, field by field; empty for a request of our own.
    #[must_use]
    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    /// Whether this rule is violated.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.violations.iter().any(|violation| violation.rule == rule)
    }
}

/// The violations found so far.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    pub(super) fn add(
        &mut self,
        rule: Rule,
        field: impl Into<String>,
        found: impl ToString,
        wanted: impl ToString,
    ) {
        let violation =
            Violation { rule, field: field.into(), found: found.to_string(), wanted: wanted.to_string() };
        if !self.0.contains(&violation) {
            self.0.push(violation);
        }
    }

    /// Takes in others, each once.
    pub(super) fn extend(&mut self, others: Self) {
        for violation in others.0 {
            if !self.0.contains(&violation) {
                self.0.push(violation);
            }
        }
    }

    /// Changes each.
    pub(super) fn map(self, change: impl FnMut(Violation) -> Violation) -> Self {
        Self(self.0.into_iter().map(change).collect())
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<Violation> {
        self.0
    }

    /// A refusal without a comparison, where nobody asks for a certificate of ours.
    pub(super) fn into_refusal(self) -> Option<Refusal> {
        Refusal::of(self.0, |_| Comparison::default())
    }
}
