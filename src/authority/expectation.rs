//! From a profile to what linting expects: the closed list of extensions and the limits of the validity.
//!
//! Policy decides from the profile, and linting holds the octets against the same profile once more by a way
//! of its own: should the decision ever let something slip, the octets do not pass.

use der::asn1::ObjectIdentifier;

use crate::lint::{Exclusion, ExclusionError, Expected, ExpectedExtension};
use crate::policy::{Approved, Kind, Length, Profile, Rule};
use crate::x509::extension::oid;
use crate::x509::time::{Duration, Time};

/// What linting expects of a certificate by `profile` that begins to be valid at `not_before`.
#[must_use]
pub fn expected(profile: &Profile, not_before: Time) -> Expected {
    let seconds = |length: Duration| {
        length.after(not_before).map(|end| end.to_unix().saturating_sub(not_before.to_unix())).ok()
    };
    Expected {
        ca: profile.kind().ca().is_some(),
        extensions: extensions(profile),
        maximum_seconds: match profile.validity().maximum {
            Length::Of(duration) => seconds(duration),
            Length::NoExpiration => None,
        },
        backdating_seconds: Some(profile.validity().backdating.and_then(seconds).unwrap_or(0)),
        no_expiration: profile.validity().maximum == Length::NoExpiration,
        beyond_issuer: profile.validity().beyond_issuer,
        standards: profile.standards().to_vec(),
    }
}

/// As [`expected`], for one certificate: what a person has overridden does not count here either. The limits of
/// the standards stay.
pub(super) fn expected_of(profile: &Profile, approved: &Approved) -> Expected {
    let mut expected = expected(profile, approved.not_before());
    if approved.is_overridden(Rule::ValidityMaximum) {
        expected.maximum_seconds = None;
    }
    if approved.is_overridden(Rule::NotBeforeBackdated) {
        expected.backdating_seconds = None;
    }
    let mut optional = |oid: ObjectIdentifier| {
        for one in expected.extensions.iter_mut().filter(|one| one.oid == oid) {
            one.required = false;
        }
    };
    if approved.is_overridden(Rule::Places) {
        optional(oid::CRL_DISTRIBUTION_POINTS);
        optional(oid::AUTHORITY_INFO_ACCESS);
    }
    if approved.is_overridden(Rule::AltNameCount) {
        optional(oid::SUBJECT_ALT_NAME);
    }
    // Names of a profile that has none.
    let listed = expected.extensions.iter().any(|one| one.oid == oid::SUBJECT_ALT_NAME);
    if approved.is_overridden(Rule::AltNameType) && !listed {
        let names = ExpectedExtension { oid: oid::SUBJECT_ALT_NAME, critical: None, required: false };
        expected.extensions.push(names);
    }
    expected
}

/// The lints that a profile leaves out, as linting takes them.
///
/// # Errors
/// [`ExclusionError`] when the profile names a lint that there is not, or one that may not be left out.
pub fn exclusions(profile: &Profile) -> Result<Vec<Exclusion>, ExclusionError> {
    let each = profile.exclusions().iter();
    each.map(|one| Exclusion::new(&one.id, &one.reason, &one.by)).collect()
}

fn extensions(profile: &Profile) -> Vec<ExpectedExtension> {
    let mut list = Vec::new();
    let mut expect = |oid: ObjectIdentifier, critical: Option<bool>, required: bool| {
        list.push(ExpectedExtension { oid, critical, required });
    };
    if let Some(ca) = profile.kind().ca() {
        expect(oid::BASIC_CONSTRAINTS, Some(true), true);
        expect(oid::KEY_USAGE, Some(true), true);
        if ca.name_constraints.is_some() {
            expect(oid::NAME_CONSTRAINTS, Some(true), true);
        } else if matches!(profile.kind(), Kind::Cross(_)) {
            // Those of the certificate that is mirrored, if it has any.
            expect(oid::NAME_CONSTRAINTS, Some(true), false);
        }
    }
    if let Some(rules) = profile.kind().end_entity() {
        if rules.basic_constraints {
            expect(oid::BASIC_CONSTRAINTS, None, true);
        }
        if let Some(usage) = &rules.key_usage {
            expect(oid::KEY_USAGE, Some(usage.critical), true);
        }
    }
    let rules = profile.extensions();
    if let Some(purposes) = &rules.ext_key_usage {
        expect(oid::EXT_KEY_USAGE, Some(purposes.critical), true);
    }
    if rules.subject_key_identifier {
        expect(oid::SUBJECT_KEY_IDENTIFIER, Some(false), true);
    }
    if rules.authority_key_identifier {
        expect(oid::AUTHORITY_KEY_IDENTIFIER, Some(false), true);
    }
    if let Some(policies) = &rules.certificate_policies {
        expect(oid::CERTIFICATE_POLICIES, Some(policies.critical), true);
    }
    if let Some(names) = &rules.subject_alt_name {
        // Critical if and only if the subject is empty: rule E01 decides.
        expect(oid::SUBJECT_ALT_NAME, None, names.minimum > 0);
    }
    if let Some(urls) = &rules.crl_distribution_points {
        expect(oid::CRL_DISTRIBUTION_POINTS, Some(false), urls.is_required());
    }
    let access = [&rules.ca_issuers, &rules.ocsp];
    if access.iter().any(|urls| urls.is_some()) {
        let required = access.iter().any(|urls| urls.as_ref().is_some_and(|urls| urls.is_required()));
        expect(oid::AUTHORITY_INFO_ACCESS, Some(false), required);
    }
    if let Some(features) = &rules.tls_feature {
        expect(oid::TLS_FEATURE, Some(false), !features.from_request);
    }
    for extension in &rules.fixed {
        expect(extension.value.oid(), Some(extension.critical), true);
    }
    for asked in &rules.from_request {
        expect(asked.oid, Some(asked.critical), asked.required);
    }
    list
}
