//! The log on standard error: for finding out what went on, never for results.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::safe_text::Page;

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Starts the log. What cryptoki logs is left out: it shows arguments of calls.
pub(crate) fn start(level: Level) {
    let filter = EnvFilter::new(format!("{},cryptoki=off", level.as_str()));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(SafeStderr)
        .with_ansi(false)
        .with_target(true)
        .try_init();
    debug_assert!(started.is_ok(), "the log is started once");
}

/// Standard error behind [`Page`]: one event is one line, whatever its fields hold.
#[derive(Debug)]
struct SafeStderr;

impl<'a> MakeWriter<'a> for SafeStderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for SafeStderr {
    /// Takes one event; the subscriber writes each by one call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut page = Page::default();
        page.line(text.strip_suffix('\n').unwrap_or(&text));
        io::stderr().lock().write_all(page.as_str().as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
