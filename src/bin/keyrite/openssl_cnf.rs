//! An `openssl.cnf` and the files that it includes, read for a command.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use keyrite::migrate::openssl::cnf::{CaSection, Cnf, CnfError, Included, Surroundings, resolve};
use keyrite::x509::certificate::Certificate;

use crate::certificates;
use crate::failure::{Exit, Failure};
use crate::input;

/// The most octets of a file, as the library has it.
const OCTETS: usize = 1024 * 1024;
/// The most entries of a directory that is included.
const ENTRIES: usize = 1024;

/// The environment of this process and its files. It remembers which variables were asked for, since a file of
/// somebody else's could ask for any.
#[derive(Debug, Default)]
pub(crate) struct Process {
    variables: RefCell<BTreeSet<String>>,
}

impl Process {
    /// The names of the environment variables that made a difference.
    pub(crate) fn variables(&self) -> Vec<String> {
        self.variables.borrow().iter().cloned().collect()
    }
}

impl Surroundings for Process {
    fn variable(&self, name: &str) -> Option<Vec<u8>> {
        // No variable has these in its name, and the standard library does not take them.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        let value = std::env::var_os(name)?;
        self.variables.borrow_mut().insert(name.to_owned());
        Some(value.into_vec())
    }

    fn include(&mut self, path: &str) -> Included {
        let path = Path::new(path);
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => directory(path),
            // A pipe would be waited for, a device never ends.
            Ok(metadata) if !metadata.is_file() => {
                Included::Missing("it is neither a file nor a directory".to_owned())
            }
            Ok(_) => match input::read(path, OCTETS) {
                Ok(octets) => Included::File(octets),
                Err(failure) => Included::Missing(failure.line()),
            },
            Err(error) => Included::Missing(error.to_string()),
        }
    }
}

/// The files of a directory by name: OpenSSL takes them as they come.
fn directory(path: &Path) -> Included {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return Included::Missing(error.to_string()),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("cnf") || end.eq_ignore_ascii_case("conf"))
        })
        .filter(|path| path.is_file())
        .take(ENTRIES)
        .collect();
    files.sort();
    let read = files.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        Some((name, input::read(&path, OCTETS).ok()?))
    });
    Included::Directory(read.collect())
}

/// Reads a configuration.
///
/// # Errors
/// A [`Failure`] with file and line.
pub(crate) fn read(path: &Path, process: &mut Process) -> Result<Cnf, Failure> {
    let octets = input::read(path, OCTETS)?;
    let name = if path == Path::new("-") { "standard input".into() } else { path.to_string_lossy() };
    Cnf::read(&name, &octets, process).map_err(unreadable)
}

fn unreadable(error: CnfError) -> Failure {
    let environment = error.to_string().contains("the environment does not have it");
    let failure = Failure::of(Exit::Refused, &error);
    if environment {
        failure
            .hint("set the variable as the scripts do that call openssl with this file, such as easy-rsa's")
    } else {
        failure
    }
}

/// The certificate of the CA: of the file that is named, or else where the configuration has it, from the working
/// directory as OpenSSL means it, or from the directory of the configuration. With it, where it was found.
///
/// # Errors
/// A [`Failure`] when a file that is named cannot be read as a certificate.
pub(crate) fn certificate(
    named: Option<&Path>,
    cnf: &Path,
    ca: &CaSection,
) -> Result<Option<(PathBuf, Certificate)>, Failure> {
    if let Some(path) = named {
        return certificates::read(path).map(|read| Some((path.to_owned(), read)));
    }
    let Some(setting) = &ca.certificate else { return Ok(None) };
    let beside = cnf.parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default();
    let candidates = [setting.value.clone(), resolve(&beside, &setting.value)].map(PathBuf::from);
    let found = candidates.into_iter().find(|path| path.is_file());
    Ok(found.and_then(|path| certificates::read(&path).ok().map(|read| (path, read))))
}
