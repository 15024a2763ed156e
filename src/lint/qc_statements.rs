//! qcStatements (rule O09): what EN 319 412-5 says of the statements of qualified certificates.

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::rarer_value::{self, Announced, dotted, small_number};
use super::report::{Faults, Severity, hexed, quoted};
use super::tlv::{Reader, Tlv, tag};
use super::view::{CertificateView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O09-statements-critical",
        Severity::Error,
        "EN 319 412-5 s.4.1",
        "qcStatements is not critical",
        Run::Certificate(critical),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-statements-empty",
        Severity::Error,
        "RFC 3739 s.3.2.6",
        "qcStatements has at least one statement",
        Run::Certificate(empty),
    ),
    Lint::new(
        "O09-statement-twice",
        Severity::Error,
        "RFC 3739 s.3.2.6",
        "no statement stands twice in qcStatements",
        Run::Certificate(twice),
    )
    .house(),
    Lint::new(
        "O09-statement-form",
        Severity::Error,
        "EN 319 412-5 s.4.2, s.4.3",
        "each statement of EN 319 412-5 has the statementInfo that it is to have, or none",
        Run::Certificate(form),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-type",
        Severity::Error,
        "EN 319 412-5 s.4.2.3",
        "QcType is one and only one of esign, eseal and web",
        Run::Certificate(kind),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-disclosure-place",
        Severity::Error,
        "EN 319 412-5 s.4.3.4",
        "each place of QcPDS is a https URL with a language of two small letters",
        Run::Certificate(place_of_disclosure),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-disclosure-in-english",
        Severity::Error,
        "EN 319 412-5 s.4.3.4",
        "QcPDS has a place in English",
        Run::Certificate(in_english),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-limit",
        Severity::Error,
        "EN 319 412-5 s.4.3.2",
        "QcLimitValue has a currency of three capital letters, and amount and exponent are 0 or more",
        Run::Certificate(limit),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-retention-period",
        Severity::Error,
        "EN 319 412-5 s.4.3.3",
        "QcRetentionPeriod is a number of years above 0",
        Run::Certificate(retention_period),
    )
    .etsi()
    .house(),
    Lint::new(
        "O09-legislation",
        Severity::Error,
        "EN 319 412-5 s.4.2.4",
        "QcCClegislation has at least one country, each of two capital letters",
        Run::Certificate(legislation),
    )
    .etsi()
    .house(),
];

const PLACE: &str = "qcStatements";
const PRINTABLE_STRING: u8 = 0x13;
const IA5_STRING: u8 = 0x16;

const fn etsi(text: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const COMPLIANCE: ObjectIdentifier = etsi("0.4.0.1862.1.1");
const LIMIT_VALUE: ObjectIdentifier = etsi("0.4.0.1862.1.2");
const RETENTION_PERIOD: ObjectIdentifier = etsi("0.4.0.1862.1.3");
const SSCD: ObjectIdentifier = etsi("0.4.0.1862.1.4");
const PDS: ObjectIdentifier = etsi("0.4.0.1862.1.5");
const TYPE: ObjectIdentifier = etsi("0.4.0.1862.1.6");
const LEGISLATION: ObjectIdentifier = etsi("0.4.0.1862.1.7");
const TYPES: [ObjectIdentifier; 3] =
    [etsi("0.4.0.1862.1.6.1"), etsi("0.4.0.1862.1.6.2"), etsi("0.4.0.1862.1.6.3")];

/// Each statement that has a form here, and the tag of its statementInfo.
const FORMS: [(ObjectIdentifier, &str, Option<u8>); 7] = [
    (COMPLIANCE, "QcCompliance", None),
    (SSCD, "QcSSCD", None),
    (TYPE, "QcType", Some(tag::SEQUENCE)),
    (PDS, "QcPDS", Some(tag::SEQUENCE)),
    (LIMIT_VALUE, "QcLimitValue", Some(tag::SEQUENCE)),
    (RETENTION_PERIOD, "QcRetentionPeriod", Some(tag::INTEGER)),
    (LEGISLATION, "QcCClegislation", Some(tag::SEQUENCE)),
];

/// The statements, if the extension is there and is its type.
fn statements<'a>(view: &View<'a>) -> Option<Vec<Announced<'a>>> {
    rarer_value::qc_statements(view.extension(oid::QC_STATEMENTS)?.value).ok()
}

/// The statementInfo of the first statement of a kind, if it has the right tag.
fn info<'a>(view: &View<'a>, kind: ObjectIdentifier) -> Option<Tlv<'a>> {
    let wanted = FORMS.iter().find(|(id, ..)| *id == kind)?.2?;
    let found = statements(view)?.into_iter().find(|(id, _)| *id == kind.as_bytes())?.1;
    found.filter(|info| info.tag == wanted)
}

/// The members of a constructed value, as far as they can be read.
fn members<'a>(value: &Tlv<'a>) -> Vec<Tlv<'a>> {
    let mut reader = Reader::new(value.contents);
    let mut list = Vec::new();
    while let Ok(member) = reader.next() {
        list.push(member);
    }
    list
}

fn letters(contents: &[u8], many: usize, kind: fn(&u8) -> bool) -> bool {
    contents.len() == many && contents.iter().all(kind)
}

fn critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::QC_STATEMENTS).is_some_and(|extension| extension.is_critical()) {
        faults.push(PLACE, "critical", "not critical");
    }
}

fn empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if statements(view).is_some_and(|statements| statements.is_empty()) {
        faults.push(PLACE, "no statement", "at least one, or no such extension");
    }
}

fn twice(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for (id, _) in statements(view).unwrap_or_default() {
        if !seen.insert(id) {
            faults.push(PLACE, format!("{} once more", dotted(id)), "it once");
        }
    }
}

fn form(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for (id, info) in statements(view).unwrap_or_default() {
        let Some((_, name, wanted)) = FORMS.iter().find(|(known, ..)| known.as_bytes() == id) else {
            continue;
        };
        let place = || format!("{PLACE} {name}");
        match (info, *wanted) {
            (Some(info), None) => faults.push(place(), hexed(info.whole), "no statementInfo"),
            (None, Some(_)) => faults.push(place(), "no statementInfo", "one"),
            (Some(info), Some(tag)) if info.tag != tag => {
                faults.push(place(), hexed(info.whole), format!("a value with tag 0x{tag:02x}"));
            }
            _ => {}
        }
    }
}

fn kind(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(info) = info(view, TYPE) else { return };
    let types = members(&info);
    let known = |one: &Tlv<'_>| TYPES.iter().any(|kind| kind.as_bytes() == one.contents);
    if types.len() != 1 || !types.iter().all(known) {
        let found: Vec<String> = types.iter().map(|one| dotted(one.contents)).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(" ") };
        faults.push("qcStatements QcType", found, "one of esign, eseal and web");
    }
}

/// The URL and language of each place of QcPDS.
fn places<'a>(view: &View<'a>) -> Vec<(Tlv<'a>, Option<(Tlv<'a>, Tlv<'a>)>)> {
    let list = info(view, PDS).map(|info| members(&info)).unwrap_or_default();
    let parts = |place: Tlv<'a>| match members(&place)[..] {
        [url, language] if place.tag == tag::SEQUENCE => (place, Some((url, language))),
        _ => (place, None),
    };
    list.into_iter().map(parts).collect()
}

fn place_of_disclosure(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for (place, parts) in places(view) {
        let https = |url: &Tlv<'_>| {
            let host = url.contents.strip_prefix(b"https://").and_then(<[u8]>::first);
            url.tag == IA5_STRING
                && host.is_some_and(u8::is_ascii_alphanumeric)
                && url.contents.iter().all(u8::is_ascii_graphic)
        };
        match parts {
            None => faults.push("qcStatements QcPDS", hexed(place.whole), "a URL and a language"),
            Some((url, _)) if !https(&url) => {
                faults.push("qcStatements QcPDS", quoted(url.contents), "a https URL in IA5String");
            }
            Some((_, language))
                if language.tag != PRINTABLE_STRING
                    || !letters(language.contents, 2, u8::is_ascii_lowercase) =>
            {
                let wanted = "a language of ISO 639-1: two small letters in PrintableString";
                faults.push("qcStatements QcPDS", quoted(language.contents), wanted);
            }
            Some(_) => {}
        }
    }
}

fn in_english(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if info(view, PDS).is_none() {
        return;
    }
    let english =
        |parts: Option<(Tlv<'_>, Tlv<'_>)>| parts.is_some_and(|(_, language)| language.contents == b"en");
    if !places(view).into_iter().any(|(_, parts)| english(parts)) {
        faults.push("qcStatements QcPDS", "no place in English", "one with the language en");
    }
}

fn limit(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(info) = info(view, LIMIT_VALUE) else { return };
    let negative = |number: &Tlv<'_>| number.contents.first().is_none_or(|first| first & 0x80 != 0);
    let number = |number: &Tlv<'_>| number.tag == tag::INTEGER && !negative(number);
    let sound = match members(&info)[..] {
        [currency, amount, exponent] => {
            let alphabetic =
                currency.tag == PRINTABLE_STRING && letters(currency.contents, 3, u8::is_ascii_uppercase);
            // The numeric form of ISO 4217 is allowed too, from 1 to 999.
            let numeric = currency.tag == tag::INTEGER
                && small_number(currency.contents).is_some_and(|number| (1..=999).contains(&number));
            (alphabetic || numeric) && number(&amount) && number(&exponent)
        }
        _ => false,
    };
    if !sound {
        faults.push("qcStatements QcLimitValue", hexed(info.whole), "currency, amount and exponent");
    }
}

fn retention_period(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(info) = info(view, RETENTION_PERIOD) else { return };
    if small_number(info.contents).is_none_or(|years| years == 0) {
        faults.push("qcStatements QcRetentionPeriod", hexed(info.contents), "a number of years above 0");
    }
}

fn legislation(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(info) = info(view, LEGISLATION) else { return };
    let countries = members(&info);
    let sound = |country: &Tlv<'_>| {
        country.tag == PRINTABLE_STRING && letters(country.contents, 2, u8::is_ascii_uppercase)
    };
    if countries.is_empty() {
        faults.push("qcStatements QcCClegislation", "no country", "at least one");
    }
    for odd in countries.iter().filter(|country| !sound(country)) {
        let wanted = "a country of ISO 3166-1: two capital letters in PrintableString";
        faults.push("qcStatements QcCClegislation", quoted(odd.contents), wanted);
    }
}
