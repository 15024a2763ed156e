//! What a command answers: one value, printed as text or as JSON.

use std::fmt;
use std::io::{self, BufWriter, Write as _};

use serde::Serialize;

use crate::failure::{Exit, Failure, Progress};
use crate::safe_text::{self, CHUNK, Page};

/// A value that people can read.
pub(crate) trait Text {
    /// Puts the value on a page.
    fn text(&self, page: &mut Page);
}

/// A value in both forms: every [`Serialize`] that is also [`Text`].
trait Both {
    /// Puts the value on a page.
    fn put(&self, page: &mut Page);

    /// Writes the value to standard output as it is put into words: no more of it than a chunk is ever in memory.
    fn write(&self, json: bool) -> Result<(), Unwritten>;
}

impl<T: Serialize + Text> Both for T {
    fn put(&self, page: &mut Page) {
        self.text(page);
    }

    fn write(&self, json: bool) -> Result<(), Unwritten> {
        if json {
            let mut out = BufWriter::with_capacity(CHUNK, io::stdout().lock());
            return match safe_text::write_json(self, &mut out) {
                Ok(()) => Ok(out.write_all(b"\n").and_then(|()| out.flush())?),
                Err(error) if error.is_io() => Err(Unwritten::Output(error.into())),
                Err(error) => Err(Unwritten::Json(error)),
            };
        }
        let mut page = Page::on_stdout();
        self.text(&mut page);
        Ok(page.finish()?)
    }
}

/// Why an answer is not on standard output, or not all of it.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    #[error(transparent)]
    Output(#[from] io::Error),
    #[error(transparent)]
    Json(serde_json::Error),
}

impl Unwritten {
    /// What the operator is told.
    fn failure(self) -> Failure {
        match self {
            Self::Output(error) => Failure::new(Exit::Output, NOT_TAKEN).caused_by(&error),
            Self::Json(error) => {
                Failure::new(Exit::Defect, "the result could not be written as JSON").caused_by(&error)
            }
        }
    }

    /// Whether a reader went away that had seen enough.
    fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The result of a command: the value, and the exit code that goes with it.
pub(crate) struct Answer {
    value: Box<dyn Both>,
    exit: Exit,
    /// How far it is with what was signed, and what to do when this answer does not get through.
    signed: Option<(Progress, String)>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?})", self.exit)
    }
}

impl Answer {
    /// A value of a command that did what it was asked.
    pub(crate) fn new(value: impl Serialize + Text + 'static) -> Self {
        Self { value: Box::new(value), exit: Exit::Done, signed: None }
    }

    /// Puts the value on a page, for whoever goes on after it.
    pub(crate) fn put(&self, page: &mut Page) {
        self.value.put(page);
    }

    /// Whether everything was done that was asked, and all is as it should be.
    pub(crate) fn is_done(&self) -> bool {
        self.exit == Exit::Done
    }

    /// The same about something that is signed: it must get through, and if it does not, this is the advice.
    pub(crate) fn signed(self, progress: Progress, advice: impl Into<String>) -> Self {
        Self { signed: Some((progress, advice.into())), ..self }
    }

    /// The same with another exit code: a batch in which something was refused, a report with errors.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// Text that goes out as it is, such as a completion script; in JSON a string.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Plain(pub(crate) String);

impl Text for Plain {
    fn text(&self, page: &mut Page) {
        page.lines(&self.0);
    }
}

/// Prints an answer on standard output and says how the program ends.
///
/// # Errors
/// A [`Failure`] when standard output does not take it. A reader that went away is no failure, unless the answer is
/// about something that was signed.
pub(crate) fn print(answer: &Answer, json: bool) -> Result<Exit, Failure> {
    match &answer.signed {
        None => match answer.value.write(json) {
            Err(error) if !error.is_broken_pipe() => return Err(error.failure()),
            Ok(()) | Err(_) => {}
        },
        Some((progress, advice)) => {
            let failed = |error: Unwritten| error.failure().after(*progress).hint(advice);
            received().map_err(|error| failed(error.into()))?;
            answer.value.write(json).map_err(failed)?;
            kept().map_err(|error| failed(error.into()))?;
        }
    }
    Ok(answer.exit)
}

const NOT_TAKEN: &str = "standard output does not take the result";

/// Refuses a standard output that was closed when the program began. Rust's runtime puts the null device in its place,
/// open for reading as well, which no shell does: whoever wants to throw the result away opens it for writing.
fn received() -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, makedev};
    let out = io::stdout();
    let is_null = fstat(&out)?.st_rdev == makedev(1, 3);
    let both_ways = fcntl_getfl(&out)?.contains(OFlags::RDWR);
    if is_null && both_ways { Err(rustix::io::Errno::BADF.into()) } else { Ok(()) }
}

/// Waits until what was written is on the disk, if standard output is a file.
fn kept() -> io::Result<()> {
    let out = io::stdout();
    let found = rustix::fs::fstat(&out)?;
    if rustix::fs::FileType::from_raw_mode(found.st_mode).is_file() {
        rustix::fs::fsync(&out)?;
    }
    Ok(())
}

fn write_all(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes to standard output and makes sure that it went out. The text is that of a [`Page`] or of
/// [`safe_text::json`].
///
/// # Errors
/// As [`print`].
pub(crate) fn write_stdout(text: &str) -> Result<(), Failure> {
    match write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Output, NOT_TAKEN).caused_by(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
