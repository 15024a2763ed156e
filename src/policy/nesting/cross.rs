//! Cross-certificates (RFC 5280 s.3.2): held against the certificate that the CA has already.
//!
//! Relying parties put the one in the place of the other, so that what is below the CA must hold under both:
//! subject, key and key identifier are the same octets, and the new certificate allows nothing beyond the one
//! that it mirrors (BR 7.1.2.2).

use crate::x509::certificate::Certificate;
use crate::x509::extension::{
    BasicConstraints, ExtKeyUsage, Extension, KeyUsage, NameConstraints, Subtree, Value, oid, purpose,
};
use crate::x509::name::Name;
use crate::x509::standard::Standard;
use crate::x509::time::Time;

use super::super::precedent::Purpose;
use super::super::profile::{CaRules, Kind};
use super::super::request::{IssuanceRequest, IssuerView};
use super::super::subject_key::SubjectKey;
use super::super::violation::{Rule, Violations};
use super::{issuer, path_length, subtree};

/// The certificate of a CA whose octets the new one takes over: that which a cross-certificate mirrors, or the one
/// that is renewed.
pub(in crate::policy) fn mirrored<'a>(request: &IssuanceRequest<'a>) -> Option<&'a Certificate> {
    if let SubjectKey::Certificate(precedent) = request.key {
        request.profile.kind().ca().map(|_| precedent.certificate())
    } else {
        None
    }
}

/// The octets of the subject: of a CA that has a certificate those that stand in it, since every certificate
/// below has them as issuer (RFC 5280 s.4.1.2.6, BR 7.1.4.1).
pub(in crate::policy) fn subject(
    request: &IssuanceRequest<'_>,
    asked: Name,
    violations: &mut Violations,
) -> Name {
    let Some(mirrored) = mirrored(request) else { return asked };
    let own = mirrored.subject();
    if !asked.reads_as(own) {
        let wanted = format!("{own}, as in the certificate that it mirrors");
        violations.add(Rule::CrossSubject, "subject", asked, wanted);
    }
    own.clone()
}

/// The path length of a cross-certificate whose profile has none: that of the certificate that it mirrors. Nothing
/// for any other value, or where the profile has its own.
pub(in crate::policy) fn as_mirrored(request: &IssuanceRequest<'_>, value: &Value) -> Option<Value> {
    let Value::BasicConstraints(BasicConstraints { ca: true, path_len: None }) = value else { return None };
    let path_len = path_length::limit(crossed(request)?);
    Some(Value::BasicConstraints(BasicConstraints { ca: true, path_len }))
}

/// The name constraints of a cross-certificate whose profile has none: those of the certificate that it mirrors.
pub(in crate::policy) fn constraints<'a>(request: &IssuanceRequest<'a>) -> Option<&'a NameConstraints> {
    let Kind::Cross(CaRules { name_constraints: None, .. }) = request.profile.kind() else { return None };
    match crossed(request)?.extension(oid::NAME_CONSTRAINTS)? {
        Extension { value: Value::NameConstraints(limits), .. } => Some(limits),
        _ => None,
    }
}

/// The certificate that a cross-certificate mirrors.
fn crossed<'a>(request: &IssuanceRequest<'a>) -> Option<&'a Certificate> {
    mirrored(request).filter(|_| matches!(request.profile.kind(), Kind::Cross(_)))
}

/// Whether the request is for a cross-certificate, which may be for a key of our own.
pub(in crate::policy) fn is_cross(request: &IssuanceRequest<'_>) -> bool {
    matches!(request.profile.kind(), Kind::Cross(_)) && mirrored(request).is_some()
}

/// Holds what is to be issued against what the CA has.
pub(super) fn judge(
    request: &IssuanceRequest<'_>,
    extensions: &[Extension],
    not_after: Time,
    issuer: &IssuerView,
    now: Time,
    violations: &mut Violations,
) {
    let Kind::Cross(rules) = request.profile.kind() else {
        if let SubjectKey::Certificate(precedent) = request.key
            && precedent.purpose() == Purpose::Cross
        {
            let found = request.profile.kind().word();
            violations.add(Rule::CrossCertificate, "profile", found, "a profile of kind cross");
        }
        return;
    };
    let Some(mirrored) = mirrored(request) else {
        let wanted = "the certificate of a CA, which the new one mirrors";
        violations.add(Rule::CrossCertificate, "subjectPublicKeyInfo", request.key.origin(), wanted);
        return;
    };
    authority(mirrored, issuer, now, violations);
    if not_after > mirrored.not_after() {
        let wanted = format!("at most {}, as in the certificate that it mirrors", mirrored.not_after());
        violations.add(Rule::CrossValidity, "notAfter", not_after, wanted);
    }
    let limit = path_length::limit(mirrored);
    // A profile without one gives that of the certificate that it mirrors.
    if let (Some(most), Some(asked)) = (limit, rules.path_len)
        && asked > most
    {
        let wanted = format!("at most {most}, as in the certificate that it mirrors");
        let field = "basicConstraints pathLenConstraint";
        violations.add(Rule::CrossPathLength, field, path_length::found(Some(asked)), wanted);
    }
    match (mirrored.extension(oid::NAME_CONSTRAINTS).map(|limits| &limits.value), &rules.name_constraints) {
        (Some(Value::NameConstraints(limits)), Some(own)) => names(own, limits, violations),
        (Some(Value::NameConstraints(_)) | None, _) => {}
        (Some(other), _) => {
            let field = issuer::of("nameConstraints", mirrored);
            violations.add(Rule::CrossNames, field, other, "a form that can be followed");
        }
    }
    purposes(request, extensions, mirrored, violations);
}

/// The certificate that is mirrored is one of a CA that may issue, now.
fn authority(mirrored: &Certificate, issuer: &IssuerView, now: Time, violations: &mut Violations) {
    let mut add = |field: &str, found: String, wanted: &str| {
        violations.add(Rule::CrossCertificate, issuer::of(field, mirrored), found, wanted);
    };
    if !mirrored.is_ca() {
        add("basicConstraints", "not a CA".to_owned(), "the certificate of a CA");
    }
    if let Some(Extension { value: Value::KeyUsage(usage), .. }) = mirrored.extension(oid::KEY_USAGE)
        && !usage.contains(KeyUsage::KEY_CERT_SIGN)
    {
        add("keyUsage", usage.to_string(), "keyCertSign");
    }
    if now < mirrored.not_before() || now > mirrored.not_after() {
        let found = format!("{} to {}", mirrored.not_before(), mirrored.not_after());
        add("validity", found, &format!("one that has the present in it, {now}"));
    }
    if issuer.revoked.contains(mirrored) {
        let found = format!("its certificate {} is revoked", mirrored.serial());
        add("status", found, "one that is not revoked");
    }
}

/// The new name constraints permit nothing that the old ones do not, and exclude what they exclude.
fn names(new: &NameConstraints, old: &NameConstraints, violations: &mut Violations) {
    let field = "nameConstraints permittedSubtrees";
    for permitted in &new.permitted {
        let bearing = |limit: &&Subtree| subtree::of_one_form(limit, permitted);
        let limits: Vec<&Subtree> = old.permitted.iter().filter(bearing).collect();
        if !limits.is_empty() && !limits.iter().any(|limit| subtree::within(permitted, limit)) {
            let wanted = format!("within {}, as the certificate that it mirrors permits", joined(&limits));
            violations.add(Rule::CrossNames, field, permitted, wanted);
        }
    }
    let mut told: Vec<&Subtree> = Vec::new();
    for limit in &old.permitted {
        let of_its_form = |other: &&Subtree| subtree::of_one_form(limit, other);
        if !new.permitted.iter().any(|own| of_its_form(&own)) && !told.iter().any(of_its_form) {
            told.push(limit);
            let limits: Vec<&Subtree> = old.permitted.iter().filter(of_its_form).collect();
            let wanted = format!("{}, as the certificate that it mirrors permits", joined(&limits));
            violations.add(Rule::CrossNames, field, "no limit to names of this form", wanted);
        }
    }
    for limit in &old.excluded {
        if !new.excluded.iter().any(|own| subtree::within(limit, own)) {
            let wanted = format!("{limit}, as the certificate that it mirrors excludes");
            violations.add(Rule::CrossNames, "nameConstraints excludedSubtrees", "not excluded", wanted);
        }
    }
}

fn joined(subtrees: &[&Subtree]) -> String {
    subtrees.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// Browsers' programs want extKeyUsage in every cross-certificate (BR 7.1.2.2.4); where the certificate that is
/// mirrored has purposes, no others are added.
fn purposes(
    request: &IssuanceRequest<'_>,
    extensions: &[Extension],
    mirrored: &Certificate,
    violations: &mut Violations,
) {
    let given = extensions.iter().find_map(|extension| {
        if let Value::ExtKeyUsage(purposes) = &extension.value { Some(purposes) } else { None }
    });
    if given.is_none() && request.profile.follows(Standard::WebPki) {
        let wanted = "the purposes of the CA, since none means any";
        violations.add(Rule::CrossPurpose, "extKeyUsage", "none", wanted);
        return;
    }
    let Some(Extension { value: Value::ExtKeyUsage(limit), .. }) = mirrored.extension(oid::EXT_KEY_USAGE)
    else {
        return;
    };
    if limit.0.contains(&purpose::ANY) {
        return;
    }
    let wanted = format!("only {limit}, as in the certificate that it mirrors");
    match given {
        None => violations.add(Rule::CrossPurpose, "extKeyUsage", "none, which means any purpose", wanted),
        Some(ExtKeyUsage(given)) => {
            for beyond in given.iter().filter(|one| !limit.0.contains(one)) {
                violations.add(Rule::CrossPurpose, "extKeyUsage", purpose::name(beyond), &wanted);
            }
        }
    }
}
