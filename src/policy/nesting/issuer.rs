//! Issuer: whether the CAs of a path may issue, and may do so now.

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, KeyUsage, Value, name_of, oid};
use crate::x509::policy_graph::Statement;
use crate::x509::time::Time;

use super::super::request::IssuerView;
use super::super::violation::{Rule, Violations};

/// The issuer's key is one that may sign, by the algorithm that was chosen for it.
pub(super) fn key(issuer: &IssuerView, violations: &mut Violations) {
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
pub(super) fn authority(ca: &Certificate, now: Time, violations: &mut Violations) {
    let whose = |field: &str| of(field, ca);
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
}

/// Every limit that the certificate of a CA sets is written in a form that can be followed.
pub(super) fn unreadable(ca: &Certificate, violations: &mut Violations) {
    let mut tell = |extension: &Extension| {
        let octets = extension.value.to_der().unwrap_or_default();
        let field = of(&name_of(&extension.value.oid()), ca);
        let found = format!("DER {}", hex::encode(octets));
        violations.add(Rule::IssuerUnreadable, field, found, "a form that can be followed");
    };
    for limit in [oid::BASIC_CONSTRAINTS, oid::NAME_CONSTRAINTS, oid::EXT_KEY_USAGE] {
        if let Some(extension @ Extension { value: Value::Unrecognized { .. }, .. }) = ca.extension(limit) {
            tell(extension);
        }
    }
    for limit in
        [oid::CERTIFICATE_POLICIES, oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY]
    {
        if let Some(extension) = ca.extension(limit)
            && Statement::of(std::slice::from_ref(extension), false).is_err()
        {
            tell(extension);
        }
    }
}

/// No CA of the path is revoked on record.
pub(super) fn revoked<'a>(revoked: impl IntoIterator<Item = &'a Certificate>, violations: &mut Violations) {
    for ca in revoked {
        let found = format!("its certificate {} is revoked", ca.serial());
        violations.add(Rule::IssuerRevoked, of("status", ca), found, "one that is not revoked");
    }
}

/// A field of the certificate of a CA.
pub(super) fn of(field: &str, ca: &Certificate) -> String {
    format!("{field} of {:?}", ca.subject().to_string())
}
