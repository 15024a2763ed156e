//! Whether the files of an export account for each other, and for a head that is known from elsewhere.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::files::{self, Files};
use super::finding::{Finding, Findings};
use super::objects::{Counts, Objects};
use super::{layout, tree};
use crate::audit::checkpoint::origin;
use crate::audit::note::LARGEST;
use crate::audit::{Checkpoint, Examined, Examiner, Head, KnownHead, Miscount, Note, Record, TimeOrder};

/// The longest line of a list of sums.
const LONGEST_PATH: u64 = 4_096;

/// What verifying an export has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The log as its lines give it; none when they cannot be followed to their end.
    pub log: Option<Log>,
    /// The checkpoint of the export with its signatures, of which none is verified here.
    pub note: Option<Note>,
    /// The objects that are there.
    pub counts: Counts,
    /// What is not right.
    pub findings: Findings,
}

/// A log that was followed to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Origin, size and root.
    pub checkpoint: Checkpoint,
    /// Size and head of the chain.
    pub head: Head,
}

/// Verifies an export from its files alone: every line, tile and object of it, and that there is nothing else.
/// `known` are heads of the log from independent places; without one it cannot be seen that a log was cut off, or
/// written anew as a whole with everything in the export.
#[must_use]
pub fn verify(files: &dyn Files, known: &[KnownHead]) -> Verified {
    let mut findings = Findings::default();
    let mut objects = Objects::new(files);
    let log = follow(files, known, &mut objects, &mut findings);
    objects.end(&mut findings);
    let note = match &log {
        Some(log) => told(files, log, &mut objects, &mut findings),
        None => None,
    };
    if let Err(error) = sums(files, &mut objects, &mut findings) {
        findings.add(Finding::Unreadable { path: layout::SUMS.to_owned(), why: error.to_string() });
    }
    // Where the log cannot be followed, everything after that place would be without an entry.
    if log.is_some() {
        nothing_else(files, &objects, &mut findings);
    }
    Verified { log, note, counts: objects.counts, findings }
}

/// Follows the log, and everything that its entries tell of.
fn follow(
    files: &dyn Files,
    known: &[KnownHead],
    objects: &mut Objects<'_>,
    findings: &mut Findings,
) -> Option<Log> {
    objects.expect(layout::LOG);
    let mut lines = tree::open(files, findings)?;
    let mut examiner = Examiner::new(known.iter().copied());
    let mut bundle = tree::Bundle::default();
    let mut first = Head::empty();
    let mut order = TimeOrder::new();
    let mut line = Vec::new();
    loop {
        match lines.next(&mut line) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                findings.add(Finding::Unreadable { path: layout::LOG.to_owned(), why: error.to_string() });
                return None;
            }
        }
        let step = match examiner.add_encoding(&line) {
            Ok(step) => step,
            Err(error) => {
                findings.add(error);
                return None;
            }
        };
        let entry = examiner.head().entries;
        if entry == 1 {
            first = examiner.head();
        }
        bundle.add(&line);
        for filled in &step.tiles {
            bundle.tile(files, filled, findings, &mut |path| objects.expect(path));
        }
        let record = Record::decode(&line);
        let ordered = match &record {
            Ok(record) => order.add(&record.time, Some(&record.event)),
            Err(_) => order.add(&Record::time_of(&line).unwrap_or_default(), None),
        };
        if let Err(problem) = ordered {
            findings.add(Finding::Time { entry, problem });
        }
        if let Some(miscount) = record.as_ref().ok().and_then(|record| Miscount::of(&record.event)) {
            findings.add(Finding::Miscounted { entry, miscount });
        }
        match record {
            Ok(record) => objects.event(entry, record.event, findings),
            Err(_) => findings.add(Finding::UnknownEvent { entry }),
        }
    }
    for filled in &examiner.partial() {
        bundle.tile(files, filled, findings, &mut |path| objects.expect(path));
    }
    let (head, root) = (examiner.head(), examiner.root());
    if let Err(error) = examiner.finish().map(|Examined { .. }| ()) {
        findings.add(error);
    }
    let checkpoint = Checkpoint { origin: origin(&first.hash), size: head.entries, root };
    Some(Log { checkpoint, head })
}

/// What the small files tell of the log.
fn told(files: &dyn Files, log: &Log, objects: &mut Objects<'_>, findings: &mut Findings) -> Option<Note> {
    for path in [layout::CHECKPOINT, layout::HEAD, layout::README, layout::SUMS] {
        objects.expect(path);
    }
    tree::exact(files, layout::HEAD, &layout::head(&log.checkpoint, &log.head), findings);
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    let octets = match files::read(files, layout::CHECKPOINT, most) {
        Ok(Some(octets)) => octets,
        Ok(None) => {
            findings.add(Finding::Missing { path: layout::CHECKPOINT.to_owned() });
            return None;
        }
        Err(error) => {
            let path = layout::CHECKPOINT.to_owned();
            findings.add(Finding::Unreadable { path, why: error.to_string() });
            return None;
        }
    };
    let note = match Note::parse(&octets) {
        Ok(note) => note,
        Err(error) => {
            findings.add(Finding::Note(error));
            return None;
        }
    };
    match Checkpoint::parse(&note.text) {
        Ok(checkpoint) if checkpoint == log.checkpoint => {}
        Ok(_) => findings.add(Finding::NotOfLog { path: layout::CHECKPOINT.to_owned() }),
        Err(error) => findings.add(Finding::Checkpoint(error)),
    }
    Some(note)
}

/// Every file is what it was when the export was made.
fn sums(files: &dyn Files, objects: &mut Objects<'_>, findings: &mut Findings) -> io::Result<()> {
    let file = match files.open(layout::SUMS) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            findings.add(Finding::Missing { path: layout::SUMS.to_owned() });
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut lines = tree::Lines::new(file);
    let mut line = Vec::new();
    while lines.next(&mut line)? {
        let text = std::str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
        let (sum, path) = text.split_once("  ").ok_or(io::ErrorKind::InvalidData)?;
        let long = u64::try_from(path.len()).map_or(true, |length| length > LONGEST_PATH);
        if long || path.starts_with('/') || path.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let path = path.to_owned();
        if !objects.summed(&path) {
            findings.add(Finding::Sums { path: path.clone(), times: "twice" });
        }
        match files.open(&path).and_then(digest) {
            Ok(found) if found == sum => {}
            Ok(_) => findings.add(Finding::OtherSum { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => findings.add(Finding::Missing { path }),
            Err(error) => findings.add(Finding::Unreadable { path, why: error.to_string() }),
        }
    }
    Ok(())
}

/// SHA-256 over a file, in hex.
fn digest(mut file: Box<dyn Read + '_>) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut part)?;
        if count == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(part.get(..count).unwrap_or_default());
    }
}

/// There is no file of which nothing tells.
fn nothing_else(files: &dyn Files, objects: &Objects<'_>, findings: &mut Findings) {
    let listed = files.each(&mut |path| {
        let (expected, summed) = objects.of(path);
        if !expected {
            findings.add(Finding::Extra { path: path.to_owned() });
        } else if !summed && path != layout::SUMS {
            findings.add(Finding::Sums { path: path.to_owned(), times: "not at all" });
        }
    });
    if let Err(error) = listed {
        findings.add(Finding::Unreadable { path: ".".to_owned(), why: error.to_string() });
    }
}
