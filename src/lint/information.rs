//! Where to learn more: policies, information access and distribution points (rules O03 to O06), as the closed
//! community of the web has them.

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::general_name::shown;
use super::report::{Faults, Severity};
use super::role::Role;
use super::tlv::{Tlv, tag};
use super::view::{CertificateView, Fields, Misfit, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O03-ca-policies-missing",
        Severity::Error,
        "BR 7.1.2.10.5",
        "a CA below a root has certificatePolicies",
        Run::Certificate(ca_policies_missing),
    )
    .webpki(),
    Lint::new(
        "O03-ca-policies",
        Severity::Error,
        "BR 7.1.2.10.5, 7.1.6.1",
        "the policies of a CA are anyPolicy alone, or one reserved by the CA/Browser Forum and others",
        Run::Certificate(ca_policies),
    )
    .webpki(),
    Lint::new(
        "O03-server-policies",
        Severity::Error,
        "BR 7.1.2.7.9, 7.1.6.1",
        "the policies of a TLS server include exactly one reserved by the CA/Browser Forum",
        Run::Certificate(server_policies),
    )
    .webpki(),
    Lint::new(
        "O04-access-critical",
        Severity::Error,
        "RFC 5280 s.4.2.2.1",
        "authorityInfoAccess is not critical",
        Run::Certificate(access_critical),
    ),
    Lint::new(
        "O04-access-missing",
        Severity::Error,
        "BR 7.1.2.7.7",
        "the certificate of a TLS server has authorityInfoAccess",
        Run::Certificate(access_missing),
    )
    .webpki(),
    Lint::new(
        "O04-access-method",
        Severity::Error,
        "BR 7.1.2.7.7, 7.1.2.10.3",
        "the methods of authorityInfoAccess are ocsp and caIssuers",
        Run::Certificate(access_method),
    )
    .webpki(),
    Lint::new(
        "O04-access-location",
        Severity::Error,
        "BR 7.1.2.7.7, 7.1.2.10.3",
        "the locations of authorityInfoAccess are URIs with http",
        Run::Certificate(access_location),
    )
    .webpki(),
    Lint::new(
        "O04-access-twice",
        Severity::Error,
        "BR 7.1.2.7.7, 7.1.2.10.3",
        "no location stands twice in authorityInfoAccess",
        Run::Certificate(access_twice),
    )
    .webpki()
    .house(),
    Lint::new(
        "O05-points-missing",
        Severity::Error,
        "BR 7.1.2.10.1, 7.1.2.11.2",
        "a CA below a root has cRLDistributionPoints, and so has a TLS server without an OCSP responder",
        Run::Certificate(points_missing),
    )
    .webpki(),
    Lint::new(
        "O05-points-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.13, BR 7.1.2.11.2",
        "cRLDistributionPoints is not critical",
        Run::Certificate(points_critical),
    )
    .webpki()
    .house_for_a_should(),
    Lint::new(
        "O05-points-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.13",
        "every distribution point has a name or an issuer of the CRL, not reasons alone",
        Run::Certificate(points_empty),
    ),
    Lint::new(
        "O05-points-form",
        Severity::Error,
        "BR 7.1.2.11.2",
        "a distribution point is a full name of URIs with http, without reasons and without another issuer of the CRL",
        Run::Certificate(points_form),
    )
    .webpki(),
];

/// anyPolicy (RFC 5280 s.4.2.1.4).
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
/// The reserved policies of BR 7.1.6.1: EV, DV, OV, IV.
const RESERVED: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.23.140.1.1"),
    ObjectIdentifier::new_unwrap("2.23.140.1.2.1"),
    ObjectIdentifier::new_unwrap("2.23.140.1.2.2"),
    ObjectIdentifier::new_unwrap("2.23.140.1.2.3"),
];
/// id-ad-ocsp and id-ad-caIssuers (RFC 5280 s.4.2.2.1).
pub(super) const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
pub(super) const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
const URI: u8 = 0x86;
const ACCESS: &str = "authorityInfoAccess";
const POINTS: &str = "cRLDistributionPoints";

/// The object identifiers of certificatePolicies, by their contents.
fn policies<'a>(view: &View<'a>) -> Option<Vec<&'a [u8]>> {
    let value = view.extension(oid::CERTIFICATE_POLICIES)?.value;
    let read = || -> Result<Vec<&'a [u8]>, Misfit> {
        let mut fields = Fields::of_sequence(value, "certificatePolicies")?;
        let mut list = Vec::new();
        while !fields.is_finished() {
            let one = fields.take(tag::SEQUENCE, "certificatePolicies", "a PolicyInformation")?;
            let mut inside = Fields::of(one.contents);
            list.push(
                inside.take(tag::OBJECT_IDENTIFIER, "policyIdentifier", "an OBJECT IDENTIFIER")?.contents,
            );
        }
        Ok(list)
    };
    read().ok()
}

fn dotted(all: &[&[u8]]) -> String {
    let each = all.iter().map(|one| {
        ObjectIdentifier::from_bytes(one).map_or_else(|_| hex::encode(one), |oid| oid.to_string())
    });
    each.collect::<Vec<_>>().join(", ")
}

fn is_reserved(contents: &[u8]) -> bool {
    RESERVED.iter().any(|known| known.as_bytes() == contents)
}

fn ca_policies_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() == Role::Subordinate && view.extension(oid::CERTIFICATE_POLICIES).is_none() {
        faults.push("extensions", "no certificatePolicies", "it, since the subject is a CA below another");
    }
}

fn ca_policies(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(all) = policies(view).filter(|_| view.role() == Role::Subordinate) else { return };
    let any = all.contains(&ANY_POLICY.as_bytes());
    let sound = if any { all.len() == 1 } else { all.iter().any(|one| is_reserved(one)) };
    if !sound {
        let wanted = "anyPolicy alone, or a policy reserved by the CA/Browser Forum";
        faults.push("certificatePolicies", dotted(&all), wanted);
    }
}

fn server_policies(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() != Role::EndEntity {
        return;
    }
    let all = policies(view).unwrap_or_default();
    if all.iter().filter(|one| is_reserved(one)).count() != 1 {
        let found = if all.is_empty() { "no policy".to_owned() } else { dotted(&all) };
        faults.push("certificatePolicies", found, "one policy reserved by the CA/Browser Forum");
    }
}

/// The methods, by the contents of their object identifiers, and the locations of authorityInfoAccess.
pub(super) fn access<'a>(view: &View<'a>) -> Vec<(&'a [u8], Tlv<'a>)> {
    let Some(extension) = view.extension(oid::AUTHORITY_INFO_ACCESS) else { return Vec::new() };
    let value = extension.value;
    let read = || -> Result<Vec<(&'a [u8], Tlv<'a>)>, Misfit> {
        let mut fields = Fields::of_sequence(value, ACCESS)?;
        let mut list = Vec::new();
        while !fields.is_finished() {
            let one = fields.take(tag::SEQUENCE, ACCESS, "an AccessDescription")?;
            let mut inside = Fields::of(one.contents);
            let method = inside.take(tag::OBJECT_IDENTIFIER, "accessMethod", "an OBJECT IDENTIFIER")?;
            list.push((method.contents, inside.any("accessLocation", "a GeneralName")?));
        }
        Ok(list)
    };
    read().unwrap_or_default()
}

fn access_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::AUTHORITY_INFO_ACCESS).is_some_and(|extension| extension.is_critical()) {
        faults.push(ACCESS, "critical", "not critical");
    }
}

fn access_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() == Role::EndEntity && view.extension(oid::AUTHORITY_INFO_ACCESS).is_none() {
        faults.push(
            "extensions",
            "no authorityInfoAccess",
            "it, with the issuer's certificate or a responder",
        );
    }
}

fn access_method(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for (method, _) in access(view) {
        if method != OCSP.as_bytes() && method != CA_ISSUERS.as_bytes() {
            faults.push(ACCESS, dotted(&[method]), "ocsp or caIssuers");
        }
    }
}

/// Whether a name is a URI by plain HTTP: fetching a status must not need another status first.
fn is_http(name: &Tlv<'_>) -> bool {
    name.tag == URI && name.contents.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case(b"http://"))
}

fn access_location(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for (_, location) in access(view).iter().filter(|(_, location)| !is_http(location)) {
        faults.push(ACCESS, shown(location), "a URI that begins with http://");
    }
}

fn access_twice(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for (method, location) in access(view) {
        if !seen.insert((method, location.whole)) {
            faults.push(ACCESS, format!("{} once more", shown(&location)), "it once");
        }
    }
}

fn points_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let wanted = match view.role() {
        Role::Subordinate => "it, since the subject is a CA below another",
        Role::EndEntity if !access(view).iter().any(|(method, _)| *method == OCSP.as_bytes()) => {
            "it, since no responder is named"
        }
        Role::EndEntity | Role::Root | Role::Responder => return,
    };
    if view.extension(oid::CRL_DISTRIBUTION_POINTS).is_none() {
        faults.push("extensions", "no cRLDistributionPoints", wanted);
    }
}

fn points_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::CRL_DISTRIBUTION_POINTS).is_some_and(|extension| extension.is_critical()) {
        faults.push(POINTS, "critical", "not critical");
    }
}

/// One DistributionPoint: its fields as they stand.
struct Point<'a> {
    name: Option<Tlv<'a>>,
    reasons: bool,
    issuer: bool,
}

fn points<'a>(view: &View<'a>) -> Vec<Point<'a>> {
    let Some(extension) = view.extension(oid::CRL_DISTRIBUTION_POINTS) else { return Vec::new() };
    let value = extension.value;
    let read = || -> Result<Vec<Point<'a>>, Misfit> {
        let mut fields = Fields::of_sequence(value, POINTS)?;
        let mut list = Vec::new();
        while !fields.is_finished() {
            let one = fields.take(tag::SEQUENCE, POINTS, "a DistributionPoint")?;
            let mut inside = Fields::of(one.contents);
            list.push(Point {
                name: inside.optional(tag::constructed(0), POINTS)?,
                reasons: inside.optional(tag::primitive(1), POINTS)?.is_some(),
                issuer: inside.optional(tag::constructed(2), POINTS)?.is_some(),
            });
        }
        Ok(list)
    };
    read().unwrap_or_default()
}

fn points_empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for point in points(view) {
        if point.name.is_none() && !point.issuer {
            let found = if point.reasons { "reasons alone" } else { "an empty point" };
            faults.push(POINTS, found, "a name or an issuer of the CRL");
        }
    }
}

/// The names of a full name; none for another form.
pub(super) fn full_name<'a>(name: &Tlv<'a>) -> Option<Vec<Tlv<'a>>> {
    let mut choice = Fields::of(name.contents);
    let full = choice.optional(tag::constructed(0), POINTS).ok()??;
    let mut fields = Fields::of(full.contents);
    let mut list = Vec::new();
    while !fields.is_finished() {
        list.push(fields.any(POINTS, "a GeneralName").ok()?);
    }
    Some(list)
}

fn points_form(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for point in points(view) {
        if point.reasons {
            faults.push(POINTS, "reasons", "a point for every reason");
        }
        if point.issuer {
            faults.push(POINTS, "another issuer of the CRL", "a CRL of the issuer");
        }
        match point.name.as_ref().map(full_name) {
            Some(Some(names)) => {
                for name in names.iter().filter(|name| !is_http(name)) {
                    faults.push(POINTS, shown(name), "a URI that begins with http://");
                }
            }
            Some(None) => faults.push(POINTS, "a name relative to the issuer", "a full name"),
            None => faults.push(POINTS, "no name", "a full name"),
        }
    }
}
