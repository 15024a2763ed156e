//! Lists of weak keys: files too large to be held, searched in place.
//!
//! One line for each key: SHA-256 over its SubjectPublicKeyInfo, or over its RSA modulus, as 64 lower-case
//! hexadecimal digits; sorted, after any number of comment lines that begin with `#`. `LC_ALL=C sort -u` makes such
//! a file. Lists of SHA-1 fingerprints, as the packages openssl-blacklist have them, are not read: this program
//! contains no SHA-1.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::x509::spki::PublicKey;

/// The octets of a line: 64 digits and a line feed.
const LINE: usize = 65;
/// The octets of all comment lines, at most.
const HEAD: usize = 65_536;

/// An open list of weak keys.
#[derive(Debug)]
pub struct WeakKeyList {
    path: PathBuf,
    file: File,
    start: u64,
    lines: u64,
}

/// Why a list of weak keys cannot be used. Nothing is certified without it once it is configured.
#[derive(Debug, thiserror::Error)]
pub enum WeakKeyListError {
    /// The file cannot be read.
    #[error("the list of weak keys {} cannot be read", path.display())]
    Read {
        /// The list.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What follows the comments are not lines of the one length.
    #[error(
        "the list of weak keys {} has {octets} octets after its comments, wanted lines of 64 digits each",
        path.display()
    )]
    Length {
        /// The list.
        path: PathBuf,
        /// How many octets there are.
        octets: u64,
    },
    /// A line that is no fingerprint.
    #[error(
        "line {line} after the comments of the list of weak keys {} is not 64 lower-case hexadecimal digits",
        path.display()
    )]
    Line {
        /// The list.
        path: PathBuf,
        /// Which one, from 1.
        line: u64,
    },
    /// A line that does not stand in its place, so that nothing can be found.
    #[error("line {line} after the comments of the list of weak keys {} is not in its order", path.display())]
    Order {
        /// The list.
        path: PathBuf,
        /// Which one, from 1.
        line: u64,
    },
}

impl WeakKeyListError {
    /// What helps.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "[keys] weak_key_lists in keyrite.toml names it",
            Self::Length { .. } | Self::Line { .. } | Self::Order { .. } => {
                "LC_ALL=C sort -u makes a list of SHA-256 fingerprints, one on each line"
            }
        }
    }
}

impl WeakKeyList {
    /// Opens a list.
    ///
    /// # Errors
    /// [`WeakKeyListError`] when it cannot be read or does not consist of lines of the one length.
    pub fn open(path: &Path) -> Result<Self, WeakKeyListError> {
        let unreadable = |source| WeakKeyListError::Read { path: path.to_owned(), source };
        // Looked at first: to open a pipe would wait for its other end.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(unreadable(io::Error::other("not a regular file")));
        }
        let file = File::open(path).map_err(unreadable)?;
        let octets = file.metadata().map_err(unreadable)?.len();
        let mut head = vec![0; HEAD.min(usize::try_from(octets).unwrap_or(HEAD))];
        file.read_exact_at(&mut head, 0).map_err(unreadable)?;
        let start: usize = head
            .split_inclusive(|octet| *octet == b'\n')
            .take_while(|line| line.starts_with(b"#"))
            .map(<[u8]>::len)
            .fold(0, usize::saturating_add);
        let start = u64::try_from(start).unwrap_or(u64::MAX);
        let rest = octets.saturating_sub(start);
        let line = u64::try_from(LINE).unwrap_or(u64::MAX);
        // The line feed of the last line may be missing.
        let whole = rest.next_multiple_of(line);
        if whole.saturating_sub(rest) > 1 {
            return Err(WeakKeyListError::Length { path: path.to_owned(), octets: rest });
        }
        let list =
            Self { path: path.to_owned(), file, start, lines: whole.checked_div(line).unwrap_or_default() };
        // What is no list at all is found before anything depends on it.
        if list.lines > 0 {
            list.line(0)?;
            list.line(list.lines.saturating_sub(1))?;
        }
        Ok(list)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a key stands in the list.
    ///
    /// # Errors
    /// [`WeakKeyListError`] when a line on the way is not one, or stands in the wrong place.
    pub fn contains(&self, key: &PublicKey) -> Result<bool, WeakKeyListError> {
        let modulus = key.rsa_modulus().map(|modulus| Sha256::digest(modulus).into());
        for fingerprint in std::iter::once(key.sha256()).chain(modulus) {
            if self.has(fingerprint)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has(&self, wanted: [u8; 32]) -> Result<bool, WeakKeyListError> {
        let (mut low, mut high) = (0, self.lines);
        let (mut least, mut greatest) = ([0; 32], [0xff; 32]);
        while low < high {
            let middle = low.midpoint(high);
            let found = self.line(middle)?;
            if found < least || found > greatest {
                let line = middle.saturating_add(1);
                return Err(WeakKeyListError::Order { path: self.path.clone(), line });
            }
            match found.cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => (low, least) = (middle.saturating_add(1), found),
                std::cmp::Ordering::Greater => (high, greatest) = (middle, found),
            }
        }
        Ok(false)
    }

    fn line(&self, at: u64) -> Result<[u8; 32], WeakKeyListError> {
        let mut octets = [0; LINE];
        let place = at.saturating_mul(u64::try_from(LINE).unwrap_or(u64::MAX)).saturating_add(self.start);
        let last = at.saturating_add(1) == self.lines;
        let (digits, end) = octets.split_at_mut(64);
        let read = |buffer: &mut [u8], place| {
            let failed = |source| WeakKeyListError::Read { path: self.path.clone(), source };
            self.file.read_exact_at(buffer, place).map_err(failed)
        };
        read(digits, place)?;
        if last {
            end.fill(b'\n');
        } else {
            read(end, place.saturating_add(64))?;
        }
        let wrong = || WeakKeyListError::Line { path: self.path.clone(), line: at.saturating_add(1) };
        let mut fingerprint = [0; 32];
        hex::decode_to_slice(&*digits, &mut fingerprint).map_err(|_| wrong())?;
        if end == b"\n" && !digits.iter().any(u8::is_ascii_uppercase) {
            Ok(fingerprint)
        } else {
            Err(wrong())
        }
    }
}
