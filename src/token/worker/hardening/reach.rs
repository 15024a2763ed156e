//! Which places to grant so that everything can be reached but what is kept.
//!
//! Landlock knows what is allowed beneath a directory and nothing else: there is no rule against a place. So each
//! directory on the way to a kept place is opened up into its entries, and all are granted that are not on
//! the way themselves. What comes into one of these directories later is not among them.

use std::collections::BTreeSet;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

/// The most places that are granted: each costs some microseconds and a little of the kernel's memory.
pub(super) const MOST: usize = 20_000;

/// More entries lie beside the kept places than can be granted one by one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST} files and directories lie beside it and the directories that it lies in")]
pub(super) struct TooMany;

/// The entries to grant below `root`, so that all but the `kept` places is granted.
///
/// A kept place is absolute and holds no symbolic link. Links are not granted, since what they lead to counts;
/// nor are disks, through which every file could be read; nor is what lies in a directory that cannot be listed.
///
/// # Errors
/// [`TooMany`] above [`MOST`].
pub(super) fn beside(root: &Path, kept: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, TooMany> {
    let mut granted = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kept.contains(&path) || kind.is_symlink() || kind.is_block_device() {
                continue;
            }
            if kept.iter().any(|kept| kept.starts_with(&path)) {
                open.push(path);
                continue;
            }
            if granted.len() == MOST {
                return Err(TooMany);
            }
            granted.push(path);
        }
    }
    Ok(granted)
}

/// The terminals on which somebody may read a verdict or type a PIN: pseudo-terminals, virtual consoles and the
/// memory of their screens. Serial lines are not among them, since card readers are attached to those.
pub(super) fn terminals(devices: &Path) -> BTreeSet<PathBuf> {
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    let is_terminal = |name: &str| {
        ["console", "pts"].contains(&name)
            || name.strip_prefix("tty").is_some_and(digits)
            || name.strip_prefix("vcs").is_some_and(|rest| digits(rest.trim_start_matches(['a', 'u'])))
    };
    let Ok(entries) = std::fs::read_dir(devices) else { return BTreeSet::new() };
    let named = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_terminal);
    entries.flatten().map(|entry| entry.path()).filter(named).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree(places: &[&str]) -> tempfile::TempDir {
        let root = tempfile::TempDir::new().unwrap();
        for place in places {
            let path = root.path().join(place);
            if place.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::File::create(path).unwrap();
            }
        }
        root
    }

    fn granted(root: &Path, kept: &[&str]) -> Vec<String> {
        let kept = kept.iter().map(|place| root.join(place)).collect();
        let name = |path: PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<String> = beside(root, &kept).unwrap().into_iter().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn everything_is_granted_but_the_home_and_the_way_to_it() {
        let root = tree(&["etc/hosts", "srv/web/page", "srv/ca/keyrite.toml", "srv/ca/profiles/", "swap"]);
        assert_eq!(granted(root.path(), &["srv/ca"]), ["etc", "srv/web", "swap"]);
        assert_eq!(granted(root.path(), &["srv/ca", "etc/hosts"]), ["srv/web", "swap"]);
        assert_eq!(granted(root.path(), &[]), ["etc", "srv", "swap"]);
        // A name that only begins like the home's is not the home.
        assert_eq!(granted(root.path(), &["srv/c"]), ["etc", "srv/ca", "srv/web", "swap"]);
    }

    #[test]
    fn a_link_is_not_granted_since_it_may_lead_into_the_home() {
        let root = tree(&["srv/ca/keyrite.toml", "opt/"]);
        symlink(root.path().join("srv/ca"), root.path().join("current")).unwrap();
        symlink("srv/ca/keyrite.toml", root.path().join("config")).unwrap();
        assert_eq!(granted(root.path(), &["srv/ca"]), ["opt"]);
    }

    #[test]
    fn too_many_entries_are_told_instead_of_half_of_them_granted() {
        let root = tree(&["ca/"]);
        for number in 0..=MOST {
            symlink("x", root.path().join(format!("l{number}"))).unwrap();
        }
        assert_eq!(granted(root.path(), &["ca"]), [""; 0], "links do not count");
        for number in 0..=MOST {
            fs::File::create(root.path().join(format!("f{number}"))).unwrap();
        }
        assert_eq!(beside(root.path(), &BTreeSet::from([root.path().join("ca")])), Err(TooMany));
    }

    #[test]
    fn terminals_are_told_from_serial_lines() {
        let root = tree(&[
            "pts/0", "tty", "tty1", "tty63", "ttyS0", "ttyUSB0", "console", "vcs", "vcsa7", "vcsu", "tpm0",
        ]);
        let found = terminals(root.path());
        let names: Vec<&str> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["console", "pts", "tty", "tty1", "tty63", "vcs", "vcsa7", "vcsu"]);
    }
}
