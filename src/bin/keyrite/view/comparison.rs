//! What is asked for beside what is given: three columns under a line with the name of the field.

use keyrite::policy::{self, Outcome, Violation};
use serde::Serialize;

use crate::safe_text::Page;

/// How far the columns are indented below the name of their field.
const INDENT: usize = 2;
/// The blanks between two columns.
const GAP: usize = 2;
/// The columns that all of it takes where the page has no width of its own, and the most that it takes.
const WIDTH: usize = 80;
const WIDEST: usize = 132;
/// The fewest columns that a cell gets.
const NARROW: usize = 12;
const HEADINGS: [&str; 3] = ["ASKED", "WILL GET", "DROPPED OR REFUSED"];

/// Every field, in the form of JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Comparison(Vec<Row>);

/// One field.
#[derive(Clone, Debug, Serialize)]
struct Row {
    field: String,
    asked: Option<String>,
    given: Option<String>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Broken>,
    #[serde(skip)]
    told: String,
}

/// One rule that does not hold.
#[derive(Clone, Debug, Serialize)]
struct Broken {
    rule: &'static str,
    field: String,
    found: String,
    wanted: String,
}

impl Broken {
    fn of(violation: &Violation) -> Self {
        let Violation { rule, field, found, wanted } = violation.clone();
        Self { rule: rule.id(), field, found, wanted }
    }
}

impl Comparison {
    pub(crate) fn of(comparison: &policy::Comparison) -> Self {
        let row = |compared: &policy::Compared| {
            let (reason, violations) = match &compared.outcome {
                Outcome::AsAsked | Outcome::Added => (None, [].as_slice()),
                Outcome::Changed(reason) | Outcome::Dropped(reason) => (Some(reason.clone()), [].as_slice()),
                Outcome::Refused(violations) | Outcome::Overridden(violations) => {
                    (None, violations.as_slice())
                }
            };
            Row {
                field: compared.field.clone(),
                asked: compared.asked.clone(),
                given: compared.given.clone(),
                outcome: compared.outcome.word(),
                reason,
                violations: violations.iter().map(Broken::of).collect(),
                told: compared.told(),
            }
        };
        Self(comparison.rows().iter().map(row).collect())
    }

    pub(super) fn put(&self, page: &mut Page, indent: usize) {
        let indent = indent.saturating_add(INDENT);
        let whole = page.width().unwrap_or(WIDTH).min(WIDEST);
        let left = whole.saturating_sub(indent).saturating_sub(GAP.saturating_mul(2));
        let width = (left / 3).max(NARROW);
        line(page, indent, width, &HEADINGS.map(|heading| vec![heading.to_owned()]));
        for row in &self.0 {
            let field = indent.saturating_sub(INDENT);
            page.line(format!("{:field$}{}", "", row.field));
            let cell = |text: Option<&str>| {
                let lines = text.map(super::text_lines).unwrap_or_else(|| vec!["-".to_owned()]);
                lines.iter().flat_map(|line| folded(line, width)).collect::<Vec<_>>()
            };
            let told = if row.told.is_empty() { Vec::new() } else { cell(Some(&row.told)) };
            line(page, indent, width, &[cell(row.asked.as_deref()), cell(row.given.as_deref()), told]);
        }
    }
}

/// Puts cells beside each other, each of them of several lines.
fn line(page: &mut Page, indent: usize, width: usize, cells: &[Vec<String>; 3]) {
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..height {
        let mut text = " ".repeat(indent);
        for (place, cell) in cells.iter().enumerate() {
            let part = cell.get(at).map_or("", String::as_str);
            text.push_str(part);
            if place < 2 {
                let pad = width.saturating_add(GAP).saturating_sub(columns(part));
                text.push_str(&" ".repeat(pad));
            }
        }
        page.verbatim(&text);
    }
}

/// At most so many columns of a terminal are taken by a text.
fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

/// Breaks a line at blanks where it can, and anywhere where it must.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let blank = usize::from(!line.is_empty());
        if columns(&line).saturating_add(blank).saturating_add(columns(word)) <= width {
            if blank == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if columns(&line).saturating_add(width_of(c)) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_broken_and_the_columns_stay_where_they_are() {
        let row = Row {
            field: "subject CN".to_owned(),
            asked: Some("one two three four five six".to_owned()),
            given: None,
            outcome: "dropped",
            reason: None,
            violations: Vec::new(),
            told: "dropped: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        };
        let mut page = Page::of_width(Some(60));
        Comparison(vec![row]).put(&mut page, 0);
        assert_eq!(
            page.as_str(),
            "  ASKED               WILL GET            DROPPED OR REFUSED\n\
             subject CN\n\
             \u{20} one two three four  -                   dropped:\n\
             \u{20} five six                                aaaaaaaaaaaaaaaaaa\n\
             \u{20}                                         aaaaaaaaaaaa\n"
        );
    }
}
