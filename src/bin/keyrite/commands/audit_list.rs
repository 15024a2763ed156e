//! `audit list`.

use std::ops::ControlFlow;

use keyrite::audit::{Entry, Record};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// List what the audit log tells, entry by entry
///
/// The chain of hashes is not verified by this: see `keyrite audit verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite audit list --from 100 --event revoked")]
pub(crate) struct Args {
    /// Begin with this entry
    #[arg(long, value_name = "ENTRY", default_value_t = 1)]
    from: u64,

    /// Only events of this kind, such as issued or revoked; may be given several times
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let mut entries = Vec::new();
        let mut failed = None;
        ledger::read(context)?.audit_entries(self.from, |entry| match Line::of(&entry) {
            Ok(line) => {
                if self.event.is_empty() || self.event.contains(&line.event) {
                    entries.push(line);
                }
                ControlFlow::Continue(())
            }
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        })?;
        match failed {
            Some(failure) => Err(failure),
            None => Ok(Answer::new(Listed { entries })),
        }
    }
}

/// The entries that were asked for.
#[derive(Debug, Serialize)]
struct Listed {
    entries: Vec<Line>,
}

/// One entry: what every event has, and the rest as the log has it.
#[derive(Debug, Serialize)]
struct Line {
    entry: u64,
    time: String,
    event: String,
    details: serde_json::Map<String, serde_json::Value>,
    hash: String,
}

impl Line {
    fn of(entry: &Entry) -> Result<Self, Failure> {
        let number = entry.number;
        let unreadable = || Failure::new(Exit::Integrity, format!("audit entry {number} cannot be read"));
        let record = Record::decode(&entry.encoding).map_err(|error| unreadable().caused_by(&error))?;
        let value = serde_json::to_value(&record.event).map_err(|error| unreadable().caused_by(&error))?;
        let serde_json::Value::Object(mut details) = value else { return Err(unreadable()) };
        let Some(serde_json::Value::String(event)) = details.remove("event") else {
            return Err(unreadable());
        };
        Ok(Self { entry: number, time: record.time, event, details, hash: entry.hash.to_string() })
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        if self.entries.is_empty() {
            page.line("no entries");
        }
        for line in &self.entries {
            page.line(format!("{:>6}  {}  {}", line.entry, line.time, line.event));
            for (name, value) in &line.details {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                page.line(format!("        {name}  {text}"));
            }
            page.line(format!("        hash  {}", line.hash));
        }
    }
}
