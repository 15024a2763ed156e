//! Standard error while a screen has the terminal: remarks, and whatever modules write there, become lines of it.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;

use crate::safe_text;

/// The most octets of a line.
const LINE: u64 = 4096;

/// Standard error as it was.
#[derive(Debug)]
pub(super) struct Capture(OwnedFd);

impl Capture {
    /// Gives each line to `tell`, escaped, until the end.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn begin(tell: impl Fn(&str) + Send + 'static) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let before = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?;
        rustix::stdio::dup2_stderr(&theirs)?;
        let capture = Self(before);
        thread::Builder::new().name("standard error".to_owned()).spawn(move || {
            let mut lines = BufReader::new(ours);
            let mut line = Vec::new();
            while matches!(lines.by_ref().take(LINE).read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line);
                tell(&safe_text::escape(text.trim_end_matches(['\n', '\r'])));
                line.clear();
            }
        })?;
        Ok(capture)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = rustix::stdio::dup2_stderr(&self.0);
    }
}
