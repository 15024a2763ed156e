//! The plain fields of a certificate: version, serialNumber and unique identifiers (rules C01, C02, C16).

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::view::{CertificateView, View};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C01-version",
        Severity::Error,
        "RFC 5280 s.4.1.2.1, BR 7.1.1",
        "version is v3 (2)",
        Run::Certificate(version),
    ),
    Lint::new(
        "C02-serial-positive",
        Severity::Error,
        "RFC 5280 s.4.1.2.2",
        "serialNumber is a positive integer",
        Run::Certificate(serial_positive),
    ),
    Lint::new(
        "C02-serial-length",
        Severity::Error,
        "RFC 5280 s.4.1.2.2",
        "serialNumber has at most 20 octets",
        Run::Certificate(serial_length),
    ),
    Lint::new(
        "C02-serial-short",
        Severity::Error,
        "BR 7.1",
        "serialNumber has room for 64 random bits",
        Run::Certificate(serial_short),
    )
    .webpki(),
    Lint::new(
        "C02-serial-constant-length",
        Severity::Error,
        "BR 7.1",
        "serialNumber has 20 octets, the first from 0x01 to 0x7f: the length of every serial of ours",
        Run::Certificate(serial_constant_length),
    )
    .house(),
    Lint::new(
        "C16-unique-id",
        Severity::Error,
        "RFC 5280 s.4.1.2.8",
        "issuerUniqueID and subjectUniqueID are absent",
        Run::Certificate(unique_id),
    ),
];

fn version(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    match certificate.version {
        None => faults.push("version", "nothing, which means v1", "v3 (2)"),
        Some(version) if version.contents != [2] => faults.push("version", hexed(version.contents), "v3 (2)"),
        Some(_) => {}
    }
}

/// Whether the contents of an INTEGER are a number above zero.
pub(super) fn is_positive(contents: &[u8]) -> bool {
    contents.first().is_some_and(|first| *first < 0x80) && contents.iter().any(|octet| *octet != 0)
}

fn serial_positive(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if !is_positive(certificate.serial.contents) {
        faults.push("serialNumber", hexed(certificate.serial.contents), "a number above 0");
    }
}

fn serial_length(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let octets = certificate.serial.contents.len();
    if octets > 20 {
        faults.push("serialNumber", format!("{octets} octets"), "at most 20");
    }
}

fn serial_short(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let octets = certificate.serial.contents.len();
    if octets < 8 && is_positive(certificate.serial.contents) {
        faults.push("serialNumber", format!("{octets} octets"), "at least 8, for 64 random bits");
    }
}

fn serial_constant_length(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let contents = certificate.serial.contents;
    // Of other numbers C02-serial-positive and -length speak.
    let elsewhere = !is_positive(contents) || contents.len() > 20;
    if !elsewhere && (contents.len() != 20 || contents.first() == Some(&0)) {
        faults.push("serialNumber", hexed(contents), "20 octets, the first from 01 to 7f");
    }
}

fn unique_id(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let both = [
        ("issuerUniqueID", certificate.issuer_unique_id),
        ("subjectUniqueID", certificate.subject_unique_id),
    ];
    for (place, field) in both {
        if let Some(field) = field {
            faults.push(place, hexed(field.contents), "nothing");
        }
    }
}
