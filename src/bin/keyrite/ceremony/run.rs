//! A run: the steps of a plan, one after the other, each told before and after.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyrite::audit::{Ceremony, CeremonyState, Event};
use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::authority::system::SystemClock;
use keyrite::ceremony::{Fact, LogHead, Mode, Section, Step, Subject, Task, layout};

use super::acts;
use super::environment;
use super::journal::{Journal, Left};
use super::medium;
use super::panel::{self, Panel};
use super::planning::{Plan, Sources};
use super::progress::Progress;
use super::standing::{self, Came};
use super::talk::Place;
use super::voice::Voice;
use crate::args::{self, GlobalArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::safe_text::Page;
use crate::view::{Value, View};
use crate::{configuration, ledger};

/// A ceremony under way.
pub(crate) struct Run {
    pub(super) directory: PathBuf,
    pub(super) plan: Plan,
    pub(super) panel: Arc<Panel>,
    pub(super) context: Context,
    progress: Progress,
}

/// Makes the directory of a new run, with everything by which it begins.
///
/// # Errors
/// A [`Failure`] when it cannot be made; nothing is there then.
pub(crate) fn begin(context: &Context, plan: &Plan, directory: &Path, voice: &Voice) -> Result<(), Failure> {
    for medium in plan.site.media.values() {
        medium::there(Path::new(medium))?;
    }
    let log = head(context)?;
    let fact =
        Fact::Begun { title: plan.script.title.clone(), plan: plan.digest, answers: voice.sha256(), log };
    let mut fresh = FreshDirectory::begin(directory)?;
    for (path, contents) in plan.files()? {
        fresh.write(&path, &contents)?;
    }
    fresh.write(layout::TRANSCRIPT, &Journal::first(plan.manifest.mode, fact)?)?;
    fresh.finish()?;
    Ok(())
}

/// The head of the home's audit log.
fn head(context: &Context) -> Result<LogHead, Failure> {
    Ok(ledger::read(context)?.audit_head()?.into())
}

impl Run {
    /// Takes up a run in its directory.
    ///
    /// # Errors
    /// A [`Failure`] when it is not the plan's any more, or has ended.
    pub(crate) fn take_up(
        global: &GlobalArgs,
        environment: &[(OsString, OsString)],
        directory: &Path,
        mut voice: Voice,
        resumed: bool,
    ) -> Result<Self, Failure> {
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let Left { mut journal, transcript, torn } = Journal::open(&directory)?;
        let progress = Progress::of(&transcript);
        if progress.ended {
            return Err(Failure::new(Exit::Refused, "the ceremony has ended").about(&directory).hint(
                format!(
                    "keyrite ceremony bundle {} --out BUNDLE puts the evidence together",
                    directory.display()
                ),
            ));
        }
        let mode = journal.mode();
        let sources = Sources::of_run(&directory, mode);
        let plain = Context::with_environment(global.clone(), environment.to_vec());
        let plan = Plan::read(&plain, &sources)?;
        let planned = transcript.records().first().map(|first| &first.fact);
        if !matches!(planned, Some(Fact::Begun { plan: digest, .. }) if *digest == plan.digest) {
            return Err(environment::another("the plan"));
        }
        journal.copy_to(plan.site.media.values().map(Path::new), &plan.digest).map_err(|failure| {
            failure.also(&format!("keyrite ceremony resume {} goes on from there", directory.display()))
        })?;
        let settings = configuration::load(&plain)?.with_keys(plan.keys());
        let guard = {
            let (global, environment, sources) = (global.clone(), environment.to_vec(), sources.clone());
            let manifest = Plan::read(&plain, &sources)?;
            Box::new(move || {
                manifest.unchanged(&Context::with_environment(global.clone(), environment.clone()), &sources)
            })
        };
        let answers = voice.sha256();
        voice.open(|| acts::programme(&plan, mode));
        let terminal = voice.terminal().clone();
        let panel = Arc::new(Panel::new(journal, voice, guard));
        for step in &progress.done {
            panel.voice().go(Place::Done(step.clone()));
        }
        for (role, person) in &progress.people {
            panel.known(role, person);
        }
        // Approvals are asked for one by one, whatever --yes says.
        let global = GlobalArgs { yes: false, pin_source: None, ..global.clone() };
        let attendance = Arc::clone(&panel);
        let context = Context::attended(global, Some(Arc::new(settings)), attendance, environment.to_vec());
        let context = context.at(terminal);
        let run = Self { directory, plan, panel, context, progress };
        if resumed {
            let after = run.progress.last.clone();
            run.panel.tell(Fact::Resumed { after, torn, answers, log: head(&run.context)? })?;
        }
        run.anchor(if resumed { CeremonyState::Resumed } else { CeremonyState::Begun })?;
        Ok(run)
    }

    /// Lets the audit log vouch for the transcript up to here.
    fn anchor(&self, state: CeremonyState) -> Result<(), Failure> {
        let head = self.panel.head();
        let event = Event::Ceremony(Ceremony {
            state,
            plan: self.plan.digest,
            records: head.entries,
            transcript: head.hash,
        });
        Ok(ledger::write(&self.context)?.append(event, SystemClock.now())?)
    }

    /// Does everything that is left to do.
    ///
    /// # Errors
    /// A [`Failure`] of the step that could not be done; the run can be resumed.
    pub(crate) fn go(self) -> Result<Answer, Failure> {
        let directory = self.directory.clone();
        self.all().map_err(|failure| {
            failure.also(&format!("keyrite ceremony resume {} goes on from there", directory.display()))
        })
    }

    /// As [`go`](Self::go), where nothing can be resumed.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn all(&self) -> Result<Answer, Failure> {
        let answer = self.each().and_then(|answer| self.panel.voice().end().map(|()| answer));
        self.panel.voice().close();
        answer
    }

    fn each(&self) -> Result<Answer, Failure> {
        let mut page = Page::on_terminal();
        page.line(&self.plan.script.title);
        if self.panel.mode() == Mode::Rehearsal {
            page.line("This is a rehearsal: everything in it is thrown away.");
        }
        page.line(format!("Plan {}", self.plan.digest));
        self.panel.voice().say(&page)?;
        self.panel.sign_in(&self.plan.script, self.plan.digest, &self.directory)?;
        for (number, section) in (1_u64..).zip(&self.plan.script.sections) {
            if section.steps.iter().all(|step| self.progress.done.contains(&step.id)) {
                continue;
            }
            self.section(number, section)?;
        }
        let log = head(&self.context)?;
        self.panel.tell(Fact::Ended { log })?;
        self.anchor(CeremonyState::Ended)?;
        let head = self.panel.head();
        let mut page = Page::on_terminal();
        page.blank();
        page.line("Everything is done. Write these words down: they stand for the whole transcript.");
        panel::put_digest(&mut page, &head.hash);
        self.panel.voice().say(&page)?;
        let view = View::default()
            .row("ceremony", self.plan.script.title.clone())
            .row("mode", self.panel.mode().to_string())
            .row("plan", Value::in_hex(*self.plan.digest.as_bytes()))
            .row("records", head.entries)
            .row("transcript", View::default().row("SHA-256", *head.hash.as_bytes()))
            .row("directory", Value::Exact(self.directory.display().to_string()))
            .row(
                "next",
                format!(
                    "keyrite ceremony bundle {} --out BUNDLE puts the evidence together",
                    self.directory.display()
                ),
            );
        Ok(Answer::new(view))
    }

    fn section(&self, number: u64, section: &Section) -> Result<(), Failure> {
        let mut page = Page::on_terminal();
        page.blank();
        page.line(format!("Section {number}: {}", section.title));
        self.panel.voice().say(&page)?;
        // After an interruption, too: who was there before may have gone.
        self.panel.convene(number, &section.present, section.approvals)?;
        for step in &section.steps {
            if !self.progress.done.contains(&step.id) {
                self.step(step)?;
            }
        }
        Ok(())
    }

    fn step(&self, step: &Step) -> Result<(), Failure> {
        let mut page = Page::on_terminal();
        page.blank();
        page.line(format!("Step {}: {}", step.id, step.title));
        self.panel.voice().say(&page)?;
        self.panel.at_step(step);
        self.panel.voice().go(Place::Step(step.id.clone()));
        self.before(step)?;
        let attempt = self.progress.attempts.get(&step.id).map_or(1, |count| count.saturating_add(1));
        let log = head(&self.context)?;
        let since = self.progress.since.get(&step.id).copied();
        self.panel.tell(Fact::StepBegun { step: step.id.clone(), attempt, log })?;
        let done = self.perform(step, since).and_then(|person| {
            self.calls(step, since.unwrap_or(log.entries))?;
            Ok(person)
        });
        match done {
            Ok(person) => {
                let log = head(&self.context)?;
                self.panel.tell(Fact::StepDone { step: step.id.clone(), person, log })?;
                self.panel.voice().go(Place::Done(step.id.clone()));
                Ok(())
            }
            Err(failure) => {
                let reason: String = failure.line().chars().take(2000).collect();
                if let Ok(log) = head(&self.context) {
                    self.panel.tell(Fact::StepFailed { step: step.id.clone(), reason, log })?;
                }
                Err(failure.because(format!("step {} is not done", step.id)))
            }
        }
    }

    /// What people say before a step.
    fn before(&self, step: &Step) -> Result<(), Failure> {
        let id = || step.id.clone();
        if let Some(answers) = self.panel.voice().scripted() {
            for told in answers.deviations.iter().filter(|told| told.step == step.id) {
                let known = (told.step.clone(), told.reason.clone());
                if !self.progress.deviations.contains(&known) {
                    self.deviation(step, &told.person, &told.reason)?;
                }
            }
            return match &answers.stop {
                Some(told) if told.step == step.id => self.stopped(step, &told.person, &told.reason),
                Some(_) | None => Ok(()),
            };
        }
        loop {
            let prompt = "Enter does this step; or type deviation, pause or stop";
            match self.panel.voice().line(prompt)?.trim() {
                "" => return Ok(()),
                "deviation" => {
                    let person = self.panel.someone("Who tells of it: your name")?;
                    let reason = self.panel.voice().text("What is done otherwise, and why")?;
                    self.deviation(step, &person, &reason)?;
                }
                "pause" => {
                    let person = self.panel.someone("Who pauses: your name")?;
                    let reason = self.panel.voice().text("Why")?;
                    self.panel.tell(Fact::Paused { step: id(), person, reason })?;
                    let person = self.panel.someone("To go on, your name")?;
                    self.panel.tell(Fact::Continued { person })?;
                }
                "stop" => {
                    let person = self.panel.someone("Who stops: your name")?;
                    let reason = self.panel.voice().text("Why")?;
                    return self.stopped(step, &person, &reason);
                }
                _ => {
                    let mut page = Page::on_terminal();
                    page.line("Wanted Enter, deviation, pause or stop.");
                    self.panel.voice().say(&page)?;
                }
            }
        }
    }

    fn deviation(&self, step: &Step, person: &str, reason: &str) -> Result<(), Failure> {
        if !self.panel.is_present(person) {
            return Err(Failure::new(
                Exit::Usage,
                format!("{person:?} is not present and tells of a deviation"),
            ));
        }
        let (step, person, reason) = (step.id.clone(), person.to_owned(), reason.to_owned());
        self.panel.tell(Fact::Deviation { step, person, reason })
    }

    fn stopped(&self, step: &Step, person: &str, reason: &str) -> Result<(), Failure> {
        let (id, person, reason) = (step.id.clone(), person.to_owned(), reason.to_owned());
        let message = format!("stopped before step {id} by {person}: {reason}");
        self.panel.tell(Fact::Stopped { step: id, person, reason })?;
        Err(Failure::new(Exit::Refused, message))
    }

    /// Does a step; gives who said that it is done, where somebody did. `since` is how many entries the log had when
    /// an attempt before began.
    fn perform(&self, step: &Step, since: Option<u64>) -> Result<Option<String>, Failure> {
        match &step.task {
            Task::CheckEnvironment => self.environment(step),
            Task::CheckToken { token } => self.token(step, token),
            Task::Action { observe, .. } => self.action(step, observe),
            Task::Collect { text, .. } => self.collect(step, text).map(Some),
            // A throw-away token gives no key to another one.
            Task::CompareKey { .. } if self.panel.mode() == Mode::Rehearsal => {
                self.left_out(step, "a rehearsal has no copy of the key: nothing was compared")
            }
            Task::ExportAttestation { .. } if self.panel.mode() == Mode::Rehearsal => {
                self.left_out(step, "a throw-away token has no vendor: nothing was exported")
            }
            Task::Pause { text } => {
                let person = self.panel.someone("To go on, your name")?;
                let (id, reason) = (step.id.clone(), text.clone());
                self.panel.tell(Fact::Paused { step: id, person: person.clone(), reason })?;
                self.panel.tell(Fact::Continued { person: person.clone() })?;
                Ok(Some(person))
            }
            Task::CreateRoot { .. }
            | Task::Request { .. }
            | Task::GenerateKey { .. }
            | Task::InitToken { .. }
            | Task::CompareKey { .. }
            | Task::ExportAttestation { .. }
            | Task::IssueResponder { .. }
            | Task::SignOcsp { .. }
            | Task::Publish { .. }
            | Task::Verify
            | Task::Issue { .. }
            | Task::CrossCertify { .. }
            | Task::DestroyKey { .. }
            | Task::Install { .. }
            | Task::Revoke { .. }
            | Task::IssueCrl { .. }
            | Task::Checkpoint { .. } => self.command(step, since).map(|()| None),
        }
    }

    /// Runs the command of a step, or finishes what an interrupted attempt has begun.
    fn command(&self, step: &Step, since: Option<u64>) -> Result<(), Failure> {
        let making = self.progress.making.contains(&step.id);
        let standing = match since {
            None => standing::before(&self.context, step)?,
            Some(since) => match standing::after(&self.context, &self.plan, step, (since, making))? {
                Came::Done { what, contents } => {
                    self.found(step, what)?;
                    if let (Some(contents), Some(path)) = (contents, acts::output(step)) {
                        self.finish(&path, &contents)?;
                    }
                    return self.wrote(step);
                }
                Came::Open(standing) => {
                    if standing.key_made {
                        self.found(step, "the key is in the token".to_owned())?;
                    }
                    standing
                }
            },
        };
        if let Some(path) = acts::output(step) {
            self.make_room(&path)?;
        }
        if let Task::CrossCertify { other: Subject::Ca(name), .. } = &step.task
            && self.plan.script.existing.contains_key(name)
        {
            self.existing(name)?;
        }
        if matches!(step.task, Task::Checkpoint { .. }) {
            self.anchor(CeremonyState::UnderWay)?;
        }
        if let Some(directory) = acts::directory(step) {
            self.make_directory(&directory)?;
            for (path, response) in &standing.answered {
                self.finish(&format!("{directory}{}", path.display()), response)?;
            }
            if !standing.answered.is_empty() {
                let count = standing.answered.len();
                self.found(step, format!("{count} files of responses that are on record"))?;
                if standing.remaining.is_empty() {
                    return self.wrote(step);
                }
            }
        }
        let words = acts::words(&self.plan, step, &self.directory, &standing)
            .ok_or_else(|| Failure::new(Exit::Defect, "a step without a command"))?;
        let answer = args::command_of(&words)?.run(&self.context)?;
        let mut page = Page::on_terminal();
        answer.put(&mut page);
        self.panel.voice().say(&page)?;
        self.wrote(step)?;
        self.answered(step, &answer)
    }

    pub(super) fn found(&self, step: &Step, what: String) -> Result<(), Failure> {
        let mut page = Page::on_terminal();
        page.line(format!("Done before the interruption: {what}."));
        self.panel.voice().say(&page)?;
        self.panel.tell(Fact::Found { step: step.id.clone(), what })
    }
}
