//! The talk with people: line by line, or on a screen of its own.

use std::fmt::Debug;
use std::io::{self, Write as _};

use keyrite::ceremony::Mode;

use crate::failure::{Exit, Failure};
use crate::safe_text::Page;
use crate::terminal::Terminal;

/// The script as far as it is shown beside what is done.
#[derive(Clone, Debug)]
pub(crate) struct Programme {
    /// What the ceremony is called.
    pub(crate) title: String,
    /// Whether it counts.
    pub(crate) mode: Mode,
    /// The words of the plan's digest.
    pub(crate) plan: String,
    /// The sections.
    pub(crate) sections: Vec<Part>,
}

/// A section of it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// What it is called.
    pub(crate) title: String,
    /// The number, title and text of each step.
    pub(crate) steps: Vec<[String; 3]>,
}

/// How far the ceremony is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// These have signed in.
    SignedIn(Vec<String>),
    /// A section, and who is present in it.
    Section(u64, Vec<String>),
    /// A step is being done.
    Step(String),
    /// It is done.
    Done(String),
}

/// How people are told and asked.
pub(crate) trait Talk: Debug + Send + Sync {
    /// Tells lines.
    ///
    /// # Errors
    /// A [`Failure`] when they cannot be shown: what nobody sees, nobody approves.
    fn say(&self, page: &Page) -> Result<(), Failure>;

    /// Shows what is to be approved, until [`hide`](Self::hide).
    ///
    /// # Errors
    /// As [`say`](Self::say).
    fn show(&self, pages: &[&Page]) -> Result<(), Failure>;

    /// Takes away what was shown for approval.
    fn hide(&self);

    /// Asks for one line, which may be empty.
    ///
    /// # Errors
    /// A [`Failure`] when nobody can be asked.
    fn line(&self, prompt: &str) -> Result<String, Failure>;

    /// Says how far the ceremony is.
    fn go(&self, place: Place);

    /// Lets people read to the end, where it would not stay in sight otherwise.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    fn end(&self) -> Result<(), Failure>;

    /// Leaves the terminal as it was.
    fn close(&self);
}

/// Line by line: for logs, and for terminals on which there is no room for more.
#[derive(Debug)]
pub(crate) struct Plain(pub(crate) Terminal);

impl Talk for Plain {
    /// On standard error, as every command shows what is not its answer.
    fn say(&self, page: &Page) -> Result<(), Failure> {
        let mut out = io::stderr().lock();
        out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush()).map_err(|error| {
            Failure::new(Exit::Output, "standard error does not take what is shown").caused_by(&error)
        })
    }

    fn show(&self, pages: &[&Page]) -> Result<(), Failure> {
        pages.iter().try_for_each(|page| self.say(page))
    }

    fn hide(&self) {}

    fn line(&self, prompt: &str) -> Result<String, Failure> {
        self.0.line(prompt, "--answers FILE")
    }

    fn go(&self, _: Place) {}

    fn end(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn close(&self) {}
}
