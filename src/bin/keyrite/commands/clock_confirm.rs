//! `clock confirm`.

use keyrite::authority::system::SystemClock;
use keyrite::store::Store;
use keyrite::x509::time::Time;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::view::View;
use crate::{ledger, own};

/// Record that the clock is right although the audit log has seen another time
///
/// Nothing is signed while the clock lies before the last entry of the log, or further after it than largest_gap in
/// keyrite.toml. Look at another clock first: certificates and CRLs are dated by this one. From then on the confirmed
/// time is the last one that was seen, so that a home whose log has gone ahead by mistake can be brought back.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite clock confirm --reason 'checked against two watches after a change of \
                        the battery' --by 'Ann Example'"
)]
pub(crate) struct Args {
    /// Why the clock is right
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Who says so; without it, the user of this process
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// The most octets of a reason or a name.
const LONGEST: usize = 1024;

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let by = self.by.unwrap_or_else(own::requester);
        for (flag, text) in [("--reason", &self.reason), ("--by", &by)] {
            if text.trim().is_empty() || text.len() > LONGEST {
                let message =
                    format!("{flag} has {} octets, wanted 1 to {LONGEST} that say something", text.len());
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        let mut store = ledger::write_by_any_clock(context)?;
        let now = SystemClock.now();
        if store.believe(now).is_ok() {
            return Ok(in_order(&store)?);
        }
        let view = seen(store.last_seen()?, now).row("reason", self.reason.clone()).row("by", by.clone());
        let mut page = Page::on_terminal();
        view.text(&mut page);
        let question = "From now on everything is dated by this clock. Compare it with another one first.";
        context.terminal().confirm(context.global().yes, &page, question, "right")?;
        // What is recorded is the time after the answer, not before it.
        match store.confirm_clock(SystemClock.now(), &self.reason, &by)? {
            Some(_) => Ok(Answer::new(view.row("state", "confirmed and recorded".to_owned()))),
            None => Ok(in_order(&store)?),
        }
    }
}

fn in_order(store: &Store) -> Result<Answer, keyrite::store::Error> {
    let view = seen(store.last_seen()?, SystemClock.now());
    Ok(Answer::new(view.row("state", "in order: nothing to confirm".to_owned())))
}

/// The two times and what lies between them.
fn seen(last: Option<Time>, now: Time) -> View {
    let between = last.map(|last| {
        let seconds = now.to_unix().saturating_sub(last.to_unix());
        let (days, word) = (seconds.unsigned_abs() / 86_400, if seconds < 0 { "before" } else { "after" });
        let length = if days == 0 {
            format!("{} s", seconds.unsigned_abs())
        } else {
            format!("{days} day{}", if days == 1 { "" } else { "s" })
        };
        format!("the clock is {length} {word} the last entry")
    });
    View::default()
        .maybe("last entry", last.map(|last| last.to_string()))
        .row("clock", now.to_string())
        .maybe("difference", between)
}
