//! Admission: whether a CA's certificate that was issued elsewhere is of use below the CAs above it.

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, Value, oid};

use super::super::extensions::Subject;
use super::super::violation::{Refusal, Rule, Violation, Violations};
use super::{Findings, Nested, below, issuer, strength};

/// Decides whether the certificate of a CA that somebody else has issued can be used below the certificates
/// `above` it, its issuer's first. `revoked` are those of all these that are revoked on record.
///
/// Signatures, validity at present and the right to issue are not looked at here. The answer tells what relying
/// parties tolerate (RFC 5280 s.6.1) and a certificate of ours would not have.
///
/// # Errors
/// [`Refusal`]: everything for which relying parties refuse the path.
pub fn admit(
    certificate: &Certificate,
    above: &[Certificate],
    revoked: &[Certificate],
) -> Result<Vec<Violation>, Refusal> {
    let whole: Vec<&Certificate> = std::iter::once(certificate).chain(above).collect();
    let mut invalid = Violations::default();
    let mut tolerated = Violations::default();
    issuer::revoked(revoked, &mut invalid);
    let mut rest = whole.as_slice();
    while let [one, path @ ..] = rest {
        let mut findings = Findings::default();
        judge(one, path, &mut findings);
        // Of the CAs between it has to be said which one is meant.
        let whose = |mut violation: Violation| {
            if *one != certificate {
                violation.field = issuer::of(&violation.field, one);
            }
            violation
        };
        invalid.extend(findings.invalid.map(whose));
        tolerated.extend(findings.unsound.map(whose));
        rest = path;
    }
    match invalid.into_refusal() {
        Some(refusal) => Err(refusal),
        None => Ok(tolerated.into_vec()),
    }
}

fn judge(one: &Certificate, path: &[&Certificate], findings: &mut Findings) {
    issuer::unreadable(one, &mut findings.unsound);
    let Some(issuer) = path.first() else { return };
    let public_key = match one.public_key() {
        Ok(key) => key,
        Err(error) => {
            findings.invalid.add(
                Rule::KeyAlgorithm,
                "subjectPublicKeyInfo",
                error,
                "a key that keyrite offers",
            );
            return;
        }
    };
    let alt_names = one.extension(oid::SUBJECT_ALT_NAME).map(|extension| &extension.value);
    let alt_names =
        if let Some(Value::SubjectAltName(names)) = alt_names { names.0.clone() } else { Vec::new() };
    let subject = Subject::new(one.subject().clone(), alt_names, public_key);
    let nested = Nested {
        subject: &subject,
        extensions: one.extensions(),
        self_issued: one.is_self_issued(),
        policies_throughout: false,
    };
    below(&nested, path, findings);
    key_identifier(one, issuer, &mut findings.invalid);
    validity(one, path, &mut findings.unsound);
    strength::judge(&subject, one.signature_algorithm().ok(), issuer, &mut findings.unsound);
}

/// authorityKeyIdentifier is the subjectKeyIdentifier of the issuer (RFC 5280 s.4.2.1.1): where it is not,
/// OpenSSL finds no path.
fn key_identifier(one: &Certificate, issuer: &Certificate, invalid: &mut Violations) {
    if let Some(Extension { value: Value::AuthorityKeyIdentifier(found), .. }) =
        one.extension(oid::AUTHORITY_KEY_IDENTIFIER)
        && let Some(wanted) = issuer.subject_key_identifier()
        && found.key_identifier != wanted
    {
        let wanted = format!("{}, the issuer's subjectKeyIdentifier", hex::encode_upper(wanted));
        let found = hex::encode_upper(&found.key_identifier);
        invalid.add(Rule::KeyIdentifier, "authorityKeyIdentifier", found, wanted);
    }
}

/// The validity lies within that of every CA above; relying parties ask for the present only.
fn validity(one: &Certificate, path: &[&Certificate], unsound: &mut Violations) {
    for ca in path {
        let whose = ca.subject().to_string();
        if one.not_after() > ca.not_after() {
            let wanted = format!("at most {}, the end of {whose:?}", ca.not_after());
            unsound.add(Rule::NotAfterIssuer, "notAfter", one.not_after(), wanted);
        }
    }
    if let Some(issuer) = path.first()
        && one.not_before() < issuer.not_before()
    {
        let wanted = format!("at least {}, the issuer's", issuer.not_before());
        unsound.add(Rule::NotBeforeIssuer, "notBefore", one.not_before(), wanted);
    }
}
