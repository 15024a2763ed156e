//! The files of a run, and the groups in which they are gone through. Of ten thousand each costs its own octets and one
//! number, and no allocation.

use std::ffi::OsStr;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

/// How many certificates are reserved, signed and recorded together. More are hardly faster (a commit is one wait for
/// the disk), and all of them are in memory.
pub(crate) const GROUP: usize = 250;
/// How many are in the first group: these are judged twice, once before the token is asked for anything.
const FIRST_GROUP: usize = 25;

/// The places of a group in the run.
pub(crate) type Group = Range<usize>;

/// Paths in the order in which they were given, one after the other in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    octets: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Paths {
    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A small group, so that the token has something to do soon, and then large ones.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let first = 0..self.len().min(FIRST_GROUP);
        let starts = (first.end..self.len()).step_by(GROUP);
        let rest = starts.map(|start| start..start.saturating_add(GROUP).min(self.len()));
        std::iter::once(first).chain(rest).collect()
    }

    /// All of them as one group.
    pub(crate) fn together(&self) -> Vec<Group> {
        std::iter::once(0..self.len()).collect()
    }

    /// Reads group after group, until there is none or nobody wants more.
    pub(crate) fn read_ahead<T>(
        &self,
        groups: Vec<Group>,
        read: impl Fn(&Path) -> T,
        ahead: &SyncSender<Vec<(usize, T)>>,
    ) {
        for group in groups {
            if ahead.send(self.at(group).map(|(place, path)| (place, read(path))).collect()).is_err() {
                break;
            }
        }
    }

    /// Those at some places, each with its place.
    pub(crate) fn at(&self, places: Group) -> impl Iterator<Item = (usize, &Path)> {
        places.filter_map(|place| {
            let end = *self.ends.get(place)?;
            let before = place.checked_sub(1).and_then(|before| self.ends.get(before));
            let octets = self.octets.get(before.copied().unwrap_or_default()..end)?;
            Some((place, Path::new(OsStr::from_bytes(octets))))
        })
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.at(0..self.len()).map(|(_, path)| path)
    }
}

impl FromIterator<PathBuf> for Paths {
    fn from_iter<I: IntoIterator<Item = PathBuf>>(paths: I) -> Self {
        let mut packed = Self::default();
        for path in paths {
            packed.octets.extend_from_slice(path.as_os_str().as_bytes());
            packed.ends.push(packed.octets.len());
        }
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_out_as_they_went_in() {
        let odd = PathBuf::from(OsStr::from_bytes(b"\xff/x.csr"));
        let given = [PathBuf::from("a.csr"), PathBuf::new(), odd, PathBuf::from("-")];
        let packed: Paths = given.iter().cloned().collect();
        assert_eq!(
            (packed.len(), packed.iter().collect::<Vec<_>>()),
            (4, given.iter().map(PathBuf::as_path).collect())
        );
        assert_eq!(packed.at(2..9).collect::<Vec<_>>(), [(2, given[2].as_path()), (3, Path::new("-"))]);
        assert_eq!(Paths::default().iter().next(), None);
    }

    #[test]
    fn the_first_group_is_small_and_nothing_is_left_out() {
        let of = |files: usize| (0..files).map(|_| PathBuf::from("a")).collect::<Paths>().groups();
        for (files, lengths) in
            [(0, &[0][..]), (1, &[1]), (25, &[25]), (26, &[25, 1]), (600, &[25, 250, 250, 75])]
        {
            assert_eq!(of(files).into_iter().map(|group| group.len()).collect::<Vec<_>>(), lengths);
            assert!(of(files).into_iter().flatten().eq(0..files));
        }
    }
}
