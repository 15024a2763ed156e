//! Purposes: extKeyUsage below extKeyUsage.

use der::asn1::ObjectIdentifier;

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, Value, oid, purpose};

use super::super::violation::{Rule, Violations};
use super::Nested;

/// The purposes of the certificate are purposes of every CA above that limits its own.
///
/// RFC 5280 has no such rule; browsers and operating systems do.
pub(super) fn judge(nested: &Nested<'_>, path: &[&Certificate], violations: &mut Violations) {
    let wanted = nested.extensions.iter().find_map(|extension| {
        if let Value::ExtKeyUsage(purposes) = &extension.value { Some(purposes.0.as_slice()) } else { None }
    });
    if nested.ca().is_none() && wanted == Some(&[purpose::OCSP_SIGNING]) {
        // The issuer itself lends the right to speak of its certificates (RFC 6960 s.4.2.2.2), and must not
        // have the purpose where it has purposes (BR 7.1.2.10.6).
        return;
    }
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
