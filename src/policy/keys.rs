//! Subject keys: which may be certified.
//!
//! That a key is sound in itself (RSA of at least 2048 bits, odd exponent of at least 65537, a point that
//! lies on its curve) is what [`PublicKey`](crate::x509::spki::PublicKey) means; here is what the profile
//! and the home add.

use super::nesting;
use super::request::IssuanceRequest;
use super::violation::{Rule, Violations};
use crate::x509::name::Name;

pub(super) fn judge(request: &IssuanceRequest<'_>, violations: &mut Violations) {
    let key = request.key.public_key();
    let allowed = &request.profile.key().algorithms;
    if !allowed.contains(&key.algorithm()) {
        let wanted: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        let wanted = format!("one of {}", wanted.join(" "));
        violations.add(Rule::KeyAlgorithm, "subjectPublicKeyInfo", key.algorithm(), wanted);
    }
    // A cross-certificate may be for another CA of ours.
    if request.ca_keys.contains(key) && !nesting::is_cross(request) {
        violations.add(
            Rule::KeyOfCa,
            "subjectPublicKeyInfo",
            format!("the key of a CA of this home (SHA-256 {})", hex::encode(key.sha256())),
            "a key that is used for nothing else",
        );
    }
    if request.compromised_keys.contains(key) {
        violations.add(
            Rule::KeyCompromised,
            "subjectPublicKeyInfo",
            format!("a key that was revoked as compromised (SHA-256 {})", hex::encode(key.sha256())),
            "another key",
        );
    }
}

/// What a person should know of the key: that certificates for other subjects have it.
pub(super) fn remarks(request: &IssuanceRequest<'_>, subject: &Name) -> Vec<String> {
    let subject = subject.to_string();
    let others = request.on_record.certified.iter().filter(|one| one.subject != subject);
    others
        .map(|one| {
            format!("the key is certified for {} as well, serial {} of {}", one.subject, one.serial, one.ca)
        })
        .collect()
}
