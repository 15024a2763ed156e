//! What is told of a CA that moves in: how much there is, what disagrees, and what becomes of it.

use keyrite::migrate::problem::Problem;
use keyrite::migrate::report::{Finding, Report};
use keyrite::store::Taken;
use serde::Serialize;

use super::{Move, news};
use crate::render::Text;
use crate::safe_text::{self, Page};

/// So many findings of a kind are shown on a page; JSON has all that are kept.
const SHOWN: usize = 10;

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    ca: String,
    from: String,
    subject: String,
    key_sha256: Option<String>,
    state: String,
    rows: u64,
    certificates: u64,
    numbers: u64,
    revoked: u64,
    crls: u64,
    next_crl_number: String,
    problems: Vec<Kind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tolerated: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) remarks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Vec<String>>,
    next: Vec<String>,
}

/// All problems of one kind.
#[derive(Debug, Serialize)]
struct Kind {
    id: &'static str,
    count: u64,
    grave: bool,
    accepted: bool,
    meaning: &'static str,
    outcome: &'static str,
    findings: Vec<Line>,
}

/// One problem.
#[derive(Debug, Serialize)]
struct Line {
    place: String,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<String>,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        Self { place: finding.place.clone(), found: finding.found.clone(), wanted: finding.wanted.clone() }
    }
}

impl Told {
    pub(super) fn of(moving: &Move, report: &Report, accepted: &[Problem]) -> Self {
        let kind = |(problem, count, findings): (Problem, u64, &[Finding])| Kind {
            id: problem.id(),
            count,
            grave: problem.is_grave(),
            accepted: accepted.contains(&problem),
            meaning: problem.meaning(),
            outcome: problem.outcome(),
            findings: findings.iter().map(Line::of).collect(),
        };
        let totals = report.totals;
        let last = totals.crl_number;
        let against = report.unaccepted(accepted);
        let state = if against.is_empty() {
            "nothing speaks against taking it over".to_owned()
        } else {
            format!("not taken over before {} of the problems are accepted or gone", against.len())
        };
        Self {
            ca: moving.name.to_string(),
            from: moving.from.clone(),
            subject: moving.certificate.subject().to_string(),
            key_sha256: moving.certificate.public_key().ok().map(|key| hex::encode(key.sha256())),
            state,
            rows: report.rows,
            certificates: totals.certificates,
            numbers: totals.numbers,
            revoked: totals.revoked,
            crls: u64::try_from(moving.crls.len()).unwrap_or(u64::MAX),
            next_crl_number: last.map_or(1, |last| last.saturating_add(1)).to_string(),
            problems: report.kinds().map(kind).collect(),
            tolerated: Vec::new(),
            remarks: moving.remarks.clone(),
            key: None,
            next: Vec::new(),
        }
    }

    pub(super) fn refused(&mut self, against: &[Problem]) {
        self.state = "nothing was taken over".to_owned();
        let flags: Vec<String> =
            against.iter().map(|problem| format!("--accept {problem} --reason TEXT --by NAME")).collect();
        self.next = vec![
            "set right what is wrong where it comes from, or accept it with what is done about it:"
                .to_owned(),
            flags.join(" "),
        ];
    }

    pub(super) fn done(&mut self, taken: Taken) {
        self.state = format!("taken over; new on record: {}", news(taken));
        self.next = vec![
            format!("keyrite crl issue --ca {} makes its next CRL", self.ca),
            "destroy every file that holds its private key, and do not use the old program for it any more"
                .to_owned(),
        ];
    }
}

impl Text for Told {
    fn text(&self, page: &mut Page) {
        page.row("CA                 ", &self.ca);
        page.row("subject            ", &self.subject);
        page.row("from               ", &self.from);
        if let Some(key) = &self.key_sha256 {
            page.row("key SHA-256        ", key);
        }
        for (label, count) in [
            ("rows of the index  ", self.rows),
            ("certificates       ", self.certificates),
            ("numbers alone      ", self.numbers),
            ("revoked            ", self.revoked),
            ("CRLs read          ", self.crls),
        ] {
            page.row(label, &count.to_string());
        }
        page.row("next CRL number    ", &self.next_crl_number);
        page.row("state              ", &self.state);
        for tolerated in &self.tolerated {
            page.row("tolerated          ", tolerated);
        }
        for remark in &self.remarks {
            page.row("note               ", remark);
        }
        for kind in &self.problems {
            page.blank();
            let word = match (kind.grave, kind.accepted) {
                (true, true) => ", accepted",
                (true, false) => ", to be accepted",
                (false, _) => "",
            };
            page.line(format!("{} ({}{word}): {}", kind.id, kind.count, kind.meaning));
            page.line(format!("  what is done: {}", kind.outcome));
            for line in kind.findings.iter().take(SHOWN) {
                // Text of others: no run of blanks in it looks like columns of ours.
                let wanted = line.wanted.as_deref().map(safe_text::value);
                let wanted = wanted.map_or_else(String::new, |wanted| format!(", wanted {wanted}"));
                let (place, found) = (safe_text::value(&line.place), safe_text::value(&line.found));
                page.line(format!("  {place}: {found}{wanted}"));
            }
            let shown = u64::try_from(kind.findings.len().min(SHOWN)).unwrap_or(u64::MAX);
            if kind.count > shown {
                page.line(format!("  and {} more", kind.count.saturating_sub(shown)));
            }
        }
        for (at, line) in self.key.iter().flatten().enumerate() {
            if at == 0 {
                page.blank();
            }
            page.verbatim(line);
        }
        if !self.next.is_empty() {
            page.blank();
            for line in &self.next {
                page.line(line);
            }
        }
    }
}
