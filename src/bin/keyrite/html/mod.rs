//! Pages for people: one self-contained HTML file each, without scripts and without anything that is fetched.
//!
//! Text of others goes the way of everything that is shown ([`safe_text`]), and is then quoted for HTML. No browser can be
//! led elsewhere by it.

mod tree;

use std::fmt::Write as _;

pub(crate) use tree::{Edge, Node, Tree};

use crate::safe_text;

/// HTML that is being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Html(String);

/// How everything looks, on paper as well.
const STYLE: &str = "
:root { color-scheme: light dark; --line: #8888; --soft: #8882; --mark: #b3261e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
tr + tr > * { border-top: 1px solid var(--soft); } th { font-weight: 600; white-space: nowrap; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font: 13px system-ui, sans-serif; }
svg text.title { font-weight: 600; } svg rect { fill: var(--soft); stroke: var(--line); } svg path { fill: none; stroke: var(--line); stroke-width: 1.5; }
svg path.cross { stroke-dasharray: 5 4; } .bad { color: var(--mark); font-weight: 600; } footer { margin-top: 3rem; opacity: .7; font-size: 13px; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }
";

impl Html {
    /// A page with a title; `body` fills it.
    pub(crate) fn page(title: &str, body: impl FnOnce(&mut Self)) -> String {
        let mut page = Self::default();
        page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.raw("<meta name=\"viewport\" content=\"width=device-width\">\n");
        page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.element("title", title);
        page.raw("<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
        body(&mut page);
        page.raw("</body>\n</html>\n");
        page.0
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
    let mut out = String::with_capacity(text.len());
    for c in safe_text::value(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
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
