//! Nesting: whether a certificate holds below the CA that is to issue it and every CA above that one.
//!
//! Relying parties will walk the path from the root down (RFC 5280 s.6.1); what they would refuse is refused
//! here, before anything is signed. So is what they tolerate and no certificate of ours has: a promise that the
//! CAs above do not let it keep. A certificate that somebody else has issued is refused for the former alone
//! ([`admit`]).

mod admission;
mod cross;
mod issuer;
mod name_space;
mod path_length;
mod policies;
mod purposes;
mod strength;
mod subtree;

use crate::x509::certificate::Certificate;
use crate::x509::extension::{Extension, Value, oid};
use crate::x509::standard::Standard;
use crate::x509::time::Time;

use super::constraints;
use super::extensions::Subject;
use super::request::{IssuanceRequest, IssuerView};
use super::violation::{Rule, Violations};

pub use admission::admit;
pub(super) use cross::{
    as_mirrored, constraints as mirrored_constraints, is_cross, mirrored, subject as subject_octets,
};

/// A certificate as the CAs above it limit it, whoever has issued it or is to.
#[derive(Clone, Copy, Debug)]
struct Nested<'a> {
    subject: &'a Subject,
    extensions: &'a [Extension],
    /// Whether its subject is its issuer, so that it does not count towards a path length.
    self_issued: bool,
    /// Whether every CA below a root must have certificatePolicies where the certificate has them (BR
    /// 7.1.2.10.5); otherwise one without them only makes them worthless.
    policies_throughout: bool,
}

impl Nested<'_> {
    /// What basicConstraints say: nothing for an end entity, else how many CAs may follow.
    fn ca(&self) -> Option<Option<u8>> {
        self.extensions.iter().find_map(|extension| {
            if let Value::BasicConstraints(constraints) = &extension.value {
                constraints.ca.then_some(constraints.path_len)
            } else {
                None
            }
        })
    }
}

/// What speaks against a certificate below the CAs above it.
#[derive(Debug, Default)]
struct Findings {
    /// What relying parties refuse it for (RFC 5280 s.6.1).
    invalid: Violations,
    /// What they tolerate, or what not all of them mind.
    unsound: Violations,
}

/// Judges what is to be issued, with the subject and extensions that it is to have.
pub(super) fn judge(
    request: &IssuanceRequest<'_>,
    subject: &Subject,
    extensions: &[Extension],
    not_after: Time,
    issuer: &IssuerView,
    now: Time,
    violations: &mut Violations,
) {
    let path: Vec<&Certificate> = std::iter::once(&issuer.certificate).chain(&issuer.above).collect();
    issuer::key(issuer, violations);
    for ca in &path {
        issuer::authority(ca, now, violations);
        issuer::unreadable(ca, violations);
    }
    let revoked = issuer.revoked.iter().filter(|one| path.contains(one));
    issuer::revoked(revoked, violations);
    cross::judge(request, extensions, not_after, issuer, now, violations);
    let profile = request.profile;
    let self_issued = subject.name == *issuer.certificate.subject() && !subject.name.is_empty();
    // A CA that changes its key may vouch for the new one by the old one (s.3.2).
    let changes_key = is_cross(request) && subject.public_key.as_der() != issuer.certificate.spki_der();
    if self_issued && !changes_key {
        let wanted = "another name than the issuer's, since only a root is issued by itself";
        violations.add(Rule::SubjectIsIssuer, "subject", &subject.name, wanted);
    }
    let nested =
        Nested { subject, extensions, self_issued, policies_throughout: profile.follows(Standard::WebPki) };
    let mut findings = Findings::default();
    below(&nested, &path, &mut findings);
    if nested.ca().is_some() && !profile.key().weaker_than_issuer {
        strength::judge(subject, Some(issuer.signature), &issuer.certificate, &mut findings.unsound);
    }
    violations.extend(findings.invalid);
    violations.extend(findings.unsound);
}

/// Holds a certificate against the limits of every CA above it, the nearest first.
fn below(nested: &Nested<'_>, path: &[&Certificate], findings: &mut Findings) {
    if let Some(asked) = nested.ca() {
        path_length::judge(asked, nested.self_issued, path, findings);
    }
    purposes::judge(nested, path, &mut findings.unsound);
    for ca in path {
        if let Some(Extension { value: Value::NameConstraints(limits), .. }) =
            ca.extension(oid::NAME_CONSTRAINTS)
        {
            constraints::judge(limits, ca.subject(), nested.subject, &mut findings.invalid);
            name_space::judge(nested, limits, ca, &mut findings.unsound);
        }
    }
    policies::judge(nested, path, findings);
}
