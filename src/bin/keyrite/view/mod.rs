//! The description of a certificate, CRL or request in labelled rows.
//!
//! One [`View`] is printed as text and as JSON, so that neither form
//! can hold a fact that the other lacks. What people approve before a signature is such a view.

use std::borrow::Cow;

use keyrite::audit::words::words;
use keyrite::x509::a_label;
use serde::{Serialize, Serializer};

use crate::render::Text;
use crate::safe_text::{self, Page};

mod attestation;
mod comparison;
mod fitness;
mod ocsp;
mod token_key;
mod x509;

pub(crate) use attestation::attestation;
pub(crate) use comparison::Comparison;
pub(crate) use fitness::Fitness;
pub(crate) use ocsp::{ocsp_request, ocsp_response};
pub(crate) use token_key::{attribute_texts, attributes, key_type, token_key};
pub(crate) use x509::{
    CRL_ENTRIES, certificate, crl, crl_entry, delta_base, extensions, key, request, suspicions,
};

/// The columns in which lines of words are kept.
const WIDTH: usize = 80;
/// The fewest columns that lines of words get, however wide the labels are.
const NARROW: usize = 40;
/// Longer values are cut on a page, so that nothing can scroll the rest away; JSON has them whole.
const SHOWN: usize = 400;

/// Labelled rows in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    rows: Vec<Row>,
}

/// One label and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    label: Cow<'static, str>,
    value: Value,
}

/// What stands behind a label.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// One text, perhaps of others.
    Text(String),
    /// A text to be copied, which is never broken: a URI, the path of a file.
    Exact(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Truth(bool),
    /// SHA-256 of something, shown as hex and as words.
    Sha256(Sha256),
    /// The same where nobody compares it aloud: shown as hex.
    Sha256InHex(Sha256),
    /// Several texts, one on a line.
    List(Vec<String>),
    /// Extensions, each with its values.
    Extensions(Vec<ExtensionRow>),
    /// Rows of their own, indented.
    View(View),
    /// Several groups of rows.
    Views(Vec<View>),
    /// What is asked for beside what is given.
    Comparison(Comparison),
    /// Whether a key is fit: in JSON the member of the label, and `reasons` beside it.
    #[serde(serialize_with = "truth")]
    Fitness(Fitness),
}

/// A digest for people.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sha256 {
    hex: String,
    words: String,
}

/// An extension in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExtensionRow {
    pub(crate) name: String,
    pub(crate) oid: String,
    pub(crate) critical: bool,
    pub(crate) values: Vec<String>,
}

impl View {
    /// Adds a row.
    #[must_use]
    pub(crate) fn row(mut self, label: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.rows.push(Row { label: label.into(), value: value.into() });
        self
    }

    /// Adds a row if there is something to say.
    #[must_use]
    pub(crate) fn maybe(self, label: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.row(label, value),
            None => self,
        }
    }

    /// Adds the rows of another view.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        self
    }

    fn put(&self, page: &mut Page, indent: usize) {
        let widest = self.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
        let column = indent.saturating_add(widest).saturating_add(2);
        for row in &self.rows {
            let width = page.width().unwrap_or(WIDTH).min(WIDTH);
            let lines = row.value.lines(width.saturating_sub(column).max(NARROW));
            let (first, rest) =
                lines.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
            let label = format!("{:indent$}{:widest$}  ", "", row.label);
            if let Value::Exact(text) = &row.value {
                page.verbatim(&format!("{label}{text}"));
                continue;
            }
            page.row(&label, first);
            for line in rest {
                page.row(&format!("{:column$}", ""), line);
            }
            let below = indent.saturating_add(2);
            match &row.value {
                Value::View(view) => view.put(page, below),
                Value::Views(views) => {
                    for (at, view) in views.iter().enumerate() {
                        if at > 0 {
                            page.blank();
                        }
                        view.put(page, below);
                    }
                }
                Value::Comparison(comparison) => comparison.put(page, below),
                Value::Extensions(extensions) => {
                    extensions.iter().fold(Self::default(), |view, one| one.add(view)).put(page, below);
                }
                Value::Text(_)
                | Value::Exact(_)
                | Value::Number(_)
                | Value::Truth(_)
                | Value::Sha256(_)
                | Value::Sha256InHex(_)
                | Value::List(_)
                | Value::Fitness(_) => {}
            }
        }
    }
}

impl Text for View {
    fn text(&self, page: &mut Page) {
        self.put(page, 0);
    }
}

impl Serialize for View {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.rows.iter().flat_map(|row| {
            let reasons = if let Value::Fitness(fitness) = &row.value {
                Some(("reasons".to_owned(), Value::List(fitness.reasons.clone())))
            } else {
                None
            };
            std::iter::once((key_of(&row.label), row.value.clone())).chain(reasons)
        });
        serializer.collect_map(members)
    }
}

fn truth<S: Serializer>(fitness: &Fitness, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(fitness.fit)
}

/// The JSON name of a label: `not before` becomes `not_before`, `SHA-256` becomes `sha256`.
fn key_of(label: &str) -> String {
    label.to_lowercase().replace(' ', "_").replace('-', "")
}

impl ExtensionRow {
    fn add(&self, view: View) -> View {
        let label = if self.critical { format!("{}, critical", self.name) } else { self.name.clone() };
        let label = if self.name == self.oid { label } else { format!("{label} ({})", self.oid) };
        view.row(safe_text::escape(&label), self.values.clone())
    }
}

impl Value {
    /// The lines behind the label; none for rows of their own, which follow below it.
    fn lines(&self, width: usize) -> Vec<String> {
        match self {
            Self::Text(text) => text_lines(text),
            Self::Exact(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Fitness(fitness) => text_lines(&fitness.words()),
            Self::Truth(truth) => vec![if *truth { "yes" } else { "no" }.to_owned()],
            Self::Sha256(digest) => {
                std::iter::once(digest.hex.clone()).chain(wrap(&digest.words, width)).collect()
            }
            Self::Sha256InHex(digest) => vec![digest.hex.clone()],
            Self::List(texts) if texts.is_empty() => vec!["none".to_owned()],
            Self::List(texts) => texts.iter().flat_map(|text| text_lines(text)).collect(),
            Self::Extensions(extensions) if extensions.is_empty() => vec!["none".to_owned()],
            Self::Views(views) if views.is_empty() => vec!["none".to_owned()],
            Self::Extensions(_) | Self::View(_) | Self::Views(_) | Self::Comparison(_) => Vec::new(),
        }
    }
}

/// A text, and below it the same in ASCII if it has letters that may look like others, or in Unicode if it has
/// A-labels.
fn text_lines(text: &str) -> Vec<String> {
    let visible = safe_text::value(text);
    let mut lines = vec![cut(&visible)];
    if !visible.is_ascii() {
        lines.push(format!("in ASCII: {}", cut(&safe_text::ascii(text))));
    }
    // What people would see in the place of `xn--…`.
    if let Some(unicode) = a_label::in_unicode(text) {
        lines.push(format!("in Unicode: {}", cut(&safe_text::value(&unicode))));
    }
    lines
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            format!("{kept} ... ({} characters in all, --json shows them)", text.chars().count())
        }
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len().saturating_add(word.len()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

impl Value {
    /// A digest that is recorded rather than read aloud: on a page without its words.
    pub(crate) fn in_hex(digest: [u8; 32]) -> Self {
        Self::Sha256InHex(Sha256::of(digest))
    }
}

impl Sha256 {
    fn of(digest: [u8; 32]) -> Self {
        Self { hex: hex::encode(digest), words: words(&digest).collect::<Vec<_>>().join(" ") }
    }
}

impl From<[u8; 32]> for Value {
    fn from(digest: [u8; 32]) -> Self {
        Self::Sha256(Sha256::of(digest))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<Fitness> for Value {
    fn from(fitness: Fitness) -> Self {
        Self::Fitness(fitness)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::List(texts)
    }
}

impl From<Vec<ExtensionRow>> for Value {
    fn from(extensions: Vec<ExtensionRow>) -> Self {
        Self::Extensions(extensions)
    }
}

impl From<View> for Value {
    fn from(view: View) -> Self {
        Self::View(view)
    }
}

impl From<Comparison> for Value {
    fn from(comparison: Comparison) -> Self {
        Self::Comparison(comparison)
    }
}

impl From<Vec<View>> for Value {
    fn from(views: Vec<View>) -> Self {
        Self::Views(views)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: &View) -> String {
        let mut page = Page::default();
        view.text(&mut page);
        page.as_str().to_owned()
    }

    #[test]
    fn both_forms_hold_the_same_rows() {
        let view = View::default()
            .row("subject", "CN=a")
            .row("not before", "2026")
            .row("key", View::default().row("SHA-256", [0; 32]))
            .row("names", vec!["dns:a".to_owned(), "dns:b".to_owned()]);
        let text = shown(&view);
        assert!(text.starts_with("subject     CN=a\nnot before  2026\nkey\n  SHA-256  0000"), "{text}");
        assert!(text.ends_with("names       dns:a\n            dns:b\n"), "{text}");
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!(json["not_before"], "2026");
        assert_eq!(json["key"]["sha256"]["hex"], "0".repeat(64));
        assert_eq!(json["names"][1], "dns:b");
    }

    #[test]
    fn letters_outside_ascii_are_spelled_out_below() {
        let text = shown(&View::default().row("subject", "CN=pаypal"));
        assert_eq!(text, "subject  CN=pаypal\n         in ASCII: CN=p\\u{430}ypal\n");
    }

    #[test]
    fn a_long_value_does_not_push_the_rest_away() {
        let text = shown(&View::default().row("subject", "x".repeat(60_000)).row("verdict", "no"));
        assert!(text.len() < 1000);
        assert!(text.contains("60000 characters in all"));
    }
}
