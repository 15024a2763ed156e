//! Changes to the files of an export, and verifications of it that are taken up at the step that first reads them.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use keyrite::evidence::{Files, Memory, Verification, layout, verify};
use sha2::{Digest as _, Sha256};

use crate::history::{chosen, original};

/// The original with one file that is another, missing or new. Its line in the list of sums is mended, unless it is
/// this list that was changed.
pub(crate) struct Changed<'a> {
    path: &'a str,
    /// What the file holds, in parts, so that nothing of it is copied.
    parts: Option<Vec<&'a [u8]>>,
    sums: OnceLock<Vec<u8>>,
}

impl<'a> Changed<'a> {
    pub(crate) fn new(path: &'a str, parts: impl Into<Vec<&'a [u8]>>) -> Self {
        Self { path, parts: Some(parts.into()), sums: OnceLock::new() }
    }

    pub(crate) fn without(path: &'a str) -> Self {
        Self { path, parts: None, sums: OnceLock::new() }
    }

    /// A file of the original in which some octets are others.
    pub(crate) fn at(path: &'a str, places: std::ops::Range<usize>, others: &'a [u8]) -> Self {
        let octets = original().files.0[path].as_slice();
        Self::new(path, [&octets[..places.start], others, &octets[places.end..]])
    }

    fn sums(&self) -> &[u8] {
        self.sums.get_or_init(|| {
            let sums = std::str::from_utf8(&original().files.0[layout::SUMS]).unwrap();
            let others = sums.lines().filter(|line| line.split_once("  ").unwrap().1 != self.path);
            let mut text: String = others.map(|line| format!("{line}\n")).collect();
            if let Some(parts) = &self.parts {
                text.push_str(&format!("{}  {}\n", hex::encode(Sha256::digest(parts.concat())), self.path));
            }
            text.into_bytes()
        })
    }

    /// Whether a verification that goes on from the original's before `step` finds anything.
    pub(crate) fn is_seen_from(&self, step: usize) -> bool {
        let mut verification = steps().before[step].with(self);
        // One line first: most that is changed shows at once.
        let mut lines = 1;
        while verification.findings().is_empty() && verification.go_on(lines) {
            lines = 16;
        }
        !verification.findings().is_empty()
    }

    /// The same from the step that first reads the file, or else the list of sums.
    pub(crate) fn is_seen(&self) -> bool {
        self.is_seen_from(steps().first(self.path))
    }
}

impl Files for Changed<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        if path == self.path {
            let parts = self.parts.as_deref().ok_or(io::ErrorKind::NotFound)?;
            Ok(Box::new(Parts { first: &[], rest: parts }))
        } else if path == layout::SUMS {
            Ok(Box::new(self.sums()))
        } else {
            original().files.open(path)
        }
    }

    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
        original().files.each(&mut |path| {
            if path != self.path {
                visit(path);
            }
        })?;
        if self.parts.is_some() {
            visit(self.path);
        }
        Ok(())
    }
}

/// Parts that are read one after the other.
struct Parts<'a> {
    first: &'a [u8],
    rest: &'a [&'a [u8]],
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let (true, Some((first, rest))) = (self.first.is_empty(), self.rest.split_first()) {
            (self.first, self.rest) = (first, rest);
        }
        self.first.read(buffer)
    }
}

/// The verification of the original before each of its steps, and the step in which each file is first asked for.
pub(crate) struct Steps {
    before: Vec<Verification<'static>>,
    first: BTreeMap<String, usize>,
}

/// How many steps there are after the lines: the end of the log, the small files, the list of sums, that of files.
const AFTER_LINES: usize = 4;

impl Steps {
    /// The first step that can be another than for the original when this file is.
    pub(crate) fn first(&self, path: &str) -> usize {
        // Its line in the list of sums is changed as well.
        let sums = self.first[layout::SUMS];
        self.first.get(path).copied().unwrap_or(sums).min(sums)
    }
}

struct Recording<'a> {
    files: &'a Memory,
    step: AtomicUsize,
    first: Mutex<BTreeMap<String, usize>>,
}

impl Files for Recording<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        let step = self.step.load(Ordering::Relaxed);
        self.first.lock().unwrap().entry(path.to_owned()).or_insert(step);
        self.files.open(path)
    }

    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.files.each(visit)
    }
}

pub(crate) fn steps() -> &'static Steps {
    static MADE: OnceLock<Steps> = OnceLock::new();
    MADE.get_or_init(|| {
        let original = original();
        let (step, first) = (AtomicUsize::new(0), Mutex::default());
        let recording = Recording { files: &original.files, step, first };
        let mut verification = Verification::begin(&recording, &[original.head]);
        let mut before = Vec::new();
        loop {
            recording.step.store(before.len(), Ordering::Relaxed);
            before.push(verification.with(&original.files));
            if !verification.go_on(1) {
                break;
            }
        }
        assert_eq!(before.len(), original.lines().len() + AFTER_LINES);
        assert!(verification.end().findings.is_empty());
        Steps { before, first: recording.first.into_inner().unwrap() }
    })
}

/// Where each line of the log begins, and where the log ends.
pub(crate) fn beginnings() -> &'static [usize] {
    static MADE: OnceLock<Vec<usize>> = OnceLock::new();
    MADE.get_or_init(|| {
        let log = original().files.0[layout::LOG].iter().enumerate();
        let after = log.filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at + 1);
        std::iter::once(0).chain(after).collect()
    })
}

/// The number of the line that an octet of the log belongs to.
pub(crate) fn line_of(at: usize) -> usize {
    beginnings().partition_point(|beginning| *beginning <= at) - 1
}

/// What makes a change quick to try makes no other verification of it.
#[test]
fn a_verification_that_is_taken_up_shows_what_one_from_the_beginning_shows() {
    let original = original();
    for (path, octets) in &original.files.0 {
        for at in chosen(octets.len(), 1).into_iter().take(4) {
            let other = [octets[at] ^ 1];
            let changed = Changed::at(path, at..at + 1, &other);
            let step = if path == layout::LOG { line_of(at) } else { steps().first(path) };
            let mut taken_up = steps().before[step].with(&changed);
            while taken_up.go_on(7) {}
            let taken_up = taken_up.end();
            assert!(!taken_up.findings.is_empty(), "{path}, octet {at}");
            assert_eq!(taken_up, verify(&changed, &[original.head]), "{path}, octet {at}");
        }
    }
}
