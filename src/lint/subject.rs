//! The subject, attribute by attribute: order, string types, lengths, and which may be there (rules N01 to N07, N09
//! to N11).

use std::collections::BTreeSet;

use super::attribute::{AttributeView, string};
use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, quoted};
use super::role::Role;
use super::view::{CertificateView, View};
use crate::x509::name::attribute::is_printable;
use crate::x509::name::country;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "N01-several-in-one-set",
        Severity::Error,
        "BR 7.1.4.1",
        "each RelativeDistinguishedName of the subject has one attribute",
        Run::Any(several_in_one_set),
    )
    .webpki(),
    Lint::new(
        "N02-attribute-order",
        Severity::Error,
        "BR 7.1.4.1, 7.1.4.2",
        "the attributes of the subject stand in the order DC, C, ST, L, postalCode, street, O, SN, GN, OU, CN",
        Run::Any(order),
    )
    .webpki(),
    Lint::new(
        "N03-string-type",
        Severity::Error,
        "RFC 5280 app. A.1",
        "C, serialNumber and dnQualifier are PrintableString, DC and emailAddress IA5String",
        Run::Any(string_type),
    ),
    Lint::new(
        "N03-directory-string",
        Severity::Error,
        "RFC 5280 s.4.1.2.4, BR 7.1.4.2",
        "every other attribute is UTF8String or PrintableString",
        Run::Any(directory_string),
    )
    .webpki()
    .house_for_a_should(),
    Lint::new(
        "N04-empty",
        Severity::Error,
        "RFC 5280 app. A.1",
        "every attribute has at least one character",
        Run::Any(empty),
    ),
    Lint::new(
        "N04-too-long",
        Severity::Error,
        "RFC 5280 app. A.1",
        "attributes keep their upper bounds in characters: C 2; CN, O, OU, title, serialNumber 64; L, ST, pseudonym 128; emailAddress 255",
        Run::Any(too_long),
    ),
    Lint::new(
        "N04-too-long-webpki",
        Severity::Error,
        "BR 7.1.4.2",
        "SN and GN have at most 64 characters, street 128, postalCode 40, a DC 63",
        Run::Any(too_long_webpki),
    )
    .webpki()
    .house(),
    Lint::new(
        "N05-alphabet",
        Severity::Error,
        "X.680 s.41.4, s.43.2, RFC 3629 s.3",
        "strings have the characters of their type: PrintableString no @ * & _, IA5String ASCII, UTF8String UTF-8",
        Run::Any(alphabet),
    ),
    Lint::new(
        "N06-attribute-twice",
        Severity::Error,
        "BR 7.1.4.1",
        "no attribute is there twice but for DC, street and OU",
        Run::Any(twice),
    )
    .webpki()
    .house(),
    Lint::new(
        "N07-ca-attributes",
        Severity::Error,
        "BR 7.1.2.10.2",
        "the subject of a CA has C, O and CN",
        Run::Certificate(ca_attributes),
    )
    .webpki(),
    Lint::new(
        "N07-ca-organizational-unit",
        Severity::Error,
        "BR 7.1.2.10.2",
        "the subject of a CA has no OU",
        Run::Certificate(ca_organizational_unit),
    )
    .webpki(),
    Lint::new(
        "N09-country",
        Severity::Error,
        "X.520 s.6.3.1, ISO 3166-1",
        "C is an assigned code of ISO 3166-1 in capitals, or XX",
        Run::Any(country_code),
    )
    .house_for_a_should(),
    Lint::new(
        "N09-country-user-assigned",
        Severity::Notice,
        "BR 3.2.2.3, ISO 3166-1 s.8.1.3",
        "C is not XX, which says that there is no country",
        Run::Any(country_user_assigned),
    ),
    Lint::new(
        "N10-common-name",
        Severity::Error,
        "BR 7.1.4.3",
        "CN is one of the alternative names, character for character, and there is one at most",
        Run::Certificate(common_name),
    )
    .webpki(),
    Lint::new(
        "N11-email-without-alt-name",
        Severity::Error,
        "RFC 5280 s.4.1.2.6",
        "emailAddress in the subject only beside the same rfc822Name in subjectAltName",
        Run::Certificate(email),
    )
    .house_for_a_should(),
    Lint::new(
        "N11-email-in-subject",
        Severity::Notice,
        "RFC 5280 s.4.1.2.6",
        "emailAddress in the subject is deprecated",
        Run::Any(email_deprecated),
    ),
];

/// The order of BR 7.1.4.2; attributes that are not among them may stand anywhere.
const ORDER: [&str; 11] = ["DC", "C", "ST", "L", "postalCode", "street", "O", "SN", "GN", "OU", "CN"];
/// The upper bounds of RFC 5280 app. A.1, in characters.
const BOUNDS: [(&str, usize); 11] = [
    ("C", 2),
    ("CN", 64),
    ("O", 64),
    ("OU", 64),
    ("L", 128),
    ("ST", 128),
    ("title", 64),
    ("serialNumber", 64),
    ("pseudonym", 128),
    ("emailAddress", 255),
    ("dnQualifier", 64),
];
/// Those of BR 7.1.4.2 where RFC 5280 has none, or 32768 by a mistake of transcription.
const BOUNDS_WEBPKI: [(&str, usize); 7] = [
    ("SN", 64),
    ("GN", 64),
    ("street", 128),
    ("postalCode", 40),
    ("DC", 63),
    ("businessCategory", 128),
    ("jurisdictionC", 2),
];

fn several_in_one_set(view: &View<'_>, faults: &mut Faults<'_>) {
    let all = view.subject_attributes();
    for (first, second) in all.iter().zip(all.iter().skip(1)) {
        if first.rdn == second.rdn {
            faults.push("subject", format!("{} and {} in one set", first.name(), second.name()), "one each");
        }
    }
}

fn order(view: &View<'_>, faults: &mut Faults<'_>) {
    let place = |one: &AttributeView<'_>| ORDER.iter().position(|name| one.is(name));
    let mut highest: Option<(usize, &str)> = None;
    for attribute in view.subject_attributes() {
        let Some(at) = place(&attribute) else { continue };
        match highest {
            Some((most, earlier)) if at < most => {
                faults.push("subject", format!("{} after {earlier}", attribute.name()), "it before");
            }
            _ => highest = ORDER.get(at).map(|name| (at, *name)),
        }
    }
}

/// The one string type that an attribute may have.
fn fixed_type(attribute: &AttributeView<'_>) -> Option<(u8, &'static str)> {
    if ["C", "serialNumber", "dnQualifier"].iter().any(|name| attribute.is(name)) {
        Some((string::PRINTABLE, "a PrintableString"))
    } else if ["DC", "emailAddress"].iter().any(|name| attribute.is(name)) {
        Some((string::IA5, "an IA5String"))
    } else {
        None
    }
}

fn string_type(view: &View<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        if let Some((tag, wanted)) = fixed_type(&attribute)
            && attribute.value.tag != tag
        {
            faults.push(attribute.place(), format!("a value with tag 0x{:02x}", attribute.value.tag), wanted);
        }
    }
}

fn directory_string(view: &View<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        let tag = attribute.value.tag;
        let allowed: &[u8] = if attribute.is("jurisdictionC") {
            &[string::PRINTABLE]
        } else {
            &[string::UTF8, string::PRINTABLE]
        };
        // What is no string at all is another attribute's business, such as dateOfBirth.
        let is_string = matches!(tag, 0x0c | 0x12..=0x16 | 0x19..=0x1c | 0x1e);
        if fixed_type(&attribute).is_none() && is_string && !allowed.contains(&tag) {
            let wanted =
                if allowed.len() == 1 { "a PrintableString" } else { "UTF8String or PrintableString" };
            faults.push(attribute.place(), format!("a value with tag 0x{tag:02x}"), wanted);
        }
    }
}

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        if attribute.value.contents.is_empty() {
            faults.push(attribute.place(), "no character", "at least one, or no such attribute");
        }
    }
}

fn bounded(view: &View<'_>, bounds: &[(&str, usize)], faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        let bound = bounds.iter().find(|(name, _)| attribute.is(name));
        if let (Some((_, most)), Some(text)) = (bound, attribute.text())
            && let characters = text.chars().count()
            && characters > *most
        {
            faults.push(attribute.place(), format!("{characters} characters"), format!("at most {most}"));
        }
    }
}

fn too_long(view: &View<'_>, faults: &mut Faults<'_>) {
    bounded(view, &BOUNDS, faults);
}

fn too_long_webpki(view: &View<'_>, faults: &mut Faults<'_>) {
    bounded(view, &BOUNDS_WEBPKI, faults);
}

fn alphabet(view: &View<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        let octets = attribute.value.contents;
        let (sound, wanted) = match attribute.value.tag {
            string::PRINTABLE => (
                octets.iter().all(|octet| is_printable(char::from(*octet))),
                "letters, digits, blank and '()+,-./:=?",
            ),
            string::IA5 => (octets.is_ascii(), "ASCII"),
            string::UTF8 => (std::str::from_utf8(octets).is_ok(), "UTF-8"),
            _ => continue,
        };
        if !sound {
            faults.push(attribute.place(), quoted(octets), wanted);
        }
    }
}

fn twice(view: &View<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for attribute in view.subject_attributes() {
        let several = ["DC", "street", "OU"].iter().any(|name| attribute.is(name));
        if !seen.insert(attribute.oid) && !several {
            faults.push(attribute.place(), "it once more", "it once");
        }
    }
}

fn ca_attributes(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let attributes = view.subject_attributes();
    if view.is_ca() && !attributes.is_empty() {
        for name in ["C", "O", "CN"] {
            if !attributes.iter().any(|attribute| attribute.is(name)) {
                faults.push("subject", format!("no {name}"), "it, since the subject is a CA");
            }
        }
    }
}

fn ca_organizational_unit(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes() {
        if view.is_ca() && attribute.is("OU") {
            faults.push(
                attribute.place(),
                quoted(attribute.value.contents),
                "no OU, since the subject is a CA",
            );
        }
    }
}

/// The texts of C, and of the country of the jurisdiction.
fn countries(view: &View<'_>) -> Vec<(String, String)> {
    let all = view.subject_attributes().into_iter();
    all.filter(|attribute| attribute.is("C") || attribute.is("jurisdictionC"))
        .filter_map(|attribute| Some((attribute.place(), attribute.text()?)))
        .collect()
}

fn country_code(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, text) in countries(view) {
        if !country::is_assigned(&text) && text != country::NO_COUNTRY {
            faults.push(place, quoted(text.as_bytes()), "an assigned code of ISO 3166-1 in capitals");
        }
    }
}

fn country_user_assigned(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, text) in countries(view) {
        if text == country::NO_COUNTRY {
            faults.push(place, quoted(text.as_bytes()), "an assigned code of ISO 3166-1");
        }
    }
}

fn common_name(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.role() != Role::EndEntity {
        return;
    }
    let names = view.alt_names().unwrap_or_default();
    let texts: Vec<String> = names
        .iter()
        .filter_map(|name| match (name.tag, name.contents) {
            (0x82, host) => Some(String::from_utf8_lossy(host).into_owned()),
            (0x87, octets) => address_text(octets),
            _ => None,
        })
        .collect();
    let all = view.subject_attributes();
    for (at, attribute) in all.iter().filter(|attribute| attribute.is("CN")).enumerate() {
        let found = quoted(attribute.value.contents);
        if at > 0 {
            faults.push(attribute.place(), found, "one CN at most");
        } else if attribute.text().is_none_or(|text| !texts.contains(&text)) {
            faults.push(attribute.place(), found, "one of the host names or addresses in subjectAltName");
        }
    }
}

/// An address as CN has it: dotted decimal, or the form of RFC 5952 s.4.
fn address_text(octets: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(octets).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string())
}

fn email(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let names = view.alt_names().unwrap_or_default();
    for attribute in view.subject_attributes().iter().filter(|attribute| attribute.is("emailAddress")) {
        let octets = attribute.value.contents;
        if !names.iter().any(|name| name.tag == 0x81 && name.contents.eq_ignore_ascii_case(octets)) {
            faults.push(attribute.place(), quoted(octets), "the same mailbox in subjectAltName");
        }
    }
}

fn email_deprecated(view: &View<'_>, faults: &mut Faults<'_>) {
    for attribute in view.subject_attributes().iter().filter(|attribute| attribute.is("emailAddress")) {
        faults.push(
            attribute.place(),
            quoted(attribute.value.contents),
            "the mailbox in subjectAltName alone",
        );
    }
}
