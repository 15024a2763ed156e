//! The audit log in a bundle: what its entries say, and the head after each of them.

use std::io::{self, Read};

use crate::audit::{Event, Head, Record};
use crate::evidence::Files;

/// The most octets of one file of a bundle that is read as a whole.
pub(super) const OCTETS: u64 = 256 << 20;

/// The files of a bundle below a directory of it.
pub(super) struct Below<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) prefix: &'static str,
}

impl Files for Below<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        self.files.open(&format!("{}{path}", self.prefix))
    }

    fn each(&self, visit: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.files.each(&mut |path| {
            if let Some(path) = path.strip_prefix(self.prefix) {
                visit(path);
            }
        })
    }
}

/// Reads a whole file.
pub(super) fn read(files: &dyn Files, path: &str) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    files.open(path)?.take(OCTETS.saturating_add(1)).read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length <= OCTETS) {
        Ok(octets)
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

/// The log as far as its entries can be read; whether it is whole is shown elsewhere.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<(Option<Record>, Head)>,
}

impl Log {
    pub(super) fn parse(octets: &[u8]) -> Self {
        let mut head = Head::empty();
        let lines = octets.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
        let entries = lines.map(|line| {
            head = head.extend(line);
            (Record::decode(line).ok(), head)
        });
        Self { entries: entries.collect() }
    }

    /// The head after some number of entries.
    pub(super) fn head_at(&self, entries: u64) -> Option<Head> {
        let at = usize::try_from(entries).ok()?.checked_sub(1)?;
        self.entries.get(at).map(|(_, head)| *head)
    }

    /// The entries after one and up to another.
    pub(super) fn between(&self, after: u64, to: u64) -> impl Iterator<Item = &Record> {
        let known = self.entries.iter().filter_map(|(record, _)| record.as_ref());
        known.filter(move |record| record.entry > after && record.entry <= to)
    }

    /// All events with the numbers of their entries.
    pub(super) fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        let known = self.entries.iter().filter_map(|(record, _)| record.as_ref());
        known.map(|record| (record.entry, &record.event))
    }
}
