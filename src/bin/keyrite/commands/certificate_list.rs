//! `certificate list`.

use std::ops::ControlFlow;

use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, CertificateFilter, CertificateRecord, State};
use keyrite::x509::time::{Duration, Time};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::table::Table;

/// List the certificates of this home, each serial number that was ever taken
///
/// Without filters, all of them in the order in which they were reserved.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite certificate list --ca issuing\n  keyrite certificate list --expires-within 30d --not-revoked"
)]
pub(crate) struct Args {
    /// Only those of one CA
    #[arg(long, value_name = "NAME")]
    ca: Option<CaName>,

    /// Only those in one state: reserved, issued, imported or abandoned
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<State>,

    /// Only revoked ones
    #[arg(long, conflicts_with = "not_revoked")]
    revoked: bool,

    /// Only ones that are not revoked
    #[arg(long)]
    not_revoked: bool,

    /// Only those of one profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Only those whose subject has this text in it
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,

    /// Only those that are valid now and will not be after this length of time, such as 30d
    #[arg(long, value_name = "D")]
    expires_within: Option<Duration>,
}

fn state(text: &str) -> Result<State, String> {
    text.parse().map_err(|()| "wanted reserved, issued, imported or abandoned".to_owned())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let until = self.expires_within.map(|length| length.after(now)).transpose();
        let until = until.map_err(|error| Failure::of(Exit::Usage, &error))?;
        let filter = CertificateFilter {
            ca: self.ca,
            state: self.state,
            revoked: if self.revoked { Some(true) } else { self.not_revoked.then_some(false) },
            profile: self.profile,
            subject: self.subject,
            expires_before: until,
            expires_from: until.map(|_| now),
        };
        let mut certificates = Vec::new();
        ledger::read(context)?.certificates(&filter, |record| {
            certificates.push(Line::of(record, now));
            ControlFlow::Continue(())
        })?;
        Ok(Answer::new(Listed { certificates }))
    }
}

/// The certificates that were asked for.
#[derive(Debug, Serialize)]
struct Listed {
    certificates: Vec<Line>,
}

/// One certificate in short.
#[derive(Debug, Serialize)]
struct Line {
    serial: String,
    ca: String,
    status: String,
    not_before: Option<String>,
    not_after: Option<String>,
    profile: Option<String>,
    subject: Option<String>,
}

impl Line {
    fn of(record: CertificateRecord, now: Time) -> Self {
        Self {
            serial: record.serial.to_string(),
            ca: record.ca.to_string(),
            status: status(&record, now),
            not_before: record.not_before.map(|time| time.to_string()),
            not_after: record.not_after.map(|time| time.to_string()),
            profile: record.profile,
            subject: record.subject,
        }
    }
}

/// What a certificate is worth at a time, in a word or two.
pub(crate) fn status(record: &CertificateRecord, now: Time) -> String {
    if let Some(revocation) = &record.revocation {
        let reason = revocation.reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string());
        return format!("revoked ({reason})");
    }
    match record.state {
        State::Reserved | State::Abandoned => record.state.to_string(),
        State::Issued | State::Imported => match (record.not_before, record.not_after) {
            (_, Some(end)) if end < now => "expired",
            (Some(start), _) if start > now => "not yet valid",
            _ => "valid",
        }
        .to_owned(),
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        if self.certificates.is_empty() {
            page.line("no certificates");
            return;
        }
        let mut table = Table::new(&["serial", "ca", "status", "not after", "profile", "subject"]);
        for line in &self.certificates {
            let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            table.row([
                line.serial.clone(),
                line.ca.clone(),
                line.status.clone(),
                or_dash(&line.not_after),
                or_dash(&line.profile),
                or_dash(&line.subject),
            ]);
        }
        table.put(page);
    }
}
