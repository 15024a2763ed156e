//! The ceremony on a whole screen: the script on one side, what was done on the other, and below what is asked.
//!
//! People see all that a terminal line by line would show, and nothing of it is written anywhere else: the transcript
//! is the same. When the screen is left, whatever was told on it stands on standard error.

mod capture;
mod device;
mod drawing;
mod fold;
mod keys;
mod model;
mod preview;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use keyrite::authority::system::SystemClock;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event};

use capture::Capture;
use keys::{Pressed, Typed};
use model::{Model, Question};
use preview::Preview;

use super::talk::{Place, Programme, Talk};
use crate::failure::{Exit, Failure};
use crate::safe_text::{self, Page};
use crate::terminal::Unseen;

/// How often the clock is drawn, and a screen of another size.
const TICK: Duration = Duration::from_millis(500);

/// The screen.
#[derive(Debug)]
pub(crate) struct Screen {
    state: Arc<Mutex<State>>,
    /// Standard error, which the screen has meanwhile.
    capture: Mutex<Option<Capture>>,
}

struct State {
    model: Model,
    /// None after it was left.
    terminal: Option<Terminal<CrosstermBackend<File>>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({:?})", self.model.programme.title)
    }
}

impl State {
    fn draw(&mut self) -> io::Result<()> {
        self.model.clock = SystemClock.now().to_string();
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        let drawn = terminal.draw(|frame| drawing::draw(frame, &mut self.model))?;
        safe_text::show_in(Some(usize::from(drawing::room(drawn.area.width))));
        Ok(())
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    /// Whether there is a terminal with room for it, and nothing of what is written goes elsewhere.
    pub(crate) fn fits() -> bool {
        let able = std::env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb");
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdin());
        let large =
            size.is_ok_and(|size| size.ws_col >= drawing::SMALLEST.0 && size.ws_row >= drawing::SMALLEST.1);
        able && large && io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal()
    }

    /// Takes the terminal.
    ///
    /// # Errors
    /// What the terminal says; it is as it was then.
    pub(crate) fn open(programme: Programme) -> io::Result<Self> {
        let device = device::take()?;
        let opened = Self::on(device, programme);
        if opened.is_err() {
            device::give_back();
        }
        opened
    }

    fn on(device: File, programme: Programme) -> io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(device))?;
        let mut state = State { model: Model::new(programme), terminal: Some(terminal) };
        state.draw()?;
        let state = Arc::new(Mutex::new(state));
        let told = Arc::downgrade(&state);
        let capture = Capture::begin(move |line| {
            if let Some(state) = told.upgrade() {
                lock(&state).model.tell([line]);
            }
        })?;
        let drawn = Arc::downgrade(&state);
        thread::Builder::new().name("screen".to_owned()).spawn(move || {
            loop {
                thread::sleep(TICK);
                let Some(state) = drawn.upgrade() else { break };
                let mut state = lock(&state);
                // A terminal that has gone away ends the program by a signal.
                if state.terminal.is_none() || state.draw().is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { state, capture: Mutex::new(Some(capture)) })
    }

    /// Changes what is on it.
    fn change(&self, change: impl FnOnce(&mut Model)) -> io::Result<()> {
        let mut state = lock(&self.state);
        change(&mut state.model);
        state.draw()
    }

    /// Asks; none when the input has ended.
    fn ask(&self, prompt: &str, hidden: bool) -> io::Result<Option<String>> {
        // What was typed before there was a question is no answer to it.
        while event::poll(Duration::ZERO)? {
            drop(event::read()?);
        }
        self.change(|model| {
            model.question = Some(Question { prompt: prompt.to_owned(), hidden });
            model.input.clear();
            model.hint = None;
        })?;
        let mut typed = Typed::new();
        let pressed = loop {
            if !event::poll(TICK)? {
                continue;
            }
            let mut pressed = Pressed::More;
            if let Event::Key(key) = event::read()? {
                self.change(|model| pressed = keys::press(model, &mut typed, &key))?;
            } else {
                self.change(|_| {})?;
            }
            if pressed != Pressed::More {
                break pressed;
            }
        };
        let answer = (pressed == Pressed::Enter).then(|| typed.take());
        self.change(|model| {
            model.question = None;
            model.input.clear();
            model.hint = None;
            let shown = match &answer {
                Some(answer) if !hidden => safe_text::escape(answer),
                Some(_) | None => String::new(),
            };
            model.tell([format!("{}: {shown}", safe_text::escape(prompt)).as_str()]);
        })?;
        Ok(answer)
    }
}

fn broken(error: &io::Error) -> Failure {
    Failure::new(Exit::Output, "the terminal does not take what is shown").caused_by(error)
}

impl Talk for Screen {
    fn say(&self, page: &Page) -> Result<(), Failure> {
        self.change(|model| model.tell(page.as_str().lines())).map_err(|error| broken(&error))
    }

    fn show(&self, pages: &[&Page]) -> Result<(), Failure> {
        let lines = pages.iter().flat_map(|page| page.as_str().lines()).map(str::to_owned).collect();
        self.change(|model| model.preview = Some(Preview::new(lines))).map_err(|error| broken(&error))
    }

    fn hide(&self) {
        // Whoever asks next is told when the terminal takes nothing more.
        drop(self.change(Model::hide));
    }

    fn line(&self, prompt: &str) -> Result<String, Failure> {
        let answer = self.ask(prompt, false).map_err(|error| broken(&error))?;
        answer.ok_or_else(|| {
            Failure::new(Exit::Refused, format!("no answer to {prompt:?}: the input has ended"))
        })
    }

    fn go(&self, place: Place) {
        drop(self.change(|model| model.go(place)));
    }

    fn end(&self) -> Result<(), Failure> {
        self.line("Enter leaves the screen; what was shown on it stays below").map(drop)
    }

    fn close(&self) {
        let told = {
            let mut state = lock(&self.state);
            let Some(terminal) = state.terminal.take() else { return };
            drop(terminal);
            state.model.told().to_vec()
        };
        device::give_back();
        safe_text::show_in(None);
        drop(self.capture.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut out = io::stderr().lock();
        let written = told.iter().try_for_each(|line| writeln!(out, "{line}"));
        drop(written.and_then(|()| out.flush()));
    }
}

impl Unseen for Screen {
    fn secret(&self, prompt: &str) -> io::Result<String> {
        self.ask(prompt, true)?.ok_or_else(|| io::ErrorKind::Interrupted.into())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.close();
    }
}
