//! Nesting: whether a certificate holds below the CA that is to issue it and every CA above that one.
//!
//! Relying parties will walk the path from the root down (RFC 5280 s.6.1); what they would refuse is refused
//! here, before anything is signed.

use der::asn1::ObjectIdentifier;

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, KeyUsage, Value, name_of, oid, purpose};
use crate::x509::time::Time;

use super::constraints;
use super::extensions::Subject;
use super::profile::{CaRules, Kind, Profile};
use super::request::IssuerView;
use super::violation::{Rule, Violations};

pub(super) fn judge(
    profile: &Profile,
    subject: &Subject,
    extensions: &[Extension],
    issuer: &IssuerView,
    now: Time,
    violations: &mut Violations,
) {
    let path: Vec<&Certificate> = std::iter::once(&issuer.certificate).chain(&issuer.above).collect();
    key(issuer, violations);
    for ca in &path {
        authority(ca, now, violations);
    }
    for ca in &issuer.revoked {
        let field = format!("status of {:?}", ca.subject().to_string());
        let found = format!("its certificate {} is revoked", ca.serial());
        violations.add(Rule::IssuerRevoked, field, found, "one that is not revoked");
    }
    if let Kind::Subordinate(rules) | Kind::Cross(rules) = profile.kind() {
        path_length(rules, &path, violations);
    }
    if subject.name == *issuer.certificate.subject() && !subject.name.is_empty() {
        let wanted = "another name than the issuer's, since only a root is issued by itself";
        violations.add(Rule::SubjectIsIssuer, "subject", &subject.name, wanted);
    }
    purposes(extensions, &path, violations);
    for ca in &path {
        if let Some(Extension { value: Value::NameConstraints(constraints), .. }) =
            ca.extension(oid::NAME_CONSTRAINTS)
        {
            constraints::judge(constraints, ca.subject(), subject, violations);
        }
    }
}

/// The issuer's key is one that may sign, by the algorithm that was chosen for it.
fn key(issuer: &IssuerView, violations: &mut Violations) {
    let field = "issuer's subjectPublicKeyInfo";
    match issuer.certificate.public_key() {
        Ok(key) if key.algorithm().signs_with(issuer.signature) => {}
        Ok(key) => {
            let wanted = format!("a key that signs with {}", issuer.signature);
            violations.add(Rule::IssuerKey, field, key.algorithm(), wanted);
        }
        Err(error) => violations.add(Rule::IssuerKey, field, error, "a key that keyrite offers"),
    }
}

/// A CA of the path may issue, and may do so now.
fn authority(ca: &Certificate, now: Time, violations: &mut Violations) {
    let whose = |field: &str| format!("{field} of {:?}", ca.subject().to_string());
    if !ca.is_ca() {
        let field = whose("basicConstraints");
        violations.add(Rule::IssuerNotCa, field, "not a CA", "the certificate of a CA");
    }
    match ca.extension(oid::KEY_USAGE).map(|extension| &extension.value) {
        // Absent means any usage (RFC 5280 s.4.2.1.3), as in roots of the time before keyUsage.
        None => {}
        Some(Value::KeyUsage(usage)) if usage.contains(KeyUsage::KEY_CERT_SIGN) => {}
        Some(other) => violations.add(Rule::IssuerKeyUsage, whose("keyUsage"), other, "keyCertSign"),
    }
    if now < ca.not_before() {
        let wanted = format!("at most the present, {now}");
        violations.add(Rule::IssuerNotYetValid, whose("notBefore"), ca.not_before(), wanted);
    }
    if now > ca.not_after() {
        let wanted = format!("at least the present, {now}");
        violations.add(Rule::IssuerExpired, whose("notAfter"), ca.not_after(), wanted);
    }
    for limit in [oid::BASIC_CONSTRAINTS, oid::NAME_CONSTRAINTS, oid::EXT_KEY_USAGE] {
        if let Some(Extension { value: Value::Unrecognized { der, .. }, .. }) = ca.extension(limit) {
            let found = format!("DER {}", hex::encode(der));
            let wanted = "a form that can be followed";
            violations.add(Rule::IssuerUnreadable, whose(&name_of(&limit)), found, wanted);
        }
    }
}

/// Every pathLenConstraint above leaves room for one more CA, and for those that it would allow below itself.
///
/// RFC 5280 s.6.1.4 tolerates a greater pathLenConstraint in the lower certificate, since the smaller one
/// above wins; a certificate that promises what it cannot hold is not issued here.
fn path_length(rules: &CaRules, path: &[&Certificate], violations: &mut Violations) {
    let mut between = 0_u8;
    for ca in path {
        if let Some(Extension { value: Value::BasicConstraints(constraints), .. }) =
            ca.extension(oid::BASIC_CONSTRAINTS)
            && let Some(most) = constraints.path_len
        {
            let field = "basicConstraints pathLenConstraint";
            let whose = ca.subject().to_string();
            match (most.checked_sub(between.saturating_add(1)), rules.path_len) {
                (None, _) => violations.add(
                    Rule::PathLength,
                    field,
                    format!("path length {most} in {whose:?}"),
                    "room for one more CA",
                ),
                (Some(left), Some(asked)) if asked <= left => {}
                (Some(left), asked) => violations.add(
                    Rule::PathLength,
                    field,
                    asked.map_or_else(|| "no limit".to_owned(), |asked| format!("path length {asked}")),
                    format!("at most {left}, since {whose:?} has path length {most}"),
                ),
            }
        }
        // Self-issued certificates do not count (RFC 5280 s.4.2.1.9).
        if !ca.is_self_issued() {
            between = between.saturating_add(1);
        }
    }
}

/// The purposes of the certificate are purposes of every CA above that limits its own.
fn purposes(extensions: &[Extension], path: &[&Certificate], violations: &mut Violations) {
    let wanted = extensions.iter().find_map(|extension| {
        if let Value::ExtKeyUsage(purposes) = &extension.value { Some(purposes.0.as_slice()) } else { None }
    });
    for ca in path {
        let Some(Extension { value: Value::ExtKeyUsage(allowed), .. }) = ca.extension(oid::EXT_KEY_USAGE)
        else {
            continue;
        };
        if allowed.0.contains(&purpose::ANY) {
            continue;
        }
        let limit = format!("only {allowed}, as {:?} has it", ca.subject().to_string());
        let beyond: Vec<&ObjectIdentifier> =
            wanted.unwrap_or_default().iter().filter(|one| !allowed.0.contains(one)).collect();
        if wanted.is_none() {
            violations.add(Rule::Purpose, "extKeyUsage", "none, which means any purpose", &limit);
        }
        for purpose in beyond {
            violations.add(Rule::Purpose, "extKeyUsage", purpose::name(purpose), &limit);
        }
    }
}
