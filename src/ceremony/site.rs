//! Site: where a ceremony takes place: which tokens the script's names mean, and where its transcript is kept.

use std::collections::BTreeMap;

use crate::policy::Problems;
use crate::policy::document::{Document, Table};
use crate::token::uri::Pkcs11Uri;

/// The stable ids of the problems that only a site has.
mod id {
    /// A URI that names an object, or no token at all.
    pub(super) const TOKEN: &str = "SITE-TOKEN";
    /// A directory that is not the same wherever the program is started.
    pub(super) const MEDIUM: &str = "SITE-MEDIUM";
    /// No token.
    pub(super) const EMPTY: &str = "SITE-EMPTY";
}

/// The tokens of a ceremony, and its media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The tokens by the names that the script gives them: URIs of tokens, with module and PIN source where they are
    /// not those of the home.
    pub tokens: BTreeMap<String, Pkcs11Uri>,
    /// How tokens are found that the ceremony initialises, by their names.
    pub blank: BTreeMap<String, Blank>,
    /// Directories on other media, by name, each of which gets the transcript as well: absolute paths.
    pub media: BTreeMap<String, String>,
}

/// A token before it has a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blank {
    /// Its slot or serial number; a PIN source in it is that of the PIN that its user gets.
    pub uri: Pkcs11Uri,
    /// Where the PIN of its security officer comes from, as `--so-pin-source` has it; none means the terminal.
    pub so_pin_source: Option<String>,
}

impl Site {
    /// Reads a site.
    ///
    /// # Errors
    /// [`Problems`]: everything that is wrong with the text, each with its id and line.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        Document::read(text, |_, top| {
            let (tokens, blank) = tokens(top);
            Some(Self { tokens, blank, media: media(top) })
        })
    }

    /// The names that a script uses and the site does not have.
    #[must_use]
    pub fn missing<'s>(&self, script: &'s super::Script) -> Vec<&'s str> {
        script.tokens().into_iter().filter(|name| !self.tokens.contains_key(*name)).collect()
    }

    /// The tokens that a script initialises, and that the site does not say how to find and how to name.
    #[must_use]
    pub fn missing_blank<'s>(&self, script: &'s super::Script) -> Vec<&'s str> {
        let initialised = script.steps().filter_map(|(_, step)| {
            let super::Task::InitToken { token } = &step.task else { return None };
            Some(token.as_str())
        });
        let known = |name: &&str| {
            let labelled = self.tokens.get(*name).is_some_and(|uri| uri.token().is_some());
            !(labelled && self.blank.contains_key(*name))
        };
        initialised.filter(known).collect()
    }
}

type Tokens = (BTreeMap<String, Pkcs11Uri>, BTreeMap<String, Blank>);

fn tokens(top: &Table<'_>) -> Tokens {
    let read = top.inside_required("tokens", |table| {
        let (mut tokens, mut blank) = (BTreeMap::new(), BTreeMap::new());
        for name in table.keys() {
            let uri = table.inside(&name.value, |one| {
                let before = one.parse::<Pkcs11Uri>("blank").map(|found| found.value);
                let so_pin_source = one.parse::<String>("so_pin_source").map(|found| found.value);
                let found = one.parse_required::<Pkcs11Uri>("uri")?;
                if let Some(uri) = before {
                    blank.insert(name.value.clone(), Blank { uri, so_pin_source });
                }
                if found.value.names_object() {
                    let message = "names a key, wanted the token alone: labels of keys are the script's";
                    one.problem(id::TOKEN, &found.place, "uri", message);
                }
                // Where a label is not enough, the serial number is what tells one token from a copy of it.
                if found.value.token().is_none() && found.value.serial().is_none() {
                    one.problem(id::TOKEN, &found.place, "uri", "names no token: wanted token= or serial=");
                }
                Some(found.value)
            });
            if let Some(uri) = uri.flatten() {
                tokens.insert(name.value, uri);
            }
        }
        if table.keys().is_empty() {
            table.problem(id::EMPTY, table.place(), "", "no token, wanted at least one");
        }
        (tokens, blank)
    });
    read.unwrap_or_default()
}

fn media(top: &Table<'_>) -> BTreeMap<String, String> {
    let read = top.inside("media", |table| {
        let mut media = BTreeMap::new();
        for name in table.keys() {
            let directory = table.inside(&name.value, |one| {
                let found = one.parse_required::<String>("directory")?;
                if !found.value.starts_with('/') {
                    one.problem(
                        id::MEDIUM,
                        &found.place,
                        "directory",
                        "is relative, wanted an absolute path",
                    );
                }
                Some(found.value)
            });
            if let Some(directory) = directory.flatten() {
                media.insert(name.value, directory);
            }
        }
        media
    });
    read.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let text = "[tokens.a]\nuri = \"pkcs11:token=a;object=key\"\n[tokens.b]\nuri = \"pkcs11:\"\npin = \"1\"\n\
             [media.stick]\ndirectory = \"stick\"\n";
        let problems: Vec<String> =
            Site::parse(text).unwrap_err().as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 2: tokens.a.uri: names a key, wanted the token alone: labels of keys are the script's [SITE-TOKEN]",
                "line 4: tokens.b.uri: names no token: wanted token= or serial= [SITE-TOKEN]",
                "line 5: tokens.b.pin: unknown key [TOML-UNKNOWN-KEY]",
                "line 7: media.stick.directory: is relative, wanted an absolute path [SITE-MEDIUM]",
            ]
        );
    }

    #[test]
    fn a_pin_in_a_uri_is_refused() {
        let text = "[tokens.a]\nuri = \"pkcs11:token=a?pin-value=1234\"\n";
        assert!(!format!("{:?}", Site::parse(text).unwrap_err()).contains("1234"));
    }
}
