//! Profiles by name: a file of the home, else one that comes with the program.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use keyrite::policy::document::FILE_OCTETS;
use keyrite::policy::{Profile, builtin};
use keyrite::store::Store;

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::view::View;

/// What has changed in a profile since something was last made by it, if it was and it has: a profile that became
/// another one without anybody noticing has issued wrong certificates before.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn change(store: &Store, profile: &Profile) -> Result<Option<View>, Failure> {
    let Some(last) = store.profile_last_used(profile.name())? else { return Ok(None) };
    if last.text.sha256 == profile.sha256() {
        return Ok(None);
    }
    let rows =
        |text: &str| -> Vec<String> { text.lines().map(|line| line.replacen('\t', ": ", 1)).collect() };
    let (before, now) = (rows(&last.text.rows), rows(&profile.canonical_rows()));
    let gone = before.iter().filter(|row| !now.contains(row)).map(|row| format!("- {row}"));
    let come = now.iter().filter(|row| !before.contains(row)).map(|row| format!("+ {row}"));
    let mut rows: Vec<String> = gone.chain(come).collect();
    if rows.is_empty() {
        rows.push("the order of its rows, or their form in another version of this program".to_owned());
    }
    Ok(Some(
        View::default()
            .row("until now", format!("SHA-256 {}, since {}", hex::encode(last.text.sha256), last.since))
            .row("rows", rows),
    ))
}

/// The directory of a home that holds its profiles, one `NAME.toml` each.
pub(crate) const DIRECTORY: &str = "profiles";
/// What their files end with.
const ENDING: &str = "toml";

/// Where a profile comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It comes with the program.
    BuiltIn,
    /// A file, in the home or anywhere.
    File(PathBuf),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A profile's text before it is read, and where it was found.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) toml: String,
}

impl Text {
    /// Reads the text as a profile.
    ///
    /// # Errors
    /// A [`Failure`] that lists every problem with its line.
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        Profile::parse(&self.name, &self.toml).map_err(|problems| {
            let failure = Failure::from(problems);
            match &self.source {
                Source::File(path) => failure.about(path),
                Source::BuiltIn => failure,
            }
        })
    }
}

/// The profile of a name. A file of the home goes before a built-in profile of the same name; which of them it
/// was shows in its hash, on the screen and in the audit log.
///
/// # Errors
/// A [`Failure`] when there is none, listing those that are there, or when it has problems.
pub(crate) fn load(context: &Context, name: &str) -> Result<Profile, Failure> {
    text(context, name)?.profile()
}

/// The text of the profile of a name.
///
/// # Errors
/// A [`Failure`] when there is none or its file cannot be read.
pub(crate) fn text(context: &Context, name: &str) -> Result<Text, Failure> {
    if !is_name(name) {
        let message = format!("{name:?} is not the name of a profile, wanted letters, digits, - _ and .");
        return Err(Failure::new(Exit::Usage, message));
    }
    let directory = directory(context)?;
    let path = directory.join(format!("{name}.{ENDING}"));
    // What a profile allows is the CA's word, as its configuration is: nobody else writes one, or takes one away.
    if directory.is_dir() {
        configuration::nobody_else_writes(&directory)?;
    }
    // A file that is there and cannot be read is an error: the built-in profile may allow more.
    match path.symlink_metadata() {
        Ok(_) => {
            configuration::nobody_else_writes(&path)?;
            return of_file(&path);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let failure = Failure::new(Exit::Configuration, "the profile cannot be read").caused_by(&error);
            return Err(failure.about(&path));
        }
    }
    match builtin::text(name) {
        Some(toml) => Ok(Text { name: name.to_owned(), source: Source::BuiltIn, toml: toml.to_owned() }),
        None => {
            let names = names(context)?.join(" ");
            let failure = Failure::new(Exit::Usage, format!("no profile {name:?}"));
            Err(failure.hint(format!("profiles here: {names}")))
        }
    }
}

/// The text of a file, whose name without `.toml` is the profile's.
///
/// # Errors
/// A [`Failure`] when it cannot be read or is not text.
pub(crate) fn of_file(path: &Path) -> Result<Text, Failure> {
    let toml = String::from_utf8(input::read(path, FILE_OCTETS)?).map_err(|error| {
        Failure::new(Exit::Configuration, "is not UTF-8 text").caused_by(&error).about(path)
    })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Text { name: stem.into_owned(), source: Source::File(path.to_owned()), toml })
}

/// The names of all profiles: built-in ones first, then those that only the home has.
///
/// # Errors
/// A [`Failure`] when the home's directory cannot be listed.
pub(crate) fn names(context: &Context) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = builtin::TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let directory = directory(context)?;
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
        Err(error) => {
            let failure = Failure::new(Exit::Configuration, "cannot be listed").caused_by(&error);
            return Err(failure.about(&directory));
        }
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut more: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|found| found == ENDING))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| is_name(name) && !names.contains(name))
        .collect();
    more.sort();
    names.extend(more);
    Ok(names)
}

fn directory(context: &Context) -> Result<PathBuf, Failure> {
    Ok(context.home()?.join(DIRECTORY))
}

/// Names become file names: nothing that leads out of the directory.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_directory() {
        for name in ["../etc/passwd", "a/b", "", ".hidden", "-x", "a\0b", "a b"] {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(is_name("tls-server.2"));
    }
}
