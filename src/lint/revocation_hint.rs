//! What certificates say of their own revocation beside distribution points: freshestCRL, noRevAvail and
//! id-pkix-ocsp-nocheck (rules O07, O08 and U09).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::extension_value::distribution_point_names;
use super::rarer_value::{alone, purposes};
use super::report::{Faults, Severity, hexed};
use super::tlv::tag;
use super::view::{CertificateView, Fields, View};
use crate::x509::extension::{name_of, oid, purpose};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O07-freshest-crl-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.15, s.5.2.6",
        "freshestCRL is not critical",
        Run::Any(freshest_critical),
    ),
    Lint::new(
        "O07-freshest-crl-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.13, s.4.2.1.15",
        "freshestCRL has at least one place",
        Run::Any(freshest_empty),
    ),
    Lint::new(
        "O08-no-rev-avail-octets",
        Severity::Error,
        "RFC 9608 s.2",
        "the value of noRevAvail is NULL: 0500",
        Run::Certificate(no_rev_avail_octets),
    ),
    Lint::new(
        "O08-no-rev-avail-critical",
        Severity::Error,
        "RFC 9608 s.2",
        "noRevAvail is not critical",
        Run::Certificate(no_rev_avail_critical),
    ),
    Lint::new(
        "O08-no-rev-avail-of-ca",
        Severity::Error,
        "RFC 9608 s.3",
        "noRevAvail is not in the certificate of a CA",
        Run::Certificate(no_rev_avail_of_ca),
    ),
    Lint::new(
        "O08-no-rev-avail-with-place",
        Severity::Error,
        "RFC 9608 s.3",
        "noRevAvail is not beside cRLDistributionPoints, freshestCRL or an OCSP responder",
        Run::Certificate(no_rev_avail_with_place),
    ),
    Lint::new(
        "U09-nocheck-octets",
        Severity::Error,
        "RFC 6960 s.4.2.2.2.1",
        "the value of id-pkix-ocsp-nocheck is NULL: 0500",
        Run::Certificate(nocheck_octets),
    ),
    Lint::new(
        "U09-nocheck-critical",
        Severity::Warning,
        "RFC 6960 s.4.2.2.2.1, BR 7.1.2.8.2",
        "id-pkix-ocsp-nocheck is not critical",
        Run::Certificate(nocheck_critical),
    ),
    Lint::new(
        "U09-nocheck-without-purpose",
        Severity::Warning,
        "RFC 6960 s.4.2.2.2.1",
        "id-pkix-ocsp-nocheck only in the certificate of an OCSP responder",
        Run::Certificate(nocheck_without_purpose),
    ),
    Lint::new(
        "U09-nocheck-missing",
        Severity::Error,
        "BR 4.9.9, 7.1.2.8.2, RFC 6960 s.4.2.2.2.1",
        "the certificate of an OCSP responder has id-pkix-ocsp-nocheck",
        Run::Certificate(nocheck_missing),
    )
    .webpki()
    .house_for_a_should(),
];

fn is_critical(view: &View<'_>, which: ObjectIdentifier) -> bool {
    view.extension(which).is_some_and(|extension| extension.is_critical())
}

fn not_critical(view: &View<'_>, which: ObjectIdentifier, faults: &mut Faults<'_>) {
    if is_critical(view, which) {
        faults.push(name_of(&which), "critical", "not critical");
    }
}

/// The value is NULL in DER. One that is no NULL at all is the lint on structure.
fn is_null(view: &View<'_>, which: ObjectIdentifier, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(which) else { return };
    let null = alone(extension.value, tag::NULL, "", "NULL").is_ok();
    if null && extension.value != [tag::NULL, 0] {
        faults.push(name_of(&which), hexed(extension.value), "0500");
    }
}

fn freshest_critical(view: &View<'_>, faults: &mut Faults<'_>) {
    not_critical(view, oid::FRESHEST_CRL, faults);
}

fn freshest_empty(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::FRESHEST_CRL) else { return };
    let named = distribution_point_names(extension.value).is_ok();
    let any = Fields::of_sequence(extension.value, "freshestCRL").is_ok_and(|points| !points.is_finished());
    if named && !any {
        faults.push("freshestCRL", "no place", "at least one, or no such extension");
    }
}

fn no_rev_avail_octets(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    is_null(view, oid::NO_REV_AVAIL, faults);
}

fn no_rev_avail_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    not_critical(view, oid::NO_REV_AVAIL, faults);
}

fn no_rev_avail_of_ca(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::NO_REV_AVAIL).is_some() && view.is_ca() {
        faults.push("noRevAvail", "it", "nothing, since the subject is a CA");
    }
}

/// id-ad-ocsp.
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

/// Whether authorityInfoAccess names an OCSP responder.
fn has_responder(view: &View<'_>) -> bool {
    let Some(extension) = view.extension(oid::AUTHORITY_INFO_ACCESS) else { return false };
    let place = "authorityInfoAccess";
    let Ok(mut list) = Fields::of_sequence(extension.value, place) else { return false };
    while let Ok(one) = list.take(tag::SEQUENCE, place, "an AccessDescription") {
        let method = Fields::of(one.contents).take(tag::OBJECT_IDENTIFIER, place, "an OBJECT IDENTIFIER");
        if method.is_ok_and(|method| method.contents == OCSP.as_bytes()) {
            return true;
        }
    }
    false
}

fn no_rev_avail_with_place(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::NO_REV_AVAIL).is_none() {
        return;
    }
    for which in [oid::CRL_DISTRIBUTION_POINTS, oid::FRESHEST_CRL] {
        if view.extension(which).is_some() {
            faults.push("noRevAvail", name_of(&which), "nothing that says where to ask");
        }
    }
    if has_responder(view) {
        faults.push(
            "noRevAvail",
            "an OCSP responder in authorityInfoAccess",
            "nothing that says where to ask",
        );
    }
}

fn nocheck_octets(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    is_null(view, oid::OCSP_NOCHECK, faults);
}

fn nocheck_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    not_critical(view, oid::OCSP_NOCHECK, faults);
}

/// Whether the certificate is a responder's: OCSPSigning is among its purposes.
fn is_responder(view: &View<'_>) -> bool {
    purposes(view).contains(&purpose::OCSP_SIGNING.as_bytes())
}

fn nocheck_without_purpose(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::OCSP_NOCHECK).is_some() && !is_responder(view) {
        faults.push("ocspNocheck", "it", "nothing, since OCSPSigning is not among the purposes");
    }
}

fn nocheck_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    // Of a CA with that purpose U09-responder-ca speaks.
    if is_responder(view) && !view.is_ca() && view.extension(oid::OCSP_NOCHECK).is_none() {
        faults.push("extensions", "no ocspNocheck", "it, since OCSPSigning is among the purposes");
    }
}
