//! Internationalized host names: labels by IDNA2008 (RFC 5890 to 5893), which allows less than browsers do.
//!
//! The crate idna follows UTS #46: its mapping, Bidi and CONTEXTJ rules hold here too, but it also passes
//! symbols and emoji, which RFC 5892 disallows, and has no CONTEXTO rules. What is missing stands here.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Why an ASCII label with `--` in third and fourth place is not an A-label; nothing when it is one. Upper and
/// lower case of its letters do not count.
#[must_use]
pub fn a_label_fault(label: &str) -> Option<&'static str> {
    let lower = label.to_ascii_lowercase();
    if !lower.starts_with("xn--") {
        return Some("a reserved label that is not an A-label");
    }
    let (unicode, sound) = idna::domain_to_unicode(&lower);
    let same = idna::domain_to_ascii_strict(&unicode).is_ok_and(|ascii| ascii == lower);
    if sound.is_err() || !same {
        return Some("a label that begins with xn-- and is not a valid A-label");
    }
    u_label_fault(&unicode)
}

/// Why a host name with A-labels is not one as a whole, where each label for itself is: from right to left and
/// from left to right do not go together (RFC 5893 s.2).
#[must_use]
pub fn bidi_fault(host: &str) -> Option<&'static str> {
    let (_, sound) = idna::domain_to_unicode(host);
    sound.is_err().then_some("labels that do not go together from right to left (RFC 5893)")
}

/// Why a label in Unicode, which UTS #46 maps to itself, is not a U-label (RFC 5892).
fn u_label_fault(label: &str) -> Option<&'static str> {
    let characters: Vec<char> = label.chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(at.saturating_add(1));
        if is_disallowed(*c) {
            return Some("an A-label with a character that IDNA2008 disallows, such as a symbol");
        }
        if !contextual(*c, before, after, &characters) {
            return Some("an A-label with a character that IDNA2008 allows only beside others");
        }
    }
    None
}

/// DISALLOWED or UNASSIGNED (RFC 5892 s.3), of characters that UTS #46 maps to themselves.
fn is_disallowed(c: char) -> bool {
    match c {
        // Exceptions (s.2.6), among them what CONTEXTO and CONTEXTJ rules decide.
        'ß' | 'ς' | '\u{6fd}' | '\u{6fe}' | '\u{f0b}' | '〇' => false,
        '\u{b7}' | '\u{375}' | '\u{5f3}' | '\u{5f4}' | '\u{30fb}' | '\u{200c}' | '\u{200d}' => false,
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}' => true,
        // LDH (s.2.7).
        '\0'..='\u{7f}' => !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
        // IgnorableBlocks (s.2.4) and OldHangulJamo (s.2.9).
        '\u{20d0}'..='\u{20ff}' | '\u{1d100}'..='\u{1d24f}' => true,
        '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}' => true,
        // IgnorableProperties (s.2.3) and LetterDigits (s.2.1).
        _ => {
            CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
                || !matches!(
                    CodePointMapData::<GeneralCategory>::new().get(c),
                    GeneralCategory::LowercaseLetter
                        | GeneralCategory::UppercaseLetter
                        | GeneralCategory::OtherLetter
                        | GeneralCategory::DecimalNumber
                        | GeneralCategory::ModifierLetter
                        | GeneralCategory::NonspacingMark
                        | GeneralCategory::SpacingMark
                )
        }
    }
}

/// The CONTEXTO rules (RFC 5892 appendix A.3 to A.9).
fn contextual(c: char, before: Option<&char>, after: Option<&char>, label: &[char]) -> bool {
    let script = |c: &char| CodePointMapData::<Script>::new().get(*c);
    let has = |range: std::ops::RangeInclusive<char>| label.iter().any(|c| range.contains(c));
    match c {
        '\u{b7}' => before == Some(&'l') && after == Some(&'l'),
        '\u{375}' => after.is_some_and(|c| script(c) == Script::Greek),
        '\u{5f3}' | '\u{5f4}' => before.is_some_and(|c| script(c) == Script::Hebrew),
        '\u{30fb}' => {
            label.iter().any(|c| matches!(script(c), Script::Hiragana | Script::Katakana | Script::Han))
        }
        '\u{660}'..='\u{669}' => !has('\u{6f0}'..='\u{6f9}'),
        '\u{6f0}'..='\u{6f9}' => !has('\u{660}'..='\u{669}'),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(label: &str) -> String {
        idna::domain_to_ascii(label).unwrap()
    }

    #[test]
    fn labels_that_idna_2008_allows_are_a_labels() {
        for label in [
            "münchen",
            "straße",
            "βόλος",
            "пример",
            "例え",
            "ευρώ\u{375}α",
            "col\u{b7}laborar",
            "עברית",
            "カ\u{30fb}タ",
        ] {
            assert_eq!(a_label_fault(&encoded(label)), None, "{label}");
            assert_eq!(a_label_fault(&encoded(label).to_ascii_uppercase()), None, "{label}");
        }
    }

    #[test]
    fn labels_that_only_browsers_allow_are_refused() {
        let symbol = "an A-label with a character that IDNA2008 disallows, such as a symbol";
        let context = "an A-label with a character that IDNA2008 allows only beside others";
        for (label, why) in [
            ("\u{2615}", symbol),
            ("i\u{2764}u", symbol),
            ("\u{1f4a9}", symbol),
            ("a\u{2192}b", symbol),
            ("\u{640}ا\u{640}", symbol),
            ("a\u{b7}b", context),
            ("x\u{375}", context),
            ("a\u{30fb}b", context),
            ("ا\u{660}\u{6f0}", context),
        ] {
            if let Ok(ascii) = idna::domain_to_ascii(label) {
                assert_eq!(a_label_fault(&ascii), Some(why), "{label:?} {ascii}");
            } else {
                assert!(label.contains('\u{640}') || label.contains('\u{6f0}'), "{label:?}");
            }
        }
        // U+2615 HOT BEVERAGE, as a browser writes it.
        assert_eq!(encoded("\u{2615}"), "xn--53h");
        for (label, why) in [
            ("ab--cd", "a reserved label that is not an A-label"),
            ("xn--a", "a label that begins with xn-- and is not a valid A-label"),
            ("xn--", "a label that begins with xn-- and is not a valid A-label"),
            // MÜNCHEN and a label in ASCII only, each encoded as it stands.
            ("xn--MNCHEN-PCC", "a label that begins with xn-- and is not a valid A-label"),
            ("xn--abc-", "a label that begins with xn-- and is not a valid A-label"),
        ] {
            assert_eq!(a_label_fault(label), Some(why), "{label}");
        }
    }

    #[test]
    fn directions_are_looked_at_in_the_whole_name() {
        let hebrew = encoded("עברית");
        assert_eq!(bidi_fault(&format!("{hebrew}.test")), None);
        assert_eq!(
            bidi_fault(&format!("0a.{hebrew}.test")),
            Some("labels that do not go together from right to left (RFC 5893)")
        );
    }
}
