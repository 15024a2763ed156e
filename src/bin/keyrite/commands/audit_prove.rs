//! `audit prove`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use keyrite::audit::{Checkpoint, Continuation, Entry, EntryProof, Event, Kind, Note, Record};
use keyrite::authority::output::{self, Access};
use keyrite::store::{CaName, Store};
use keyrite::x509::serial::SerialNumber;

use crate::auditing;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::Answer;
use crate::view::View;

/// Prove that the audit log tells of a certificate, or that it continues an earlier checkpoint
///
/// The proof is a file of a few lines (C2SP tlog-proof) that holds the entry itself, its place, the hashes that lead
/// from it to the root, and the checkpoint: keyrite audit verify --proof, and any other program for that form, verifies
/// it without the log. With --since it shows that the log of one checkpoint continues that of another, in the form in
/// which witnesses are asked for a signature (C2SP tlog-witness).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite audit prove 4C0FFEE1 --out www.tlog-proof\n  keyrite audit prove 4C0FFEE1 --event revoked --checkpoint witnessed.txt --out www-revoked.tlog-proof\n  keyrite audit prove --since checkpoint-2025.txt --out continues.txt"
)]
pub(crate) struct Args {
    /// The serial number of the certificate, in hex
    #[arg(value_name = "SERIAL", required_unless_present = "since")]
    serial: Option<SerialNumber>,

    /// The CA, where several have a certificate of this serial number
    #[arg(long, value_name = "NAME")]
    ca: Option<CaName>,

    /// The entry to prove: signing, signed, imported, settled, revoked or unheld; of several the last
    #[arg(long, value_name = "EVENT", default_value = "signed", hide_default_value = true)]
    event: String,

    /// Prove that the log continues the one of this earlier checkpoint
    #[arg(long, value_name = "FILE", conflicts_with_all = ["serial", "ca", "event"])]
    since: Option<PathBuf>,

    /// Lead to this checkpoint, with the signatures that it has; without it, to the log as it is now
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    /// Write the proof to a new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// An entry that tells of the certificate.
struct Told {
    entry: Entry,
    event: String,
    time: String,
    ca: String,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let store = ledger::read(context)?;
        let (checkpoint, note) = self.target(&store)?;
        let (view, text) = match (&self.since, &self.serial) {
            (Some(since), _) => {
                let (old, _) = auditing::read(since)?;
                same_log(&old, &checkpoint)?;
                if old.size > checkpoint.size {
                    let message = format!(
                        "the earlier checkpoint has {} entries, and the log {}",
                        old.size, checkpoint.size
                    );
                    return Err(Failure::new(Exit::Integrity, message));
                }
                let (root, path) = store.audit_consistency(old.size, checkpoint.size)?;
                if root != old.root {
                    let message = format!(
                        "the log of {} entries has the root {root}, and the checkpoint {}",
                        old.size, old.root
                    );
                    return Err(Failure::new(Exit::Integrity, message));
                }
                let view = View::default().row("continues", format!("{}:{root}", old.size));
                (view, Continuation { old: old.size, path, note }.to_text())
            }
            (None, Some(serial)) => self.entry(&store, serial, &checkpoint, note)?,
            (None, None) => return Err(Failure::new(Exit::Usage, "wanted a serial number or --since")),
        };
        if let Some(path) = &self.out {
            output::publish(path, text.as_bytes(), Access::Public)?;
        }
        let proof = self.out.is_none().then(|| text.lines().map(str::to_owned).collect::<Vec<_>>());
        let view = view
            .and(auditing::rows(&checkpoint))
            .maybe("proof", proof)
            .maybe("written", self.out.map(|path| path.display().to_string()));
        Ok(Answer::new(view))
    }

    /// The checkpoint to which the proof leads: one of this very log.
    fn target(&self, store: &Store) -> Result<(Checkpoint, Note), Failure> {
        let (now, _) = store.audit_checkpoint()?;
        let Some(path) = &self.checkpoint else {
            let note = Note { text: now.text(), signatures: Vec::new() };
            return Ok((now, note));
        };
        let (checkpoint, note) = auditing::read(path)?;
        same_log(&checkpoint, &now)?;
        let (root, _) = store.audit_consistency(checkpoint.size.min(now.size), now.size)?;
        if checkpoint.size > now.size || root != checkpoint.root {
            let message = "the log is not the one of the checkpoint: it was cut off or written anew";
            return Err(Failure::new(Exit::Integrity, message).about(path));
        }
        Ok((checkpoint, note))
    }

    /// The proof of one entry, and all entries that tell of the certificate.
    fn entry(
        &self,
        store: &Store,
        serial: &SerialNumber,
        checkpoint: &Checkpoint,
        note: Note,
    ) -> Result<(View, String), Failure> {
        let record = ledger::certificate(store, serial, self.ca.as_ref())?;
        let told = told(store, &serial.to_string(), record.ca.as_str())?;
        let entries: Vec<String> = told
            .iter()
            .map(|one| format!("entry {}, {}: {} by CA {}", one.entry.number, one.time, one.event, one.ca))
            .collect();
        // What was found after a crash or taken over was never signed here, and is on record all the same.
        let fits = |one: &&Told| {
            one.event == self.event
                || self.event == "signed" && ["settled", "imported"].contains(&one.event.as_str())
        };
        let Some(chosen) = told.iter().rev().find(fits) else {
            let message = format!("no entry {} tells of certificate {serial}", self.event);
            let failure = Failure::new(Exit::Refused, message);
            return Err(entries.into_iter().fold(failure, Failure::because));
        };
        let index = chosen.entry.number.saturating_sub(1);
        if index >= checkpoint.size {
            let message = format!(
                "entry {} was made after the checkpoint of {} entries",
                chosen.entry.number, checkpoint.size
            );
            return Err(Failure::new(Exit::Refused, message));
        }
        let path = store.audit_inclusion(chosen.entry.number, checkpoint.size)?;
        let proof = EntryProof { entry: chosen.entry.encoding.clone(), index, path, note };
        // Made from the ledger, whose hashes may not be what they were.
        proof.verify().map_err(|error| {
            Failure::new(Exit::Integrity, "the ledger gives no proof of its own entry").caused_by(&error)
        })?;
        let view = View::default()
            .row("certificate", serial.to_string())
            .row("entries of it", entries)
            .row("proves", format!("entry {}, {}", chosen.entry.number, chosen.event));
        Ok((view, proof.to_text()))
    }
}

fn same_log(one: &Checkpoint, other: &Checkpoint) -> Result<(), Failure> {
    if one.origin == other.origin {
        return Ok(());
    }
    let message = format!("the checkpoint is of the log {}, and this is {}", one.origin, other.origin);
    Err(Failure::new(Exit::Integrity, message))
}

/// Every entry that tells of a certificate.
fn told(store: &Store, serial: &str, ca: &str) -> Result<Vec<Told>, Failure> {
    let mut found = Vec::new();
    store.audit_entries(0, |entry| {
        // Looked for as text first: to read every entry of a large log takes a while.
        let text = std::str::from_utf8(&entry.encoding).unwrap_or_default();
        if text.contains(serial)
            && let Ok(record) = Record::decode(&entry.encoding)
            && let Some(event) = event_of(&record.event, serial, ca)
        {
            let event = event.to_owned();
            found.push(Told { event, time: record.time, ca: ca.to_owned(), entry });
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// The name of an event that tells of a certificate.
fn event_of(event: &Event, wanted: &str, by: &str) -> Option<&'static str> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of a certificate")]
    let (object, name) = match event {
        Event::Signing { object, .. } => (object, "signing"),
        Event::Signed { object, .. } => (object, "signed"),
        Event::SigningFailed { object, .. } => (object, "signing-failed"),
        Event::Settled { object, .. } => (object, "settled"),
        Event::Imported { object, .. } => (object, "imported"),
        Event::Published { object, .. } => (object, "published"),
        Event::Revoked { ca, serial, .. } => return (serial == wanted && ca == by).then_some("revoked"),
        Event::Unheld { ca, serial } => return (serial == wanted && ca == by).then_some("unheld"),
        _ => return None,
    };
    let fits = object.kind == Kind::Certificate && object.number == wanted && object.ca == by;
    fits.then_some(name)
}
