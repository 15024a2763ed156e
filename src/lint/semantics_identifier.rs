//! organizationIdentifier and serialNumber of a subject, where they are to be read by EN 319 412-1 (rule O10).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::rarer_value::qc_statements;
use super::report::{Faults, Severity, quoted};
use super::tlv::{Reader, Tlv, tag};
use super::view::{CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O10-legal-person",
        Severity::Error,
        "EN 319 412-1 s.5.1.4",
        "with the semantics of legal persons, organizationIdentifier is a scheme, a country, a hyphen and a reference",
        Run::Certificate(legal_person),
    )
    .etsi()
    .house(),
    Lint::new(
        "O10-natural-person",
        Severity::Error,
        "EN 319 412-1 s.5.1.3",
        "with the semantics of natural persons, serialNumber is a scheme, a country, a hyphen and a reference",
        Run::Certificate(natural_person),
    )
    .etsi()
    .house(),
    Lint::new(
        "O10-identifier-malformed",
        Severity::Notice,
        "EN 319 412-1 s.5.1.3, s.5.1.4",
        "an identifier that begins with a scheme of EN 319 412-1 goes on with a country, a hyphen and a reference",
        Run::Certificate(malformed),
    )
    .etsi()
    .house(),
];

const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
/// qcStatement-2 (RFC 3739 s.3.2.6.1).
const SYNTAX_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.11.2");
const NATURAL: [ObjectIdentifier; 1] = [ObjectIdentifier::new_unwrap("0.4.0.194121.1.1")];
const LEGAL: [ObjectIdentifier; 1] = [ObjectIdentifier::new_unwrap("0.4.0.194121.1.2")];

/// The schemes of natural persons (s.5.1.3) and of legal ones (s.5.1.4).
const OF_PERSONS: [&[u8]; 5] = [b"PAS", b"IDC", b"PNO", b"TAX", b"TIN"];
const OF_ORGANIZATIONS: [&[u8]; 4] = [b"VAT", b"NTR", b"PSD", b"LEI"];

/// The values of one attribute of the subject.
fn attributes<'a>(view: &View<'a>, wanted: ObjectIdentifier) -> Vec<Tlv<'a>> {
    let each = |contents: &'a [u8]| {
        let mut reader = Reader::new(contents);
        std::iter::from_fn(move || if reader.is_finished() { None } else { reader.next().ok() })
    };
    let subject = view.subject.and_then(|subject| Reader::new(subject).next().ok());
    let sets = subject.into_iter().flat_map(|subject| each(subject.contents));
    let pairs = sets.flat_map(|set| each(set.contents));
    pairs
        .filter_map(|pair| {
            let mut fields = Reader::new(pair.contents);
            let kind = fields.next().ok().filter(|kind| kind.tag == tag::OBJECT_IDENTIFIER)?;
            fields.next().ok().filter(|_| kind.contents == wanted.as_bytes())
        })
        .collect()
}

/// Whether qcStatement-2 names one of these semantics identifiers.
fn has_semantics(view: &View<'_>, wanted: &[ObjectIdentifier]) -> bool {
    let value = view.extension(oid::QC_STATEMENTS).map(|extension| extension.value);
    let statements = value.and_then(|value| qc_statements(value).ok()).unwrap_or_default();
    statements.iter().filter(|(id, _)| *id == SYNTAX_V2.as_bytes()).any(|(_, info)| {
        let semantics = info.as_ref().and_then(|info| Reader::new(info.contents).next().ok());
        semantics.is_some_and(|semantics| wanted.iter().any(|one| one.as_bytes() == semantics.contents))
    })
}

/// Scheme, country, hyphen and reference; the scheme is one of these, or two letters of a national one and a
/// colon. The country of a LEI is XG, and the reference of a PSD begins with the id of the authority (TS 119 495
/// s.5.2.1).
fn is_identifier(text: &[u8], schemes: &[&[u8]]) -> bool {
    let Some((scheme, rest)) = text.split_at_checked(3) else { return false };
    let national =
        matches!(scheme, [first, second, b':'] if first.is_ascii_uppercase() && second.is_ascii_uppercase());
    let Some((country, rest)) = rest.split_at_checked(2) else { return false };
    let Some(reference) = rest.strip_prefix(b"-") else { return false };
    let authority = || {
        let end = reference.iter().position(|octet| *octet == b'-').unwrap_or_default();
        let (authority, number) = reference.split_at_checked(end).unwrap_or_default();
        (2..=8).contains(&authority.len()) && authority.iter().all(u8::is_ascii_uppercase) && number.len() > 1
    };
    (national || schemes.contains(&scheme))
        && country.iter().all(u8::is_ascii_uppercase)
        && !reference.is_empty()
        && (scheme != b"LEI" || country == b"XG")
        && (scheme != b"PSD" || authority())
}

fn look(
    view: &View<'_>,
    attribute: ObjectIdentifier,
    place: &str,
    schemes: &[&[u8]],
    faults: &mut Faults<'_>,
) {
    for value in attributes(view, attribute) {
        if !is_identifier(value.contents, schemes) {
            let shown: Vec<_> = schemes.iter().map(|scheme| String::from_utf8_lossy(scheme)).collect();
            let wanted = format!("{} or XX:, a country, a hyphen and a reference", shown.join(", "));
            faults.push(place, quoted(value.contents), wanted);
        }
    }
}

fn legal_person(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if has_semantics(view, &LEGAL) {
        look(view, ORGANIZATION_IDENTIFIER, "subject organizationIdentifier", &OF_ORGANIZATIONS, faults);
    }
}

fn natural_person(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if has_semantics(view, &NATURAL) {
        look(view, SERIAL_NUMBER, "subject serialNumber", &OF_PERSONS, faults);
    }
}

/// Without a stated semantics the attributes may hold anything, so what looks like an identifier and is not one
/// is only worth knowing.
fn malformed(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let rows = [
        (ORGANIZATION_IDENTIFIER, "subject organizationIdentifier", &OF_ORGANIZATIONS[..], &LEGAL),
        (SERIAL_NUMBER, "subject serialNumber", &OF_PERSONS[..], &NATURAL),
    ];
    for (attribute, place, schemes, semantics) in rows {
        if has_semantics(view, semantics) {
            continue;
        }
        for value in attributes(view, attribute) {
            let begins = schemes.iter().any(|scheme| value.contents.starts_with(scheme));
            if begins && !is_identifier(value.contents, schemes) {
                faults.push(
                    place,
                    quoted(value.contents),
                    "a country, a hyphen and a reference after the scheme",
                );
            }
        }
    }
}
