//! The transcript on the disk: a record counts when it is there for good.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use keyrite::audit::{Fingerprint, Head};
use keyrite::authority::system::SystemClock;
use keyrite::ceremony::{Fact, Mode, Record, Transcript, layout};
use rustix::fs::FlockOperation;

use super::medium::Medium;
use crate::failure::{Exit, Failure};
use crate::input;

/// The most octets of a transcript.
pub(crate) const OCTETS: usize = 64 << 20;

/// A transcript that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    mode: Mode,
    head: Head,
    /// The copies on other media.
    media: Vec<Medium>,
}

/// A transcript as a run has left it.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) journal: Journal,
    pub(crate) transcript: Transcript,
    /// The octets of a last record that was not whole, and is gone now.
    pub(crate) torn: u64,
}

impl Journal {
    /// Opens the transcript of a directory to go on with it. No other process does at the same time.
    ///
    /// # Errors
    /// A [`Failure`] when there is none, it is not what it was, or another process writes it.
    pub(crate) fn open(directory: &Path) -> Result<Left, Failure> {
        let path = directory.join(layout::TRANSCRIPT);
        let unwritable = |error: &std::io::Error| {
            Failure::new(Exit::Output, "the transcript cannot be written").caused_by(error).about(&path)
        };
        let file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(|error| unwritable(&error))?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let failure = Failure::new(Exit::Refused, "another process goes on with this ceremony");
            return Err(failure.about(directory));
        }
        let octets = input::read(&path, OCTETS)?;
        let whole = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at.saturating_add(1));
        let transcript = Transcript::parse(octets.get(..whole).unwrap_or_default())
            .map_err(|error| Failure::of(Exit::Integrity, &error).about(&path))?;
        let mode = transcript.records().first().map_or(Mode::Ceremony, |first| first.mode);
        let end = u64::try_from(whole).unwrap_or(u64::MAX);
        let mut file = file;
        // What a crash has cut off was never read by anybody: the record that follows says so.
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::Start(end)))
            .and_then(|_| file.sync_all())
            .map_err(|error| unwritable(&error))?;
        let torn = u64::try_from(octets.len().saturating_sub(whole)).unwrap_or(u64::MAX);
        let head = transcript.head();
        Ok(Left { journal: Self { path, file, mode, head, media: Vec::new() }, transcript, torn })
    }

    /// Keeps copies from now on, in these directories; what they lack so far is added.
    ///
    /// # Errors
    /// As [`Medium::open`].
    pub(crate) fn copy_to<'d>(
        &mut self,
        directories: impl Iterator<Item = &'d Path>,
        plan: &Fingerprint,
    ) -> Result<(), Failure> {
        let transcript = input::read(&self.path, OCTETS)?;
        for directory in directories {
            self.media.push(Medium::open(directory, plan, &transcript)?);
        }
        Ok(())
    }

    /// The first line of a transcript.
    ///
    /// # Errors
    /// A [`Failure`] never; kept for totality.
    pub(crate) fn first(mode: Mode, fact: Fact) -> Result<Vec<u8>, Failure> {
        line(Head::empty(), mode, fact).map(|(line, _)| line)
    }

    /// Adds a record. When this returns it is on the disk, and on every other medium.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be written: nothing may be done then.
    pub(crate) fn tell(&mut self, fact: Fact) -> Result<(), Failure> {
        let (line, head) = line(self.head, self.mode, fact)?;
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(|error| {
            let failure =
                Failure::new(Exit::Output, "the transcript cannot be written, so that nothing more is done");
            failure.caused_by(&error).about(&self.path)
        })?;
        self.head = head;
        self.media.iter_mut().try_for_each(|medium| medium.tell(&line))
    }

    /// How many records there are, and the hash that stands for them.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Whether it is of a rehearsal.
    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }
}

fn line(head: Head, mode: Mode, fact: Fact) -> Result<(Vec<u8>, Head), Failure> {
    let entry = head.entries.saturating_add(1);
    let record = Record { entry, time: SystemClock.now().to_string(), mode, fact };
    let mut line = record.encode().map_err(|error| Failure::of(Exit::Defect, &error))?;
    let head = head.extend(&line);
    line.push(b'\n');
    Ok((line, head))
}
