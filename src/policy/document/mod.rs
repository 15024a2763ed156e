//! A TOML file read key by key, so that everything that is wrong with it is told at once.
//!
//! A reader made by serde stops at the first fault. Here every table is asked for the keys that it may
//! have; whatever was not asked for is unknown, and every fault is kept with its line.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Problems};

mod table;

pub(crate) use table::{Found, Table};

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
    for (mut key, mut value) in above {
        if let Some((known, lower)) = below.remove_entry(key.get_ref().as_ref()) {
            if let (DeValue::Table(mut lower), DeValue::Table(upper)) = (lower.into_inner(), value.get_mut())
            {
                overlay(&mut lower, std::mem::take(upper));
                *upper = lower;
            }
            key = known; // what is replaced keeps its place among the others
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
