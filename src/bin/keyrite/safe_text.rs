//! Text that is safe to look at: the only way to standard output, standard error and the terminal.
//!
//! Names in a request, labels of a token and names of files come from people who may not wish us well. A
//! terminal obeys control characters, reorders bidirectional text and draws some characters as nothing at all,
//! so whatever is not plainly visible is written out as `\u{…}`. A newline is one of these: lines are made by
//! [`Page`] alone, and nothing that is shown can forge one. What is visible and not ASCII may still look like
//! something else; [`ascii`] spells it out.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Text of others as one value: escaped, and with runs of blanks written out, by which a value could lay itself
/// out as if it were several lines and columns of ours.
#[must_use]
pub(crate) fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_blank = true;
    for c in escape(text).chars() {
        if c == ' ' && after_blank {
            push_code(&mut out, c);
        } else {
            out.push(c);
        }
        after_blank = c == ' ';
    }
    out
}

/// Lines for a person. Everything that is put on it is escaped; it alone ends lines.
///
/// On a terminal it also breaks them: a line that the terminal broke would go on in the first column, where
/// the text of others could look like a line of ours.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    width: Option<usize>,
    /// Whether standard output gets the lines as they come, so that an answer of any length has room.
    goes_out: bool,
    /// Why standard output takes no more.
    refused: Option<io::Error>,
}

/// How many octets of an answer are gathered before they are written.
pub(crate) const CHUNK: usize = 64 * 1024;

impl Page {
    /// A page that is written to standard output as it fills; [`Page::finish`] writes the end of it.
    pub(crate) fn on_stdout() -> Self {
        Self { width: columns(rustix::stdio::stdout()), goes_out: true, ..Self::default() }
    }

    /// Makes sure that all of a page went out that is [on standard output](Page::on_stdout).
    ///
    /// # Errors
    /// The first refusal of standard output, after which nothing was written any more.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.go_out();
        self.refused.map_or(Ok(()), Err)
    }

    /// A page for standard error.
    pub(crate) fn on_stderr() -> Self {
        Self { width: columns(rustix::stdio::stderr()), ..Self::default() }
    }

    /// A page for the person who is asked: the terminal on standard input.
    pub(crate) fn on_terminal() -> Self {
        let part = match PART.load(Ordering::Relaxed) {
            0 => None,
            columns => Some(columns.max(NARROWEST)),
        };
        Self { width: part.or_else(|| columns(rustix::stdio::stdin())), ..Self::default() }
    }

    /// A page of so many columns.
    #[cfg(test)]
    pub(crate) fn of_width(width: Option<usize>) -> Self {
        Self { width, ..Self::default() }
    }

    /// The columns of the terminal, if it is one.
    pub(crate) const fn width(&self) -> Option<usize> {
        self.width
    }

    /// Adds one line; what does not fit goes on below, indented.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        let indent = text.chars().take_while(|c| *c == ' ').count();
        self.folded(text, indent.saturating_add(4));
    }

    /// Adds a line of a label and what belongs to it, which goes on below itself.
    pub(crate) fn row(&mut self, label: &str, text: &str) {
        self.folded(&format!("{label}{text}"), label.chars().count());
    }

    /// Adds one line that is never broken, so that it can be copied: text whose characters are ours.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.push(&escape(text));
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.push("");
    }

    /// Adds lines: text of our own, such as a table or a help page, which has been made of several.
    pub(crate) fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.verbatim(line));
    }

    /// The text, each line with its end. What went out already is not in it.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end_matches(' '));
        self.text.push('\n');
        if self.goes_out && self.text.len() >= CHUNK {
            self.go_out();
        }
    }

    fn go_out(&mut self) {
        if self.refused.is_none() {
            let mut out = io::stdout().lock();
            self.refused = out.write_all(self.text.as_bytes()).and_then(|()| out.flush()).err();
        }
        self.text.clear();
    }

    fn folded(&mut self, text: &str, indent: usize) {
        let text = escape(text);
        let Some(width) = self.width else { return self.push(&text) };
        // On a very narrow terminal a few columns must be left for the text.
        let indent = indent.min(width.saturating_sub(NARROWEST));
        let mut line = String::new();
        let mut used = 0_usize;
        // The place after the last blank of the line, in octets, where it may be broken.
        let mut blank = None;
        for c in text.chars() {
            let columns = if c.is_ascii() { 1 } else { 2 };
            if used.saturating_add(columns) > width {
                let rest = match blank.take() {
                    Some(at) if at > indent => line.split_off(at),
                    _ => String::new(),
                };
                self.push(&line);
                line = format!("{:indent$}{rest}", "");
                used = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
            }
            line.push(c);
            used = used.saturating_add(columns);
            if c == ' ' && used > indent {
                blank = Some(line.len());
            }
        }
        self.push(&line);
    }
}

/// The columns of the part of a terminal in which pages are shown; 0 where they have all of it.
static PART: AtomicUsize = AtomicUsize::new(0);

/// Says that pages for the person who is asked are shown in a part of the terminal only.
pub(crate) fn show_in(columns: Option<usize>) {
    PART.store(columns.unwrap_or(0), Ordering::Relaxed);
}

/// The fewest columns that a broken line has for its text.
const NARROWEST: usize = 20;

/// The width of a terminal; nothing for a file or a pipe.
fn columns(stream: rustix::fd::BorrowedFd<'_>) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    // A terminal that does not know its width has that of all before it.
    Some(if size.ws_col == 0 { 80 } else { usize::from(size.ws_col).max(NARROWEST) })
}

/// JSON in ASCII: what [`escape`] hides from a terminal is hidden by JSON's own `\uXXXX` too.
///
/// # Errors
/// A [`serde_json::Error`] when the value cannot be written as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    write_json(value, &mut text)?;
    text.push(b'\n');
    // Nothing but ASCII was written.
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The same, written as it is made, without the end of the last line.
///
/// # Errors
/// As [`json`], and those of writing.
pub(crate) fn write_json(
    value: &impl serde::Serialize,
    out: &mut impl Write,
) -> Result<(), serde_json::Error> {
    serde_json::to_writer_pretty(Ascii { out }, value)
}

/// Writes JSON, and every character that is not ASCII as JSON's `\uXXXX`.
struct Ascii<'a, W> {
    out: &'a mut W,
}

impl<W: Write> Write for Ascii<'_, W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        // Newlines here are the printer's own: inside a string they are `\n` already.
        let plain = |octet: &u8| *octet == b'\n' || *octet == b' ' || octet.is_ascii_graphic();
        if octets.iter().all(plain) {
            self.out.write_all(octets)?;
            return Ok(octets.len());
        }
        // The printer writes whole pieces of text: between them no character is divided.
        let text =
            str::from_utf8(octets).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        for c in text.chars() {
            match u8::try_from(c) {
                Ok(octet) if plain(&octet) => self.out.write_all(&[octet])?,
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(self.out, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
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
    fn values_cannot_lay_themselves_out() {
        assert_eq!(value("x    signed by"), "x \\u{20}\\u{20}\\u{20}signed by");
        assert_eq!(value(" x"), "\\u{20}x");
        assert_eq!(value("Example Root G1"), "Example Root G1");
    }

    #[test]
    fn on_a_terminal_no_line_is_longer_than_it_and_none_begins_with_the_text_of_others() {
        for width in [20, 37, 80] {
            let mut page = Page { width: Some(width), ..Page::default() };
            page.row("subject     ", &"signed by CA root ".repeat(20));
            page.row("subject     ", &"signed-by-CA-root-".repeat(20));
            page.row("subject     ", &"日本語".repeat(30));
            for (at, line) in page.as_str().lines().enumerate() {
                let columns: usize = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
                assert!(columns <= width, "{width}: {line}");
                assert!(line.starts_with("subject") || line.starts_with(' ') || width == 20, "{at}: {line}");
            }
            let shown: String = page.as_str().split_whitespace().collect();
            let given = ["signedbyCAroot".repeat(20), "signed-by-CA-root-".repeat(20), "日本語".repeat(30)];
            assert_eq!(shown.replace("subject", ""), given.concat());
        }
    }

    #[test]
    fn json_is_ascii_and_reads_back() {
        let text = "ö\u{202e}\u{1b}\u{9b}\u{1f600}\n\"\\";
        let written = json(&text).unwrap();
        assert!(written.trim_end().chars().all(|c| c.is_ascii_graphic()), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
