//! Remarks on standard error while a command works: neither results nor failures.

use std::io::Write as _;

use crate::safe_text::Page;

/// Writes one line.
pub(crate) fn notice(text: &str) {
    let mut page = Page::on_stderr();
    page.line(text);
    // Nobody is there to be told that nobody is there.
    drop(std::io::stderr().lock().write_all(page.as_str().as_bytes()));
}
