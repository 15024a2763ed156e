//! Which module to load when nobody names one: those that p11-kit knows (pkcs11.conf(5)).
//!
//! Reads configuration files only; no module is loaded here.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::uri::Pkcs11Uri;

/// Where packages and the administrator register modules.
const DIRECTORIES: [&str; 2] = ["/etc/pkcs11/modules", "/usr/share/p11-kit/modules"];
/// Where relative module names are looked for: p11-kit's own directory on the common systems.
const LIBRARIES: [&str; 8] = [
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/pkcs11",
    "/usr/local/lib/pkcs11",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
];
/// A module's configuration is a few lines.
const FILE_LIMIT: u64 = 64 << 10;

/// A module that is registered with p11-kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredModule {
    /// The name of its configuration file without `.module`.
    pub name: String,
    /// The module's absolute path.
    pub path: PathBuf,
}

/// The module to use: the URI's `module-path`, else `named` (from the command line or the
/// configuration), else the URI's `module-name` among the registered ones, else the only one that is
/// registered.
///
/// # Errors
/// [`Error::NoModule`], [`Error::SeveralModules`] or [`Error::UnknownModule`] with what is registered.
pub fn find_module(uri: Option<&Pkcs11Uri>, named: Option<&Path>) -> Result<PathBuf, Error> {
    let directories: Vec<PathBuf> = DIRECTORIES.iter().map(PathBuf::from).collect();
    find_module_in(uri, named, &directories)
}

fn find_module_in(
    uri: Option<&Pkcs11Uri>,
    named: Option<&Path>,
    directories: &[PathBuf],
) -> Result<PathBuf, Error> {
    if let Some(path) = uri.and_then(Pkcs11Uri::module_path).or(named) {
        // The worker runs in another directory.
        return Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    }
    let mut modules = registered(directories);
    if let Some(wanted) = uri.and_then(Pkcs11Uri::module_name) {
        let named: Vec<&RegisteredModule> =
            modules.iter().filter(|module| is_called(module, wanted)).collect();
        return match named.as_slice() {
            [one] => Ok(one.path.clone()),
            _ => {
                let candidates = modules.into_iter().map(|module| module.path).collect();
                Err(Error::UnknownModule { wanted: wanted.to_owned(), candidates })
            }
        };
    }
    match modules.len() {
        0 => Err(Error::NoModule { searched: directories.to_vec() }),
        1 => modules.pop().map(|module| module.path).ok_or(Error::NotAttempted),
        _ => {
            Err(Error::SeveralModules { candidates: modules.into_iter().map(|module| module.path).collect() })
        }
    }
}

/// The modules that are registered with p11-kit and can hold keys.
#[must_use]
pub fn registered_modules() -> Vec<RegisteredModule> {
    registered(&DIRECTORIES.map(PathBuf::from))
}

fn registered(directories: &[PathBuf]) -> Vec<RegisteredModule> {
    let mut modules: Vec<RegisteredModule> = Vec::new();
    for directory in directories {
        let Ok(entries) = std::fs::read_dir(directory) else { continue };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|found| found == "module")) {
            let Some(name) = file.file_stem().and_then(|name| name.to_str()) else { continue };
            // The administrator's file of the same name replaces the package's.
            let known = modules.iter().any(|module| module.name == name);
            if let Some(path) = (!known).then(|| read(file)).flatten().and_then(|text| module_path(&text)) {
                modules.push(RegisteredModule { name: name.to_owned(), path });
            }
        }
    }
    modules
}

fn read(file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    (metadata.is_file() && metadata.len() <= FILE_LIMIT).then(|| std::fs::read_to_string(file).ok())?
}

/// The path in a `module:` line. Stores of trusted certificates are no tokens, and p11-kit's proxy shows
/// the tokens of all others a second time.
fn module_path(text: &str) -> Option<PathBuf> {
    let setting = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name).then(|| value.trim())
        })
    };
    if setting("trust-policy") == Some("yes") || setting("remote").is_some() {
        return None;
    }
    let module = Path::new(setting("module").filter(|module| !module.is_empty())?);
    if module.file_stem().is_some_and(|stem| stem == "p11-kit-proxy") {
        return None;
    }
    if module.is_absolute() {
        return Some(module.to_owned());
    }
    let found =
        LIBRARIES.iter().map(|directory| Path::new(directory).join(module)).find(|path| path.exists());
    Some(found.unwrap_or_else(|| Path::new("/usr/lib/pkcs11").join(module)))
}

/// RFC 7512 s.2.4: the name of a module is that of its file without what the system adds to it.
fn is_called(module: &RegisteredModule, wanted: &str) -> bool {
    let stem = module.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    module.name == wanted || stem == wanted || stem.strip_prefix("lib") == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        use std::io::Write as _;
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let mut file = std::fs::File::create(directory.path().join(name)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
        directory
    }

    const SOFTHSM: (&str, &str) = ("softhsm2.module", "# one\nmodule: /opt/libsofthsm2.so\n");
    const TRUST: (&str, &str) = ("p11-kit-trust.module", "module: p11-kit-trust.so\ntrust-policy: yes\n");

    fn find(uri: &str, named: Option<&str>, files: &[(&str, &str)]) -> Result<PathBuf, Error> {
        let directory = directory(files);
        let uri = Pkcs11Uri::parse(uri).unwrap();
        find_module_in(Some(&uri), named.map(Path::new), &[directory.path().to_owned()])
    }

    #[test]
    fn the_uri_comes_before_the_command_line() {
        let uri = "pkcs11:?module-path=/a.so";
        assert_eq!(find(uri, Some("/b.so"), &[]).unwrap(), Path::new("/a.so"));
        assert_eq!(find("pkcs11:", Some("/b.so"), &[SOFTHSM]).unwrap(), Path::new("/b.so"));
    }

    #[test]
    fn the_only_registered_module_needs_no_name() {
        assert_eq!(find("pkcs11:", None, &[SOFTHSM, TRUST]).unwrap(), Path::new("/opt/libsofthsm2.so"));
    }

    #[test]
    fn none_and_several_are_errors_that_list_what_is_there() {
        assert!(matches!(find("pkcs11:", None, &[TRUST]), Err(Error::NoModule { .. })));
        let other = ("other.module", "module: /opt/other.so");
        let error = find("pkcs11:", None, &[SOFTHSM, other]).unwrap_err();
        assert!(
            error.hint().unwrap().ends_with("give --module with one of /opt/other.so, /opt/libsofthsm2.so")
        );
        let named = find("pkcs11:?module-name=softhsm2", None, &[SOFTHSM, other]);
        assert_eq!(named.unwrap(), Path::new("/opt/libsofthsm2.so"));
        let unknown = find("pkcs11:?module-name=opensc", None, &[SOFTHSM, other]);
        assert!(matches!(unknown, Err(Error::UnknownModule { .. })));
    }

    #[test]
    fn the_administrators_file_replaces_the_packages() {
        let first = directory(&[("softhsm2.module", "module: /local/softhsm.so")]);
        let second = directory(&[SOFTHSM]);
        let found = registered(&[first.path().to_owned(), second.path().to_owned()]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, Path::new("/local/softhsm.so"));
    }
}
