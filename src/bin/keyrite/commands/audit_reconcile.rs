//! `audit reconcile`.

use std::ops::ControlFlow;

use keyrite::audit::{Event, Fingerprint, Record};
use keyrite::store::{CaName, SignatureAccount, Store};
use keyrite::token::Pkcs11Uri;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::{Answer, Text};
use crate::safe_text::Page;
use crate::session;
use crate::view::View;

/// Compare the signatures that the log accounts for with the number that the token's own tools tell
///
/// PKCS#11 has no counter of signatures, but many devices have a log or a counter of their own, which their vendor's
/// tools print: the number of signatures by one key goes into --count. Without it, the log's own account is shown. The
/// exit code is 6 if the device counts other than the log.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite audit reconcile --ca root\n  keyrite audit reconcile --ca root --count 4711\n  keyrite audit reconcile --key 'pkcs11:token=root-g1;object=root-2026' --count 12 --since-entry 300"
)]
pub(crate) struct Args {
    /// The CA whose key it is
    #[arg(long, value_name = "NAME", required_unless_present = "key", conflicts_with = "key")]
    ca: Option<CaName>,

    /// The key, as the audit log tells of it: no token is asked
    #[arg(long, value_name = "URI")]
    key: Option<String>,

    /// How many signatures by this key the device counts
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    /// The entry after which the device began to count; without it, the first
    #[arg(long, value_name = "E", default_value_t = 0)]
    since_entry: u64,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let store = ledger::read(context)?;
        let key = match (&self.ca, &self.key) {
            (Some(name), _) => Fingerprint(store.ca(name)?.public_key.sha256()),
            (None, key) => recorded_key(&store, &session::uri(key.as_deref().unwrap_or_default())?)?,
        };
        let entries = store.audit_head()?.entries;
        if self.since_entry > entries {
            let message = format!("the log has {entries} entries, and --since-entry is {}", self.since_entry);
            return Err(Failure::new(Exit::Usage, message));
        }
        let account = store.signature_account(key, self.since_entry)?;
        drop(store);
        let report = Report::of(&account, key, &self);
        if let Some(counted) = self.count {
            let event = Event::Reconciled {
                public_key_sha256: key,
                since_entry: self.since_entry,
                counted,
                least: account.least(),
                most: account.most(),
            };
            ledger::record_by_the_way(context, event, "this comparison");
        }
        let exit = if report.problem.is_none() { Exit::Done } else { Exit::Integrity };
        Ok(Answer::new(report).exit(exit))
    }
}

/// The key that the log tells of under a URI.
fn recorded_key(store: &Store, wanted: &Pkcs11Uri) -> Result<Fingerprint, Failure> {
    let mut found: Vec<(Fingerprint, String)> = Vec::new();
    store.audit_entries(0, |entry| {
        let event = Record::decode(&entry.encoding).ok().map(|record| record.event);
        if let Some(
            Event::KeyGenerated { key, public_key_sha256, .. }
            | Event::CaCreated { key, public_key_sha256, .. },
        ) = event
            && Pkcs11Uri::parse(&key).is_ok_and(|uri| covers(wanted, &uri))
            && !found.iter().any(|(known, _)| *known == public_key_sha256)
        {
            found.push((public_key_sha256, key));
        }
        ControlFlow::Continue(())
    })?;
    let uris = |found: &[(Fingerprint, String)]| {
        found.iter().map(|(_, uri)| uri.clone()).collect::<Vec<_>>().join("; ")
    };
    match found.as_slice() {
        [(key, _)] => Ok(*key),
        [] => Err(Failure::new(Exit::Refused, format!("the audit log tells of no key {wanted}"))
            .hint("--ca NAME names the key of a CA")),
        several => {
            Err(Failure::new(Exit::Usage, format!("the audit log tells of {} such keys", several.len()))
                .because(uris(several)))
        }
    }
}

/// Whether every attribute that was asked for is that of the key.
fn covers(wanted: &Pkcs11Uri, found: &Pkcs11Uri) -> bool {
    fn fits<T: PartialEq>(wanted: Option<T>, found: Option<T>) -> bool {
        wanted.is_none() || wanted == found
    }
    fits(wanted.token(), found.token())
        && fits(wanted.serial(), found.serial())
        && fits(wanted.object(), found.object())
        && fits(wanted.id(), found.id())
}

/// Both counts.
#[derive(Debug, Serialize)]
struct Report {
    public_key_sha256: String,
    since_entry: u64,
    objects: u64,
    challenges: u64,
    open: u64,
    failed_challenges: u64,
    uncounted: u64,
    least: u64,
    most: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Report {
    fn of(account: &SignatureAccount, key: Fingerprint, args: &Args) -> Self {
        let (least, most) = (account.least(), account.most());
        let problem = args.count.and_then(|counted| {
            if counted > most {
                let more = counted.saturating_sub(most);
                Some(format!("{more} more than the log accounts for: something was signed that is on no record"))
            } else if counted < least {
                let fewer = least.saturating_sub(counted);
                Some(format!(
                    "{fewer} fewer than the log tells of: another key, another device, or a counter that was set back"
                ))
            } else {
                None
            }
        });
        Self {
            public_key_sha256: key.to_string(),
            since_entry: args.since_entry,
            objects: account.objects,
            challenges: account.challenges,
            open: account.open,
            failed_challenges: account.failed_challenges,
            uncounted: account.uncounted,
            least,
            most,
            counted: args.count,
            problem,
        }
    }
}

impl Text for Report {
    fn text(&self, page: &mut Page) {
        let range = if self.least == self.most {
            self.least.to_string()
        } else {
            format!("{} to {}", self.least, self.most)
        };
        let verdict = self.counted.map(|_| match &self.problem {
            None => "accounted for".to_owned(),
            Some(problem) => format!("NOT ACCOUNTED FOR: {problem}"),
        });
        View::default()
            .row("key, SHA-256", self.public_key_sha256.clone())
            .maybe("after entry", (self.since_entry > 0).then(|| self.since_entry.to_string()))
            .row("objects signed", self.objects)
            .row("challenges signed", self.challenges)
            .row("objects that may be signed", self.open)
            .row("challenges that may be signed", self.failed_challenges)
            .row("challenges of runs without a count", self.uncounted)
            .row("accounted for", range)
            .maybe("the device counts", self.counted.map(|counted| counted.to_string()))
            .maybe("verdict", verdict)
            .text(page);
    }
}
