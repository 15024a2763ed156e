//! extKeyUsage (rules U07 to U12): what a key may be used for, and what may not stand together.

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity};
use super::role::{Role, purpose_name};
use super::view::{Authority, CertificateView, View};
use crate::x509::extension::{oid, purpose};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U07-root-purposes",
        Severity::Error,
        "BR 7.1.2.1.2",
        "a root has no extKeyUsage",
        Run::Certificate(|view, _, faults| in_root(view, oid::EXT_KEY_USAGE, faults)),
    )
    .webpki(),
    Lint::new(
        "U07-root-path-length",
        Severity::Warning,
        "BR 7.1.2.1.4",
        "a root has no pathLenConstraint",
        Run::Certificate(root_path_length),
    )
    .webpki(),
    Lint::new(
        "U07-root-policies",
        Severity::Warning,
        "BR 7.1.2.1.2",
        "a root has no certificatePolicies",
        Run::Certificate(|view, _, faults| in_root(view, oid::CERTIFICATE_POLICIES, faults)),
    )
    .webpki(),
    Lint::new(
        "U07-root-distribution-points",
        Severity::Warning,
        "BR 7.1.2.1.2",
        "a root has no cRLDistributionPoints",
        Run::Certificate(|view, _, faults| in_root(view, oid::CRL_DISTRIBUTION_POINTS, faults)),
    )
    .webpki(),
    Lint::new(
        "U08-ca-purposes-missing",
        Severity::Error,
        "BR 7.1.2.10.6",
        "a CA below a root has extKeyUsage with serverAuth, a cross-certified one too",
        Run::Certificate(ca_purposes_missing),
    )
    .webpki(),
    Lint::new(
        "U08-ca-purpose-forbidden",
        Severity::Error,
        "BR 7.1.2.10.6",
        "a CA for TLS is not for codeSigning, emailProtection, timeStamping, OCSPSigning or any purpose",
        Run::Certificate(|view, _, faults| forbidden(view, Role::Subordinate, faults)),
    )
    .webpki(),
    Lint::new(
        "U08-server-purposes-missing",
        Severity::Error,
        "BR 7.1.2.7.10",
        "the certificate of a TLS server has extKeyUsage with serverAuth",
        Run::Certificate(server_purposes_missing),
    )
    .webpki(),
    Lint::new(
        "U08-server-purpose-forbidden",
        Severity::Error,
        "BR 7.1.2.7.10",
        "a TLS server is not for codeSigning, emailProtection, timeStamping or any purpose",
        Run::Certificate(|view, _, faults| forbidden(view, Role::EndEntity, faults)),
    )
    .webpki(),
    Lint::new(
        "U09-responder-ca",
        Severity::Error,
        "BR 7.1.2.8.4, RFC 6960 s.4.2.2.2",
        "OCSPSigning is not a purpose of a CA, which could answer for the certificates of its siblings",
        Run::Certificate(responder_ca),
    )
    .webpki()
    .house(),
    Lint::new(
        "U09-responder-purposes",
        Severity::Error,
        "BR 7.1.2.8.5",
        "OCSPSigning is the only purpose of a responder",
        Run::Certificate(responder_purposes),
    )
    .webpki()
    .house(),
    Lint::new(
        "U09-responder-key-usage",
        Severity::Error,
        "BR 7.1.2.8.7",
        "the keyUsage of a responder is digitalSignature alone",
        Run::Certificate(responder_key_usage),
    )
    .webpki()
    .house(),
    Lint::new(
        "U09-responder-extensions",
        Severity::Error,
        "BR 7.1.2.8.2",
        "a responder has no subjectAltName, cRLDistributionPoints, nameConstraints or authorityInfoAccess",
        Run::Certificate(responder_extensions),
    )
    .webpki()
    .house(),
    Lint::new(
        "U10-time-stamping-alone",
        Severity::Error,
        "RFC 3161 s.2.3",
        "timeStamping is the only purpose of a time-stamping authority",
        Run::Certificate(time_stamping_alone),
    ),
    Lint::new(
        "U10-time-stamping-not-critical",
        Severity::Error,
        "RFC 3161 s.2.3",
        "the extKeyUsage of a time-stamping authority is critical",
        Run::Certificate(time_stamping_not_critical),
    ),
    Lint::new(
        "U11-purposes-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.12",
        "extKeyUsage has at least one purpose",
        Run::Any(empty),
    ),
    Lint::new(
        "U11-purpose-twice",
        Severity::Error,
        "RFC 5280 s.4.2.1.12",
        "no purpose is there twice",
        Run::Any(twice),
    )
    .house(),
    Lint::new(
        "U11-any-purpose-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.12",
        "extKeyUsage is not critical where anyExtendedKeyUsage is among the purposes",
        Run::Any(any_critical),
    )
    .house_for_a_should(),
    Lint::new(
        "U12-purpose-beyond-issuer",
        Severity::Error,
        "BR 7.1.2.10.6",
        "every purpose is one that the issuer's certificate has, too, if that has any",
        Run::Certificate(beyond_issuer),
    )
    .webpki(),
];

/// id-kp-timeStamping (RFC 3161 s.2.3).
pub(super) const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// anyExtendedKeyUsage (RFC 5280 s.4.2.1.12).
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// Purposes that nobody has beside TLS.
const FORBIDDEN: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    TIME_STAMPING,
    purpose::OCSP_SIGNING,
    ANY,
];
const PLACE: &str = "extKeyUsage";

fn names(purposes: &[&[u8]]) -> String {
    purposes.iter().map(|one| purpose_name(one)).collect::<Vec<_>>().join(", ")
}

fn in_root(view: &View<'_>, oid: ObjectIdentifier, faults: &mut Faults<'_>) {
    if let Some(extension) = view.extension(oid).filter(|_| view.role() == Role::Root) {
        faults.push(extension.name(), "the extension", "none, since it is a root");
    }
}

fn root_path_length(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let length = view.basic_constraints().and_then(|constraints| constraints.path_len);
    if let Some(octets) = length.filter(|_| view.role() == Role::Root) {
        faults.push("basicConstraints.pathLenConstraint", hex::encode(octets), "none, since it is a root");
    }
}

fn ca_purposes_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() == Role::Subordinate && !view.has_purpose(purpose::SERVER_AUTH) {
        let found = view.purposes().map_or_else(|| "no extension".to_owned(), |all| names(&all));
        faults.push(PLACE, found, "serverAuth, with clientAuth beside it if need be");
    }
}

fn server_purposes_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() == Role::EndEntity && !view.has_purpose(purpose::SERVER_AUTH) {
        let found = view.purposes().map_or_else(|| "no extension".to_owned(), |all| names(&all));
        faults.push(PLACE, found, "serverAuth, with clientAuth beside it if need be");
    }
}

fn forbidden(view: &View<'_>, role: Role, faults: &mut Faults<'_>) {
    if view.role() != role {
        return;
    }
    for one in view.purposes().unwrap_or_default() {
        if FORBIDDEN.iter().any(|known| known.as_bytes() == one) {
            faults.push(PLACE, purpose_name(one), "only serverAuth and clientAuth");
        }
    }
}

fn responder_ca(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.is_ca() && view.has_purpose(purpose::OCSP_SIGNING) {
        faults.push(PLACE, "OCSPSigning", "another purpose, since the subject is a CA");
    }
}

fn responder_purposes(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let Some(all) = view.purposes()
        && view.role() == Role::Responder
        && all.len() > 1
    {
        faults.push(PLACE, names(&all), "OCSPSigning alone");
    }
}

fn responder_key_usage(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() != Role::Responder {
        return;
    }
    let usage = view.key_usage();
    let found = usage.map(|usage| usage.named(&[0, 1, 2, 3, 4, 5, 6, 7, 8])).unwrap_or_default();
    if found != ["digitalSignature"] {
        let found = if found.is_empty() { "no usage".to_owned() } else { found.join(", ") };
        faults.push("keyUsage", found, "digitalSignature alone");
    }
}

fn responder_extensions(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() != Role::Responder {
        return;
    }
    for oid in [
        oid::SUBJECT_ALT_NAME,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::NAME_CONSTRAINTS,
        oid::AUTHORITY_INFO_ACCESS,
    ] {
        if let Some(extension) = view.extension(oid) {
            faults.push(extension.name(), "the extension", "none, since the certificate is a responder's");
        }
    }
}

/// The purposes of a time-stamping authority; a CA of such may have the purpose as it has others.
fn time_stamping<'a>(view: &View<'a>) -> Option<Vec<&'a [u8]>> {
    view.purposes().filter(|all| !view.is_ca() && all.contains(&TIME_STAMPING.as_bytes()))
}

fn time_stamping_alone(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let Some(all) = time_stamping(view)
        && all.iter().any(|one| *one != TIME_STAMPING.as_bytes())
    {
        faults.push(PLACE, names(&all), "timeStamping alone");
    }
}

fn time_stamping_not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::EXT_KEY_USAGE).is_some_and(|extension| extension.is_critical());
    if time_stamping(view).is_some() && !critical {
        faults.push(PLACE, "not critical", "critical, since the purpose is timeStamping");
    }
}

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.purposes().is_some_and(|all| all.is_empty()) {
        faults.push(PLACE, "no purpose", "at least one, or no such extension");
    }
}

fn twice(view: &View<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for one in view.purposes().unwrap_or_default() {
        if !seen.insert(one) {
            faults.push(PLACE, format!("{} once more", purpose_name(one)), "it once");
        }
    }
}

fn any_critical(view: &View<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::EXT_KEY_USAGE).is_some_and(|extension| extension.is_critical());
    if critical && view.has_purpose(ANY) {
        faults.push(PLACE, "critical, with anyExtendedKeyUsage", "not critical");
    }
}

fn beyond_issuer(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Authority::Known(issuer) = view.authority else { return };
    let Some(allowed) = &issuer.ext_key_usage else { return };
    if allowed.contains(&ANY) {
        return;
    }
    for one in view.purposes().unwrap_or_default() {
        // A responder is trusted by what it is issued for, not by what its CA may do (RFC 6960 s.4.2.2.2).
        let excepted = one == purpose::OCSP_SIGNING.as_bytes();
        if !excepted && !allowed.iter().any(|known| known.as_bytes() == one) {
            let list: Vec<&[u8]> = allowed.iter().map(ObjectIdentifier::as_bytes).collect();
            faults.push(PLACE, purpose_name(one), format!("one of the issuer's: {}", names(&list)));
        }
    }
}
