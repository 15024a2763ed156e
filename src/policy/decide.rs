//! The decision: whether a request may be answered, and with exactly what.

use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::{BuildError, Certificate, CertificateFields};
use crate::x509::csr::RequestFields;
use crate::x509::extension::{Extension, Value, oid};
use crate::x509::general_name::GeneralName;
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::ToBeSigned;
use crate::x509::spki::PublicKey;
use crate::x509::suspicion::Suspicion;
use crate::x509::time::Time;

use super::comparison::{Comparison, Seen};
use super::extensions::{self, Subject};
use super::key_record::KeyRecord;
use super::overriding::Overridden;
use super::profile::{Kind, Profile};
use super::request::{IssuanceRequest, IssuerView};
use super::subject_key::SubjectKey;
use super::violation::{Refusal, Rule, Violation, Violations};
use super::{comparison, keys, names, nesting, overriding, validity};

/// A certificate as it may be issued: everything but its serial number and signature. Only [`decide`]
/// makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    profile: String,
    profile_sha256: [u8; 32],
    requester: String,
    is_ca: bool,
    issuer: Name,
    signature: SignatureAlgorithm,
    not_before: Time,
    not_after: Time,
    subject: Name,
    alt_names: Vec<GeneralName>,
    public_key: PublicKey,
    extensions: Vec<Extension>,
    not_granted: Vec<NotGranted>,
    overridden: Vec<Overridden>,
    remarks: Vec<String>,
}

impl Approved {
    /// Fixes the octets of the certificate, for good.
    ///
    /// # Errors
    /// [`BuildError`] when a value cannot be encoded.
    pub fn to_be_signed(&self, serial: SerialNumber) -> Result<ToBeSigned<Certificate>, BuildError> {
        CertificateFields {
            serial,
            signature: self.signature,
            issuer: self.issuer.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            subject: self.subject.clone(),
            public_key: self.public_key.clone(),
            extensions: self.extensions.clone(),
        }
        .build()
    }

    /// The name of the profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// SHA-256 over the canonical form of the profile ([`Profile::sha256`]).
    #[must_use]
    pub fn profile_sha256(&self) -> [u8; 32] {
        self.profile_sha256
    }

    /// Who asks.
    #[must_use]
    pub fn requester(&self) -> &str {
        &self.requester
    }

    /// Whether the certificate makes its subject a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// The issuer: the subject octets of the CA's certificate, or the subject of a root.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The algorithm by which the certificate is to be signed.
    #[must_use]
    pub fn signature(&self) -> SignatureAlgorithm {
        self.signature
    }

    /// The first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> Time {
        self.not_before
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> Time {
        self.not_after
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The names of subjectAltName.
    #[must_use]
    pub fn alt_names(&self) -> &[GeneralName] {
        &self.alt_names
    }

    /// The subject's public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The extensions in the order of encoding.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// What was asked for and is not given, or not as it was asked for.
    #[must_use]
    pub fn not_granted(&self) -> &[NotGranted] {
        &self.not_granted
    }

    /// The overrides without which it would be refused, each with what it lets pass.
    #[must_use]
    pub fn overridden(&self) -> &[Overridden] {
        &self.overridden
    }

    /// Whether a rule did not count.
    #[must_use]
    pub fn is_overridden(&self, rule: Rule) -> bool {
        self.overridden.iter().any(|one| one.word.rule() == rule)
    }

    /// What was asked for beside what is given, field by field. `request` is the one that was decided.
    #[must_use]
    pub fn comparison(&self, request: &IssuanceRequest<'_>) -> Comparison {
        let seen = Seen {
            subject: &self.subject,
            alt_names: &self.alt_names,
            public_key: &self.public_key,
            validity: (self.not_before, self.not_after),
            extensions: &self.extensions,
            not_granted: &self.not_granted,
            violations: &[],
            overridden: &self.overridden,
        };
        comparison::compare(request, &seen)
    }

    /// The first field in which it differs from one that was decided with a key that stood in for this one. The key
    /// and its identifiers differ of course.
    #[must_use]
    pub fn differs_from(&self, foreseen: &Self) -> Option<&'static str> {
        let of_key = [oid::SUBJECT_KEY_IDENTIFIER, oid::AUTHORITY_KEY_IDENTIFIER];
        let shape = |one: &Self| -> Vec<Extension> {
            let mut extensions = one.extensions.clone();
            for extension in extensions.iter_mut().filter(|one| of_key.contains(&one.value.oid())) {
                extension.value = Value::Unrecognized { oid: extension.value.oid(), der: Vec::new() };
            }
            extensions
        };
        [
            ("the profile", self.profile_sha256 == foreseen.profile_sha256),
            ("signature", self.signature == foreseen.signature),
            ("issuer", self.issuer == foreseen.issuer),
            ("notBefore", self.not_before == foreseen.not_before),
            ("notAfter", self.not_after == foreseen.not_after),
            ("subject", self.subject == foreseen.subject),
            ("subjectAltName", self.alt_names == foreseen.alt_names),
            ("the kind of key", self.public_key.algorithm() == foreseen.public_key.algorithm()),
            ("an extension", shape(self) == shape(foreseen)),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }

    /// What speaks neither for nor against it and a person should know all the same.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

/// Something that a request asks for and does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGranted {
    /// The field or extension.
    pub field: String,
    /// What was asked for.
    pub asked: String,
    /// What is given in its place, if anything.
    pub given: Option<String>,
    /// Why.
    pub reason: &'static str,
}

/// Decides whether a request may be answered. `issuer` is the CA that is to sign, and absent for a root, which
/// signs itself.
///
/// # Errors
/// [`Refusal`]: every rule that does not hold, at once.
pub fn decide(
    request: &IssuanceRequest<'_>,
    issuer: Option<&IssuerView>,
    now: Time,
) -> Result<Approved, Refusal> {
    let mut violations = Violations::default();
    let signature = signature(request, issuer, &mut violations);
    let looked = look(request, issuer, now, &mut violations);
    if let Some(issuer) = issuer {
        let not_after = looked.validity.1;
        nesting::judge(request, &looked.subject, &looked.extensions, not_after, issuer, now, &mut violations);
    }
    let (violations, overridden, unneeded) = overriding::part(request, violations);
    let comparison = |violations: &[Violation]| looked.comparison(request, violations, &overridden);
    if let Some(refusal) = Refusal::of(violations, comparison) {
        return Err(refusal);
    }
    let Looked { subject, validity: (not_before, not_after), extensions, not_granted } = looked;
    let mut remarks = keys::remarks(request, &subject.name);
    let suspicions = Suspicion::of_subject(&subject.name, &subject.alt_names);
    remarks.extend(suspicions.iter().map(|suspicion| format!("warning: {suspicion}")));
    remarks.extend(unneeded);
    let issuer = issuer.map_or(&subject.name, |issuer| issuer.certificate.subject());
    Ok(Approved {
        profile: request.profile.name().to_owned(),
        profile_sha256: request.profile.sha256(),
        requester: request.requester.to_owned(),
        is_ca: request.profile.kind().ca().is_some(),
        issuer: issuer.clone(),
        signature,
        not_before,
        not_after,
        subject: subject.name,
        alt_names: subject.alt_names,
        public_key: subject.public_key,
        extensions,
        not_granted,
        overridden,
        remarks,
    })
}

/// Judges a request by its profile alone, where the CA that is to issue is not known: nothing of nesting, and no
/// URL of an issuer. A root has no issuer, so that its decision is the whole.
///
/// # Errors
/// [`Refusal`]: every rule of the profile that does not hold, at once.
pub fn foresee(request: &IssuanceRequest<'_>, now: Time) -> Result<Comparison, Refusal> {
    if matches!(request.profile.kind(), Kind::Root(_)) {
        return decide(request, None, now).map(|approved| approved.comparison(request));
    }
    let mut violations = Violations::default();
    let looked = look(request, None, now, &mut violations);
    let (mut violations, overridden, _) = overriding::part(request, violations);
    violations.retain(|violation| violation.rule != Rule::Places);
    let mut comparison = looked.comparison(request, &violations, &overridden);
    let rules = request.profile.extensions();
    if rules.authority_key_identifier {
        comparison.leave_open("authorityKeyIdentifier", "the key identifier of the CA that issues");
    }
    if rules.crl_distribution_points.is_some() {
        comparison.leave_open("cRLDistributionPoints", "as the CA that issues is configured");
    }
    if rules.ca_issuers.is_some() || rules.ocsp.is_some() {
        comparison.leave_open("authorityInfoAccess", "as the CA that issues is configured");
    }
    match Refusal::of(violations, |_| comparison.clone()) {
        Some(refusal) => Err(refusal),
        None => Ok(comparison),
    }
}

/// What a request and its profile make together.
struct Looked {
    subject: Subject,
    validity: (Time, Time),
    extensions: Vec<Extension>,
    not_granted: Vec<NotGranted>,
}

impl Looked {
    fn comparison(
        &self,
        request: &IssuanceRequest<'_>,
        violations: &[Violation],
        overridden: &[Overridden],
    ) -> Comparison {
        let seen = Seen {
            subject: &self.subject.name,
            alt_names: &self.subject.alt_names,
            public_key: &self.subject.public_key,
            validity: self.validity,
            extensions: &self.extensions,
            not_granted: &self.not_granted,
            violations,
            overridden,
        };
        comparison::compare(request, &seen)
    }
}

/// Looks at every field, whatever is found.
fn look(
    request: &IssuanceRequest<'_>,
    issuer: Option<&IssuerView>,
    now: Time,
    violations: &mut Violations,
) -> Looked {
    let key = request.key.public_key();
    let mut not_granted = Vec::new();
    let path = issuer.map_or_else(Vec::new, path);
    overriding::judge(request, violations);
    keys::judge(request, violations);
    let validity = validity::judge(request, &path, now, violations);
    let name = names::subject(request, violations, &mut not_granted);
    let name = nesting::subject_octets(request, name, violations);
    let alt_names = names::alt_names(request, &name, violations);
    let mut subject = Subject::new(name, alt_names, key.clone());
    // Certificates below a CA that has one already name its key by the identifier in there.
    if let Some(identifier) = nesting::mirrored(request).and_then(Certificate::subject_key_identifier) {
        subject.key_identifier = identifier.to_vec();
    }
    let extensions = extensions::build(request, &subject, issuer, violations);
    extensions::compare(request, &extensions, violations, &mut not_granted);
    Looked { subject, validity, extensions, not_granted }
}

/// The request for one of our own keys that another CA is to certify by a profile of ours: its subject, and the
/// basicConstraints and keyUsage that it needs.
///
/// # Errors
/// [`Refusal`]: every rule that does not hold, at once.
pub fn request_fields(
    profile: &Profile,
    subject: &Name,
    key: &PublicKey,
    signature: SignatureAlgorithm,
    on_record: KeyRecord,
) -> Result<RequestFields, Refusal> {
    let request = IssuanceRequest {
        profile,
        requester: "",
        key: SubjectKey::Own(key, signature),
        subject: Some(subject.clone()),
        alt_names: None,
        not_before: None,
        validity: None,
        ca_keys: &[],
        on_record,
        overrides: &[],
    };
    let mut violations = Violations::default();
    if !matches!(profile.kind(), Kind::Subordinate(_)) {
        let wanted = "a profile of kind subordinate";
        violations.add(Rule::KindIssuer, "profile", profile.kind().word(), wanted);
    }
    own_algorithm(key, signature, &mut violations);
    keys::judge(&request, &mut violations);
    let subject = names::subject(&request, &mut violations, &mut Vec::new());
    match violations.into_refusal() {
        Some(refusal) => Err(refusal),
        None => Ok(RequestFields {
            signature,
            subject,
            public_key: key.clone(),
            extensions: extensions::requested(profile),
        }),
    }
}

/// The issuer and every CA above it, the nearest first.
fn path(issuer: &IssuerView) -> Vec<&Certificate> {
    std::iter::once(&issuer.certificate).chain(&issuer.above).collect()
}

/// The algorithm of the signature: the issuer's, or that of a key which signs itself.
fn signature(
    request: &IssuanceRequest<'_>,
    issuer: Option<&IssuerView>,
    violations: &mut Violations,
) -> SignatureAlgorithm {
    let root = matches!(request.profile.kind(), Kind::Root(_));
    match (issuer, root) {
        (Some(_), true) => {
            violations.add(Rule::KindIssuer, "issuer", "another CA", "none, since a root signs itself");
        }
        (None, false) => {
            violations.add(Rule::KindIssuer, "issuer", "none", "a CA, since only a root signs itself");
        }
        (Some(_), false) | (None, true) => {}
    }
    match (issuer, request.key) {
        (Some(issuer), _) => issuer.signature,
        (None, SubjectKey::Own(key, algorithm)) => {
            own_algorithm(key, algorithm, violations);
            algorithm
        }
        (None, key) => {
            let wanted = "a key on our own token, since nobody else signs";
            violations.add(Rule::KindIssuer, "subjectPublicKeyInfo", key.origin(), wanted);
            // A refusal all the same: any algorithm of the key will do.
            key.public_key().algorithm().signature_algorithm()
        }
    }
}

fn own_algorithm(key: &PublicKey, algorithm: SignatureAlgorithm, violations: &mut Violations) {
    if !key.algorithm().signs_with(algorithm) {
        let wanted = format!("an algorithm of the key, {}", key.algorithm());
        violations.add(Rule::IssuerKey, "signature", algorithm, wanted);
    }
}
