//! The lines of configuration files, one after the other.
//!
//! The rules are those of config(5); where the manual is silent, what OpenSSL 3 does is done here as well, and held
//! against it by tests.

use super::characters::{after_blanks, after_name, trimmed, without_comment};
use super::error::{CnfError, Fault};
use super::expansion::expand;
use super::file::{Cnf, DEFAULT, Entry};
use super::place::Place;
use super::source::{Included, Source, Surroundings};

/// The most octets of one file.
const FILE: usize = 1024 * 1024;
/// The most files that are included, and the most that are open at a time.
const FILES: usize = 256;
const DEPTH: usize = 16;
/// The environment variable that stands before relative paths.
const INCLUDE_DIRECTORY: &str = "OPENSSL_CONF_INCLUDE";

/// Reads a file with all that it includes.
pub(super) fn read(name: &str, octets: &[u8], surroundings: &mut dyn Surroundings) -> Result<Cnf, CnfError> {
    // Other marks than that of UTF-8 mean encodings that OpenSSL does not read, either.
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mut parser = Parser {
        surroundings,
        cnf: Cnf::default(),
        current: Source::new(name, Vec::new()),
        outer: Vec::new(),
        directory: None,
        section: DEFAULT.to_owned(),
        dollar: false,
        absolute: false,
        include_directory: None,
        files: 0,
    };
    let start = Place { file: name.into(), line: 1 };
    parser.cnf.open(DEFAULT, &start);
    let whole = bounded(octets.to_vec()).map_err(|fault| CnfError { place: start, fault })?;
    parser.current = Source::new(name, whole);
    while let Some((line, place)) = parser.line() {
        parser.statement(&line, &place).map_err(|fault| CnfError { place, fault })?;
    }
    Ok(parser.cnf)
}

/// The files of a directory that are still to be read.
type Files = std::vec::IntoIter<(String, Vec<u8>)>;

struct Parser<'s> {
    surroundings: &'s mut dyn Surroundings,
    cnf: Cnf,
    current: Source,
    outer: Vec<Source>,
    directory: Option<Files>,
    section: String,
    dollar: bool,
    absolute: bool,
    include_directory: Option<Vec<u8>>,
    files: usize,
}

impl Parser<'_> {
    /// The next line, of whichever file is next. While a directory is read, its next file comes before the rest of
    /// one that includes another.
    fn line(&mut self) -> Option<(Vec<u8>, Place)> {
        loop {
            if let Some(line) = self.current.line() {
                return Some(line);
            }
            match self.directory.as_mut().and_then(Iterator::next) {
                Some((name, octets)) => self.current = Source::new(&name, octets),
                None => {
                    self.directory = None;
                    self.current = self.outer.pop()?;
                }
            }
        }
    }

    fn statement(&mut self, line: &[u8], place: &Place) -> Result<(), Fault> {
        if line.contains(&0) {
            return Err(Fault::Nul);
        }
        let line = without_comment(line);
        let start = after_blanks(line, 0);
        match line.get(start) {
            None => Ok(()),
            Some(b'[') => self.header(line, start.saturating_add(1), place),
            Some(_) => self.setting(line, start, place),
        }
    }

    /// `[ name ]`; what follows the bracket is passed over.
    fn header(&mut self, line: &[u8], from: usize, place: &Place) -> Result<(), Fault> {
        let start = after_blanks(line, from);
        let mut at = start;
        let end = loop {
            let end = after_name(line, at, self.dollar);
            let next = after_blanks(line, end);
            match line.get(next) {
                Some(b']') => break end,
                Some(_) if next != at => at = next, // blanks within the name
                _ => return Err(Fault::Bracket { found: shown(line) }),
            }
        };
        let written = line.get(start..end).unwrap_or_default();
        let name = expand(&mut self.cnf, self.surroundings, None, self.dollar, written)?;
        self.section = text(&name)?.to_owned();
        self.cnf.open(&self.section, place);
        Ok(())
    }

    /// `name = value`, `section::name = value`, or a directive.
    fn setting(&mut self, line: &[u8], start: usize, place: &Place) -> Result<(), Fault> {
        let part = |from: usize, to: usize| line.get(from..to).unwrap_or_default();
        let mut section = self.section.clone();
        let mut name = start;
        let mut end = after_name(line, start, self.dollar);
        if line.get(end..).unwrap_or_default().starts_with(b"::") {
            section = text(part(start, end))?.to_owned();
            name = end.saturating_add(2);
            end = after_name(line, name, self.dollar);
        }
        let next = after_blanks(line, end);
        let equal = line.get(next) == Some(&b'=');
        let directive = |word: &[u8]| -> bool {
            let after = name.saturating_add(word.len());
            line.get(name..).unwrap_or_default().starts_with(word) && (after != next || equal)
        };
        let value = if equal { after_blanks(line, next.saturating_add(1)) } else { next };
        let value = trimmed(line.get(value..).unwrap_or_default());
        if directive(b".pragma") {
            return self.pragma(value);
        }
        if directive(b".include") {
            return self.include(&section, value, place);
        }
        if !equal {
            return Err(Fault::EqualSign { found: shown(line) });
        }
        let name = text(part(name, end))?.to_owned();
        let value = expand(&mut self.cnf, self.surroundings, Some(&section), self.dollar, value)?;
        self.cnf.add(&section, Entry { name, value, place: place.clone() })
    }

    /// `.pragma keyword:value`; one that is not known is passed over.
    fn pragma(&mut self, value: &[u8]) -> Result<(), Fault> {
        let wrong = || Fault::Pragma { found: shown(value) };
        let colon = value.iter().position(|octet| *octet == b':').filter(|at| *at > 0).ok_or_else(wrong)?;
        let (keyword, rest) = value.split_at_checked(colon).ok_or_else(wrong)?;
        let rest = rest.get(1..).filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
        let rest = rest.get(after_blanks(rest, 0)..).unwrap_or_default();
        let switch = || match rest.to_ascii_lowercase().as_slice() {
            b"on" | b"true" => Ok(true),
            b"off" | b"false" => Ok(false),
            _ => Err(wrong()),
        };
        match trimmed(keyword) {
            b"dollarid" => self.dollar = switch()?,
            b"abspath" => self.absolute = switch()?,
            b"includedir" => self.include_directory = Some(rest.to_vec()),
            _ => {}
        }
        Ok(())
    }

    /// `.include path`. What is not there is passed over, as OpenSSL does, but not in silence.
    fn include(&mut self, section: &str, written: &[u8], place: &Place) -> Result<(), Fault> {
        let mut path = expand(&mut self.cnf, self.surroundings, Some(section), self.dollar, written)?;
        let directory =
            self.surroundings.variable(INCLUDE_DIRECTORY).or_else(|| self.include_directory.clone());
        if let Some(mut directory) = directory.filter(|_| !path.starts_with(b"/")) {
            if !directory.ends_with(b"/") {
                directory.push(b'/');
            }
            directory.append(&mut path);
            path = directory;
        }
        let path = text(&path)?.to_owned();
        if self.absolute && !path.starts_with('/') {
            return Err(Fault::RelativePath { found: shown(path.as_bytes()) });
        }
        self.files = self.files.saturating_add(1);
        if self.outer.len() >= DEPTH {
            return Err(Fault::Limit { what: "files that include each other more than 16 deep" });
        }
        match self.surroundings.include(&path) {
            Included::File(octets) => self.enter(&path, octets)?,
            Included::Directory(_) if self.directory.is_some() => {
                let message = format!("the directory {path:?} is passed over, since it is named within one");
                self.cnf.remark(place.clone(), message);
            }
            Included::Directory(entries) => {
                let mut files: Vec<(String, Vec<u8>)> = Vec::new();
                for (name, octets) in entries.into_iter().filter(|(name, _)| is_configuration(name)) {
                    files.push((format!("{}/{name}", path.trim_end_matches('/')), bounded(octets)?));
                }
                self.files = self.files.saturating_add(files.len());
                let mut files = files.into_iter();
                if let Some((name, octets)) = files.next() {
                    self.directory = Some(files);
                    self.enter(&name, octets)?;
                }
            }
            Included::Missing(why) => {
                let message = format!("the included file {path:?} is passed over: {why}");
                self.cnf.remark(place.clone(), message);
            }
        }
        if self.files > FILES {
            return Err(Fault::Limit { what: "more than 256 included files" });
        }
        Ok(())
    }

    fn enter(&mut self, name: &str, octets: Vec<u8>) -> Result<(), Fault> {
        let inner = Source::new(name, bounded(octets)?);
        self.outer.push(std::mem::replace(&mut self.current, inner));
        Ok(())
    }
}

/// Whether a file of a directory is read, by its name.
fn is_configuration(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".conf", ".cnf"].iter().any(|end| lower.ends_with(end) && lower.len() > end.len())
}

fn bounded(octets: Vec<u8>) -> Result<Vec<u8>, Fault> {
    if octets.len() > FILE { Err(Fault::Limit { what: "a file of more than 1 MiB" }) } else { Ok(octets) }
}

fn text(octets: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(octets).map_err(|_| Fault::NotText { found: shown(octets) })
}

/// The begin of a line, for a message.
pub(super) fn shown(octets: &[u8]) -> String {
    String::from_utf8_lossy(trimmed(octets)).chars().take(80).collect()
}
