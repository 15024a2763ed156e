//! Pages for people: one self-contained HTML file each, without scripts and without anything that is fetched.
//!
//! Text of others goes the way of everything that is shown ([`safe_text`]), and is then quoted for HTML. No browser can be
//! led elsewhere by it.

mod tree;

use std::fmt::Write as _;

use keyrite::ceremony::html;

pub(crate) use tree::{Edge, Node, Tree};

use crate::safe_text;

/// HTML that is being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// A page with a title; `body` fills it.
    pub(crate) fn page(title: &str, body: impl FnOnce(&mut Self)) -> String {
        let mut page = Self::default();
        body(&mut page);
        html::page(&safe_text::value(title), &page.0)
    }

    /// Markup of our own.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&quoted(text));
        self
    }

    /// An element that holds text.
    pub(crate) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "<{name}>{}</{name}>", quoted(text));
        self
    }

    /// A row of a table: what, and what of it.
    pub(crate) fn row(&mut self, label: &str, text: &str) -> &mut Self {
        self.cell(label, |cell| {
            cell.text(text);
        })
    }

    /// The same with something to be copied or compared.
    pub(crate) fn code(&mut self, label: &str, text: &str) -> &mut Self {
        self.cell(label, |cell| {
            cell.raw("<code>").text(text).raw("</code>");
        })
    }

    /// The same with anything.
    pub(crate) fn cell(&mut self, label: &str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.raw("<tr><th>").text(label).raw("</th><td>");
        fill(self);
        self.raw("</td></tr>\n")
    }

    /// A link to a file beside the page, given by its path.
    pub(crate) fn link(&mut self, path: &str, text: &str) -> &mut Self {
        let encoded: Vec<String> = path
            .split('/')
            .map(|part| {
                percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string()
            })
            .collect();
        self.raw("<a href=\"").raw(&encoded.join("/")).raw("\">").text(text).raw("</a>")
    }
}

/// Text that means nothing to a browser but itself.
pub(crate) fn quoted(text: &str) -> String {
    html::escape(&safe_text::value(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        let page = Html::page("<script>", |page| {
            page.raw("<table>").row("a\"b", "x\u{202e}<img src=x onerror=alert(1)>&'").raw("</table>");
            page.link("a b/\"><script>.crl", "c");
        });
        assert!(page.contains("<title>&lt;script&gt;</title>"), "{page}");
        assert!(page.contains("x\\u{202e}&lt;img src=x onerror=alert(1)&gt;&amp;&#39;"), "{page}");
        assert!(page.contains("href=\"a%20b/%22%3E%3Cscript%3E%2Ecrl\""), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}
