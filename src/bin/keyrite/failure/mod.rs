//! Why a command has no answer: what went wrong, what caused it, what can be done, and the exit code.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::safe_text::{self, Page};

mod authority;
mod checkpoint;
mod evidence;
mod output;
mod store;
mod token;
mod x509;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Exit {
    /// 0: everything that was asked is done.
    Done,
    /// 1: what was asked is not allowed, or an input is not acceptable.
    Refused,
    /// 2: the command line means nothing.
    Usage,
    /// 3: the configuration is missing or wrong.
    Configuration,
    /// 4: the token is missing, refuses or fails.
    Token,
    /// 5: the store or an output file cannot be written or read.
    Output,
    /// 6: something is not what it was: a signature, the audit log, the store.
    Integrity,
    /// 70: the program itself is wrong (EX_SOFTWARE).
    Defect,
}

impl Exit {
    /// The number that the program ends with.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Token => 4,
            Self::Output => 5,
            Self::Integrity => 6,
            Self::Defect => 70,
        }
    }
}

impl Exit {
    /// The graver one of two.
    pub(crate) const fn max_by_code(self, other: Self) -> Self {
        if self.code() >= other.code() { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// How far a command got with what it was to have signed: the one thing that decides what is to be done next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Progress {
    /// Nothing was signed: it can be tried again.
    #[default]
    NotSigned,
    /// The token was asked, and nobody knows whether there is a signature: `keyrite recover`.
    MayBeSigned,
    /// It is signed, and in a file that is named, but on no record: `keyrite recover --found FILE`.
    SignedNotRecorded,
    /// It is signed and on record, but not where it was to be written: `keyrite certificate export SERIAL`.
    SignedNotPublished,
    /// It is signed, on record and written; something failed after that.
    Published,
}

/// Why a command did not do what it was asked. Text in it may come from anywhere: it is escaped when printed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    progress: Progress,
}

impl Failure {
    /// A failure with a message in one lower-case sentence without full stop, naming the thing.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let progress = Progress::NotSigned;
        Self { exit, message: message.into(), causes: Vec::new(), hint: None, progress }
    }

    /// A failure with the message of an error of the library and of everything that caused it.
    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        let failure = Self::new(exit, error.to_string());
        match error.source() {
            Some(source) => failure.caused_by(source),
            None => failure,
        }
    }

    /// Adds an error and everything that caused it.
    pub(crate) fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // A transparent error repeats what it wraps.
            if self.causes.last() != Some(&text) && self.message != text {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds a reason in words.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.causes.push(reason.into());
        self
    }

    /// What went wrong and why, each in words, without what the operator can do.
    pub(crate) fn words(&self) -> Vec<String> {
        std::iter::once(&self.message).chain(&self.causes).cloned().collect()
    }

    /// Adds an error, if there is one, and everything that caused it.
    pub(crate) fn maybe_because(self, error: Option<impl Error + 'static>) -> Self {
        match error {
            Some(error) => self.caused_by(&error),
            None => self,
        }
    }

    /// Says what can be done.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what can be done, if there is something.
    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }

    /// Says one thing more that can be done.
    pub(crate) fn also(self, hint: &str) -> Self {
        let hint = self.hint.map_or_else(|| hint.to_owned(), |first| format!("{first}; {hint}"));
        Self { hint: Some(hint), ..self }
    }

    /// Names the file that it is about; `-` is standard input.
    pub(crate) fn about(self, path: &Path) -> Self {
        let name = if path == Path::new("-") { Path::new("standard input") } else { path };
        Self { message: format!("{}: {}", name.display(), self.message), ..self }
    }

    /// Says how far it got.
    pub(crate) fn after(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// The message and its causes in one line, for one member of a batch.
    pub(crate) fn line(&self) -> String {
        std::iter::once(&self.message).chain(&self.causes).cloned().collect::<Vec<_>>().join(": ")
    }

    /// Message, causes and hint, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("error: {}", self.message)];
        lines.extend(self.causes.iter().map(|cause| format!("caused by: {cause}")));
        lines.extend(self.hint.iter().map(|hint| format!("hint: {hint}")));
        lines
    }

    fn put(&self, mut page: Page) -> Page {
        for line in self.lines() {
            // A URI is there to be copied; it is percent-encoded, so that nothing in it can look like more.
            if line.starts_with("hint: ") && line.contains(" pkcs11:") {
                page.verbatim(&line);
            } else {
                page.line(&line);
            }
        }
        page
    }
}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            error: &'a str,
            caused_by: &'a [String],
            hint: Option<&'a str>,
            state: Progress,
            exit: Exit,
            exit_code: u8,
        }
        Shape {
            error: &self.message,
            caused_by: &self.causes,
            hint: self.hint.as_deref(),
            state: self.progress,
            exit: self.exit,
            exit_code: self.exit.code(),
        }
        .serialize(serializer)
    }
}

/// Prints a failure on standard error, as lines or as one JSON object.
pub(crate) fn print(failure: &Failure, json: bool) -> ExitCode {
    let text = match safe_text::json(failure) {
        Ok(text) if json => text,
        Ok(_) | Err(_) => failure.put(Page::on_stderr()).as_str().to_owned(),
    };
    // There is nobody left to tell when standard error is gone.
    drop(io::stderr().lock().write_all(text.as_bytes()));
    failure.exit.into()
}

/// Makes a panic of the program a message that asks to report it, instead of a stack of addresses.
pub(crate) fn report_defects() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let what = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
        let failure = Failure::new(Exit::Defect, format!("keyrite has a defect{place}: {what}"))
            .hint("please report this with the command that you gave; what was signed is in the store: keyrite recover");
        print(&failure, false);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_forge_a_hint() {
        let page = Failure::new(Exit::Refused, "no\nhint: run rm").put(Page::default());
        assert_eq!(page.as_str(), "error: no\\u{a}hint: run rm\n");
    }

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] io::Error);
        let failure = Failure::of(Exit::Output, &Outer(io::Error::other("disk full")));
        assert_eq!(failure.put(Page::default()).as_str(), "error: outer\ncaused by: disk full\n");
    }
}
