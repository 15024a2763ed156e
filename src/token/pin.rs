//! The PIN: where it comes from, and the one type that holds it.
//!
//! A [`Pin`] cannot be printed, compared, cloned or serialised, and its octets are overwritten when it
//! goes. It is read into a buffer that never grows, so that no copy stays behind in freed memory.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use rustix::fs::{FileType, Mode, OFlags};
use zeroize::{Zeroize as _, Zeroizing};

use super::shares::JoinError;
use crate::port::RandomError;

/// The most octets of a PIN: a bound of keyrite's, above what any known token takes.
pub const PIN_LIMIT: usize = 255;

/// A user PIN. Whether it is long enough is for the token to say.
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Takes a PIN as it was typed. The buffer itself is kept, not copied.
    ///
    /// # Errors
    /// [`PinError`] when it is empty or longer than [`PIN_LIMIT`] octets.
    pub fn from_text(text: String) -> Result<Self, PinError> {
        Self::from_octets(Zeroizing::new(text.into_bytes()))
    }

    pub(super) fn from_octets(octets: Zeroizing<Vec<u8>>) -> Result<Self, PinError> {
        match octets.len() {
            0 => Err(PinError::Empty),
            1..=PIN_LIMIT => Ok(Self(octets)),
            _ => Err(PinError::Length),
        }
    }

    /// Joins what several people typed, in their order.
    ///
    /// # Errors
    /// As [`Pin::from_text`].
    pub fn joined(parts: &[Zeroizing<String>]) -> Result<Self, PinError> {
        // The buffer never moves.
        let octets = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let mut whole = Zeroizing::new(Vec::with_capacity(octets));
        parts.iter().for_each(|part| whole.extend(part.as_bytes()));
        Self::from_octets(whole)
    }

    /// The octets, for the one place that hands them to the worker, and the one that splits them.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

/// Where the PIN comes from: `--pin-source`, or the URI's `pin-source` (RFC 7512 s.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinSource {
    /// The operator types it.
    Terminal,
    /// `file:PATH`: a file that nobody else can read; one newline at its end is no part of the PIN.
    File(PathBuf),
    /// `env:NAME`: a variable of this process's environment, which the worker does not inherit.
    Env(OsString),
    /// `fd:N`: an open file descriptor of this process, read to its end.
    Fd(u32),
    /// `parts:N`: N people type a part each, one after the other.
    Parts(u8),
    /// `shares`: the holders of shares type theirs, until there are enough (`keyrite pin split`).
    Shares,
}

/// The most parts that a PIN is typed in.
const MOST_PARTS: u8 = 9;

impl PinSource {
    /// Reads the value of `--pin-source`.
    ///
    /// # Errors
    /// [`PinSourceError`] when it is none of the known forms.
    pub fn parse(text: &OsStr) -> Result<Self, PinSourceError> {
        let octets = text.as_bytes();
        if octets == b"terminal" {
            return Ok(Self::Terminal);
        }
        prefixed(octets)?.ok_or(PinSourceError::Form)
    }

    /// Reads the value of a URI's `pin-source`: the same forms, and a plain absolute path.
    pub(super) fn from_uri_octets(octets: Vec<u8>) -> Result<Self, PinSourceError> {
        if octets.first() == Some(&b'|') {
            return Err(PinSourceError::Command);
        }
        let source = match prefixed(&octets)? {
            Some(source) => source,
            None if octets.contains(&0) => return Err(PinSourceError::Empty { form: "file:PATH" }),
            None if octets.first() == Some(&b'/') => Self::File(path(octets)),
            None => return Err(PinSourceError::Form),
        };
        if let Self::File(path) = &source
            && path.is_relative()
        {
            return Err(PinSourceError::Relative { path: path.clone() });
        }
        Ok(source)
    }

    /// The text that [`PinSource::parse`] reads back.
    pub(super) fn to_octets(&self) -> Vec<u8> {
        match self {
            Self::Terminal => b"terminal".to_vec(),
            Self::File(path) => {
                let path = path.as_os_str().as_bytes();
                // After `file:`, two slashes begin the name of a host: it is empty here.
                let authority: &[u8] = if path.starts_with(b"//") { b"//" } else { b"" };
                [b"file:", authority, path].concat()
            }
            Self::Env(name) => [b"env:", name.as_bytes()].concat(),
            Self::Fd(number) => format!("fd:{number}").into_bytes(),
            Self::Parts(count) => format!("parts:{count}").into_bytes(),
            Self::Shares => b"shares".to_vec(),
        }
    }

    /// The environment variable that holds the PIN, which no child process should inherit.
    #[must_use]
    pub fn environment_variable(&self) -> Option<&OsStr> {
        match self {
            Self::Env(name) => Some(name),
            Self::Terminal | Self::File(_) | Self::Fd(_) | Self::Parts(_) | Self::Shares => None,
        }
    }

    /// Whether people have to be there and type.
    #[must_use]
    pub const fn is_typed(&self) -> bool {
        match self {
            Self::Terminal | Self::Parts(_) | Self::Shares => true,
            Self::File(_) | Self::Env(_) | Self::Fd(_) => false,
        }
    }

    /// Reads the PIN from where it is.
    ///
    /// # Errors
    /// [`PinError`] when there is none, others can read it, or it is not one line of at most
    /// [`PIN_LIMIT`] octets. [`PinError::Terminal`] for what people type: asking is the program's part.
    pub fn read(&self) -> Result<Pin, PinError> {
        match self {
            Self::Terminal | Self::Parts(_) | Self::Shares => Err(PinError::Terminal),
            Self::File(path) => {
                let unreadable =
                    |error: rustix::io::Errno| PinError::File { path: path.clone(), source: error.into() };
                // Without NONBLOCK the opening of a FIFO would wait for its writer.
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
                let file = rustix::fs::open(path, flags, Mode::empty()).map_err(unreadable)?;
                let stat = rustix::fs::fstat(&file).map_err(unreadable)?;
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                    return Err(PinError::NotFile { path: path.clone() });
                }
                if stat.st_mode & 0o077 != 0 {
                    return Err(PinError::Readable { path: path.clone(), mode: stat.st_mode & 0o777 });
                }
                read_line(|buffer| rustix::io::read(&file, buffer).map_err(unreadable))
            }
            Self::Env(name) => {
                let value = std::env::var_os(name)
                    .ok_or_else(|| PinError::Variable { name: name.to_string_lossy().into_owned() })?;
                Pin::from_octets(Zeroizing::new(value.into_vec()))
            }
            Self::Fd(number) => {
                let unreadable =
                    |error: rustix::io::Errno| PinError::Descriptor { number: *number, source: error.into() };
                // Opened anew through /proc, since taking over a number is not memory-safe in general.
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
                let file = rustix::fs::open(format!("/proc/self/fd/{number}"), flags, Mode::empty())
                    .map_err(unreadable)?;
                read_line(|buffer| rustix::io::read(&file, buffer).map_err(unreadable))
            }
        }
    }
}

/// Recognises the forms with a prefix, and `shares`. `file:` may be a URL with an empty or no authority (RFC 8089).
fn prefixed(octets: &[u8]) -> Result<Option<PinSource>, PinSourceError> {
    if let Some(rest) = octets.strip_prefix(b"file:") {
        let rest = match rest.strip_prefix(b"//") {
            Some(local) if local.first() == Some(&b'/') => local,
            Some(_) => return Err(PinSourceError::Host),
            None => rest,
        };
        if rest.is_empty() || rest.contains(&0) {
            return Err(PinSourceError::Empty { form: "file:PATH" });
        }
        return Ok(Some(PinSource::File(path(rest.to_vec()))));
    }
    if let Some(name) = octets.strip_prefix(b"env:") {
        if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
            return Err(PinSourceError::Empty { form: "env:NAME" });
        }
        return Ok(Some(PinSource::Env(OsString::from_vec(name.to_vec()))));
    }
    if let Some(digits) = octets.strip_prefix(b"fd:") {
        return number(digits)
            .map(|number| Some(PinSource::Fd(number)))
            .ok_or(PinSourceError::Empty { form: "fd:N" });
    }
    if let Some(digits) = octets.strip_prefix(b"parts:") {
        let count = number(digits).filter(|count| (2..=MOST_PARTS).contains(count));
        return count.map(|count| Some(PinSource::Parts(count))).ok_or(PinSourceError::Parts);
    }
    Ok((octets == b"shares").then_some(PinSource::Shares))
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    let digits = std::str::from_utf8(digits).ok();
    digits.filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()))?.parse().ok()
}

fn path(octets: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(octets))
}

/// Reads to the end of one line: at most a PIN and its newline, into a buffer that does not move.
fn read_line(mut read: impl FnMut(&mut [u8]) -> Result<usize, PinError>) -> Result<Pin, PinError> {
    // Room for CR LF and for one octet more, by which too long a PIN shows.
    let mut buffer = Zeroizing::new(vec![0; PIN_LIMIT + 3]);
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read(rest)? {
            0 => break,
            octets => filled = filled.saturating_add(octets),
        }
    }
    buffer.truncate(filled);
    if buffer.last() == Some(&b'\n') {
        buffer.pop();
        if buffer.last() == Some(&b'\r') {
            buffer.pop();
        }
    }
    if buffer.len() > PIN_LIMIT {
        return Err(PinError::Length);
    }
    if buffer.contains(&b'\n') {
        buffer.zeroize();
        return Err(PinError::Lines);
    }
    Pin::from_octets(buffer)
}

/// A text that does not say where the PIN comes from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinSourceError {
    /// None of the known forms. A PIN given by mistake would be shown here, so nothing is.
    #[error("not a PIN source, wanted file:PATH, env:NAME, fd:N, parts:N or shares")]
    Form,
    /// `parts:` with a number that makes no sense.
    #[error("incomplete PIN source, wanted parts:N with a number from 2 to {MOST_PARTS}")]
    Parts,
    /// A form without its path, name or number.
    #[error("incomplete PIN source, wanted {form}")]
    Empty {
        /// The form that was begun.
        form: &'static str,
    },
    /// `|command`, which RFC 7512 allows.
    #[error("a command as PIN source is refused: keyrite runs no other programs")]
    Command,
    /// A `file:` URL with a host.
    #[error("a PIN file on another host cannot be read, wanted file:PATH")]
    Host,
    /// A relative path inside a URI, whose meaning would change with the directory.
    #[error("PIN file {path:?} is not an absolute path")]
    Relative {
        /// The path.
        path: PathBuf,
    },
}

/// Why there is no PIN.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The PIN has to be typed, and this process has nobody to ask.
    #[error("the PIN has to be typed, but there is no terminal to ask on")]
    Terminal,
    /// The operator ended the question.
    #[error("no PIN was given")]
    Cancelled,
    /// The file cannot be opened or read.
    #[error("PIN file {path:?} cannot be read")]
    File {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The path is a directory, FIFO or device.
    #[error("PIN file {path:?} is not a regular file")]
    NotFile {
        /// The path.
        path: PathBuf,
    },
    /// Others can read the file.
    #[error("PIN file {path:?} has mode {mode:04o}, wanted no access for group and others")]
    Readable {
        /// The path.
        path: PathBuf,
        /// The permission bits.
        mode: u32,
    },
    /// The environment variable is not set.
    #[error("environment variable {name:?} for the PIN is not set")]
    Variable {
        /// The variable.
        name: String,
    },
    /// The file descriptor is not open, or not for reading.
    #[error("file descriptor {number} for the PIN cannot be read")]
    Descriptor {
        /// The descriptor.
        number: u32,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// No octet at all.
    #[error("the PIN is empty")]
    Empty,
    /// More octets than any token takes.
    #[error("the PIN is longer than {PIN_LIMIT} octets")]
    Length,
    /// A new PIN was typed in two different ways.
    #[error("the new PIN was typed differently the second time")]
    Differs,
    /// Shares that do not give a PIN.
    #[error(transparent)]
    Shares(#[from] JoinError),
    /// There was no randomness for a PIN that was to be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// More than one line.
    #[error("the PIN source holds more than one line")]
    Lines,
}

impl PinError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Terminal => Some("give --pin-source file:PATH, env:NAME or fd:N".to_owned()),
            Self::Readable { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::Cancelled
            | Self::File { .. }
            | Self::NotFile { .. }
            | Self::Variable { .. }
            | Self::Descriptor { .. }
            | Self::Empty
            | Self::Length
            | Self::Differs
            | Self::Shares(_)
            | Self::Random(_)
            | Self::Lines => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(text: &[u8], mode: u32) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn read(text: &[u8]) -> Result<Vec<u8>, PinError> {
        let file = file(text, 0o600);
        PinSource::File(file.path().to_owned()).read().map(|pin| pin.expose().to_vec())
    }

    #[test]
    fn sources_read_back() {
        for text in [
            "file:/run/pin",
            "file:pin",
            "env:KEYRITE_PIN",
            "fd:3",
            "terminal",
            "parts:2",
            "parts:9",
            "shares",
        ] {
            let source = PinSource::parse(OsStr::new(text)).unwrap();
            assert_eq!(source.to_octets(), text.as_bytes());
        }
        for text in [
            "",
            "1234",
            "file:",
            "env:",
            "env:A=B",
            "fd:",
            "fd:-1",
            "fd:x",
            "fd:+3",
            "file://host/p",
            "parts:",
            "parts:1",
            "parts:10",
            "parts:+2",
            "shares:2",
            "Shares",
        ] {
            assert!(PinSource::parse(OsStr::new(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pin_given_as_source_is_not_repeated() {
        let error = PinSource::parse(OsStr::new("8471-secret")).unwrap_err();
        assert!(!error.to_string().contains("8471"));
    }

    #[test]
    fn a_uri_may_name_a_plain_absolute_path() {
        let file = PinSource::File(PathBuf::from("/etc/token_pin"));
        for text in ["/etc/token_pin", "file:/etc/token_pin", "file:///etc/token_pin"] {
            assert_eq!(PinSource::from_uri_octets(text.as_bytes().to_vec()).unwrap(), file, "{text}");
        }
        let command = PinSource::from_uri_octets(b"|/bin/pin".to_vec());
        assert_eq!(command, Err(PinSourceError::Command));
        for text in [&b"/etc/pin\0"[..], b"file:/etc/pin\0"] {
            let incomplete = PinSource::from_uri_octets(text.to_vec());
            assert_eq!(incomplete, Err(PinSourceError::Empty { form: "file:PATH" }));
        }
        let relative = PinSource::from_uri_octets(b"file:pin".to_vec());
        assert!(matches!(relative, Err(PinSourceError::Relative { .. })));
    }

    #[test]
    fn one_newline_at_the_end_is_dropped() {
        assert_eq!(read(b"1234").unwrap(), b"1234");
        assert_eq!(read(b"1234\n").unwrap(), b"1234");
        assert_eq!(read(b"1234\r\n").unwrap(), b"1234");
        assert!(matches!(read(b"1234\n\n"), Err(PinError::Lines)));
        assert!(matches!(read(b"12\n34"), Err(PinError::Lines)));
        assert!(matches!(read(b"\n"), Err(PinError::Empty)));
    }

    #[test]
    fn the_longest_pin_is_255_octets() {
        assert_eq!(read(&[b'1'; 255]).unwrap().len(), 255);
        assert!(matches!(read(&[b'1'; 256]), Err(PinError::Length)));
        assert!(matches!(read(&[b'1'; 4096]), Err(PinError::Length)));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        for mode in [0o640, 0o604, 0o610] {
            let file = file(b"1234", mode);
            let error = PinSource::File(file.path().to_owned()).read().unwrap_err();
            assert!(matches!(error, PinError::Readable { .. }), "{mode:o}: {error}");
        }
        let error = PinSource::File(PathBuf::from("/dev/null")).read().unwrap_err();
        assert!(matches!(error, PinError::NotFile { .. }));
    }

    #[test]
    fn a_descriptor_is_read_to_its_end() {
        use std::os::fd::AsRawFd as _;
        let file = file(b"5678\n", 0o600);
        let number = u32::try_from(file.as_raw_fd()).unwrap();
        assert_eq!(PinSource::Fd(number).read().unwrap().expose(), b"5678");
        assert!(matches!(PinSource::Fd(9999).read(), Err(PinError::Descriptor { .. })));
    }

    #[test]
    fn debug_text_shows_nothing() {
        let pin = Pin::from_text("1234".to_owned()).unwrap();
        assert_eq!(format!("{pin:?}"), "Pin(redacted)");
    }
}
