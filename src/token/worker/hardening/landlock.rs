//! Which files the module can reach, by Landlock (Linux 5.13).

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, LandlockStatus, PathBeneath, RestrictionStatus, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags};

use super::reach;
use crate::token::confinement::{Enclosure, HomeReach};

/// What is asked of the kernel; an older one does what it can.
const WANTED: ABI = ABI::V6;
/// From here on signals are kept within.
const SIGNALS: u8 = 6;
/// From here on emptying a file by its name is a right like others; before, nothing forbids it.
const TRUNCATION: u8 = 3;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) home: HomeReach,
    pub(super) version: Option<u8>,
    pub(super) terminals: bool,
    pub(super) signals: bool,
    /// Whether `truncate(2)` is left to be forbidden by other means.
    pub(super) truncation_open: bool,
}

/// Confines the calling thread, and every thread and process that comes from it.
///
/// Beneath what is granted everything is allowed, creating included, but for device files. What Landlock does not
/// know stays possible in the home too: to learn that a file is there, and to change its mode or times.
///
/// What is `hidden` already is not kept once more.
pub(super) fn confine(enclosure: &Enclosure, hidden: bool) -> Outcome {
    let home =
        enclosure.home.as_ref().map(|octets| PathBuf::from(OsStr::from_bytes(octets))).filter(|_| !hidden);
    let granted: Vec<&Path> =
        enclosure.granted.iter().map(|octets| Path::new(OsStr::from_bytes(octets))).collect();
    let open = |reason: String| Outcome {
        home: if home.is_some() { HomeReach::Open { reason } } else { HomeReach::NoHome },
        version: None,
        terminals: false,
        signals: false,
        truncation_open: false,
    };
    if home.as_deref().is_some_and(|home| home.parent().is_none()) {
        return open("it is the root directory".to_owned());
    }
    let mut kept = reach::terminals(Path::new("/dev"));
    kept.extend(home.clone());
    let places = match reach::beside(Path::new("/"), &kept) {
        Ok(places) => places,
        Err(error) => return open(error.to_string()),
    };
    match restrict(&places, home.as_deref(), &granted) {
        Ok((status, inside)) => match status.landlock {
            LandlockStatus::Available { effective_abi, .. }
                if status.ruleset != RulesetStatus::NotEnforced =>
            {
                let version = version(effective_abi);
                Outcome {
                    home: match (home, &enclosure.open) {
                        (_, Some(reason)) => HomeReach::Open { reason: reason.clone() },
                        (Some(_), None) => HomeReach::Closed { granted: inside },
                        (None, None) => HomeReach::NoHome,
                    },
                    version: Some(version),
                    terminals: true,
                    signals: version >= SIGNALS,
                    truncation_open: version < TRUNCATION,
                }
            }
            LandlockStatus::NotEnabled => open("Landlock is switched off in this kernel".to_owned()),
            LandlockStatus::NotImplemented | LandlockStatus::Available { .. } => {
                open("this kernel has no Landlock".to_owned())
            }
        },
        Err(error) => open(format!("Landlock failed: {error}")),
    }
}

/// Grants the places and those inside the home, which it gives back as far as they are there.
fn restrict(
    places: &[PathBuf],
    home: Option<&Path>,
    granted: &[&Path],
) -> Result<(RestrictionStatus, Vec<PathBuf>), landlock::RulesetError> {
    let mut rules =
        Ruleset::default().handle_access(AccessFs::from_all(WANTED))?.scope(Scope::Signal)?.create()?;
    for place in places {
        // What is gone again, or of a kind that takes no rule, is not granted.
        if let Ok(file) =
            rustix::fs::open(place, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        {
            let _ = grant(&mut rules, &file);
        }
    }
    let mut inside = Vec::new();
    for place in granted {
        if let Some(file) = home.and_then(|home| open_inside(home, place))
            && grant(&mut rules, &file)
        {
            inside.push((*place).to_owned());
        }
    }
    Ok((rules.restrict_self()?, inside))
}

/// A place in the home, to which no link leads.
pub(super) fn open_inside(home: &Path, place: &Path) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let home = rustix::fs::open(home, flags | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty()).ok()?;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    rustix::fs::openat2(home, place, flags, Mode::empty(), within).ok()
}

/// Allows everything beneath a directory, or with a file, that has a sense there.
fn grant(rules: &mut RulesetCreated, place: &OwnedFd) -> bool {
    let Ok(stat) = rustix::fs::fstat(place) else { return false };
    let rights: BitFlags<AccessFs> = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink | FileType::BlockDevice => return false,
        FileType::Directory => AccessFs::from_all(WANTED) & !(AccessFs::MakeChar | AccessFs::MakeBlock),
        FileType::RegularFile
        | FileType::CharacterDevice
        | FileType::Fifo
        | FileType::Socket
        | FileType::Unknown => AccessFs::from_file(WANTED),
    };
    rules.add_rule(PathBeneath::new(place.as_fd(), rights)).is_ok()
}

/// The number of a version of the interface.
fn version(abi: ABI) -> u8 {
    (1..=SIGNALS).rev().find(|number| ABI::from(i32::from(*number)) <= abi).unwrap_or(0)
}
