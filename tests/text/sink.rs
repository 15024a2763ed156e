//! The one sink, in this process: all 1,112,064 code points in every run, alone and beside others.

use crate::dangerous::is_dangerous;
use crate::points::is_shown;
use crate::safe_text::{self, Page};

#[test]
fn every_code_point_is_shown_as_itself_or_written_out() {
    let mut shown = 0_u32;
    for c in (0..=0x10_ffff).filter_map(char::from_u32) {
        let code = format!("\\u{{{:x}}}", u32::from(c));
        let between = safe_text::escape(&format!("a{c}b"));
        if between.len() == c.len_utf8() + 2 {
            assert!(is_shown(c) && !is_dangerous(c) && c != '\n', "U+{:04X} is shown", u32::from(c));
            // A mark that has nothing to stand on is written out.
            let alone = safe_text::escape(c.encode_utf8(&mut [0; 4]));
            assert!(alone == c.to_string() || alone == code, "{alone:?}");
            shown += 1;
        } else {
            assert_eq!(between, format!("a{code}b"));
        }
    }
    // Letters, marks, digits and signs of the scripts that are written from left to right.
    assert!((100_000..300_000).contains(&shown), "{shown}");
}

#[test]
fn no_page_and_no_json_holds_a_code_point_that_is_not_shown() {
    // All together they take two minutes: every run has all that a terminal acts upon and every sixteenth of the rest.
    let step = if std::env::var_os("KEYRITE_TEXT").is_some() { 1 } else { 16 };
    let every = (0..=0x10_ffff_u32).filter_map(char::from_u32);
    let all: Vec<char> =
        every.filter(|c| is_dangerous(*c) && c.len_utf8() < 4 || u32::from(*c) % step == 0).collect();
    for few in all.chunks(1_000) {
        let text: String = few.iter().collect();
        for width in [None, Some(20), Some(79)] {
            let mut page = Page::of_width(width);
            page.line(&text);
            page.row("label  ", &text);
            page.verbatim(&text);
            page.lines(&text);
            let found = page.as_str().chars().find(|c| !is_shown(*c) || is_dangerous(*c));
            assert_eq!(found, None);
        }
        let json = safe_text::json(&text).unwrap();
        assert!(json.trim_end().bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert!(safe_text::ascii(&text).bytes().all(|octet| (b' '..=b'~').contains(&octet)));
        assert!(!safe_text::value(&text).chars().any(|c| !is_shown(c) || is_dangerous(c)));
    }
}
