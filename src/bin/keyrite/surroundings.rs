//! What in a module's surroundings leads it to where it cannot go: into the home, or nowhere from `/`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use keyrite::config::FILE_NAME;

use crate::input;

/// The most octets of a configuration that is looked into.
const OCTETS: usize = 64 * 1024;
/// Variables that say where somebody is, and nothing about a module.
const IDLE: [&str; 7] = ["PWD", "OLDPWD", "HOME", "PATH", "SHELL", "TMPDIR", "_"];

/// Where a worker's module may not go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    home: Option<PathBuf>,
    granted: Vec<PathBuf>,
}

impl Surroundings {
    /// `home` as it is kept from the module, and the places in it that it may use.
    pub(crate) fn new(home: Option<PathBuf>, granted: &[PathBuf]) -> Self {
        Self { home, granted: granted.to_owned() }
    }

    /// Why a module may not have found what it needs, and what to do about it, if one of these is the reason.
    pub(crate) fn hint(
        &self,
        module: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Option<String> {
        if self.keeps(module) {
            return Some(format!("the module lies in the home, {}", advice("it")));
        }
        let own =
            |name: &OsStr| name.as_bytes().starts_with(b"KEYRITE_") || IDLE.iter().any(|idle| name == *idle);
        variables.into_iter().filter(|(name, _)| !own(name)).find_map(|(name, value)| {
            let (name, path) = (name.to_string_lossy(), Path::new(&value));
            if path.is_relative() {
                // Words are no paths, even where a file happens to have the same name.
                let like_a_path = value.as_bytes().iter().any(|octet| b"/.".contains(octet));
                return (like_a_path && path.exists()).then(|| {
                    format!("{name} is a relative path, and the module's directory is /: make it absolute")
                });
            }
            if self.keeps(path) {
                return Some(format!("{name} points into the home, {}", advice("what it names")));
            }
            self.leads_in(path)
                .then(|| format!("the file that {name} names leads into the home, {}", advice("that place")))
        })
    }

    /// Whether a path is in the home and not granted.
    fn keeps(&self, path: &Path) -> bool {
        let Some(home) = &self.home else { return false };
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        path.strip_prefix(home)
            .is_ok_and(|inside| !self.granted.iter().any(|place| inside.starts_with(place)))
    }

    /// Whether a module's configuration names a place in the home that is not granted.
    fn leads_in(&self, file: &Path) -> bool {
        let Some(home) = self.home.as_ref().map(|home| home.as_os_str().as_bytes()) else { return false };
        let Ok(octets) = input::read(file, OCTETS) else { return false };
        let ends = |octet: &u8| octet.is_ascii_whitespace() || b"\"';,=".contains(octet);
        octets
            .split(ends)
            .filter(|word| word.starts_with(home))
            .any(|word| self.keeps(Path::new(OsStr::from_bytes(word))))
    }
}

fn advice(what: &str) -> String {
    format!(
        "which the module cannot reach: move {what}, or grant it by paths in section [worker] of {FILE_NAME}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(home: &Path, granted: &[&str], variables: &[(&str, &Path)]) -> Option<String> {
        let granted: Vec<PathBuf> = granted.iter().map(PathBuf::from).collect();
        let variables = variables.iter().map(|(name, value)| ((*name).into(), value.as_os_str().to_owned()));
        Surroundings::new(Some(home.to_owned()), &granted).hint(Path::new("/usr/lib/module.so"), variables)
    }

    #[test]
    fn a_variable_that_points_into_the_home_is_named() {
        let home = Path::new("/srv/ca");
        let inside = home.join("softhsm2.conf");
        let found = hint(home, &[], &[("SOFTHSM2_CONF", &inside)]).unwrap();
        assert_eq!(
            found,
            "SOFTHSM2_CONF points into the home, which the module cannot reach: move what it names, or grant it \
             by paths in section [worker] of keyrite.toml"
        );
        assert_eq!(hint(home, &["softhsm2.conf"], &[("SOFTHSM2_CONF", &inside)]), None);
        assert_eq!(hint(home, &[], &[("SOFTHSM2_CONF", Path::new("/srv/ca2/x"))]), None);
        assert_eq!(hint(home, &[], &[("PWD", home), ("KEYRITE_HOME", home)]), None);
    }

    #[test]
    fn a_configuration_that_leads_into_the_home_is_named() {
        let directory = tempfile::TempDir::new().unwrap();
        let home = directory.path().canonicalize().unwrap().join("ca");
        let file = directory.path().join("softhsm2.conf");
        std::io::Write::write_all(
            &mut std::fs::File::create(&file).unwrap(),
            format!("directories.tokendir = {}\n", home.join("tokens").display()).as_bytes(),
        )
        .unwrap();
        let found = hint(&home, &[], &[("SOFTHSM2_CONF", &file)]).unwrap();
        assert!(found.starts_with("the file that SOFTHSM2_CONF names leads into the home"), "{found}");
        assert_eq!(hint(&home, &["tokens"], &[("SOFTHSM2_CONF", &file)]), None);
    }

    #[test]
    fn a_relative_path_is_named_and_a_word_is_not() {
        let home = Path::new("/srv/ca");
        let found =
            hint(home, &[], &[("LANG", Path::new("src")), ("SOFTHSM2_CONF", Path::new("./Cargo.toml"))]);
        assert_eq!(
            found.unwrap(),
            "SOFTHSM2_CONF is a relative path, and the module's directory is /: make it absolute"
        );
        assert_eq!(hint(home, &[], &[("SOFTHSM2_CONF", Path::new("./nowhere.conf"))]), None);
    }

    #[test]
    fn a_module_in_the_home_is_told() {
        let surroundings = Surroundings::new(Some("/srv/ca".into()), &[]);
        let found = surroundings.hint(Path::new("/srv/ca/module.so"), []).unwrap();
        assert!(found.starts_with("the module lies in the home, which the module cannot reach: move it"));
    }
}
