//! Who answers: people at the terminal, or a file in their place.

use std::sync::Arc;

use keyrite::audit::Fingerprint;
use keyrite::ceremony::Answers;

use super::screen::Screen;
use super::talk::{Place, Plain, Programme, Talk};
use crate::failure::{Exit, Failure};
use crate::notice::notice;
use crate::safe_text::Page;
use crate::terminal::{Terminal, Unseen};

/// Who answers, and how they are talked to.
#[derive(Debug)]
pub(crate) struct Voice {
    /// A file that answers, and SHA-256 over it.
    answers: Option<(Box<Answers>, Fingerprint)>,
    /// Whether no screen is wanted.
    plain: bool,
    terminal: Terminal,
    talk: Arc<dyn Talk>,
}

/// The longest name or observation, in characters.
const LONGEST: usize = 200;
/// How often somebody may try again.
const TRIES: u32 = 3;

impl Voice {
    /// People at a terminal.
    pub(crate) fn of_people(terminal: Terminal, plain: bool) -> Self {
        Self { answers: None, plain, talk: Arc::new(Plain(terminal.clone())), terminal }
    }

    /// A file, and SHA-256 over it.
    pub(crate) fn of_file(terminal: Terminal, answers: Answers, sha256: Fingerprint) -> Self {
        Self { answers: Some((Box::new(answers), sha256)), ..Self::of_people(terminal, true) }
    }

    /// Takes the whole screen, where people answer at one that has room.
    pub(crate) fn open(&mut self, programme: impl FnOnce() -> Programme) {
        if self.plain || !Screen::fits() {
            return;
        }
        match Screen::open(programme()) {
            Ok(screen) => {
                let screen = Arc::new(screen);
                let unseen: Arc<dyn Unseen> = Arc::<Screen>::clone(&screen);
                self.terminal = self.terminal.clone().unseen_by(unseen);
                self.talk = screen;
            }
            Err(error) => notice(&format!("note: line by line, since the screen cannot be taken: {error}")),
        }
    }

    /// The terminal, for whatever else asks there.
    pub(crate) const fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// SHA-256 over the file that answers.
    pub(crate) fn sha256(&self) -> Option<Fingerprint> {
        self.answers.as_ref().map(|(_, sha256)| *sha256)
    }

    /// The answers of a file, where one answers.
    pub(crate) fn scripted(&self) -> Option<&Answers> {
        self.answers.as_ref().map(|(answers, _)| answers.as_ref())
    }

    /// Tells something.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be shown: what nobody sees, nobody approves.
    pub(crate) fn say(&self, page: &Page) -> Result<(), Failure> {
        self.talk.say(page)
    }

    /// Shows what is to be approved, until [`hide`](Self::hide).
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub(crate) fn show(&self, pages: &[&Page]) -> Result<(), Failure> {
        self.talk.show(pages)
    }

    /// Takes away what was shown for approval.
    pub(crate) fn hide(&self) {
        self.talk.hide();
    }

    /// Says how far the ceremony is.
    pub(crate) fn go(&self, place: Place) {
        self.talk.go(place);
    }

    /// Lets people read to the end, and leaves the terminal as it was.
    ///
    /// # Errors
    /// A [`Failure`] when nobody can be asked.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        self.talk.end()
    }

    /// Leaves the terminal as it was.
    pub(crate) fn close(&self) {
        self.talk.close();
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
                self.say(&page)?;
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
        if self.answers.is_some() {
            let message = format!("the file of answers says nothing to {prompt:?}");
            return Err(Failure::new(Exit::Usage, message));
        }
        self.talk.line(prompt)
    }
}
