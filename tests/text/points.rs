//! Which code points are tried, and what no stream may hold.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::dangerous::is_dangerous;
use crate::program::Run;

/// Of the code points that are plainly visible, and of those that are nothing yet, every so many is tried.
const STEP: u32 = 97;

/// The code points of this run, in their order.
pub(crate) fn points() -> Vec<char> {
    let all = std::env::var_os("KEYRITE_TEXT").is_some_and(|value| value == "all");
    let tried = |c: &char| all || c.is_ascii() || u32::from(*c) % STEP == 0 || is_acted_upon(*c);
    (0..=0x10_ffff).filter_map(char::from_u32).filter(tried).collect()
}

/// The code points in texts of so many characters.
pub(crate) fn texts(length: usize) -> Vec<String> {
    points().chunks(length).map(|chunk| chunk.iter().collect()).collect()
}

/// Whether a terminal moves, hides, joins or obeys a character.
fn is_acted_upon(c: char) -> bool {
    use GeneralCategory as Category;
    let category = CodePointMapData::<Category>::new().get(c);
    let bidi = CodePointMapData::<BidiClass>::new().get(c);
    let assigned = !matches!(category, Category::Unassigned | Category::PrivateUse);
    let mark = matches!(category, Category::EnclosingMark | Category::NonspacingMark);
    let other = matches!(
        category,
        Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
    );
    let right = !matches!(bidi, BidiClass::LeftToRight | BidiClass::EuropeanNumber | BidiClass::OtherNeutral);
    other || (assigned && (mark || right || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)))
}

/// Whether a stream may hold a character: a letter, mark, digit, symbol or sign that stays where it is, by the
/// Unicode Character Database.
pub(crate) fn is_shown(c: char) -> bool {
    use GeneralCategory as Category;
    let visible = !matches!(
        CodePointMapData::<Category>::new().get(c),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
    );
    let bidi = CodePointMapData::<BidiClass>::new().get(c);
    let turns = matches!(bidi, BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber);
    c == '\n'
        || c == ' '
        || (visible && !turns && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Asserts that both streams are safe, as octets and as characters; in JSON, that they are ASCII and can be read.
#[track_caller]
pub(crate) fn assert_shown(run: &Run, arguments: &[impl AsRef<std::ffi::OsStr>]) {
    let json = arguments.iter().any(|argument| argument.as_ref() == "--json");
    for stream in [&run.stdout, &run.stderr] {
        let found = stream.chars().find(|c| is_dangerous(*c) || !is_shown(*c) || (json && !c.is_ascii()));
        if let Some(found) = found {
            let line = stream.lines().find(|line| line.contains(found)).unwrap_or_default();
            panic!("U+{:04X} in {line:?}", u32::from(found));
        }
        let raw = stream.bytes().find(|octet| (*octet < 0x20 && *octet != b'\n') || *octet == 0x7f);
        assert_eq!(raw, None, "{stream:?}");
    }
    if json && run.code != 2 {
        let stream = if run.stdout.is_empty() { &run.stderr } else { &run.stdout };
        let read: Result<serde_json::Value, _> = serde_json::from_str(stream);
        assert!(read.is_ok(), "{stream:?}");
    }
}

#[test]
fn what_a_terminal_acts_upon_is_tried_in_every_run() {
    let points = points();
    for c in ['\0', '\u{1b}', '\u{7f}', '\u{9b}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2028}', '\u{2066}'] {
        assert!(points.contains(&c), "{c:?}");
    }
    for c in ['\u{301}', '\u{5d0}', '\u{fe0f}', '\u{feff}', '\u{3164}', '\u{e0001}', '\u{1d173}', '\u{a0}'] {
        assert!(points.contains(&c), "{c:?}");
    }
    assert!(points.len() > 15_000, "{}", points.len());
}
