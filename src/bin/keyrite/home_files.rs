//! The files of a home beside its ledger: its configuration, its profiles, the roots that it trusts, its lists of weak
//! keys.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::config::{FILE_NAME, HomeConfig};
use keyrite::store::{HomeFile, LEDGER};

use crate::configuration::Settings;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{input, profiles};

/// The largest file that is taken along, in octets.
const OCTETS: usize = 1024 * 1024;
/// The largest list of weak keys that is taken along, in octets: a million keys.
const LIST_OCTETS: usize = 64 * OCTETS;
/// What the files of profiles end with.
const ENDING: &str = ".toml";

/// What of a home lies beside its ledger.
pub(crate) struct Along {
    /// The files that a copy takes along.
    pub(crate) files: Vec<HomeFile>,
    /// Those that the configuration names and a copy does not take along, each with the reason.
    pub(crate) left_out: Vec<String>,
}

/// Reads them.
///
/// # Errors
/// A [`Failure`] when one cannot be read.
pub(crate) fn read(context: &Context, settings: &Settings) -> Result<Along, Failure> {
    let home = context.home()?;
    let mut paths = vec![PathBuf::from(FILE_NAME)];
    match fs::read_dir(home.join(profiles::DIRECTORY)) {
        Ok(entries) => {
            for entry in entries {
                let name = entry.map_err(|error| unreadable(&error, &home))?.file_name();
                if name.to_str().is_some_and(|name| name.ends_with(ENDING) && !name.starts_with('.')) {
                    paths.push(Path::new(profiles::DIRECTORY).join(name));
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(&error, &home.join(profiles::DIRECTORY))),
    }
    let mut left_out = Vec::new();
    for (setting, path, most) in named(settings.home()) {
        match kept_out(&home, path, most) {
            Some(why) => left_out.push(format!("{} ({setting}): {why}", path.display())),
            None => paths.push(path.to_path_buf()),
        }
    }
    paths.sort();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        let full = home.join(&path);
        if matches!(full.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound) {
            continue;
        }
        let Some(name) = path.to_str() else {
            return Err(Failure::new(Exit::Usage, "the name is not UTF-8").about(&full));
        };
        let most =
            named(settings.home()).find(|(_, named, _)| *named == path).map_or(OCTETS, |(_, _, most)| most);
        files.push(HomeFile { path: name.to_owned(), contents: input::read(&full, most)? });
    }
    Ok(Along { files, left_out })
}

/// The files that a configuration names, each with its setting and the most octets of it that a copy takes along.
fn named(config: &HomeConfig) -> impl Iterator<Item = (&'static str, &Path, usize)> {
    let roots = config.attestation_roots().map(|path| ("keys.attestation_roots", path, OCTETS));
    let lists = config.weak_key_lists().iter();
    roots.into_iter().chain(lists.map(|path| ("keys.weak_key_lists", path.as_path(), LIST_OCTETS)))
}

/// Why a file that the configuration names is in no copy of the home.
fn kept_out(home: &Path, path: &Path, most: usize) -> Option<String> {
    if !is_own(path) {
        return Some("outside the home".to_owned());
    }
    match fs::metadata(home.join(path)) {
        Ok(metadata) if !metadata.is_file() => Some("no file".to_owned()),
        Ok(metadata) if usize::try_from(metadata.len()).is_ok_and(|octets| octets <= most) => None,
        Ok(metadata) => Some(format!("{} octets, and at most {most} are taken along", metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Some("not there".to_owned()),
        // Reading it says what is wrong.
        Err(_) => None,
    }
}

/// Writes those of a copy into its home. What is there already and is the same stays; what differs is refused, or
/// moved aside if it is to be replaced. Gives the files that the configuration names and that are not there then.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn write(home: &Path, files: &[HomeFile], replace: bool) -> Result<Vec<PathBuf>, Failure> {
    let configuration = files.iter().find(|file| file.path == FILE_NAME);
    let config = configuration
        .and_then(|file| HomeConfig::parse(&String::from_utf8_lossy(&file.contents)).ok())
        .unwrap_or_default();
    let is_named = |path: &Path| named(&config).any(|(_, named, _)| named == path);
    let mut differing = Vec::new();
    for file in files {
        let path = Path::new(&file.path);
        // A copy may come from anywhere: nothing is written that is none of a home's files.
        if !(file.path == FILE_NAME || is_profile(path) || (is_own(path) && is_named(path))) {
            let message = format!("the copy holds {:?}, which is no file of a home", file.path);
            return Err(Failure::new(Exit::Integrity, message));
        }
        match fs::read(home.join(path)) {
            Ok(found) if found == file.contents => {}
            Ok(_) => differing.push(home.join(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&error, &home.join(path))),
        }
    }
    if let (Some(path), false) = (differing.first(), replace) {
        return Err(Failure::new(Exit::Output, "exists already, and is another one in the copy")
            .about(path)
            .hint("--replace moves what is there aside"));
    }
    for path in &differing {
        move_aside(path)?;
    }
    for file in files {
        let path = home.join(&file.path);
        if path.exists() {
            continue;
        }
        if let Some(directory) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| {
                Failure::new(Exit::Output, "the directory cannot be made").caused_by(&error).about(directory)
            })?;
        }
        output::publish(&path, &file.contents, Access::Private)?;
    }
    Ok(named(&config).map(|(_, path, _)| home.join(path)).filter(|path| !path.exists()).collect())
}

fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Whether a path is inside the home and none of the ledger's.
fn is_own(path: &Path) -> bool {
    let of_ledger = |part: Component<'_>| part.as_os_str().to_string_lossy().starts_with(LEDGER);
    is_inside(path) && !path.components().next().is_some_and(of_ledger)
}

fn is_profile(path: &Path) -> bool {
    is_inside(path)
        && path.parent() == Some(Path::new(profiles::DIRECTORY))
        && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(ENDING))
}

fn move_aside(path: &Path) -> Result<(), Failure> {
    for number in 1..=1_000 {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".replaced-{number}"));
        match fs::hard_link(path, &name) {
            Ok(()) => {
                return fs::remove_file(path).map_err(|error| {
                    Failure::new(Exit::Output, "cannot be moved aside").caused_by(&error).about(path)
                });
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(Failure::new(Exit::Output, "cannot be moved aside")
                    .caused_by(&error)
                    .about(path));
            }
        }
    }
    Err(Failure::new(Exit::Output, "was moved aside a thousand times already").about(path))
}

fn unreadable(error: &std::io::Error, path: &Path) -> Failure {
    Failure::new(Exit::Configuration, "cannot be read").caused_by(error).about(path)
}
