//! Profiles by name: a file of the home, else one that comes with the program.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use keyrite::lint::Exclusion;
use keyrite::policy::document::FILE_OCTETS;
use keyrite::policy::profile::{Layer, parent};
use keyrite::policy::{Problems, Profile, builtin};
use keyrite::store::Store;
use keyrite::x509::standard::Standard;

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::notice::notice;
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

/// The sets of rules that the profile of a CA asks for, of what it signs beside certificates. A profile that is gone
/// must not stop a revocation.
pub(crate) fn standards(context: &Context, profile: &str) -> Vec<Standard> {
    match load(context, profile) {
        Ok(profile) => profile.standards().to_vec(),
        Err(_) if profile == ADOPTED => Vec::new(),
        Err(_) => {
            notice(&format!(
                "warning: no profile {profile:?}, so that only the rules of the RFCs are applied"
            ));
            Vec::new()
        }
    }
}

/// The directory of a home that holds its profiles, one `NAME.toml` each.
pub(crate) const DIRECTORY: &str = "profiles";
/// What their files end with.
const ENDING: &str = "toml";

/// What a CA is listed under that was not made by a profile.
pub(crate) const ADOPTED: &str = "adopted";

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

/// The text of one profile, and where it was found.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) toml: String,
}

impl Text {
    /// How the text is called where several are named together.
    pub(crate) fn label(&self) -> String {
        match &self.source {
            Source::BuiltIn => format!("built-in {}", self.name),
            Source::File(path) => path.display().to_string(),
        }
    }
}

/// A profile's text before it is read, and those from which it inherits, the nearest first.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) own: Text,
    pub(crate) parents: Vec<Text>,
}

impl Texts {
    /// Reads the texts as a profile.
    ///
    /// # Errors
    /// A [`Failure`] that lists every problem with its line.
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        let about = |failure: Failure| match &self.own.source {
            Source::File(path) => failure.about(path),
            Source::BuiltIn => failure,
        };
        let profile = self.parse().map_err(|problems| about(Failure::from(problems)))?;
        match faulty_exclusions(&profile).first() {
            Some((_, message)) => Err(about(Failure::new(Exit::Configuration, message.clone()))),
            None => Ok(profile),
        }
    }

    /// Reads the texts as a profile, with all that is wrong in them.
    ///
    /// # Errors
    /// [`Problems`]: every one, with the text in which it is.
    pub(crate) fn parse(&self) -> Result<Profile, Problems> {
        let labels: Vec<String> = self.parents.iter().map(Text::label).collect();
        let own = Layer { name: &self.own.name, text: &self.own.toml };
        let below =
            self.parents.iter().zip(&labels).map(|(text, label)| Layer { name: label, text: &text.toml });
        Profile::parse_layers(&std::iter::once(own).chain(below).collect::<Vec<_>>())
    }

    /// What the profile inherits from, as a profile of its own.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (own, parents) = self.parents.split_first()?;
        Some(Self { own: own.clone(), parents: parents.to_vec() })
    }

    /// The names of the texts from which it inherits, the nearest first.
    pub(crate) fn inherits(&self) -> String {
        let labels: Vec<String> = self.parents.iter().map(Text::label).collect();
        if labels.is_empty() { "nothing".to_owned() } else { labels.join(", ") }
    }
}

/// Each exclusion of a lint that does not exist or cannot be left out, and why.
pub(crate) fn faulty_exclusions(profile: &Profile) -> Vec<(String, String)> {
    let faulty = profile.exclusions().iter().filter_map(|one| {
        let error = Exclusion::new(&one.id, &one.reason, &one.by).err()?;
        Some((one.id.clone(), format!("lint.excluded: {error}")))
    });
    faulty.collect()
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
pub(crate) fn text(context: &Context, name: &str) -> Result<Texts, Failure> {
    if !is_name(name) {
        let message = format!("{name:?} is not the name of a profile, wanted letters, digits, - _ and .");
        return Err(Failure::new(Exit::Usage, message));
    }
    let own = of_home(context, name)?.or_else(|| built_in(name));
    match own {
        Some(own) => with_parents(context, own),
        None => {
            let names = names(context)?.join(" ");
            let failure = Failure::new(Exit::Usage, format!("no profile {name:?}"));
            Err(failure.hint(format!("profiles here: {names}")))
        }
    }
}

/// The text of a name or, where it has a slash or ends with `.toml`, of a file.
///
/// # Errors
/// As [`text`].
pub(crate) fn named_or_file(context: &Context, wanted: &str) -> Result<Texts, Failure> {
    let file = wanted.contains('/') || wanted.ends_with(&format!(".{ENDING}"));
    if file { of_file(context, Path::new(wanted)) } else { text(context, wanted) }
}

/// The profile that comes with the program, if there is one of this name.
fn built_in(name: &str) -> Option<Text> {
    let toml = builtin::text(name)?.to_owned();
    Some(Text { name: name.to_owned(), source: Source::BuiltIn, toml })
}

/// Adds the texts from which one inherits. A text of the home goes before a built-in one, but none is its own
/// parent: what is named `tls-server` here may inherit from the built-in `tls-server`.
fn with_parents(context: &Context, own: Text) -> Result<Texts, Failure> {
    let mut texts = Texts { own, parents: Vec::new() };
    while texts.parents.len() <= builtin::TEXTS.len() {
        let last = texts.parents.last().unwrap_or(&texts.own);
        let Some(wanted) = parent(&last.toml).filter(|wanted| is_name(wanted)) else { break };
        let known = |text: &Text| {
            std::iter::once(&texts.own)
                .chain(&texts.parents)
                .any(|other| other.source == text.source && other.name == text.name)
        };
        let (home, with_program) = (of_home(context, &wanted)?, built_in(&wanted));
        let there = home.is_some() || with_program.is_some();
        let found = home.filter(|text| !known(text)).or_else(|| with_program.filter(|text| !known(text)));
        match found {
            Some(found) => texts.parents.push(found),
            None if there => {
                let way: Vec<String> =
                    std::iter::once(&texts.own).chain(&texts.parents).map(Text::label).collect();
                let message = format!("a profile inherits from itself: {}, {wanted}", way.join(", "));
                return Err(Failure::new(Exit::Configuration, message));
            }
            None => break, // who reads it says that it is missing
        }
    }
    Ok(texts)
}

/// The text of a profile in the home, if there is one of this name.
fn of_home(context: &Context, name: &str) -> Result<Option<Text>, Failure> {
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
            read(&path).map(Some)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let failure = Failure::new(Exit::Configuration, "the profile cannot be read").caused_by(&error);
            Err(failure.about(&path))
        }
    }
}

/// The text of a file, whose name without `.toml` is the profile's, and those from which it inherits.
///
/// # Errors
/// A [`Failure`] when one cannot be read or is not text.
pub(crate) fn of_file(context: &Context, path: &Path) -> Result<Texts, Failure> {
    with_parents(context, read(path)?)
}

fn read(path: &Path) -> Result<Text, Failure> {
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
