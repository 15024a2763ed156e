//! What a run that ended well must have made durable: read off its calls, since a power cut cannot be had here.
//!
//! A kill leaves written pages with the kernel, a power cut does not. So each file that was written must have been
//! synced, before it got its name if it got one, and each new name in a directory needs a sync of the directory.
//! What is in the write-ahead log may be missing in the ledger, as long as the log is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is not on the disk yet, as the calls go by.
#[derive(Debug, Default)]
struct Disk {
    /// The paths behind descriptors.
    open: BTreeMap<String, PathBuf>,
    /// Files with contents that may be lost.
    dirty: BTreeSet<PathBuf>,
    /// Names that may be lost.
    unnamed: BTreeSet<PathBuf>,
}

/// Why a run that said it was done may not be, or nothing. `directory` is where the program ran.
pub(crate) fn lost_by_a_power_cut(directory: &Path, trace: &[String]) -> Option<String> {
    let mut disk = Disk::default();
    for line in trace {
        let Some((call, rest)) = line.split_once('(') else { continue };
        // What failed changed nothing.
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { continue };
        if result.starts_with('-') || result.starts_with('?') {
            continue;
        }
        if let Some(fault) = disk.take(directory, call, arguments, result) {
            return Some(format!("{fault}: {line}"));
        }
    }
    let logged = |path: &Path| {
        let log = with(path, "-wal");
        disk.open.values().any(|open| *open == log) && !disk.dirty.contains(&log) && log.exists()
    };
    if let Some(path) = disk.dirty.iter().find(|path| !logged(path)) {
        return Some(format!("{} was written and not synced", path.display()));
    }
    disk.unnamed.first().map(|path| format!("{} is new, and its directory not synced", path.display()))
}

impl Disk {
    fn take(&mut self, directory: &Path, call: &str, arguments: &str, result: &str) -> Option<&'static str> {
        let texts: Vec<PathBuf> =
            arguments.split('"').skip(1).step_by(2).map(|text| clean(&directory.join(text))).collect();
        let of_descriptor = || {
            let number: String = arguments.chars().take_while(char::is_ascii_digit).collect();
            self.open.get(&number).cloned().or_else(|| named(arguments))
        };
        match call {
            "open" | "openat" => {
                let number: String = result.chars().take_while(char::is_ascii_digit).collect();
                let path = texts.first()?.clone();
                // A file without a name is told from others by its descriptor.
                let path =
                    if arguments.contains("O_TMPFILE") { path.join(format!("#{number}")) } else { path };
                let new = arguments.contains("O_EXCL") || is(&path, "-wal");
                // A file that is opened a second time has its name already.
                let known = self.open.values().any(|open| *open == path);
                if arguments.contains("O_CREAT") && new && !known {
                    self.unnamed.insert(path.clone());
                }
                self.open.insert(number, path);
            }
            "write" | "pwrite64" | "writev" | "pwritev" | "ftruncate" => {
                let path = of_descriptor()?;
                if path.starts_with(directory) && !is(&path, "-shm") {
                    self.dirty.insert(path);
                }
            }
            "fsync" | "fdatasync" => {
                let path = of_descriptor()?;
                self.dirty.remove(&path);
                self.unnamed.retain(|name| name.parent() != Some(&path));
            }
            "syncfs" => {
                self.dirty.clear();
                self.unnamed.clear();
            }
            "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
                let (from, to) = (texts.first()?, texts.get(1)?);
                let number =
                    from.strip_prefix("/proc/self/fd").ok().map(|number| number.display().to_string());
                let from =
                    number.and_then(|number| self.open.get(&number).cloned()).unwrap_or_else(|| from.clone());
                if self.dirty.contains(&from) {
                    return Some("it got its name before its contents were on the disk");
                }
                self.unnamed.remove(&from);
                self.unnamed.insert(to.clone());
            }
            "unlink" | "unlinkat" => {
                let path = texts.first()?;
                self.dirty.remove(path);
                self.unnamed.remove(path);
                let ledger = path.to_str()?.strip_suffix("-wal").map(PathBuf::from);
                if ledger.is_some_and(|ledger| self.dirty.contains(&ledger)) {
                    return Some("the log went before the ledger was on the disk");
                }
            }
            "mkdir" | "mkdirat" => {
                self.unnamed.insert(texts.first()?.clone());
            }
            _ => {}
        }
        None
    }
}

/// The path that strace tells of a descriptor.
fn named(arguments: &str) -> Option<PathBuf> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// Without `.` in it.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != std::path::Component::CurDir).collect()
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn is(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}
