//! Strength: the algorithms of a CA are not weaker than its issuer's key.

use crate::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use crate::x509::certificate::Certificate;

use super::super::extensions::Subject;
use super::super::violation::{Rule, Violations};

/// Neither the key of a CA nor the digest by which its certificate is signed is weaker than the issuer's key:
/// a path is as strong as its weakest CA, and who has chosen a strong issuer means the path.
pub(super) fn judge(
    subject: &Subject,
    signature: Option<SignatureAlgorithm>,
    issuer: &Certificate,
    violations: &mut Violations,
) {
    // A key that cannot be read is a violation of its own.
    let Ok(issuer) = issuer.public_key().map(|key| key.algorithm()) else { return };
    let key = subject.public_key.algorithm();
    let wanted = |of: &str| format!("{of} {} bits, as the issuer's {issuer} has", issuer.strength());
    if key.strength() < issuer.strength() {
        violations.add(
            Rule::KeyStrength,
            "subjectPublicKeyInfo",
            worth(key),
            wanted("a strength of at least"),
        );
    }
    let Some(signature) = signature else { return };
    if let Some(digest) = signature.digest()
        && collision(digest) < issuer.strength()
    {
        let wanted = wanted("a digest with a strength of at least");
        violations.add(Rule::SignatureStrength, "signature", signature, wanted);
    }
}

fn worth(key: KeyAlgorithm) -> String {
    format!("{key}, whose strength is {} bits", key.strength())
}

/// Against collisions, which is what forges certificates (NIST SP 800-57 part 1 table 3).
const fn collision(digest: Digest) -> u32 {
    match digest {
        Digest::Sha256 => 128,
        Digest::Sha384 => 192,
        Digest::Sha512 => 256,
    }
}
