//! Whether the files of an export account for each other, and for a head that is known from elsewhere.

use std::{fmt, io};

use super::files::{self, Files};
use super::finding::{Finding, Findings};
use super::objects::{Counts, Objects};
use super::sums::{nothing_else, sums};
use super::{layout, tree};
use crate::audit::checkpoint::origin;
use crate::audit::note::LARGEST;
use crate::audit::{Checkpoint, Examiner, Head, KnownHead, Miscount, Note, Record, Step, TimeOrder};

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
    let mut verification = Verification::begin(files, known);
    while verification.go_on(u64::MAX) {}
    verification.end()
}

/// A verification under way: [`verify`] goes on with one until nothing is left to do.
///
/// It reads the log line by line, and each other file when a line tells of it or completes a tile; at the end of the
/// log come the files of what is open, those for people, the list of sums and the list of files. [`Verification::with`]
/// takes it up with other files from where it is, as if it had begun with them: whoever has verified one export,
/// and asks the same of another that differs in one file, has no need to begin before the step that first reads this.
pub struct Verification<'a> {
    files: &'a dyn Files,
    next: Part,
    /// How many octets of the log were followed.
    followed: u64,
    examiner: Examiner,
    bundle: tree::Bundle,
    first: Head,
    order: TimeOrder,
    objects: Objects<'a>,
    log: Option<Log>,
    note: Option<Note>,
    findings: Findings,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Lines,
    Told,
    Sums,
    NothingElse,
    Nothing,
}

impl fmt::Debug for Verification<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { next, findings, .. } = self;
        let entries = self.entries();
        f.debug_struct("Verification")
            .field("next", next)
            .field("entries", &entries)
            .field("findings", findings)
            .finish_non_exhaustive()
    }
}

impl<'a> Verification<'a> {
    /// Begins, as [`verify`] does.
    #[must_use]
    pub fn begin(files: &'a dyn Files, known: &[KnownHead]) -> Self {
        let mut objects = Objects::new(files);
        objects.expect(layout::LOG);
        Self {
            files,
            next: Part::Lines,
            followed: 0,
            examiner: Examiner::new(known.iter().copied()),
            bundle: tree::Bundle::default(),
            first: Head::empty(),
            order: TimeOrder::new(),
            objects,
            log: None,
            note: None,
            findings: Findings::default(),
        }
    }

    /// The same verification as far as it has come, going on with other files. What was read so far must be the same
    /// in these.
    #[must_use]
    pub fn with<'b>(&self, files: &'b dyn Files) -> Verification<'b> {
        Verification {
            files,
            next: self.next,
            followed: self.followed,
            examiner: self.examiner.clone(),
            bundle: self.bundle.clone(),
            first: self.first,
            order: self.order.clone(),
            objects: self.objects.with(files),
            log: self.log.clone(),
            note: self.note.clone(),
            findings: self.findings.clone(),
        }
    }

    /// Goes on by at most so many lines of the log, and after the last of them by one part of what is left; `false`
    /// when nothing is.
    pub fn go_on(&mut self, lines: u64) -> bool {
        self.next = match self.next {
            Part::Lines => self.lines(lines),
            Part::Told => {
                self.told();
                Part::Sums
            }
            Part::Sums => {
                if let Err(error) = sums(self.files, &mut self.objects, &mut self.findings) {
                    self.unreadable(layout::SUMS, &error);
                }
                Part::NothingElse
            }
            Part::NothingElse => {
                // Where the log cannot be followed, everything after that place would be without an entry.
                if self.log.is_some() {
                    nothing_else(self.files, &self.objects, &mut self.findings);
                }
                Part::Nothing
            }
            Part::Nothing => Part::Nothing,
        };
        self.next != Part::Nothing
    }

    /// How many entries were followed.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.examiner.head().entries
    }

    /// What was found so far: nothing takes a finding back.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What was shown.
    #[must_use]
    pub fn end(self) -> Verified {
        Verified { log: self.log, note: self.note, counts: self.objects.counts, findings: self.findings }
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.findings.add(Finding::Unreadable { path: path.to_owned(), why: error.to_string() });
    }

    /// Follows the log, and everything that its entries tell of.
    fn lines(&mut self, most: u64) -> Part {
        let followed = match self.follow(most) {
            Ok(Some(())) => return Part::Lines,
            Ok(None) => true,
            Err(finding) => {
                self.findings.add(finding);
                false
            }
        };
        if followed {
            self.end_of_log();
        }
        self.objects.end(&mut self.findings);
        if self.log.is_some() { Part::Told } else { Part::Sums }
    }

    /// Takes the next lines; none at the end of the log.
    fn follow(&mut self, most: u64) -> Result<Option<()>, Finding> {
        let path = || layout::LOG.to_owned();
        let unreadable = |error: io::Error| Finding::Unreadable { path: path(), why: error.to_string() };
        let file = match self.files.open(layout::LOG) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Finding::Missing { path: path() });
            }
            Err(error) => return Err(unreadable(error)),
        };
        let mut lines = tree::Lines::new(file);
        lines.skip(self.followed).map_err(unreadable)?;
        let mut line = Vec::new();
        for _ in 0..most {
            if !lines.next(&mut line).map_err(unreadable)? {
                return Ok(None);
            }
            let octets = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
            self.followed = self.followed.saturating_add(octets);
            self.line(&line)?;
        }
        Ok(Some(()))
    }

    /// Takes an entry.
    fn line(&mut self, line: &[u8]) -> Result<(), Finding> {
        let Self { files, examiner, bundle, objects, findings, .. } = self;
        let Step { tiles, record, .. } = examiner.add_encoding(line)?;
        let entry = examiner.head().entries;
        if entry == 1 {
            self.first = examiner.head();
        }
        bundle.add(line);
        for filled in &tiles {
            bundle.tile(*files, filled, findings, &mut |path| objects.expect(path));
        }
        let ordered = match &record {
            Ok(record) => self.order.add(&record.time, Some(&record.event)),
            Err(_) => self.order.add(&Record::time_of(line).unwrap_or_default(), None),
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
        Ok(())
    }

    /// The tiles that are not full, and the heads that were to be met.
    fn end_of_log(&mut self) {
        let Self { files, examiner, bundle, objects, findings, .. } = self;
        for filled in &examiner.partial() {
            bundle.tile(*files, filled, findings, &mut |path| objects.expect(path));
        }
        let (head, root) = (examiner.head(), examiner.root());
        if let Err(error) = examiner.clone().finish() {
            findings.add(error);
        }
        let checkpoint = Checkpoint { origin: origin(&self.first.hash), size: head.entries, root };
        self.log = Some(Log { checkpoint, head });
    }

    /// What the small files tell of the log.
    fn told(&mut self) {
        let Some(log) = &self.log else { return };
        let Self { files, objects, findings, .. } = self;
        for path in [layout::CHECKPOINT, layout::HEAD, layout::README, layout::SUMS] {
            objects.expect(path);
        }
        tree::exact(*files, layout::HEAD, &layout::head(&log.checkpoint, &log.head), findings);
        match files::read(*files, layout::README, layout::LARGEST_README) {
            Ok(Some(text)) if layout::is_readme(&text) => {}
            Ok(None) => findings.add(Finding::Missing { path: layout::README.to_owned() }),
            Ok(Some(_)) | Err(_) => findings.add(Finding::OtherReadme { path: layout::README.to_owned() }),
        }
        let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        let octets = match files::read(*files, layout::CHECKPOINT, most) {
            Ok(Some(octets)) => octets,
            Ok(None) => return findings.add(Finding::Missing { path: layout::CHECKPOINT.to_owned() }),
            Err(error) => return self.unreadable(layout::CHECKPOINT, &error),
        };
        let note = match Note::parse(&octets) {
            Ok(note) => note,
            Err(error) => return findings.add(Finding::Note(error)),
        };
        match Checkpoint::parse(&note.text) {
            Ok(checkpoint) if checkpoint == log.checkpoint => {}
            Ok(_) => findings.add(Finding::NotOfLog { path: layout::CHECKPOINT.to_owned() }),
            Err(error) => findings.add(Finding::Checkpoint(error)),
        }
        self.note = Some(note);
    }
}
