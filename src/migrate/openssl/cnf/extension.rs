//! A section of extensions: its lines, read as x509v3_config(5) has them.

use super::file::{Cnf, Entry, Section};
use super::note::Notes;

/// One extension of a section.
#[derive(Clone, Debug)]
pub(super) struct Extension<'c> {
    /// Its line.
    pub(super) entry: &'c Entry,
    /// Whether the value begins with `critical,`.
    pub(super) critical: bool,
    /// The value without that word.
    pub(super) value: String,
}

/// One of the things that a value lists: `NAME` or `NAME:VALUE`, or a line of the section that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

impl Item {
    /// Whether the name is this one, perhaps with a dot and something after it, by which it can be there twice.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The item as it is written in a list.
    pub(super) fn text(&self) -> String {
        match &self.value {
            Some(value) => format!("{}:{value}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The extensions of a section in the order of the file.
pub(super) fn all<'c>(section: &'c Section, notes: &mut Notes) -> Vec<Extension<'c>> {
    let mut found = Vec::new();
    for entry in section.entries() {
        let Some(text) = entry.text() else {
            notes.lost(entry, "the value is not UTF-8");
            continue;
        };
        let (critical, value) = match text.strip_prefix("critical,") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        if value.is_empty() {
            notes.lost(entry, "the value is empty, which OpenSSL does not take");
            continue;
        }
        found.push(Extension { entry, critical, value: value.to_owned() });
    }
    found
}

impl Extension<'_> {
    /// What the value lists. `@section` stands for the lines of a section.
    ///
    /// # Errors
    /// Why OpenSSL would not read it, in words.
    pub(super) fn items(&self, cnf: &Cnf) -> Result<Vec<Item>, String> {
        match self.value.strip_prefix('@') {
            Some(name) => lines(cnf, name),
            None => list(&self.value),
        }
    }
}

/// The lines of a section as items.
///
/// # Errors
/// When it is not there, or not text.
pub(super) fn lines(cnf: &Cnf, name: &str) -> Result<Vec<Item>, String> {
    let name = name.trim();
    let section = cnf.section(name).ok_or_else(|| format!("there is no section [{name}]"))?;
    let items = section.entries().map(|entry| {
        let value = entry.text().ok_or_else(|| format!("{}: the value is not UTF-8", entry.place))?;
        Ok(Item { name: entry.name.clone(), value: Some(value.to_owned()) })
    });
    items.collect()
}

/// A list of `NAME` and `NAME:VALUE` with commas between them; neither may have a comma, and only a value a colon.
///
/// # Errors
/// When a name or value is empty.
pub(super) fn list(text: &str) -> Result<Vec<Item>, String> {
    let items = text.split(',').map(|one| {
        let (name, value) = match one.split_once(':') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_owned())),
            None => (one.trim(), None),
        };
        if name.is_empty() || value.as_ref().is_some_and(String::is_empty) {
            return Err(format!(
                "{text:?} has an empty name or value in its list, which OpenSSL does not take"
            ));
        }
        Ok(Item { name: name.to_owned(), value })
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_names_and_values() {
        let item = |name: &str, value: Option<&str>| Item {
            name: name.to_owned(),
            value: value.map(ToOwned::to_owned),
        };
        let found = list("keyid:always, issuer ,URI.1:http://a/b:c").unwrap();
        let wanted =
            [item("keyid", Some("always")), item("issuer", None), item("URI.1", Some("http://a/b:c"))];
        assert_eq!(found, wanted);
        assert!(found[2].is("URI") && !found[2].is("UR"));
        assert_eq!(found[2].text(), "URI.1:http://a/b:c");
        assert!(list("a,,b").is_err() && list("a:").is_err() && list("").is_err());
    }
}
