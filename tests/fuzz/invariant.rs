//! What must hold for every text that comes of octets from outside.

use std::error::Error;

use crate::safe_text::{self, Page};

/// The most octets of one error or one line about an input: more would scroll the rest away.
const MOST: usize = 4096;

/// An error of a reader, with what caused it.
#[track_caller]
pub(crate) fn fault(error: &dyn Error) {
    sound(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        sound(&error.to_string());
        cause = error.source();
    }
}

/// Text of ours about an input: one line, bounded, and safe once it is shown.
#[track_caller]
pub(crate) fn sound(text: &str) {
    assert!(!text.is_empty(), "there is a text");
    assert!(text.len() <= MOST, "{} octets: {text:?}", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
    shown(text);
}

/// Text of others: whatever it is, what reaches a terminal is safe.
#[track_caller]
pub(crate) fn shown(text: &str) {
    for safe in [safe_text::escape(text), safe_text::value(text), safe_text::ascii(text)] {
        let found = safe.chars().find(|c| *c == '\n' || is_dangerous(*c));
        assert_eq!(found, None, "{text:?} shown as {safe:?}");
    }
    let mut page = Page::of_width(Some(40));
    page.line(text);
    page.row("label ", text);
    assert!(!page.as_str().chars().any(is_dangerous), "{text:?}");
    let wide = page.as_str().lines().find(|line| line.chars().count() > 40);
    assert_eq!(wide, None, "{text:?}");
}

#[path = "../support/dangerous.rs"]
mod dangerous;
use dangerous::is_dangerous;
