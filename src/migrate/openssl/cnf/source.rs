//! What a configuration file asks of the world.

use std::sync::Arc;

use super::place::Place;

/// The environment and the files beside the one that is read.
pub trait Surroundings {
    /// The value of an environment variable: `$ENV::NAME`, and OPENSSL_CONF_INCLUDE.
    fn variable(&self, name: &str) -> Option<Vec<u8>>;

    /// What a path names that stands after `.include`. A relative one is meant from the working directory, as
    /// OpenSSL has it.
    fn include(&mut self, path: &str) -> Included;
}

/// What was found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Included {
    /// A file: its octets.
    File(Vec<u8>),
    /// A directory: the names and octets of all its entries that are files, in the order in which they are to be read.
    /// Those that do not end in `.cnf` or `.conf` are passed over by the reader.
    Directory(Vec<(String, Vec<u8>)>),
    /// Nothing that can be read, and why.
    Missing(String),
}

/// A file that is being read.
pub(super) struct Source {
    name: Arc<str>,
    octets: Vec<u8>,
    offset: usize,
    line: usize,
}

impl Source {
    pub(super) fn new(name: &str, octets: Vec<u8>) -> Self {
        Self { name: name.into(), octets, offset: 0, line: 0 }
    }

    /// The place of the line that was read last.
    pub(super) fn place(&self) -> Place {
        Place { file: Arc::clone(&self.name), line: self.line }
    }

    /// The next line up to its end, and where it stands. Lines that end in a single backslash are joined with the
    /// next one of the same file; a comment is no exception to this.
    pub(super) fn line(&mut self) -> Option<(Vec<u8>, Place)> {
        let mut joined: Option<(Vec<u8>, Place)> = None;
        loop {
            let rest = self.octets.get(self.offset..).unwrap_or_default();
            if rest.is_empty() {
                return joined;
            }
            let length =
                rest.iter().position(|octet| *octet == b'\n').map_or(rest.len(), |at| at.saturating_add(1));
            let line = rest.get(..length).unwrap_or_default();
            let ends = line.iter().rev().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
            let text = line.get(..line.len().saturating_sub(ends)).unwrap_or_default();
            self.line = self.line.saturating_add(1);
            let place = self.place();
            let (octets, _) = joined.get_or_insert_with(|| (Vec::new(), place));
            octets.extend_from_slice(text);
            self.offset = self.offset.saturating_add(length);
            if !matches!(octets.as_slice(), [b'\\'] | [.., 0..=b'[' | b']'..=u8::MAX, b'\\']) {
                return joined;
            }
            octets.pop();
        }
    }
}
