//! One table of a file, asked key by key.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Document, Place, id};
use crate::policy::problem::nearest;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
    pub(crate) key: String,
}

/// One table, and the keys for which it was asked.
pub(crate) struct Table<'d> {
    document: &'d Document<'d>,
    entries: &'d DeTable<'d>,
    place: Place,
    path: String,
    asked: RefCell<Vec<String>>,
}

impl<'d> Table<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        entries: &'d DeTable<'d>,
        place: Place,
        path: String,
    ) -> Self {
        Self { document, entries, place, path, asked: RefCell::default() }
    }

    /// Where the table stands.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Where the value of a key stands, or else the table.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        self.entries.get(key).map_or_else(|| self.place.clone(), Spanned::span)
    }

    /// The dotted name of a key of this table.
    pub(crate) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes a problem with a key of this table.
    pub(crate) fn problem(&self, id: &'static str, place: &Place, key: &str, message: impl Into<String>) {
        self.document.problem(id, place, &self.key(key), message.into());
    }

    /// Whether the key is there, with whatever value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A text that can be read as `T`.
    pub(crate) fn parse<T: FromStr<Err: fmt::Display>>(&self, key: &str) -> Option<Found<T>> {
        self.parse_value(key, self.value(key)?)
    }

    /// As [`Table::parse`], and the key must be there.
    pub(crate) fn parse_required<T: FromStr<Err: fmt::Display>>(&self, key: &str) -> Option<Found<T>> {
        self.require(key);
        self.parse(key)
    }

    /// One of a few words.
    pub(crate) fn word(&self, key: &str, words: &[&'static str]) -> Option<Found<&'static str>> {
        let found = self.parse::<String>(key)?;
        match words.iter().find(|word| **word == found.value) {
            Some(word) => Some(Found { value: *word, place: found.place, key: found.key }),
            None => {
                let near = near(&found.value, words.iter().copied());
                let message = format!("{:?}, wanted one of {}{near}", found.value, words.join(" "));
                self.problem(id::VALUE, &found.place, key, message);
                None
            }
        }
    }

    /// As [`Table::word`], and the key must be there.
    pub(crate) fn word_required(&self, key: &str, words: &[&'static str]) -> Option<Found<&'static str>> {
        self.require(key);
        self.word(key, words)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> Option<Found<bool>> {
        let value = self.value(key)?;
        match value.get_ref().as_bool() {
            Some(flag) => Some(self.found(key, flag, value)),
            None => self.wrong_type(key, value, "true or false"),
        }
    }

    /// A whole number from 0 to `most`.
    pub(crate) fn number(&self, key: &str, most: u64) -> Option<Found<u64>> {
        let value = self.value(key)?;
        let Some(number) = value.get_ref().as_integer() else {
            return self.wrong_type(key, value, "a whole number");
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if number <= most => Some(self.found(key, number, value)),
            _ => {
                let message = format!("{}, wanted 0 to {most}", number.as_str());
                self.problem(id::VALUE, &value.span(), key, message);
                None
            }
        }
    }

    /// A list of texts that can each be read as `T`; those that cannot are noted and left out.
    pub(crate) fn list<T: FromStr<Err: fmt::Display>>(&self, key: &str) -> Option<Found<Vec<Found<T>>>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            return self.wrong_type(key, value, "a list in brackets");
        };
        let members = array.iter().filter_map(|member| self.parse_value(key, member)).collect();
        Some(self.found(key, members, value))
    }

    /// As [`Table::list`], and it must be there with at least one member.
    pub(crate) fn list_required<T: FromStr<Err: fmt::Display>>(
        &self,
        key: &str,
    ) -> Option<Found<Vec<Found<T>>>> {
        self.require(key);
        let found = self.list(key)?;
        let empty = self.entries.get(key).and_then(|value| value.get_ref().as_array());
        if empty.is_some_and(|array| array.is_empty()) {
            self.problem(id::VALUE, &found.place, key, "the list is empty, wanted at least one member");
        }
        Some(found)
    }

    /// Leaves a key unread without calling it unknown.
    pub(crate) fn pass_over(&self, key: &str) {
        self.asked.borrow_mut().push(key.to_owned());
    }

    /// What `read` makes of a table within this one.
    pub(crate) fn inside<R>(&self, key: &str, read: impl FnOnce(&Table<'_>) -> R) -> Option<R> {
        let value = self.value(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            return self.wrong_type(key, value, "a table");
        };
        let table = Table::new(self.document, entries, value.span(), self.key(key));
        let result = read(&table);
        table.end();
        Some(result)
    }

    /// As [`Table::inside`], and the table must be there.
    pub(crate) fn inside_required<R>(&self, key: &str, read: impl FnOnce(&Table<'_>) -> R) -> Option<R> {
        self.require(key);
        self.inside(key, read)
    }

    /// The keys of a table that is open to any, in the order of the file.
    pub(crate) fn keys(&self) -> Vec<Found<String>> {
        let mut keys: Vec<Found<String>> = self
            .entries
            .keys()
            .map(|key| Found {
                value: key.get_ref().to_string(),
                place: key.span(),
                key: self.key(key.get_ref()),
            })
            .collect();
        // What a lower text has comes first: an upper one adds to it.
        keys.sort_by_key(|key| {
            let (rank, offset) = self.document.locate(key.place.start);
            (std::cmp::Reverse(rank), offset)
        });
        keys
    }

    /// What `read` makes of each table of a list of tables.
    pub(crate) fn each<R>(&self, key: &str, read: impl Fn(&Table<'_>) -> R) -> Vec<R> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type::<R>(key, value, "a list of tables in double brackets");
            return Vec::new();
        };
        let tables = array.iter().filter_map(|member| {
            let Some(entries) = member.get_ref().as_table() else {
                return self.wrong_type(key, member, "a table");
            };
            let table = Table::new(self.document, entries, member.span(), self.key(key));
            let result = read(&table);
            table.end();
            Some(result)
        });
        tables.collect()
    }

    /// As [`Table::list_required`], of members that are texts, or tables of which `read` makes the same.
    pub(crate) fn list_or_tables<T: FromStr<Err: fmt::Display>>(
        &self,
        key: &str,
        read: impl Fn(&Table<'_>) -> Option<T>,
    ) -> Option<Found<Vec<Found<T>>>> {
        self.require(key);
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            return self.wrong_type(key, value, "a list in brackets");
        };
        if array.is_empty() {
            self.problem(id::VALUE, &value.span(), key, "the list is empty, wanted at least one member");
        }
        let members = array.iter().filter_map(|member| match member.get_ref().as_table() {
            Some(entries) => {
                let table = Table::new(self.document, entries, member.span(), self.key(key));
                let made = read(&table).map(|made| self.found(key, made, member));
                table.end();
                made
            }
            None => self.parse_value(key, member),
        });
        Some(self.found(key, members.collect(), value))
    }

    /// Notes a problem with what stands under keys within keys: at the innermost of them that is there.
    pub(crate) fn problem_within(&self, id: &'static str, keys: &[&str], message: String) {
        let mut place = self.place.clone();
        let mut entries = Some(self.entries);
        for key in keys {
            let Some(value) = entries.and_then(|entries| entries.get(*key)) else { break };
            place = value.span();
            entries = value.get_ref().as_table();
        }
        self.document.problem(id, &place, &self.key(&keys.join(".")), message);
    }

    /// Whether the value of a key is a text rather than a table or a list.
    pub(crate) fn is_text(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// Whether the value of a key is a list.
    pub(crate) fn is_list(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| value.get_ref().is_array())
    }

    /// Notes the keys for which nobody asked.
    pub(super) fn end(&self) {
        let asked = self.asked.borrow();
        for key in self.keys() {
            if !asked.contains(&key.value) {
                let near = near(&key.value, asked.iter().map(String::as_str));
                let message = format!("unknown key{near}");
                self.problem(id::UNKNOWN_KEY, &key.place, &key.value, message);
            }
        }
    }

    /// As [`Table::list_required`] where the key is there.
    pub(crate) fn list_required_if_there<T: FromStr<Err: fmt::Display>>(
        &self,
        key: &str,
    ) -> Option<Found<Vec<Found<T>>>> {
        if self.has(key) { self.list_required(key) } else { self.list(key) }
    }

    /// Notes that the key is missing, if it is.
    pub(crate) fn require(&self, key: &str) {
        if !self.has(key) {
            self.problem(id::MISSING_KEY, &self.place, key, "this key is missing");
        }
    }

    fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().push(key.to_owned());
        self.entries.get(key)
    }

    fn found<T>(&self, key: &str, value: T, at: &Spanned<DeValue<'_>>) -> Found<T> {
        Found { value, place: at.span(), key: self.key(key) }
    }

    fn parse_value<T: FromStr<Err: fmt::Display>>(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Found<T>> {
        let Some(text) = value.get_ref().as_str() else {
            return self.wrong_type(key, value, "a text in quotation marks");
        };
        match text.parse() {
            Ok(read) => Some(self.found(key, read, value)),
            Err(error) => {
                self.problem(id::VALUE, &value.span(), key, error.to_string());
                None
            }
        }
    }

    fn wrong_type<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Option<T> {
        let message = format!("found {}, wanted {wanted}", value.get_ref().type_str());
        self.problem(id::WRONG_TYPE, &value.span(), key, message);
        None
    }
}

impl fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.path)
    }
}

fn near<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(found, known).map_or_else(String::new, |near| format!(", did you mean {near:?}?"))
}
