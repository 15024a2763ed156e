//! Profiles by name: those of the home, else those that come with the program.

use std::io::ErrorKind;
use std::path::PathBuf;

use keyrite::policy::{Profile, builtin};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;

/// The directory of a home that holds its profiles, one `NAME.toml` each.
pub(crate) const DIRECTORY: &str = "profiles";
/// The largest profile that is read, in octets.
const OCTETS: usize = 1024 * 1024;

/// The profile of a name. A file of the home goes before a built-in profile of the same name; which of them it
/// was shows in its hash, on the screen and in the audit log.
///
/// # Errors
/// A [`Failure`] that lists the names there are, or says what is wrong with the file.
pub(crate) fn load(context: &Context, name: &str) -> Result<Profile, Failure> {
    if !is_name(name) {
        let message = format!("{name:?} is not the name of a profile, wanted letters, digits, - _ and .");
        return Err(Failure::new(Exit::Usage, message));
    }
    let path = context.home()?.join(DIRECTORY).join(format!("{name}.toml"));
    match path.symlink_metadata() {
        Ok(_) => parse(name, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => match builtin::profile(name) {
            Some(profile) => profile.map_err(|problems| Failure::of(Exit::Defect, &problems)),
            None => {
                let known = names(context)?.join(" ");
                Err(Failure::new(Exit::Usage, format!("no profile {name:?}"))
                    .hint(format!("profiles here: {known}")))
            }
        },
        Err(error) => Err(Failure::new(Exit::Configuration, "the profile cannot be read")
            .caused_by(&error)
            .about(&path)),
    }
}

/// Reads a profile from a file.
///
/// # Errors
/// A [`Failure`] with everything that is wrong with it.
pub(crate) fn parse(name: &str, path: &std::path::Path) -> Result<Profile, Failure> {
    let octets = input::read(path, OCTETS)?;
    let text =
        String::from_utf8(octets).map_err(|error| Failure::of(Exit::Configuration, &error).about(path))?;
    Profile::parse(name, &text).map_err(|problems| Failure::from(problems).about(path))
}

/// The names of all profiles, sorted.
///
/// # Errors
/// A [`Failure`] when the directory cannot be read.
pub(crate) fn names(context: &Context) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = builtin::TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(own(context)?.into_iter().map(|(name, _)| name));
    names.sort();
    names.dedup();
    Ok(names)
}

/// The profiles of the home: names and files.
///
/// # Errors
/// A [`Failure`] when the directory cannot be read.
pub(crate) fn own(context: &Context) -> Result<Vec<(String, PathBuf)>, Failure> {
    let directory = context.home()?.join(DIRECTORY);
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::new(Exit::Configuration, "the profiles cannot be listed")
                .caused_by(&error)
                .about(&directory));
        }
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).filter(|name| is_name(name));
        if let (Some(name), Some("toml")) = (name, path.extension().and_then(|end| end.to_str())) {
            found.push((name.to_owned(), path.clone()));
        }
    }
    Ok(found)
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
