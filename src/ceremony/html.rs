//! HTML that needs nothing else: no script, no picture and no font from elsewhere.

use std::fmt::Write as _;

/// Text between tags or in quotation marks: everything that HTML gives a meaning is written as a reference, and what a
/// reader cannot see, or what turns the direction of text, by its number.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if c.is_control() || is_hidden(c) => {
                // Writing to a String does not fail.
                let _written = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Characters without a shape of their own, and those that change the direction of their neighbours.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The style of all pages; they are made to be printed on A4, too.
const STYLE: &str = "
:root { color-scheme: light; }
body { font: 11pt/1.45 'Source Serif 4', 'Source Serif Pro', Georgia, serif; color: #1b1b1b; background: #fff;
  max-width: 52rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #999; padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p.lead { color: #444; margin-top: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border: 1px solid #bbb; }
th { background: #f1f1ee; font-weight: 600; }
code, .mono { font: .85em/1.4 'DejaVu Sans Mono', Consolas, monospace; overflow-wrap: anywhere; }
.mark { display: inline-block; border: 2px solid #a40000; color: #a40000; padding: .1rem .5rem; font-weight: 700;
  letter-spacing: .08em; }
.good { color: #1d6b2f; font-weight: 600; }
.bad { color: #a40000; font-weight: 600; }
.open { color: #8a5a00; font-weight: 600; }
.box { display: inline-block; width: 1.05rem; height: 1.05rem; border: 1.5px solid #333; vertical-align: -.15rem; }
.line { display: inline-block; border-bottom: 1px solid #333; min-width: 9rem; height: 1.2rem; }
.short { min-width: 4.5rem; }
.words { columns: 4; font-size: .95em; }
svg { max-width: 100%; height: auto; }
svg text { font-family: 'DejaVu Sans', Arial, sans-serif; }
footer { margin-top: 2.5rem; color: #555; font-size: .85rem; border-top: 1px solid #bbb; padding-top: .5rem; }
@page { size: A4; margin: 18mm 16mm; }
thead { display: table-header-group; break-after: avoid; }
td.free { height: 2.4rem; min-width: 7rem; }
td.word { height: 1.7rem; width: 25%; color: #999; font-size: .7rem; }
@media print { h2 + p { break-after: avoid; } body { margin: 0; max-width: none; padding: 0; } h2, h3 { break-after: avoid; } tr, svg, .step { break-inside: avoid; } }
";

/// A whole page: its title as text, its body as markup.
#[must_use]
pub fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A row of a table, whose cells are text.
pub(super) fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
    format!("<tr>{cells}</tr>\n")
}

/// The head of a table.
pub(super) fn head(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<th>{}</th>", escape(cell))).collect();
    format!("<thead><tr>{cells}</tr></thead>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        assert_eq!(
            escape("<b onclick='x'>&\"\u{1b}[31m\u{202e}"),
            "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;\\u{1b}[31m\\u{202e}"
        );
    }
}
