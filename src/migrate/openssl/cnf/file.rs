//! A configuration file that was read: sections, and in them values by name.

use std::collections::{HashMap, HashSet};

use super::error::{CnfError, Fault};
use super::place::Place;
use super::source::Surroundings;

/// The name of the section before the first that has one, to which every look-up falls back.
pub(super) const DEFAULT: &str = "default";
/// The most octets that all values together may have.
const VALUES: usize = 16 * 1024 * 1024;

/// An `openssl.cnf` with all that it includes, every value as OpenSSL sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cnf {
    sections: Vec<Section>,
    by_name: HashMap<String, usize>,
    octets: usize,
    referred: HashSet<(String, String)>,
    remarks: Vec<Remark>,
}

/// Something that OpenSSL passes over in silence, and a person may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line.
    pub place: Place,
    /// What was found.
    pub text: String,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    name: String,
    place: Place,
    entries: Vec<Option<Entry>>,
    by_name: HashMap<String, usize>,
}

/// One name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name as it is written, escapes included, as OpenSSL keeps it.
    pub name: String,
    /// The value, expanded.
    pub value: Vec<u8>,
    /// Where it stands.
    pub place: Place,
}

impl Entry {
    /// The value as text, if it is UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.value).ok()
    }

    /// The value as text for people, with replacements for what is not UTF-8.
    #[must_use]
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.value).into_owned()
    }
}

impl Section {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it begins first: a section may be continued further down.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The entries in the order in which OpenSSL has them: one that is repeated stands where it was last.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// The entry of a name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(name)?)?.as_ref()
    }
}

impl Cnf {
    /// Reads a file. `name` is how it is called in messages.
    ///
    /// # Errors
    /// [`CnfError`] with the line at which OpenSSL would refuse the file, too, or at which a limit is passed: 1 MiB
    /// for a file, 256 included files, 16 of them within each other, 16 MiB for all values.
    pub fn read(name: &str, octets: &[u8], surroundings: &mut dyn Surroundings) -> Result<Self, CnfError> {
        super::parser::read(name, octets, surroundings)
    }

    /// The sections in the order of the file; the first is the default section.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section of a name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.get(*self.by_name.get(name)?)
    }

    /// The entry of a name in a section, or else in the default section.
    #[must_use]
    pub fn look_up(&self, section: &str, name: &str) -> Option<&Entry> {
        let within = |section: &str| self.section(section)?.entry(name);
        within(section).or_else(|| within(DEFAULT))
    }

    /// Whether another value of the file is made with this one.
    #[must_use]
    pub fn is_referred_to(&self, section: &str, name: &str) -> bool {
        self.referred.contains(&(section.to_owned(), name.to_owned()))
    }

    /// What OpenSSL passes over in silence: included files that are not there.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    pub(super) fn remark(&mut self, place: Place, text: String) {
        self.remarks.push(Remark { place, text });
    }

    pub(super) fn refer(&mut self, section: &str, name: &str) {
        self.referred.insert((section.to_owned(), name.to_owned()));
    }

    /// Begins or continues a section.
    pub(super) fn open(&mut self, name: &str, place: &Place) {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), self.sections.len());
            self.sections.push(Section {
                name: name.to_owned(),
                place: place.clone(),
                entries: Vec::new(),
                by_name: HashMap::new(),
            });
        }
    }

    /// Adds an entry, in place of an earlier one of its name.
    pub(super) fn add(&mut self, section: &str, entry: Entry) -> Result<(), Fault> {
        self.octets = self.octets.saturating_add(entry.value.len());
        if self.octets > VALUES {
            return Err(Fault::Limit { what: "values of more than 16 MiB" });
        }
        self.open(section, &entry.place);
        let Some(section) = self.by_name.get(section).and_then(|at| self.sections.get_mut(*at)) else {
            return Ok(()); // it was opened above
        };
        let at = section.entries.len();
        if let Some(before) = section.by_name.insert(entry.name.clone(), at)
            && let Some(place) = section.entries.get_mut(before)
        {
            *place = None;
        }
        section.entries.push(Some(entry));
        Ok(())
    }
}
