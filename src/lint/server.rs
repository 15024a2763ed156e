//! TLS servers as the Baseline Requirements have them: what else their certificates may say (rules C11, E01, U04 and
//! U05).

use super::catalogue::{Lint, Run};
use super::general_name::shown;
use super::instant::Instant;
use super::report::{Faults, Severity};
use super::role::Role;
use super::view::{CertificateView, View};
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C11-server-validity",
        Severity::Error,
        "BR 6.3.2",
        "a TLS server's certificate is valid for at most 398 days, 200 from 2026-03-15, 100 from 2027-03-15 and 47 from 2029-03-15",
        Run::Certificate(validity),
    )
    .webpki(),
    Lint::new(
        "E01-server-alt-name-missing",
        Severity::Error,
        "BR 7.1.2.7.12",
        "a TLS server has subjectAltName",
        Run::Certificate(alt_name_missing),
    )
    .webpki(),
    Lint::new(
        "E01-server-alt-name-form",
        Severity::Error,
        "BR 7.1.2.7.12",
        "the alternative names of a TLS server are host names and addresses",
        Run::Certificate(alt_name_form),
    )
    .webpki(),
    Lint::new(
        "U04-server-key-usage",
        Severity::Error,
        "BR 7.1.2.7.11",
        "the key of a TLS server is for signatures, an RSA key for encipherment, an EC key for agreement, and nothing else",
        Run::Certificate(key_usage),
    )
    .webpki(),
    Lint::new(
        "U05-server-not-critical",
        Severity::Error,
        "BR 7.1.2.7.6, 7.1.2.7.8",
        "basicConstraints, where a TLS server has them, are critical",
        Run::Certificate(not_critical),
    )
    .webpki(),
];

const DAY: i64 = 86_400;
/// From when a certificate is issued, and the most days that it may then be valid.
const STEPS: [(i64, i64); 4] =
    [(1_868_227_200, 47), (1_805_068_800, 100), (1_773_532_800, 200), (i64::MIN, 398)];

fn is_server(view: &View<'_>) -> bool {
    view.role() == Role::EndEntity
}

fn validity(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let times = (Instant::of(&certificate.not_before), Instant::of(&certificate.not_after));
    let ((Some(first), Some(last)), true) = (times, is_server(view)) else { return };
    let Some((_, most)) = STEPS.iter().find(|(from, _)| first >= *from) else { return };
    let seconds = last.saturating_sub(first).saturating_add(1);
    if seconds > most.saturating_mul(DAY) {
        faults.push("validity", format!("{seconds} s, both ends counted"), format!("at most {most} days"));
    }
}

fn alt_name_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if is_server(view) && view.extension(oid::SUBJECT_ALT_NAME).is_none() {
        faults.push("extensions", "no subjectAltName", "it, since the subject is a TLS server");
    }
}

fn alt_name_form(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let names = view.alt_names().filter(|_| is_server(view)).unwrap_or_default();
    for name in names.iter().filter(|name| !matches!(name.tag, 0x82 | 0x87)) {
        faults.push("subjectAltName", shown(name), "a host name or an address");
    }
}

fn key_usage(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(usage) = view.key_usage().filter(|_| is_server(view)) else { return };
    let Some(Ok(key)) = view.subject_key() else { return };
    let rsa = matches!(key.algorithm(), KeyAlgorithm::Rsa { .. });
    let (other, wanted): (&[usize], &str) = if rsa {
        (&[1, 4, 5, 6, 7, 8], "only digitalSignature, keyEncipherment and dataEncipherment")
    } else {
        (&[1, 2, 3, 5, 6, 7, 8], "digitalSignature, with keyAgreement beside it if need be")
    };
    let found = usage.named(other);
    if !found.is_empty() {
        faults.push("keyUsage", found.join(", "), wanted);
    } else if !rsa && !usage.has(0) {
        faults.push("keyUsage", "no digitalSignature", wanted);
    }
}

fn not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let critical = view.extension(oid::BASIC_CONSTRAINTS).map(|extension| extension.is_critical());
    if is_server(view) && critical == Some(false) {
        faults.push("basicConstraints", "not critical", "critical");
    }
}
