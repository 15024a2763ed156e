//! Who answers: people at the terminal, or a file in their place.

use std::io::{self, Write as _};

use keyrite::audit::Fingerprint;
use keyrite::ceremony::Answers;

use crate::failure::{Exit, Failure};
use crate::safe_text::Page;
use crate::terminal::Terminal;

/// Who answers.
#[derive(Debug)]
pub(crate) enum Voice {
    /// People.
    Terminal(Terminal),
    /// A file, and SHA-256 over it.
    Scripted(Box<Answers>, Fingerprint),
}

/// The longest name or observation, in characters.
const LONGEST: usize = 200;
/// How often somebody may try again.
const TRIES: u32 = 3;

impl Voice {
    /// SHA-256 over the file that answers.
    pub(crate) const fn sha256(&self) -> Option<Fingerprint> {
        match self {
            Self::Terminal(_) => None,
            Self::Scripted(_, sha256) => Some(*sha256),
        }
    }

    /// The answers of a file, where one answers.
    pub(crate) fn scripted(&self) -> Option<&Answers> {
        match self {
            Self::Terminal(_) => None,
            Self::Scripted(answers, _) => Some(answers),
        }
    }

    /// Shows something: on standard error, as every command does what is not its answer.
    ///
    /// # Errors
    /// A [`Failure`] when that does not take it: what nobody sees, nobody approves.
    pub(crate) fn say(page: &Page) -> Result<(), Failure> {
        let mut out = io::stderr().lock();
        out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush()).map_err(|error| {
            Failure::new(Exit::Output, "standard error does not take what is shown").caused_by(&error)
        })
    }

    /// Asks for one line; an empty one is asked for again.
    ///
    /// # Errors
    /// A [`Failure`] when nobody can be asked, or nothing fit was typed.
    pub(crate) fn text(&self, prompt: &str) -> Result<String, Failure> {
        for _ in 0..TRIES {
            let line = self.line(prompt)?;
            let line = line.trim();
            if line.is_empty() || line.chars().count() > LONGEST || line.chars().any(char::is_control) {
                let mut page = Page::on_terminal();
                page.line(format!("Wanted 1 to {LONGEST} characters."));
                Self::say(&page)?;
                continue;
            }
            return Ok(line.to_owned());
        }
        Err(Failure::new(Exit::Refused, format!("no answer to {prompt:?}")))
    }

    /// Asks for one line, which may be empty.
    ///
    /// # Errors
    /// A [`Failure`] when nobody can be asked.
    pub(crate) fn line(&self, prompt: &str) -> Result<String, Failure> {
        match self {
            Self::Terminal(terminal) => terminal.line(prompt, "--answers FILE"),
            Self::Scripted(..) => {
                Err(Failure::new(Exit::Usage, format!("the file of answers says nothing to {prompt:?}")))
            }
        }
    }
}
