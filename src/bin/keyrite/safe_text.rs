//! Text that is safe to look at: the only way to standard output, standard error and the terminal.
//!
//! Names in a request, labels of a token and names of files come from people who may not wish us well. A
//! terminal obeys control characters, reorders bidirectional text and draws some characters as nothing at all,
//! so whatever is not plainly visible is written out as `\u{…}`. A newline is one of these: lines are made by
//! [`Page`] alone, and nothing that is shown can forge one. What is visible and not ASCII may still look like
//! something else; [`ascii`] spells it out.

use std::fmt::Write as _;

/// The most marks that may follow one base character; vowel and tone of Thai need two.
const MARKS: usize = 2;

/// Visible to `char::escape_debug`, and yet drawn as nothing or as a blank (Unicode
/// Default_Ignorable_Code_Point, the Hangul fillers, the empty Braille cell, the null notehead).
const UNSEEN: [(u32, u32); 10] = [
    (0x034f, 0x034f),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xffa0, 0xffa0),
    (0x1d159, 0x1d159),
    (0xe0000, 0xe0fff),
];

/// Letters that are written from right to left: a terminal that knows them moves their neighbours about
/// (Unicode Bidi_Class R and AL, by block).
const RIGHT_TO_LEFT: [(u32, u32); 5] =
    [(0x0590, 0x08ff), (0xfb1d, 0xfdff), (0xfe70, 0xfefe), (0x10800, 0x10fff), (0x1e800, 0x1efff)];

/// Text with everything that is not plainly visible written as `\u{…}`.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Marks combine with what is before them: with nothing before, with the text around.
    let mut marks = MARKS;
    for c in text.chars() {
        let mark = is_mark(c);
        if !is_visible(c) || (mark && marks >= MARKS) {
            push_code(&mut out, c);
            marks = MARKS;
            continue;
        }
        marks = match (mark, c) {
            (true, _) => marks.saturating_add(1),
            (false, ' ') => MARKS,
            (false, _) => 0,
        };
        out.push(c);
    }
    out
}

/// Text with everything but printable ASCII written as `\u{…}`: what a letter is, whatever it looks like.
#[must_use]
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ' ' || c.is_ascii_graphic() { out.push(c) } else { push_code(&mut out, c) }
    }
    out
}

fn push_code(out: &mut String, c: char) {
    // Writing into a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// Whether a character has a shape of its own and stays in its place.
///
/// The standard library's table decides about categories: control, format, surrogate, private use, unassigned,
/// and separators other than the blank are not printable.
fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    let within =
        |ranges: &[(u32, u32)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)));
    let mut buffer = ['\0', '\0'];
    buffer[0] = 'a';
    buffer[1] = c;
    // After another character a mark is left as it is, so only what is not printable changes here.
    let text: String = buffer.iter().collect();
    text.escape_debug().eq(buffer) && !within(&UNSEEN) && !within(&RIGHT_TO_LEFT)
}

/// Whether a character joins the one before it.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.escape_debug().len() > 1 && is_visible(c)
}

/// Lines for a person. Everything that is put on it is escaped; it alone ends lines.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// Adds one line.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(escape(text.as_ref()).trim_end_matches(' '));
        self.text.push('\n');
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds lines: text of our own, such as a table or a help page, which has been made of several.
    pub(crate) fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// The text, each line with its end.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// JSON in ASCII: what [`escape`] hides from a terminal is hidden by JSON's own `\uXXXX` too.
///
/// # Errors
/// A [`serde_json::Error`] when the value cannot be written as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = String::with_capacity(text.len().saturating_add(1));
    for c in text.chars() {
        // Newlines here are the printer's own: inside a string they are `\n` already.
        if c == '\n' || c == ' ' || c.is_ascii_graphic() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plainly_visible_stays() {
        for text in ["Example Root G1", "Köln", "São Paulo", "Ελλάδα", "日本", "a\u{301}", "ที่นี่", "a~|`\"'<>"]
        {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn what_a_terminal_obeys_or_hides_is_written_out() {
        for (text, shown) in [
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{7f}", "\\u{7f}"),
            ("\u{202e}cba", "\\u{202e}cba"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("a\u{ad}b", "a\\u{ad}b"),
            ("\u{e000}\u{10ffff}", "\\u{e000}\\u{10ffff}"),
            ("\u{301}a", "\\u{301}a"),
            (" \u{301}", " \\u{301}"),
            ("e\u{301}\u{302}\u{303}", "e\u{301}\u{302}\\u{303}"),
            ("a\u{3164}b\u{2800}", "a\\u{3164}b\\u{2800}"),
            ("שלום", "\\u{5e9}\\u{5dc}\\u{5d5}\\u{5dd}"),
            ("a\u{a0}b\u{3000}", "a\\u{a0}b\\u{3000}"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn look_alikes_are_told_apart_in_ascii() {
        assert_eq!(ascii("pаypal"), "p\\u{430}ypal");
    }

    #[test]
    fn a_page_has_no_lines_but_its_own() {
        let mut page = Page::default();
        page.line("one\nApproved: yes");
        page.line("two");
        assert_eq!(page.as_str(), "one\\u{a}Approved: yes\ntwo\n");
    }

    #[test]
    fn json_is_ascii_and_reads_back() {
        let text = "ö\u{202e}\u{1b}\u{9b}\u{1f600}\n\"\\";
        let written = json(&text).unwrap();
        assert!(written.trim_end().chars().all(|c| c.is_ascii_graphic()), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
