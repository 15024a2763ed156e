//! Certificates of natural and legal persons as ETSI EN 319 412-2 and -3 have them (rule O11).

use super::attribute;
use super::catalogue::{Lint, Run};
use super::information::{CA_ISSUERS, OCSP, access};
use super::report::{Faults, Severity};
use super::view::{CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O11-issuer-attributes",
        Severity::Error,
        "EN 319 412-2 GEN-4.2.3.1-2",
        "the issuer has C, O and CN, each once",
        Run::Certificate(issuer_attributes),
    )
    .etsi(),
    Lint::new(
        "O11-key-usage-type",
        Severity::Error,
        "EN 319 412-2 NAT-4.3.2-1",
        "the keyUsage is of one type: A nonRepudiation; B that and digitalSignature; C digitalSignature; D that and keyEncipherment or keyAgreement; E one of these two; F nonRepudiation and D",
        Run::Certificate(key_usage_type),
    )
    .etsi(),
    Lint::new(
        "O11-ca-issuers-missing",
        Severity::Error,
        "EN 319 412-2 GEN-4.4.1-3",
        "authorityInfoAccess names where the issuer's certificate is",
        Run::Certificate(ca_issuers_missing),
    )
    .etsi(),
    Lint::new(
        "O11-status-missing",
        Severity::Error,
        "EN 319 412-2 GEN-4.3.11-2, GEN-4.4.1-8",
        "a distribution point or an OCSP responder is named",
        Run::Certificate(status_missing),
    )
    .etsi(),
    Lint::new(
        "O11-extension-critical",
        Severity::Error,
        "EN 319 412-2 GEN-4.3.5-1, GEN-4.3.10-1, GEN-4.3.11-5",
        "subjectAltName, extKeyUsage and cRLDistributionPoints are not critical",
        Run::Certificate(extension_critical),
    )
    .etsi(),
];

fn issuer_attributes(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let attributes = view.issuer.and_then(|name| attribute::of_name(name).ok()).unwrap_or_default();
    for name in ["C", "O", "CN"] {
        match attributes.iter().filter(|one| one.is(name)).count() {
            1 => {}
            0 => faults.push("issuer", format!("no {name}"), "it"),
            many => faults.push("issuer", format!("{name} {many} times"), "it once"),
        }
    }
}

fn key_usage_type(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(usage) = view.key_usage().filter(|_| !view.is_ca()) else { return };
    let (signature, commitment) = (usage.has(0), usage.has(1));
    let (encipherment, agreement) = (usage.has(2), usage.has(4));
    let other = !usage.named(&[3, 5, 6, 7, 8]).is_empty();
    let sound = !other
        && match (signature, commitment, encipherment || agreement) {
            // D to F have one of the two, never both; F has a signature, too.
            (_, _, true) if encipherment && agreement => false,
            (false, true, true) | (false, false, false) => false,
            _ => true,
        };
    if !sound {
        let found = usage.named(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).join(", ");
        faults.push("keyUsage", found, "one of the types A to F");
    }
}

fn ca_issuers_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if !view.is_ca() && !access(view).iter().any(|(method, _)| *method == CA_ISSUERS.as_bytes()) {
        faults.push("authorityInfoAccess", "no caIssuers", "where the issuer's certificate is");
    }
}

fn status_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    // A certificate too short-lived to be revoked says so, and needs neither.
    let exempt = view.is_ca() || view.extension(oid::NO_REV_AVAIL).is_some();
    let answers = access(view).iter().any(|(method, _)| *method == OCSP.as_bytes());
    if !exempt && !answers && view.extension(oid::CRL_DISTRIBUTION_POINTS).is_none() {
        faults.push("extensions", "neither cRLDistributionPoints nor a responder", "one of them");
    }
}

fn extension_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for oid in [oid::SUBJECT_ALT_NAME, oid::EXT_KEY_USAGE, oid::CRL_DISTRIBUTION_POINTS] {
        // A time-stamping authority's purpose is critical by RFC 3161: U10 speaks of it.
        let stamps = oid == oid::EXT_KEY_USAGE && view.has_purpose(super::ext_key_usage::TIME_STAMPING);
        if let Some(extension) = view.extension(oid).filter(|extension| extension.is_critical() && !stamps) {
            faults.push(extension.name(), "critical", "not critical");
        }
    }
}
