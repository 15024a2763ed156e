//! The terminal while a screen has it, given back however the program ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// The terminal of this process.
const DEVICE: &str = "/dev/tty";
/// The other screen, cleared, without a cursor (xterm's private mode 1049, DECTCEM).
const TAKE: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[?25l";
/// No colour, the cursor, and the screen that was there before.
const GIVE_BACK: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?1049l";

/// The terminal that was taken, and how it was.
static TAKEN: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// Takes the terminal: keys come one by one and unseen. The key for breaking off still ends the program.
///
/// # Errors
/// What the terminal says.
pub(super) fn take() -> io::Result<File> {
    restored_at_the_end()?;
    let mut device = OpenOptions::new().read(true).write(true).open(DEVICE)?;
    let before = tcgetattr(&device)?;
    let mut raw = before.clone();
    raw.make_raw();
    raw.local_modes.insert(LocalModes::ISIG);
    // A program that is stopped would leave the screen to the shell as it is (0 is _POSIX_VDISABLE).
    raw.special_codes[SpecialCodeIndex::VSUSP] = 0;
    let kept = (device.try_clone()?, before);
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    let taken = tcsetattr(&device, OptionalActions::Flush, &raw).map_err(io::Error::from);
    if let Err(error) = taken.and_then(|()| device.write_all(TAKE)) {
        give_back();
        return Err(error);
    }
    Ok(device)
}

/// Leaves the terminal as it was; does nothing where it was not taken.
pub(super) fn give_back() {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((mut device, before)) = taken {
        // The terminal may have gone away, and then needs nothing.
        drop(device.write_all(GIVE_BACK));
        // What was typed and not read is for nobody else.
        let _ = tcsetattr(&device, OptionalActions::Flush, &before);
    }
}

/// Has the terminal given back before a signal or a panic ends the program.
fn restored_at_the_end() -> io::Result<()> {
    static HOOK: Once = Once::new();
    let mut registered = Ok(());
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        registered = signals();
    });
    registered
}

const ENDING: [i32; 4] = [
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGQUIT,
    signal_hook::consts::SIGTERM,
];

fn signals() -> io::Result<()> {
    let (mut came, told) = UnixStream::pair()?;
    let number = Arc::new(AtomicUsize::new(0));
    for signal in ENDING {
        let value = usize::try_from(signal).unwrap_or_default();
        signal_hook::flag::register_usize(signal, Arc::clone(&number), value)?;
        signal_hook::low_level::pipe::register(signal, told.try_clone()?)?;
    }
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        while matches!(came.read(&mut [0]), Ok(1)) {
            give_back();
            if let Ok(number @ 1..) = i32::try_from(number.swap(0, Ordering::SeqCst)) {
                // The program ends here, as it does without a screen: the run can be resumed.
                drop(signal_hook::low_level::emulate_default_handler(number));
            }
        }
    })?;
    Ok(())
}
