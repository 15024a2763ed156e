//! What a command answers: one value, printed as text or as JSON.

use std::fmt;
use std::io::{self, Write as _};

use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::safe_text::{self, Page};

/// A value that people can read.
pub(crate) trait Text {
    /// Puts the value on a page.
    fn text(&self, page: &mut Page);
}

/// A value in both forms: every [`Serialize`] that is also [`Text`].
trait Both {
    fn page(&self) -> Page;
    fn json(&self) -> Result<String, serde_json::Error>;
}

impl<T: Serialize + Text> Both for T {
    fn page(&self) -> Page {
        let mut page = Page::on_stdout();
        self.text(&mut page);
        page
    }

    fn json(&self) -> Result<String, serde_json::Error> {
        safe_text::json(self)
    }
}

/// The result of a command: the value, and the exit code that goes with it.
pub(crate) struct Answer {
    value: Box<dyn Both>,
    exit: Exit,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?})", self.exit)
    }
}

impl Answer {
    /// A value of a command that did what it was asked.
    pub(crate) fn new(value: impl Serialize + Text + 'static) -> Self {
        Self { value: Box::new(value), exit: Exit::Done }
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
/// A [`Failure`] when standard output does not take it. A reader that went away is no failure.
pub(crate) fn print(answer: &Answer, json: bool) -> Result<Exit, Failure> {
    if json {
        let text = answer.value.json().map_err(|error| {
            Failure::new(Exit::Defect, "the result could not be written as JSON").caused_by(&error)
        })?;
        write_stdout(&text)?;
    } else {
        write_stdout(answer.value.page().as_str())?;
    }
    Ok(answer.exit)
}

/// Writes to standard output and makes sure that it went out. The text is that of a [`Page`] or of
/// [`safe_text::json`].
///
/// # Errors
/// As [`print`].
pub(crate) fn write_stdout(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Output, "standard output does not take the result").caused_by(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
