//! The log of an export, line by line, and its tiles and bundles as the lines give them.

use std::io::{self, BufRead as _, BufReader, Read};

use super::files::{self, Files};
use super::finding::{Finding, Findings};
use crate::audit::tile::{Filled, Tile};
use crate::audit::{bundle, bundle::LONGEST_ENTRY};

/// The lines of the log, none of them longer than an entry can be.
pub(super) struct Lines<'a> {
    reader: BufReader<Box<dyn Read + 'a>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: Box<dyn Read + 'a>) -> Self {
        Self { reader: BufReader::with_capacity(1 << 16, file) }
    }

    /// Passes over octets that were read before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn skip(&mut self, octets: u64) -> io::Result<()> {
        io::copy(&mut self.reader.by_ref().take(octets), &mut io::sink()).map(|_| ())
    }

    /// Reads the next line without its end into `line`; `false` at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is too long or not ended.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let most = u64::try_from(LONGEST_ENTRY).unwrap_or(u64::MAX).saturating_add(1);
        let found = self.reader.by_ref().take(most).read_until(b'\n', line)?;
        if found == 0 {
            return Ok(false);
        }
        if line.pop() == Some(b'\n') { Ok(true) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Holds the files of tiles and bundles against what the lines give.
#[derive(Clone, Debug, Default)]
pub(super) struct Bundle {
    octets: Vec<u8>,
}

impl Bundle {
    /// Takes an entry of the log; its line was short enough.
    pub(super) fn add(&mut self, encoding: &[u8]) {
        // A longer entry has no bundle, and the examiner had no line of that length.
        drop(bundle::add(&mut self.octets, encoding));
    }

    /// The entries below a tile of level 0 are complete: both files must be there as they are.
    fn end(&mut self, files: &dyn Files, tile: Tile, findings: &mut Findings) -> String {
        let path = tile.entries_path();
        compare(files, &path, &self.octets, tile, findings);
        self.octets.clear();
        path
    }

    /// A tile as the lines give it; the paths that it accounts for go to `account`.
    pub(super) fn tile(
        &mut self,
        files: &dyn Files,
        filled: &Filled,
        findings: &mut Findings,
        account: &mut dyn FnMut(&str),
    ) {
        let tile = filled.tile;
        let path = tile.path();
        compare(files, &path, &filled.octets(), tile, findings);
        account(&path);
        if tile.level == 0 {
            account(&self.end(files, tile, findings));
        }
    }
}

fn compare(files: &dyn Files, path: &str, wanted: &[u8], tile: Tile, findings: &mut Findings) {
    let most = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    match files::read(files, path, most) {
        Ok(Some(found)) if found == wanted => {}
        Ok(None) => findings.add(Finding::Missing { path: path.to_owned() }),
        Err(error) if error.kind() != io::ErrorKind::FileTooLarge => {
            findings.add(Finding::Unreadable { path: path.to_owned(), why: error.to_string() });
        }
        Ok(Some(_)) | Err(_) => {
            let span = 1_u64.checked_shl(u32::from(tile.level).saturating_mul(8)).unwrap_or(u64::MAX);
            let first = tile.index.saturating_mul(256).saturating_mul(span);
            let last = first.saturating_add(u64::from(tile.width).saturating_mul(span));
            let path = path.to_owned();
            findings.add(Finding::Tile { path, first: first.saturating_add(1), last });
        }
    }
}

/// Holds a small file that is there for people against what it must say.
pub(super) fn exact(files: &dyn Files, path: &str, wanted: &str, findings: &mut Findings) {
    let most = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
    match files::read(files, path, most) {
        Ok(Some(found)) if found == wanted.as_bytes() => {}
        Ok(None) => findings.add(Finding::Missing { path: path.to_owned() }),
        Ok(Some(_)) | Err(_) => findings.add(Finding::NotOfLog { path: path.to_owned() }),
    }
}
