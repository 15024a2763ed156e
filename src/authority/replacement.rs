//! Files that take the place of older ones, for others to fetch: complete or as they were, and never an older one in
//! the place of a newer one.
//!
//! All files of a call are written beside their places and synced once, then each is renamed into its place, and last
//! the directories are synced: whoever reads meanwhile has the old file or the new one. A lock on the directory keeps
//! two processes from replacing at the same time.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::output::{Access, OutputError, directory_of, sync_everything, write_named};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is new, or in the place of an older one.
    Written,
    /// The same stands in its place already.
    Unchanged,
    /// What stands in its place is newer, and was not touched.
    Kept,
}

/// Whether what stands there is to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be replaced.
    Replace,
    /// It stays, since it is newer.
    Keep,
    /// It stays, since it is something else; this is what was wanted.
    Foreign(&'static str),
}

/// The largest file that is read to be compared: a CRL of some five million entries.
const COMPARED: u64 = 256 * 1024 * 1024;

/// Writes files below a directory, each given by its path, whose directories are made, and its contents. `judge` is
/// given the contents that stand there and those that would replace them, where they differ. The answer holds one result per file.
///
/// # Errors
/// [`OutputError`] when the directory cannot be opened or locked; else that of each file is among the results.
pub fn replace_all(
    directory: &Path,
    files: &[(PathBuf, &[u8])],
    judge: impl Fn(&[u8], &[u8]) -> Verdict,
) -> Result<Vec<Result<Replaced, OutputError>>, OutputError> {
    let refused = |source| OutputError::Directory { directory: directory.to_owned(), source };
    let opened = File::open(directory).map_err(refused)?;
    flock(&opened, FlockOperation::LockExclusive).map_err(|error| refused(error.into()))?;
    let mut made = BTreeSet::new();
    let written: Vec<_> = files
        .iter()
        .map(|(path, contents)| {
            let place = directory.join(path);
            if path.components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(OutputError::NoName { path: place });
            }
            let above = directory_of(&place);
            if !made.contains(above) {
                std::fs::create_dir_all(above)
                    .map_err(|source| OutputError::Directory { directory: above.to_owned(), source })?;
                made.insert(above.to_owned());
            }
            let Some(found) = standing(&place)? else {
                return write_named(&place, contents, Access::Public).map(Ok);
            };
            if found == *contents {
                return Ok(Err(Replaced::Unchanged));
            }
            match judge(&found, contents) {
                Verdict::Replace => write_named(&place, contents, Access::Public).map(Ok),
                Verdict::Keep => Ok(Err(Replaced::Kept)),
                Verdict::Foreign(wanted) => {
                    let source =
                        io::Error::new(io::ErrorKind::InvalidData, format!("what is there is not {wanted}"));
                    Err(OutputError::Write { path: place, source })
                }
            }
        })
        .collect();
    // The contents are on the disk before any name is theirs.
    let synced = sync_everything(&opened);
    let named: Vec<_> = files
        .iter()
        .zip(written)
        .map(|((path, _), written)| match (written?, &synced) {
            (Err(left), _) => Ok(left),
            (Ok(file), Ok(())) => file.replace(&directory.join(path)).map(|()| Replaced::Written),
            (Ok(file), Err(error)) => Err(file.abandon(&directory.join(path), again(error))),
        })
        .collect();
    sync_everything(&opened).map_err(refused)?;
    Ok(named)
}

fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// What stands at a place, if something does.
fn standing(place: &Path) -> Result<Option<Vec<u8>>, OutputError> {
    use std::io::Read as _;
    let failed = |source| OutputError::Write { path: place.to_owned(), source };
    let file = match File::open(place) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut contents = Vec::new();
    file.take(COMPARED).read_to_end(&mut contents).map_err(failed)?;
    Ok(Some(contents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_stays_an_older_one_is_replaced_and_a_foreign_one_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let newer = |old: &[u8], new: &[u8]| match old {
            b"x" => Verdict::Foreign("a number"),
            _ if old >= new => Verdict::Keep,
            _ => Verdict::Replace,
        };
        let file = |name: &str, contents: &'static [u8]| (PathBuf::from(name), contents);
        let first = [file("a/b", b"2"), file("c", b"x")];
        let results = replace_all(home.path(), &first, newer).unwrap();
        assert!(results.iter().all(|one| matches!(one, Ok(Replaced::Written))), "{results:?}");
        let second = [file("a/b", b"1"), file("c", b"3"), file("d", b"1"), file("../e", b"1")];
        let results = replace_all(home.path(), &second, newer).unwrap();
        assert!(matches!(results[0], Ok(Replaced::Kept)), "{results:?}");
        assert!(matches!(results[1], Err(OutputError::Write { .. })), "{results:?}");
        assert!(matches!(results[2], Ok(Replaced::Written)), "{results:?}");
        assert!(matches!(results[3], Err(OutputError::NoName { .. })), "{results:?}");
        let third = replace_all(home.path(), &[file("a/b", b"3"), file("d", b"1")], newer).unwrap();
        assert!(matches!(third[..], [Ok(Replaced::Written), Ok(Replaced::Unchanged)]), "{third:?}");
        assert_eq!(std::fs::read(home.path().join("a/b")).unwrap(), b"3");
        assert_eq!(std::fs::read_dir(home.path().join("a")).unwrap().count(), 1, "a temporary file stayed");
    }
}
