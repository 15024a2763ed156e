//! What could not be carried over exactly, and why.

use std::fmt::{self, Write as _};

use super::file::{Entry, Remark, Section};
use super::place::Place;

/// One line of a configuration file of which a profile does not say exactly the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The line.
    pub place: Place,
    /// The name before the equal sign; the name of a section in brackets where no line of it is meant.
    pub name: String,
    /// The value, expanded; none where no line is meant.
    pub value: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// Why, and what to do where something can be done.
    pub why: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The profile says nothing of it.
    NotCarriedOver,
    /// The profile says nothing of a part of it.
    InPart,
    /// The profile says something else instead, which is told.
    Otherwise,
    /// The profile says something of which the file has no word.
    Added,
}

impl Fate {
    /// The fate in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotCarriedOver => "not carried over",
            Self::InPart => "carried over in part, without",
            Self::Otherwise => "carried over otherwise",
            Self::Added => "added",
        }
    }
}

impl fmt::Display for Note {
    /// One line that can be read at a glance, whatever the value has in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, short(&self.name, NAME).escape_debug())?;
        if let Some(value) = &self.value {
            write!(f, " = {:?}", short(value, VALUE))?;
        }
        write!(f, ": {}: {}", self.fate.words(), Visible(&short(&self.why, WHY)))
    }
}

/// Words of ours with text of others in them: characters that are not seen are written out, all else stays.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if matches!(c, '"' | '\'' | '\\') {
                f.write_char(c)?;
            } else {
                write!(f, "{}", c.escape_debug())?;
            }
        }
        Ok(())
    }
}

/// The most characters of a name, a value and a reason that are shown; the note itself has them all.
const NAME: usize = 80;
const VALUE: usize = 200;
const WHY: usize = 600;

/// A text up to its first so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The notes made so far.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    /// A line of which the profile says nothing.
    pub(super) fn lost(&mut self, entry: &Entry, why: impl Into<String>) {
        self.add(entry, Fate::NotCarriedOver, why);
    }

    /// A line of which the profile says something else.
    pub(super) fn otherwise(&mut self, entry: &Entry, why: impl Into<String>) {
        self.add(entry, Fate::Otherwise, why);
    }

    /// A line of which the profile says something else, if it does.
    pub(super) fn otherwise_if(&mut self, differs: bool, entry: &Entry, why: &str) {
        if differs {
            self.otherwise(entry, why);
        }
    }

    /// A part of a line of which the profile says nothing.
    pub(super) fn add_part(&mut self, entry: &Entry, why: String) {
        self.add(entry, Fate::InPart, why);
    }

    /// A note that was made before.
    pub(super) fn again(&mut self, note: &Note) {
        self.0.push(note.clone());
    }

    /// Something that OpenSSL passes over in silence.
    pub(super) fn remark(&mut self, remark: &Remark) {
        self.0.push(Note {
            place: remark.place.clone(),
            name: ".include".to_owned(),
            value: None,
            fate: Fate::NotCarriedOver,
            why: remark.text.clone(),
        });
    }

    /// Something of which a section has no word.
    pub(super) fn added(&mut self, section: &Section, why: impl Into<String>) {
        self.0.push(Note {
            place: section.place().clone(),
            name: format!("[{}]", section.name()),
            value: None,
            fate: Fate::Added,
            why: why.into(),
        });
    }

    /// Something else that a section says as a whole.
    pub(super) fn section(&mut self, section: &Section, fate: Fate, why: impl Into<String>) {
        let (place, name) = (section.place().clone(), format!("[{}]", section.name()));
        self.0.push(Note { place, name, value: None, fate, why: why.into() });
    }

    fn add(&mut self, entry: &Entry, fate: Fate, why: impl Into<String>) {
        self.0.push(Note {
            place: entry.place.clone(),
            name: entry.name.clone(),
            value: Some(entry.shown()),
            fate,
            why: why.into(),
        });
    }

    /// All of them, by file and line.
    pub(super) fn end(mut self) -> Vec<Note> {
        self.0.sort_by(|one, other| one.place.cmp(&other.place));
        self.0.dedup();
        self.0
    }
}
