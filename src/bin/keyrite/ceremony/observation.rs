//! What is looked at and recorded: machine, clock, tokens, what people report, what commands answer.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use keyrite::audit::Record;
use keyrite::authority::system::SystemClock;
use keyrite::ceremony::{Fact, Step, Task, Transcript, calls, layout};

use super::run::Run;
use super::{environment, journal};
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::view::View;
use crate::{input, ledger, session};

/// The most characters of an answer that a record takes.
const ANSWER: usize = 20_000;

impl Run {
    pub(super) fn environment(&self, step: &Step) -> Result<Option<String>, Failure> {
        let found = environment::facts()?;
        let view =
            found.iter().fold(View::default(), |view, (label, value)| view.row(label.clone(), value.clone()));
        let mut page = Page::on_terminal();
        view.text(&mut page);
        let clock = SystemClock.now().to_string();
        page.line(format!("The clock says {clock} (UTC)."));
        self.panel.voice().say(&page)?;
        self.panel.tell(Fact::Environment { step: step.id.clone(), found })?;
        let person = match self.panel.voice().scripted() {
            Some(answers) if !answers.clock => {
                return Err(Failure::new(Exit::Usage, "the file of answers does not confirm the clock")
                    .hint("add clock = \"confirmed\" at its top"));
            }
            Some(_) => self.panel.someone("")?,
            None => {
                let answer =
                    self.panel.voice().text("Does a clock that you trust say the same? yes or no")?;
                if answer != "yes" {
                    return Err(Failure::new(Exit::Refused, "the clock is not confirmed")
                        .hint("set it, and let keyrite clock confirm tell the audit log"));
                }
                self.panel.someone("Who compared it: your name")?
            }
        };
        let id = step.id.clone();
        self.panel.tell(Fact::ClockConfirmed { step: id, clock, person: person.clone() })?;
        Ok(Some(person))
    }

    pub(super) fn token(&self, step: &Step, name: &str) -> Result<Option<String>, Failure> {
        let uri = self.plan.site.tokens.get(name);
        let uri = uri.ok_or_else(|| Failure::new(Exit::Defect, "the site has no such token"))?;
        let session = session::open(&self.context, uri)?;
        let token = session.token().clone();
        let flags = crate::commands::token_flags(token.flags);
        let version = |(major, minor): (u8, u8)| format!("{major}.{minor}");
        let mut found = BTreeMap::from([
            ("label".to_owned(), token.label.clone()),
            ("serial number".to_owned(), token.serial.clone()),
            ("manufacturer".to_owned(), token.manufacturer.clone()),
            ("model".to_owned(), token.model.clone()),
            ("firmware".to_owned(), version(token.firmware)),
            ("hardware".to_owned(), version(token.hardware)),
            ("flags".to_owned(), format!("{:#x} ({})", token.flags.bits(), flags.join(", "))),
            ("module".to_owned(), session.module().display().to_string()),
            (
                "library".to_owned(),
                format!("{} {}", token.library_description, version(token.library_version)).trim().to_owned(),
            ),
        ]);
        if let Ok(sha256) = environment::of_file(session.module()) {
            found.insert("module SHA-256".to_owned(), sha256.to_string());
        }
        let view =
            found.iter().fold(View::default(), |view, (label, value)| view.row(label.clone(), value.clone()));
        let mut page = Page::on_terminal();
        view.text(&mut page);
        self.panel.voice().say(&page)?;
        self.panel.tell(Fact::Token { step: step.id.clone(), token: name.to_owned(), found })?;
        Ok(None)
    }

    pub(super) fn action(&self, step: &Step, observe: &[String]) -> Result<Option<String>, Failure> {
        let person = self.panel.someone("Who does or reports this: your name")?;
        for what in observe {
            let value = match self.panel.voice().scripted() {
                Some(answers) => {
                    let found = answers.observe.get(&step.id).and_then(|values| values.get(what));
                    found.cloned().ok_or_else(|| {
                        let message = format!("the file of answers has no {what:?} for step {}", step.id);
                        Failure::new(Exit::Usage, message)
                            .hint(format!("add it under [observe.\"{}\"]", step.id))
                    })?
                }
                None => self.panel.voice().text(what)?,
            };
            let mut page = Page::on_terminal();
            page.line(format!("{what}: {value}"));
            self.panel.voice().say(&page)?;
            let (id, what) = (step.id.clone(), what.clone());
            self.panel.tell(Fact::Observed { step: id, what, value, person: person.clone() })?;
        }
        Ok(Some(person))
    }

    /// Keeps what a command has answered that signs nothing: with what is not as it should be, the step is not done.
    pub(super) fn answered(&self, step: &Step, answer: &Answer) -> Result<(), Failure> {
        let mut good = answer.is_done();
        if step.task.is_answered() {
            let mut page = Page::default();
            answer.put(&mut page);
            let mut lines: Vec<String> = page.as_str().lines().map(str::to_owned).collect();
            if step.task == Task::Verify {
                good &= self.unspoilt(&mut lines)?;
            }
            let mut room = ANSWER;
            lines.retain(|line| {
                room = room.saturating_sub(line.len());
                room > 0
            });
            self.panel.tell(Fact::Answered { step: step.id.clone(), good, lines })?;
        }
        if good {
            return Ok(());
        }
        Err(Failure::new(Exit::Refused, "the answer says that not all is as it should be"))
    }

    /// Whether every file is as the transcript says it was written.
    fn unspoilt(&self, lines: &mut Vec<String>) -> Result<bool, Failure> {
        let path = self.directory.join(layout::TRANSCRIPT);
        let transcript = Transcript::parse(&input::read(&path, journal::OCTETS)?)
            .map_err(|error| Failure::of(Exit::Integrity, &error).about(&path))?;
        let mut written = BTreeMap::new();
        for record in transcript.records() {
            if let Fact::Wrote { file, sha256, .. } = &record.fact {
                written.insert(file.clone(), *sha256);
            }
        }
        let mut spoilt: Vec<String> = Vec::new();
        for (file, sha256) in &written {
            match environment::of_file(&self.directory.join(file)) {
                Ok(found) if found == *sha256 => {}
                Ok(_) => spoilt.push(format!("{file} is not what was written")),
                Err(failure) => spoilt.push(format!("{file}: {}", failure.line())),
            }
        }
        let good = spoilt.is_empty();
        let count = written.len();
        let first = lines.len();
        if good {
            lines.push(format!("files         all {count} are as they were written"));
        } else {
            lines.extend(spoilt);
        }
        let mut page = Page::on_terminal();
        lines.iter().skip(first).for_each(|line| page.line(line));
        self.panel.voice().say(&page)?;
        Ok(good)
    }

    /// Keeps how often the token was called, over all attempts.
    pub(super) fn calls(&self, step: &Step, since: u64) -> Result<(), Failure> {
        let mut events = Vec::new();
        ledger::read(&self.context)?.audit_entries(since, |entry| {
            if let Ok(record) = Record::decode(&entry.encoding)
                && record.entry > since
            {
                events.push(record.event);
            }
            ControlFlow::Continue(())
        })?;
        let (key_pairs, signatures, failed) = calls(events.iter());
        if (key_pairs, signatures, failed) == (0, 0, 0) {
            return Ok(());
        }
        self.panel.tell(Fact::Calls { step: step.id.clone(), key_pairs, signatures, failed })
    }
}
