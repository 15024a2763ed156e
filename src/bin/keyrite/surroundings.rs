//! Where a module's own files are, as far as its environment tells: inside the home, right beside it, or nowhere.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use keyrite::config::{FILE_NAME, HomeConfig};
use keyrite::store::LEDGER;
use keyrite::token::Launch;

use crate::input;

/// The most octets of a configuration that is looked into.
const OCTETS: usize = 64 * 1024;
/// Variables that say where somebody is, and nothing about a module.
const IDLE: [&str; 7] = ["PWD", "OLDPWD", "HOME", "PATH", "SHELL", "TMPDIR", "_"];

/// What the environment says of a module's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// Places in the home that the module has been given, relative to it.
    granted: Vec<PathBuf>,
    /// Why the home cannot be kept from the module, if it cannot.
    open: Option<String>,
    /// Why the module may have to make files beside the home, if it may.
    beside: Option<String>,
}

impl Surroundings {
    /// Looks at the module's path, at the variables that it inherits, and into the files that these name.
    ///
    /// Whoever has a variable name a place inside the home means the module to use it; what is keyrite's own
    /// stays out of its reach. A file that is yet to be made right in the home or beside it is another matter: by
    /// Landlock a module may make files in a directory with all that is in it, or not at all.
    pub(crate) fn of(
        home: &Path,
        config: &HomeConfig,
        module: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let mut found = Self { granted: config.worker_paths().to_vec(), open: None, beside: None };
        if let Some(module) = module {
            found.grant(home, config, module);
        }
        for (name, value) in variables {
            let path = Path::new(&value);
            if is_idle(&name) || !path.is_absolute() {
                continue;
            }
            found.take(home, config, &name, path, !path.exists());
            let Ok(octets) = input::read(path, OCTETS) else { continue };
            let ends = |octet: &u8| octet.is_ascii_whitespace() || b"\"';,=".contains(octet);
            for word in octets.split(ends).filter(|word| word.starts_with(b"/")) {
                let place = Path::new(OsStr::from_bytes(word));
                // A database makes files beside itself.
                found.take(home, config, &name, place, !place.is_dir());
            }
        }
        found
    }

    fn take(&mut self, home: &Path, config: &HomeConfig, name: &OsStr, place: &Path, makes_files: bool) {
        let parent = place.parent().map(|parent| parent.canonicalize().unwrap_or_else(|_| parent.to_owned()));
        if let Some(parent) = parent.filter(|_| makes_files && place.file_name().is_some()) {
            let name = name.to_string_lossy();
            if parent == home {
                self.open =
                    Some(format!("{name} leads the module to files right in it; give them a directory"));
            } else if home.starts_with(parent) {
                self.beside = Some(format!(
                    "{name} leads the module to files in one directory with it; give them one of their own"
                ));
            }
        }
        self.grant(home, config, place);
    }

    /// Grants what is in the home and not keyrite's own.
    fn grant(&mut self, home: &Path, config: &HomeConfig, place: &Path) {
        let place = place.canonicalize().unwrap_or_else(|_| place.to_owned());
        let Ok(inside) = place.strip_prefix(home) else { return };
        let first = inside.components().next().and_then(|part| part.as_os_str().to_str());
        let own =
            first.is_none_or(|first| [FILE_NAME, "profiles"].contains(&first) || first.starts_with(LEDGER));
        let published = config.cas().filter_map(|(_, ca)| ca.output()).any(|output| {
            let output = output.strip_prefix(home).unwrap_or(output);
            output.starts_with(inside) || inside.starts_with(output)
        });
        if !own && !published {
            self.granted.push(inside.to_owned());
        }
    }

    /// A launch that keeps the home from the module, but for what the module has been given.
    pub(crate) fn keep(self, launch: Launch, home: PathBuf) -> Launch {
        let launch = match (self.open, self.beside) {
            (Some(reason), _) => {
                tracing::warn!("the module can reach the home: {reason}");
                launch.home_in_reach(reason)
            }
            (None, Some(reason)) => launch.home(home).files_beside_home(reason),
            (None, None) => launch.home(home),
        };
        self.granted.into_iter().fold(launch, Launch::granted)
    }
}

/// A variable by which a module was to be led to its files and is not, since its directory is `/`.
pub(crate) fn relative(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Option<String> {
    variables.into_iter().find_map(|(name, value)| {
        let path = Path::new(&value);
        // Words are no paths, even where a file happens to have the same name.
        let like_a_path = value.as_bytes().iter().any(|octet| b"/.".contains(octet));
        (!is_idle(&name) && path.is_relative() && like_a_path && path.exists()).then(|| {
            let name = name.to_string_lossy();
            format!("{name} is a relative path, and the module's directory is /: make it absolute")
        })
    })
}

fn is_idle(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"KEYRITE_") || IDLE.iter().any(|idle| name == *idle)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn config() -> HomeConfig {
        HomeConfig::parse("[worker]\npaths = [\"store\"]\n[ca.root]\noutput = \"out\"\n").unwrap()
    }

    fn of(home: &Path, variables: &[(&str, PathBuf)]) -> Surroundings {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), value.into()));
        Surroundings::of(home, &config(), Some(Path::new("/usr/lib/module.so")), variables)
    }

    /// A directory with a home in it, and a file that says something.
    fn scene(file: &str, text: impl Fn(&Path) -> String) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let directory = tempfile::TempDir::new().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for name in ["ca/tokens", "ca/profiles", "ca/out", "tokens"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        let file = root.join(file);
        std::fs::File::create(&file).unwrap().write_all(text(&root).as_bytes()).unwrap();
        (directory, root.join("ca"), file)
    }

    #[test]
    fn what_the_environment_names_in_the_home_is_granted_and_keyrites_own_is_not() {
        let (_directory, home, file) = scene("ca/softhsm2.conf", |root| {
            format!("directories.tokendir = {}/ca/tokens\n", root.display())
        });
        let found = of(&home, &[("SOFTHSM2_CONF", file), ("X", home.clone()), ("Y", home.join("profiles"))]);
        assert_eq!(found.granted, ["store", "softhsm2.conf", "tokens"].map(PathBuf::from));
        assert_eq!(found.open, None);
        let own = ["ledger.sqlite-wal", "keyrite.toml", "out"].map(|name| ("X", home.join(name)));
        assert_eq!(of(&home, &own).granted, [PathBuf::from("store")]);
    }

    #[test]
    fn tokens_elsewhere_leave_the_home_closed() {
        let (_directory, home, file) =
            scene("softhsm2.conf", |root| format!("directories.tokendir = {}/tokens\n", root.display()));
        let found = of(&home, &[("SOFTHSM2_CONF", file), ("HOME", home.clone()), ("LANG", "C".into())]);
        assert_eq!(found, Surroundings { granted: vec!["store".into()], ..Surroundings::default() });
    }

    #[test]
    fn files_that_are_made_right_beside_the_home_or_in_it_are_noticed() {
        let (_directory, home, file) =
            scene("kryoptic.conf", |root| format!("dbargs = \"{}/token.sql\"\n", root.display()));
        let reason = of(&home, &[("KRYOPTIC_CONF", file.clone())]).beside.unwrap();
        assert!(
            reason.starts_with("KRYOPTIC_CONF leads the module to files in one directory with it"),
            "{reason}"
        );
        assert!(of(&home, &[("LOG", file.with_file_name("calls"))]).beside.is_some());
        assert!(of(&home, &[("LOG", home.join("calls"))]).open.is_some());
        let elsewhere = of(&home, &[("LOG", file.with_file_name("tokens").join("calls"))]);
        assert_eq!((elsewhere.open, elsewhere.beside), (None, None));
    }

    #[test]
    fn a_relative_path_is_named_and_a_word_is_not() {
        let found = |name: &str, value: &str| relative([(name.into(), value.into())]);
        let hint = "SOFTHSM2_CONF is a relative path, and the module's directory is /: make it absolute";
        assert_eq!(found("SOFTHSM2_CONF", "./Cargo.toml").unwrap(), hint);
        assert_eq!(found("SOFTHSM2_CONF", "./nowhere.conf"), None);
        assert_eq!(found("LANG", "src"), None);
    }
}
