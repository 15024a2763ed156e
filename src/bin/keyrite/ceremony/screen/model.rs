//! What stands on the screen: the script and how far it is, what was done, what is shown for approval, what is asked.

use std::collections::BTreeSet;

use super::super::talk::{Place, Programme};
use super::fold::fold;
use super::preview::Preview;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// The words.
    pub(super) prompt: String,
    /// Whether what is typed stays unseen.
    pub(super) hidden: bool,
}

/// Everything that is drawn.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) programme: Programme,
    pub(super) done: BTreeSet<String>,
    pub(super) section: u64,
    pub(super) step: Option<String>,
    pub(super) people: Vec<String>,
    /// Whether these are present, and not only signed in.
    pub(super) present: bool,
    log: Vec<String>,
    /// The time of the last lines of the log.
    told: String,
    /// How many lines the log is scrolled up from its end.
    pub(super) up: usize,
    pub(super) preview: Option<Preview>,
    pub(super) question: Option<Question>,
    /// What is typed, where it is shown.
    pub(super) input: String,
    /// Why what was typed does not count.
    pub(super) hint: Option<String>,
    pub(super) clock: String,
}

/// The most lines of the log that are kept for the screen; the transcript has everything that counts.
const MOST: usize = 20_000;

impl Model {
    pub(super) fn new(programme: Programme) -> Self {
        Self {
            programme,
            done: BTreeSet::new(),
            section: 0,
            step: None,
            people: Vec::new(),
            present: false,
            log: Vec::new(),
            told: String::new(),
            up: 0,
            preview: None,
            question: None,
            input: String::new(),
            hint: None,
            clock: String::new(),
        }
    }

    /// Adds lines to what was done, under the time.
    pub(super) fn tell<'l>(&mut self, lines: impl IntoIterator<Item = &'l str>) {
        let mut lines = lines.into_iter().skip_while(|line| line.trim().is_empty()).peekable();
        if lines.peek().is_none() {
            return;
        }
        if self.told != self.clock {
            self.told.clone_from(&self.clock);
            let time = self.clock.split_once('T').map_or(self.clock.as_str(), |(_, time)| time);
            self.log.push(format!("{RULE} {}", time.trim_end_matches('Z')));
        }
        self.log.extend(lines.map(str::to_owned));
        let more = self.log.len().saturating_sub(MOST);
        self.log.drain(..more);
        self.up = 0;
    }

    pub(super) fn go(&mut self, place: Place) {
        match place {
            Place::SignedIn(people) => self.people = people,
            Place::Section(number, people) => {
                self.section = number;
                self.people = people;
                self.present = true;
            }
            Place::Step(id) => self.step = Some(id),
            Place::Done(id) => {
                self.done.insert(id);
            }
        }
    }

    /// What was done, in lines of so many columns.
    pub(super) fn log(&self, room: usize) -> Vec<String> {
        self.log.iter().flat_map(|line| fold(line, room)).collect()
    }

    /// The same as it was told.
    pub(super) fn told(&self) -> &[String] {
        &self.log
    }

    /// Whether an answer may be typed: not before all that is to be approved has been on the screen.
    pub(super) fn may_answer(&self) -> bool {
        self.preview.as_ref().is_none_or(Preview::is_seen)
    }

    /// Takes what is shown for approval away: it stays among what was done.
    pub(super) fn hide(&mut self) {
        if let Some(preview) = self.preview.take() {
            self.tell(preview.lines().iter().map(String::as_str));
        }
    }
}

/// What stands before the time in the log.
pub(super) const RULE: &str = "\u{2500}\u{2500}";
