//! Pictures of a ceremony: the tree of CAs, and what happened when.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::html::escape;
use super::record::Record;
use super::requirement::word;
use super::verification::Made;
use crate::x509::certificate::Certificate;

/// The width of a box of the tree, and its height with the room below it.
const BOX: (usize, usize) = (340, 62);
/// How far a CA stands to the right of the one above it.
const INDENT: usize = 48;
/// The most boxes that are drawn.
const MOST: usize = 200;

/// The certificates that were issued, as a tree: each below its issuer.
pub(super) fn tree(made: &[Made]) -> String {
    let certificates: Vec<&Certificate> = made.iter().filter_map(|one| one.certificate.as_ref()).collect();
    let mut below: BTreeMap<String, Vec<&Certificate>> = BTreeMap::new();
    let known = |name: &str| certificates.iter().any(|one| one.subject().to_string() == name);
    let mut tops: Vec<&Certificate> = Vec::new();
    for one in &certificates {
        let issuer = one.issuer().to_string();
        if one.is_self_issued() || !known(&issuer) {
            tops.push(one);
        } else {
            below.entry(issuer).or_default().push(one);
        }
    }
    let mut boxes: Vec<(usize, &Certificate, Option<usize>)> = Vec::new();
    let mut waiting: Vec<(usize, &Certificate, Option<usize>)> =
        tops.into_iter().rev().map(|one| (0, one, None)).collect();
    while let Some((depth, one, above)) = waiting.pop() {
        if boxes.len() >= MOST {
            break;
        }
        let at = boxes.len();
        boxes.push((depth, one, above));
        let under = below.remove(&one.subject().to_string()).unwrap_or_default();
        waiting.extend(under.into_iter().rev().map(|under| (depth.saturating_add(1), under, Some(at))));
    }
    if boxes.is_empty() {
        return "<p>No certificate was issued.</p>\n".to_owned();
    }
    let deepest = boxes.iter().map(|(depth, ..)| *depth).max().unwrap_or_default();
    let width = deepest.saturating_mul(INDENT).saturating_add(BOX.0).saturating_add(20);
    let height = boxes.len().saturating_mul(BOX.1).saturating_add(10);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"The certificates that were issued\" xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    let top = |at: usize| at.saturating_mul(BOX.1).saturating_add(5);
    let left = |depth: usize| depth.saturating_mul(INDENT).saturating_add(5);
    for (at, (depth, one, above)) in boxes.iter().enumerate() {
        let (x, y) = (left(*depth), top(at));
        if let Some(above) = above {
            let (from_x, from_y) =
                (x.saturating_sub(INDENT).saturating_add(20), top(*above).saturating_add(50));
            let _written = writeln!(
                svg,
                "<path d=\"M{from_x} {from_y} V{} H{x}\" fill=\"none\" stroke=\"#555\" stroke-width=\"1.3\"/>",
                y.saturating_add(25)
            );
        }
        let name = one.subject().first("CN").unwrap_or_else(|| one.subject().to_string());
        let name: String = name.chars().take(44).collect();
        let dates =
            format!("{} to {}", day(&one.not_before().to_string()), day(&one.not_after().to_string()));
        let _written = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"50\" rx=\"4\" fill=\"#f6f6f2\" stroke=\"#333\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"13\" font-weight=\"bold\">{}</text>\
             <text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#444\">{}</text>",
            BOX.0,
            x.saturating_add(10),
            y.saturating_add(20),
            escape(&name),
            x.saturating_add(10),
            y.saturating_add(38),
            escape(&dates)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

/// The height of a line of the timeline.
const LINE: usize = 22;

/// What happened when: one line for each record that matters to a reader.
pub(super) fn timeline(records: &[Record]) -> String {
    let told: Vec<(&Record, String)> =
        records.iter().filter_map(|one| Some((one, label(one)?))).take(500).collect();
    let height = told.len().saturating_mul(LINE).saturating_add(16);
    let mut svg = format!(
        "<svg viewBox=\"0 0 760 {height}\" width=\"760\" height=\"{height}\" role=\"img\" \
         aria-label=\"What happened when\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <line x1=\"130\" y1=\"8\" x2=\"130\" y2=\"{}\" stroke=\"#888\"/>\n",
        height.saturating_sub(8)
    );
    let mut before = String::new();
    for (at, (record, text)) in told.iter().enumerate() {
        let y = at.saturating_mul(LINE).saturating_add(18);
        // The date once, and after that the time alone.
        let (date, time) = record.time.split_once('T').unwrap_or(("", &record.time));
        let time = time.trim_end_matches('Z');
        let shown = if date == before { time.to_owned() } else { format!("{date} {time}") };
        date.clone_into(&mut before);
        let colour = match word(&record.fact) {
            "approved" => "#1d6b2f",
            "step-failed" | "stopped" | "deviation" | "resumed" => "#a40000",
            _ => "#2a4d7a",
        };
        let text: String = text.chars().take(88).collect();
        let _written = writeln!(
            svg,
            "<text x=\"120\" y=\"{}\" font-size=\"10\" text-anchor=\"end\" fill=\"#444\">{}</text>\
             <circle cx=\"130\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>\
             <text x=\"143\" y=\"{}\" font-size=\"12\">{}</text>",
            y.saturating_add(4),
            escape(&shown),
            y.saturating_add(4),
            escape(&text)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// What a record is in the timeline, if it is there.
fn label(record: &Record) -> Option<String> {
    use super::facts::Fact;
    Some(match &record.fact {
        Fact::Begun { .. } => "the ceremony begins".to_owned(),
        Fact::SectionBegun { section, present } => {
            let names: Vec<&str> = present.iter().map(|one| one.person.as_str()).collect();
            format!("section {section}, present: {}", names.join(", "))
        }
        Fact::Approved { step, person, .. } => format!("{person} approves what step {step} signs"),
        Fact::Answered { step, good, .. } if !good => format!("step {step} finds what should not be"),
        Fact::Answered { .. } => return None,
        Fact::StepDone { step, .. } => format!("step {step} is done"),
        Fact::StepFailed { step, reason, .. } => format!("step {step} fails: {reason}"),
        Fact::Deviation { step, reason, .. } => format!("deviation before step {step}: {reason}"),
        Fact::Paused { reason, .. } => format!("pause: {reason}"),
        Fact::Stopped { step, reason, .. } => format!("stopped before step {step}: {reason}"),
        Fact::Resumed { after, .. } => format!("goes on after an interruption; last record before: {after}"),
        Fact::Ended { .. } => "the ceremony ends".to_owned(),
        Fact::SignedIn { .. }
        | Fact::StepBegun { .. }
        | Fact::Environment { .. }
        | Fact::ClockConfirmed { .. }
        | Fact::Token { .. }
        | Fact::Vacant { .. }
        | Fact::Key { .. }
        | Fact::Calls { .. }
        | Fact::Shown { .. }
        | Fact::Observed { .. }
        | Fact::Found { .. }
        | Fact::Wrote { .. }
        | Fact::Continued { .. } => return None,
    })
}
