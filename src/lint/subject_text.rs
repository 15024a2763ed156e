//! The characters of the subject's attributes (rule N08): what a person cannot see or would take for another.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity};
use super::view::View;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "N08-character",
        Severity::Error,
        "RFC 8264 s.9.8, s.9.10, s.9.12, s.9.13, UTR 36 s.2",
        "no attribute has control, bidi, invisible, private-use or unassigned characters",
        Run::Any(character),
    )
    .house(),
    Lint::new(
        "N08-normal-form",
        Severity::Error,
        "RFC 5198 s.3, UAX 15",
        "every attribute is in Unicode normal form C",
        Run::Any(normal_form),
    )
    .house(),
    Lint::new(
        "N08-blanks",
        Severity::Error,
        "RFC 4518 s.2.6.1",
        "no attribute begins or ends with a blank or has two in a row",
        Run::Any(blanks),
    )
    .house(),
    Lint::new(
        "N08-placeholder",
        Severity::Error,
        "BR 7.1.2.7.3, 7.1.2.7.4",
        "no attribute is made of nothing but dots, hyphens and blanks",
        Run::Any(placeholder),
    )
    .webpki()
    .house(),
];

/// Every attribute that has text, with its place.
fn texts(view: &View<'_>) -> impl Iterator<Item = (String, String)> {
    view.subject_attributes()
        .into_iter()
        .filter_map(|attribute| attribute.text().map(|text| (attribute.place(), text)))
}

/// What is wrong with a character, if something is.
fn fault_of(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return c.is_ascii_control().then_some("a control character");
    }
    if CodePointSetData::new::<BidiControl>().contains(c) {
        return Some("a bidi control character");
    }
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
        return Some("an invisible character");
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    if category == GeneralCategory::Control {
        Some("a control character")
    } else if category == GeneralCategory::Format {
        Some("a format character")
    } else if category == GeneralCategory::LineSeparator || category == GeneralCategory::ParagraphSeparator {
        Some("a line break")
    } else if category == GeneralCategory::PrivateUse {
        Some("a private-use character")
    } else if category == GeneralCategory::Unassigned {
        Some("an unassigned character")
    } else {
        None
    }
}

fn character(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, text) in texts(view) {
        for c in text.chars() {
            if let Some(fault) = fault_of(c) {
                faults.push(place.as_str(), format!("{fault}, U+{:04X}", u32::from(c)), "none");
            }
        }
    }
}

fn normal_form(view: &View<'_>, faults: &mut Faults<'_>) {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    for (place, text) in texts(view) {
        if !text.is_ascii() && !NFC.is_normalized(&text) {
            let composed = NFC.normalize(&text);
            faults.push(place, text.escape_default().to_string(), composed.escape_default().to_string());
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

fn blanks(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, text) in texts(view) {
        let outside = text.starts_with(is_blank) || text.ends_with(is_blank);
        let double =
            text.chars().zip(text.chars().skip(1)).any(|(one, next)| is_blank(one) && is_blank(next));
        if outside || double {
            faults.push(
                place,
                format!("\"{}\"", text.escape_default()),
                "no blank outside, one at a time inside",
            );
        }
    }
}

fn placeholder(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, text) in texts(view) {
        if !text.is_empty() && text.chars().all(|c| matches!(c, '.' | '-') || is_blank(c)) {
            faults.push(place, format!("\"{}\"", text.escape_default()), "a value, or no such attribute");
        }
    }
}
