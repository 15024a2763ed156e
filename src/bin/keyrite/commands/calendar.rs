//! `calendar`.

use std::ffi::OsString;
use std::path::PathBuf;

use keyrite::authority::replacement::{Verdict, replace_all};
use keyrite::authority::system::SystemClock;
use keyrite::x509::time::{Duration, Time};
use serde::Serialize;

use crate::calendar::{self, Entry};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::{configuration, ledger};

/// Show what runs out when: CRLs, OCSP responses, certificates, CAs, and what is to be done before
///
/// With --until set to the day of the ceremony after the next one, this is what the next one has to do.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keyrite calendar
  keyrite calendar --until 2028-01-15
  keyrite calendar --within 2y --ics ca.ics")]
pub(crate) struct Args {
    /// What runs out within this time
    #[arg(long, value_name = "D", default_value = "400d", conflicts_with = "until")]
    within: Duration,

    /// What runs out until this time, RFC 3339
    #[arg(long, value_name = "T")]
    until: Option<Time>,

    /// Write it as iCalendar, in the place of an older calendar of this name
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = configuration::load(context)?;
        let store = ledger::read(context)?;
        let now = SystemClock.now();
        let until = match self.until {
            Some(until) => until,
            None => self.within.after(now).map_err(|error| Failure::of(Exit::Usage, &error))?,
        };
        let home = context.home()?.display().to_string();
        let entries = calendar::entries(&store, &settings, now, until)?;
        let written = match &self.ics {
            Some(path) => {
                write(path, &calendar::icalendar(&entries, &home, now))?;
                Some(path.display().to_string())
            }
            None => None,
        };
        Ok(Answer::new(Shown { home, time: now.to_string(), until: until.to_string(), entries, written }))
    }
}

/// Writes the file, unless what is there is something else.
fn write(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    let is_calendar = |found: &[u8], _: &[u8]| {
        if found.starts_with(b"BEGIN:VCALENDAR") { Verdict::Replace } else { Verdict::Foreign("a calendar") }
    };
    let failed = |error| Failure::of(Exit::Output, &error);
    let name = path.file_name().map(OsString::from).unwrap_or_default();
    let directory = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let file = (PathBuf::from(name), text.as_bytes());
    for result in replace_all(&directory, &[file], is_calendar).map_err(failed)? {
        result.map_err(failed)?;
    }
    Ok(())
}

/// What runs out.
#[derive(Debug, Serialize)]
struct Shown {
    home: String,
    time: String,
    until: String,
    entries: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<String>,
}

impl Text for Shown {
    fn text(&self, page: &mut Page) {
        page.line(format!("home {}, {}", self.home, self.time));
        if self.entries.is_empty() {
            page.line(format!("nothing runs out until {}", self.until));
        } else {
            page.line(format!("until {}:", self.until));
        }
        for entry in &self.entries {
            let mark = if entry.overdue { "OVERDUE " } else { "" };
            page.line(format!("{}  {mark}{}", entry.at, entry.what));
            for more in &entry.more {
                page.line(format!("    {more}"));
            }
            if let Some(command) = &entry.command {
                page.line(format!("    before: {command}"));
            }
        }
        if let Some(written) = &self.written {
            page.line(format!("written to {written}"));
        }
    }
}
