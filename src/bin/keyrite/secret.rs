//! A line that is typed without being shown, and a terminal that is as before afterwards.
//!
//! While the line is typed, the keys that would end or stop the program end the question instead: a program
//! that is ended in the middle of it would leave a terminal that shows nothing any more.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// More than any PIN has; what is longer is cut off and refused as too long.
const OCTETS: usize = 1024;

/// Asks on a terminal. Nothing but the answer itself holds what was typed afterwards.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when the person breaks off, and what the terminal says.
pub(crate) fn ask(device: &mut File, prompt: &str) -> io::Result<String> {
    let hidden = Hidden::begin(device.try_clone()?)?;
    device.write_all(prompt.as_bytes())?;
    let mut line = Zeroizing::new(vec![0; OCTETS]);
    let octets = device.read(&mut line);
    device.write_all(b"\n")?;
    drop(hidden);
    match line.get(..octets?) {
        Some([typed @ .., b'\n']) => String::from_utf8(typed.to_vec()).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            io::ErrorKind::InvalidData.into()
        }),
        // Ended by the key for the end, or for breaking off.
        Some(_) | None => Err(io::ErrorKind::Interrupted.into()),
    }
}

/// A terminal that does not show what is typed, as long as this lives.
struct Hidden {
    device: File,
    before: Termios,
}

impl Hidden {
    fn begin(device: File) -> io::Result<Self> {
        let before = tcgetattr(&device)?;
        let mut hidden = before.clone();
        // The terminal still edits the line and gives it whole.
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        hidden.local_modes.insert(LocalModes::ICANON);
        hidden.special_codes[SpecialCodeIndex::VEOL] = hidden.special_codes[SpecialCodeIndex::VINTR];
        // What was typed before is forgotten: it was shown, and as a PIN it would cost a try.
        tcsetattr(&device, OptionalActions::Flush, &hidden)?;
        Ok(Self { device, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The terminal may have gone away, and then needs nothing.
        let _ = tcsetattr(&self.device, OptionalActions::Now, &self.before);
    }
}
