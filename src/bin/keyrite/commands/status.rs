//! `status`.

use keyrite::authority::system::SystemClock;
use keyrite::store::{CaStatus, CrlRecord, LARGEST_GAP, RestorationRecord, ShownBy, believed};
use keyrite::x509::time::{Duration, Time};

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;

/// Show what this home is: its CAs, when their CRLs are due, what expires, what is open
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite status --within 90d")]
pub(crate) struct Args {
    /// What expires within this time is counted as expiring
    #[arg(long, value_name = "D", default_value = "30d")]
    within: Duration,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let soon = self.within.after(now).map_err(|error| Failure::of(Exit::Usage, &error))?;
        let store = ledger::read(context)?;
        let status = store.status(now, soon)?;
        let mut cas = Vec::new();
        for ca in &status.cas {
            let not_after = store.ca(&ca.name)?.certificate.map(|certificate| certificate.not_after());
            let revoked = !store.revoked_of_path(&ca.name)?.is_empty();
            cas.push(Ca::of(ca, not_after, revoked, now));
        }
        Ok(Answer::new(Shown {
            home: context.home()?.display().to_string(),
            time: now.to_string(),
            within: self.within.to_string(),
            cas,
            open_reservations: status.open_reservations,
            restored: store.last_restoration()?.map(|record| restored(&record)),
            audit_entries: status.audit_head.entries,
            audit_head: status.audit_head.hash.to_string(),
            last_seen: status.last_seen.map(|time| time.to_string()),
            clock: doubt(context, status.last_seen, now),
        }))
    }
}

/// The home.
#[derive(Debug, serde::Serialize)]
struct Shown {
    home: String,
    time: String,
    within: String,
    cas: Vec<Ca>,
    open_reservations: u64,
    /// When and from what the ledger was put in place, if it was.
    restored: Option<String>,
    audit_entries: u64,
    audit_head: String,
    /// The time of the log's last entry.
    last_seen: Option<String>,
    /// Why nothing is signed by this clock, where it contradicts that time.
    clock: Option<Vec<String>>,
}

/// What a command that signs would say of the clock. A configuration that cannot be read is not this command's matter.
fn doubt(context: &Context, last: Option<Time>, now: Time) -> Option<Vec<String>> {
    let configured = configuration::load(context).ok().and_then(|settings| settings.home().largest_gap());
    let error = believed(last, now, configured.unwrap_or(LARGEST_GAP)).err()?;
    Some([Some(error.to_string()), error.hint()].into_iter().flatten().collect())
}

/// One CA.
#[derive(Debug, serde::Serialize)]
struct Ca {
    name: String,
    state: String,
    /// Its certificate, or one above it, is revoked or on hold: it cannot issue.
    revoked_itself: bool,
    not_after: Option<String>,
    serials: u64,
    unexpired: u64,
    expiring: u64,
    revoked: u64,
    /// The newest number.
    crl_number: Option<String>,
    /// The earliest nextUpdate.
    crl_next_update: Option<String>,
    /// Whether any of them is.
    crl_overdue: bool,
    crls: Vec<Crl>,
}

/// The newest CRL of a scope.
#[derive(Debug, serde::Serialize)]
struct Crl {
    number: String,
    covers: Option<String>,
    delta_to: Option<String>,
    next_update: Option<String>,
    overdue: bool,
}

impl Crl {
    fn of(crl: &CrlRecord, now: Time) -> Self {
        Self {
            number: crl.number.to_string(),
            covers: crl.distribution.as_ref().map(ToString::to_string),
            delta_to: crl.base.map(|base| base.to_string()),
            next_update: crl.next_update.map(|time| time.to_string()),
            overdue: crl.next_update.is_some_and(|time| time < now),
        }
    }

    fn line(&self, ca: &str) -> String {
        let number = &self.number;
        let covers = self.covers.as_ref().map_or_else(String::new, |covers| format!(" for {covers}"));
        let (what, delta) = match &self.delta_to {
            Some(base) => (format!("delta CRL {number} to {base}{covers}"), " --delta"),
            None => (format!("CRL {number}{covers}"), ""),
        };
        match &self.next_update {
            Some(due) if self.overdue => {
                format!(
                    "  {what} was due to be replaced at {due}: OVERDUE, keyrite crl issue --ca {ca}{delta}"
                )
            }
            Some(due) => format!("  {what}, the next one due by {due}"),
            None => format!("  {what}"),
        }
    }
}

impl Ca {
    fn of(ca: &CaStatus, not_after: Option<Time>, revoked_itself: bool, now: Time) -> Self {
        let next_update = ca.crls.iter().filter_map(|crl| crl.next_update).min();
        Self {
            name: ca.name.to_string(),
            state: ca.state.to_string(),
            revoked_itself,
            not_after: not_after.map(|time| time.to_string()),
            serials: ca.serials,
            unexpired: ca.unexpired,
            expiring: ca.expiring,
            revoked: ca.revoked,
            crl_number: ca.crls.iter().map(|crl| crl.number).max().map(|number| number.to_string()),
            crl_next_update: next_update.map(|time| time.to_string()),
            crl_overdue: next_update.is_some_and(|time| time < now),
            crls: ca.crls.iter().map(|crl| Crl::of(crl, now)).collect(),
        }
    }
}

impl Text for Shown {
    fn text(&self, page: &mut Page) {
        page.line(format!("home {}, {}", self.home, self.time));
        if self.cas.is_empty() {
            page.line(
                "no CAs yet: keyrite token list and keyrite key generate lead to a key, keyrite ca create to a root",
            );
        }
        for ca in &self.cas {
            let until =
                ca.not_after.as_ref().map_or_else(String::new, |time| format!(", valid until {time}"));
            page.line(format!("CA {}: {}{until}", ca.name, ca.state));
            if ca.revoked_itself {
                page.line("  its certificate, or one above it, is REVOKED: it cannot issue certificates");
            }
            if ca.state == "requested" {
                let line =
                    format!("  waits for its certificate: keyrite ca install {} CERT brings it in", ca.name);
                page.line(line);
                continue;
            }
            page.line(format!(
                "  {} taken, {} not expired, {} of them expiring within {}, {} revoked",
                count(ca.serials, "serial number"),
                count(ca.unexpired, "certificate"),
                ca.expiring,
                self.within,
                ca.revoked
            ));
            if ca.crls.is_empty() && ca.state == "active" {
                page.line(format!("  no CRL yet: keyrite crl issue --ca {} makes the first", ca.name));
            }
            for crl in &ca.crls {
                page.line(crl.line(&ca.name));
            }
        }
        match self.open_reservations {
            0 => page.line("nothing is open"),
            1 => page.line("1 reservation is open: keyrite recover settles it"),
            open => page.line(format!("{open} reservations are open: keyrite recover settles them")),
        }
        if let Some(restored) = &self.restored {
            page.line(restored);
        }
        let entries = match self.audit_entries {
            1 => "1 entry".to_owned(),
            entries => format!("{entries} entries"),
        };
        page.line(format!("audit log: {entries}, head {}", self.audit_head));
        for line in self.clock.iter().flatten() {
            page.line(line);
        }
    }
}

/// What is known of what may be missing.
pub(crate) fn restored(record: &RestorationRecord) -> String {
    let RestorationRecord { entry, restored_at, made_at, entries, shown_by } = record;
    let of = made_at.map_or_else(String::new, |time| format!(" of {time}"));
    let lost = match shown_by {
        ShownBy::Head => "nothing was lost by it",
        ShownBy::Crl => {
            "what was done in between is on no record, but for what CRLs and certificates have shown"
        }
        ShownBy::EarlierHead => "what was done in between is on no record",
    };
    format!(
        "RESTORED at {restored_at} from a copy{of} with {entries} audit entries: {lost} (audit entry {entry})"
    )
}

/// So many of something.
fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
