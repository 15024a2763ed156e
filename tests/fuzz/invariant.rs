//! What must hold for every text that comes of octets from outside.

use std::cell::RefCell;
use std::collections::HashSet;
use std::error::Error;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

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

/// The most texts that are remembered: some tens of megabytes.
const REMEMBERED: usize = 1 << 20;

thread_local! {
    /// Hashes of the texts that were shown. Most errors and rows of one input are those of the one before it, and
    /// escaping and folding them again would be most of the time of a campaign.
    static SHOWN: RefCell<HashSet<u64>> = RefCell::new(HashSet::new());
}

/// Whether a text comes for the first time, as far as is remembered.
fn is_new(text: &str) -> bool {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(text);
    SHOWN.with_borrow_mut(|shown| {
        if shown.len() >= REMEMBERED {
            shown.clear();
        }
        shown.insert(hash)
    })
}

/// Text of others: whatever it is, what reaches a terminal is safe.
#[track_caller]
pub(crate) fn shown(text: &str) {
    if !is_new(text) {
        return;
    }
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
