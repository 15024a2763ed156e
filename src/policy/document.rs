//! A TOML file read key by key, so that everything that is wrong with it is told at once.
//!
//! A reader made by serde stops at the first fault. Here every table is asked for the keys that it may
//! have; whatever was not asked for is unknown, and every fault is kept with its line.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Problems, nearest};

/// The stable ids of the problems that any file can have.
pub mod id {
    /// Not TOML, or one key twice.
    pub const SYNTAX: &str = "TOML-SYNTAX";
    /// A key that the file does not have.
    pub const UNKNOWN_KEY: &str = "TOML-UNKNOWN-KEY";
    /// A key that must be there.
    pub const MISSING_KEY: &str = "TOML-MISSING-KEY";
    /// A value of another type than the key has.
    pub const WRONG_TYPE: &str = "TOML-WRONG-TYPE";
    /// A value that cannot be read as what the key means.
    pub const VALUE: &str = "TOML-VALUE";
    /// The file is larger than any honest one.
    pub const SIZE: &str = "TOML-SIZE";
    /// Something to take away that the files below do not have.
    pub const REMOVE: &str = "TOML-REMOVE";
    /// All ids of this module.
    pub const ALL: [&str; 7] = [SYNTAX, UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, VALUE, SIZE, REMOVE];
}

/// The largest file that is read, in octets.
pub const FILE_OCTETS: usize = 1024 * 1024;

/// Where in the file something stands: octet offsets.
pub(crate) type Place = Range<usize>;

/// The text of a file, or of several that lie one above the other, and what was found wrong so far.
pub(crate) struct Document<'t> {
    layers: &'t [Layer<'t>],
    problems: RefCell<Vec<Problem>>,
}

/// One of several texts that lie one above the other.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'t> {
    /// What it is called.
    pub name: &'t str,
    /// The text.
    pub text: &'t str,
}

impl<'t> Document<'t> {
    /// Reads a file: `read` asks the top table for its keys, and its result counts if nothing is wrong.
    pub(crate) fn read<T>(
        text: &'t str,
        read: impl FnOnce(&Document<'_>, &Table<'_>) -> Option<T>,
    ) -> Result<T, Problems> {
        Document::read_layers(&[Layer { name: "", text }], read)
    }

    /// As [`Document::read`], of several texts, the topmost first. What stands in an upper one replaces what stands
    /// in a lower one under the same key; tables are laid over each other key by key. A text may first take away
    /// from those below it, by a list `remove` of dotted keys.
    pub(crate) fn read_layers<T>(
        layers: &[Layer<'_>],
        read: impl FnOnce(&Document<'_>, &Table<'_>) -> Option<T>,
    ) -> Result<T, Problems> {
        let document = Document { layers, problems: RefCell::default() };
        if let Some(layer) = layers.iter().find(|layer| layer.text.len() > FILE_OCTETS) {
            let message = format!("{} octets, wanted at most {FILE_OCTETS}", layer.text.len());
            document.problem(id::SIZE, &(0..0), "", message);
            return document.end(None);
        }
        // Blank lines before each text move its places behind those of the texts above it.
        let mut before = 0_usize;
        let mut texts = Vec::new();
        for layer in layers {
            texts.push(format!("{}{}", "\n".repeat(before), layer.text));
            before = before.saturating_add(layer.text.len()).saturating_add(1);
        }
        let mut merged = DeTable::new();
        let mut whole = 0..0;
        for text in texts.iter().rev() {
            let (table, errors) = DeTable::parse_recoverable(text);
            for error in &errors {
                document.problem(id::SYNTAX, &error.span().unwrap_or(0..0), "", error.message().to_owned());
            }
            if !errors.is_empty() {
                // What the parser made up to go on must not be judged.
                return document.end(None);
            }
            whole = table.span();
            let mut table = table.into_inner();
            document.remove(&mut table, &mut merged);
            overlay(&mut merged, table);
        }
        let top = Table::new(&document, &merged, whole, String::new());
        let value = read(&document, &top);
        top.end();
        document.end(value)
    }

    /// Takes away from `below` what `table` says.
    fn remove(&self, table: &mut DeTable<'_>, below: &mut DeTable<'_>) {
        if self.layers.len() < 2 {
            return; // then it is a key like any other
        }
        let Some(list) = table.remove("remove") else { return };
        let Some(members) = list.get_ref().as_array() else {
            let message = format!("found {}, wanted a list in brackets", list.get_ref().type_str());
            return self.problem(id::WRONG_TYPE, &list.span(), "remove", message);
        };
        for member in members.iter() {
            let removed = member.get_ref().as_str().is_some_and(|path| take_away(below, path));
            if !removed {
                let message = format!(
                    "{}, which is not there to be removed",
                    member
                        .get_ref()
                        .as_str()
                        .map_or_else(|| "no text".to_owned(), |path| format!("{path:?}"))
                );
                self.problem(id::REMOVE, &member.span(), "remove", message);
            }
        }
    }

    fn end<T>(self, value: Option<T>) -> Result<T, Problems> {
        match (Problems::of(self.problems.into_inner()), value) {
            (Some(problems), _) => Err(problems),
            (None, Some(value)) => Ok(value),
            // A reader that gives up says why; this is the answer should one ever not.
            (None, None) => Err(Problems::one(Problem {
                id: id::VALUE,
                within: None,
                line: 1,
                column: 1,
                key: String::new(),
                message: "the file could not be read".to_owned(),
            })),
        }
    }

    /// Notes a problem.
    pub(crate) fn problem(&self, id: &'static str, place: &Place, key: &str, message: String) {
        let (rank, offset) = self.locate(place.start);
        let layer = self.layers.get(rank);
        let text = layer.map_or("", |layer| layer.text);
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()).saturating_add(1);
        let within = layer.filter(|_| rank > 0).map(|layer| layer.name.to_owned());
        self.problems.borrow_mut().push(Problem { id, within, line, column, key: key.to_owned(), message });
    }

    /// In which layer a place lies, and how many octets after its begin.
    fn locate(&self, place: usize) -> (usize, usize) {
        let mut offset = place;
        for (rank, layer) in self.layers.iter().enumerate() {
            match offset.checked_sub(layer.text.len().saturating_add(1)) {
                Some(left) if rank.saturating_add(1) < self.layers.len() => offset = left,
                _ => return (rank, offset),
            }
        }
        (0, place)
    }
}

/// Lays a table over another.
fn overlay<'i>(below: &mut DeTable<'i>, above: DeTable<'i>) {
    for (key, mut value) in above {
        let lower = below.remove(key.get_ref().as_ref()).map(Spanned::into_inner);
        if let (Some(DeValue::Table(mut lower)), DeValue::Table(upper)) = (lower, value.get_mut()) {
            overlay(&mut lower, std::mem::take(upper));
            *upper = lower;
        }
        below.insert(key, value);
    }
}

/// Removes what stands under a dotted key; whether there was something.
fn take_away(table: &mut DeTable<'_>, path: &str) -> bool {
    // A key may itself have dots: object identifiers do.
    if table.remove(path).is_some() {
        return true;
    }
    let Some((first, rest)) = path.split_once('.') else { return false };
    match table.get_mut(first).map(Spanned::get_mut) {
        Some(DeValue::Table(inner)) => take_away(inner, rest),
        _ => false,
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} problems)", self.problems.borrow().len())
    }
}

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
    fn new(document: &'d Document<'d>, entries: &'d DeTable<'d>, place: Place, path: String) -> Self {
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

    /// Whether the value of a key is a text rather than a table or a list.
    pub(crate) fn is_text(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// Whether the value of a key is a list.
    pub(crate) fn is_list(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| value.get_ref().is_array())
    }

    /// Notes the keys for which nobody asked.
    fn end(&self) {
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
