//! A bundle: the evidence of a ceremony in one directory.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;

use keyrite::audit::{Ceremony, CeremonyState, Event, Fingerprint, Record};
use keyrite::authority::evidence::{self, Directory};
use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::authority::system::SystemClock;
use keyrite::ceremony::{Fact, Transcript, layout};
use keyrite::evidence::Files as _;
use keyrite::store::Store;

use super::journal;
use super::planning::{Plan, Sources};
use super::progress::Progress;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};
use crate::{input, ledger};

/// The most octets of a file of a bundle that is not the log's.
const OCTETS: usize = 64 << 20;

/// Puts the evidence of a ceremony that has ended into a new directory.
///
/// # Errors
/// A [`Failure`] when it has not ended, a file is not what it was, or nothing can be written.
pub(crate) fn bundle(context: &Context, directory: &Path, out: &Path) -> Result<Answer, Failure> {
    let path = directory.join(layout::TRANSCRIPT);
    let octets = input::read(&path, journal::OCTETS)?;
    let transcript =
        Transcript::parse(&octets).map_err(|error| Failure::of(Exit::Integrity, &error).about(&path))?;
    let progress = Progress::of(&transcript);
    if !progress.ended {
        return Err(Failure::new(Exit::Refused, "the ceremony has not ended")
            .about(directory)
            .hint(format!("keyrite ceremony resume {} goes on with it", directory.display())));
    }
    let mode = transcript.records().first().map(|first| first.mode);
    let mode = mode.ok_or_else(|| Failure::new(Exit::Integrity, "an empty transcript"))?;
    let plan = Plan::read(context, &Sources::of_run(directory, mode))?;
    let planned = transcript.records().first().map(|first| &first.fact);
    if !matches!(planned, Some(Fact::Begun { plan: digest, .. }) if *digest == plan.digest) {
        return Err(super::environment::another("the plan")
            .hint("the program, the home and the files have to be those of the ceremony"));
    }
    let mut bundle = Bundle { fresh: FreshDirectory::begin(out)?, sums: Vec::new() };
    for (path, contents) in plan.files()? {
        bundle.write(&path, &contents)?;
    }
    bundle.write(layout::TRANSCRIPT, &octets)?;
    for (_, file) in &progress.written {
        if !bundle.has(file) {
            let contents = input::read(&directory.join(file), OCTETS)?;
            bundle.write(file, &contents)?;
        }
    }
    bundle.write(layout::README, layout::README_TEXT.as_bytes())?;
    let mut store = ledger::write(context)?;
    vouched(&mut store, &plan, &transcript)?;
    let export = out.with_file_name(format!(
        ".{}.log",
        out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    ));
    let exported = evidence::export(&store, &export)?;
    let copied = bundle.log(&export);
    let removed = std::fs::remove_dir_all(&export);
    copied?;
    removed.map_err(|error| {
        Failure::new(Exit::Output, "cannot be taken away").caused_by(&error).about(&export)
    })?;
    let files = bundle.finish()?;
    let head = transcript.head();
    store.append(
        Event::Exported {
            what: "ceremony".to_owned(),
            ca: None,
            number: None,
            count: Some(head.entries),
            sha256: Some(head.hash),
            to: out.display().to_string(),
        },
        SystemClock.now(),
    )?;
    let view = View::default()
        .row("ceremony", plan.script.title.clone())
        .row("mode", mode.to_string())
        .row("plan", Value::in_hex(*plan.digest.as_bytes()))
        .row("records", head.entries)
        .row("transcript", View::default().row("SHA-256", *head.hash.as_bytes()))
        .row("audit log", exported.checkpoint.size)
        .row("files", files)
        .row("written", Value::Exact(out.display().to_string()))
        .row("next", format!("keyrite ceremony verify {} needs neither token nor home", out.display()));
    Ok(Answer::new(view))
}

/// Has the audit log tell of the end of the transcript, if a crash came between the two.
fn vouched(store: &mut Store, plan: &Plan, transcript: &Transcript) -> Result<(), Failure> {
    let head = transcript.head();
    let end = Ceremony {
        state: CeremonyState::Ended,
        plan: plan.digest,
        records: head.entries,
        transcript: head.hash,
    };
    let mut found = false;
    store.audit_entries(0, |entry| {
        found |= Record::decode(&entry.encoding)
            .is_ok_and(|record| matches!(record.event, Event::Ceremony(told) if told == end));
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if !found {
        store.append(Event::Ceremony(end), SystemClock.now())?;
    }
    Ok(())
}

struct Bundle {
    fresh: FreshDirectory,
    sums: Vec<(String, Fingerprint)>,
}

impl Bundle {
    fn has(&self, path: &str) -> bool {
        self.sums.iter().any(|(known, _)| known == path)
    }

    fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), Failure> {
        self.fresh.write(path, contents)?;
        self.sums.push((path.to_owned(), Fingerprint::of(contents)));
        Ok(())
    }

    /// Copies an export of the audit log.
    fn log(&mut self, export: &Path) -> Result<(), Failure> {
        let unreadable = |error: &std::io::Error| {
            Failure::new(Exit::Output, "cannot be read").caused_by(error).about(export)
        };
        let files = Directory::of(export).map_err(|error| unreadable(&error))?;
        let mut paths = Vec::new();
        files.each(&mut |path| paths.push(path.to_owned())).map_err(|error| unreadable(&error))?;
        for path in paths {
            let mut contents = Vec::new();
            files
                .open(&path)
                .and_then(|mut file| file.read_to_end(&mut contents))
                .map_err(|error| unreadable(&error))?;
            self.write(&format!("{}{path}", layout::LOG), &contents)?;
        }
        Ok(())
    }

    /// Writes the sums and gives the directory its name.
    fn finish(mut self) -> Result<u64, Failure> {
        self.sums.sort();
        let sums: String = self.sums.iter().map(|(path, sha256)| format!("{sha256}  {path}\n")).collect();
        self.fresh.write(layout::SUMS, sums.as_bytes())?;
        self.fresh.finish()?;
        Ok(u64::try_from(self.sums.len()).unwrap_or(u64::MAX).saturating_add(1))
    }
}
