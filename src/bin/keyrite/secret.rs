//! A line that is typed without being shown, and a terminal that is as before afterwards.
//!
//! While the line is typed, the keys that would end or stop the program end the question instead, and the signals
//! that would end it are held up until the terminal is as before: it would show nothing any more otherwise.
//! `SIGKILL` cannot be held up; a shell that people type into sets its terminal right after such an end.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// More than any PIN has; what is longer is cut off and refused as too long.
const OCTETS: usize = 1024;

/// Asks on a terminal. Nothing but the answer itself holds what was typed afterwards.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when the person breaks off, and what the terminal says.
pub(crate) fn ask(device: &mut File, prompt: &str) -> io::Result<String> {
    let held = Held::begin()?;
    let mut hidden = Hidden::begin(device.try_clone()?)?;
    device.write_all(prompt.as_bytes())?;
    let mut line = Zeroizing::new(vec![0; OCTETS]);
    let octets = held.wait(device).and_then(|()| device.read(&mut line));
    hidden.answered =
        matches!(&octets, Ok(octets) if line.get(..*octets).is_some_and(|line| line.ends_with(b"\n")));
    device.write_all(b"\n")?;
    drop(hidden);
    drop(held);
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
    /// Whether a whole line was read.
    answered: bool,
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
        Ok(Self { device, before, answered: false })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Half of a PIN that nobody read would be for whoever reads next, mostly a shell, which shows it.
        let action = if self.answered { OptionalActions::Now } else { OptionalActions::Flush };
        // The terminal may have gone away, and then needs nothing.
        let _ = tcsetattr(&self.device, action, &self.before);
    }
}

/// The signals that end a program, held up as long as this lives.
struct Held(&'static Signals);

/// What the handlers of those signals share with the program.
struct Signals {
    /// Whether a signal ends the program at once, as it does outside of questions.
    at_once: Arc<AtomicBool>,
    /// The number of the last one that came.
    number: Arc<AtomicUsize>,
    /// Becomes readable when one comes.
    came: UnixStream,
}

const ENDING: [i32; 4] = [
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGQUIT,
    signal_hook::consts::SIGTERM,
];

impl Held {
    fn begin() -> io::Result<Self> {
        static SIGNALS: OnceLock<Signals> = OnceLock::new();
        let signals = match SIGNALS.get() {
            Some(signals) => signals,
            None => {
                let made = Signals::register()?;
                SIGNALS.get_or_init(|| made)
            }
        };
        signals.at_once.store(false, Ordering::SeqCst);
        Ok(Self(signals))
    }

    /// Waits until there is something to read.
    fn wait(&self, device: &File) -> io::Result<()> {
        loop {
            let mut both = [PollFd::new(device, PollFlags::IN), PollFd::new(&self.0.came, PollFlags::IN)];
            match rustix::event::poll(&mut both, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let [typed, came] = both;
            if !came.revents().is_empty() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if !typed.revents().is_empty() {
                return Ok(());
            }
        }
    }
}

impl Drop for Held {
    /// Lets a signal that came do what it does, now that the terminal is as before.
    fn drop(&mut self) {
        self.0.at_once.store(true, Ordering::SeqCst);
        if let Ok(number @ 1..) = i32::try_from(self.0.number.swap(0, Ordering::SeqCst)) {
            // The program ends here. A signal that cannot be raised has ended the question at least.
            drop(signal_hook::low_level::emulate_default_handler(number));
        }
    }
}

impl Signals {
    fn register() -> io::Result<Self> {
        let (came, told) = UnixStream::pair()?;
        came.set_nonblocking(true)?;
        told.set_nonblocking(true)?;
        let at_once = Arc::new(AtomicBool::new(true));
        let number = Arc::new(AtomicUsize::new(0));
        for signal in ENDING {
            // In this order: where nothing is to be held up, the first one ends the program.
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&at_once))?;
            let value = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&number), value)?;
            signal_hook::low_level::pipe::register(signal, told.try_clone()?)?;
        }
        Ok(Self { at_once, number, came })
    }
}
