//! What the program and the machine are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use keyrite::audit::Fingerprint;
use keyrite::ceremony::Program;

use crate::failure::{Exit, Failure};
use crate::input;

/// The file of the running program.
const PROGRAM: &str = "/proc/self/exe";
/// The most octets of it.
const OCTETS: usize = 1 << 30;

/// The program, as its own file tells it. That is read once: the file of a program that runs cannot be written, and
/// another one in its place is not this program's.
///
/// # Errors
/// A [`Failure`] when that cannot be read.
pub(crate) fn program() -> Result<Program, Failure> {
    static SHA256: OnceLock<Fingerprint> = OnceLock::new();
    let sha256 = match SHA256.get() {
        Some(known) => *known,
        None => *SHA256.get_or_init({
            let found = of_file(Path::new(PROGRAM))?;
            move || found
        }),
    };
    Ok(Program { version: env!("CARGO_PKG_VERSION").to_owned(), sha256 })
}

/// SHA-256 over a file.
///
/// # Errors
/// A [`Failure`] when it cannot be read.
pub(crate) fn of_file(path: &Path) -> Result<Fingerprint, Failure> {
    Ok(Fingerprint::of(&input::read(path, OCTETS)?))
}

/// What can be said of the machine, by what it is.
///
/// # Errors
/// A [`Failure`] when the program's own file cannot be read.
pub(crate) fn facts() -> Result<BTreeMap<String, String>, Failure> {
    let program = program()?;
    let system = rustix::system::uname();
    let text = |value: &std::ffi::CStr| value.to_string_lossy().into_owned();
    let mut facts = BTreeMap::from([
        ("program version".to_owned(), program.version),
        ("program SHA-256".to_owned(), program.sha256.to_string()),
        ("kernel".to_owned(), format!("{} {}", text(system.sysname()), text(system.release()))),
        ("kernel version".to_owned(), text(system.version())),
        ("machine".to_owned(), text(system.machine())),
        ("host name".to_owned(), text(system.nodename())),
    ]);
    let release = input::read(Path::new("/etc/os-release"), 64 * 1024).unwrap_or_default();
    let release = String::from_utf8_lossy(&release);
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    if let Some(name) = name {
        facts.insert("operating system".to_owned(), name.trim_matches('"').to_owned());
    }
    // Machines of a ceremony are often started from a medium whose digest is known: the id tells one start from another.
    if let Ok(boot) = input::read(Path::new("/proc/sys/kernel/random/boot_id"), 128) {
        facts.insert("boot id".to_owned(), String::from_utf8_lossy(&boot).trim().to_owned());
    }
    Ok(facts)
}

/// The failure of a plan that is not the one that was meant.
pub(crate) fn another(what: &str) -> Failure {
    Failure::new(Exit::Refused, format!("{what} is not what was planned: nothing was signed"))
        .hint("keyrite ceremony plan shows the plan as it is now, with its own hash")
}
