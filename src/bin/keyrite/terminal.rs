//! Questions to a person: confirmations before final acts, and what must not be echoed.
//!
//! Nothing is asked when standard input is not a terminal: the command fails and names the flag that answers.
//! Questions go to the terminal itself, never to standard output, so that results can be piped away.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::sync::Arc;

use rustix::termios::{QueueSelector, tcflush};

use crate::failure::{Exit, Failure};
use crate::safe_text::{self, Page};
use crate::secret;

/// Where questions are asked and answered.
const DEVICE: &str = "/dev/tty";
/// The longest answer that is read, in octets.
const ANSWER_OCTETS: u64 = 1024;

/// Where something is asked that is not shown, in the place of a line of the terminal.
pub(crate) trait Unseen: Debug + Send + Sync {
    /// Asks for it.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] when the person breaks off, and what the terminal says.
    fn secret(&self, prompt: &str) -> io::Result<String>;
}

/// The person at the terminal, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    interactive: bool,
    /// What has the whole terminal, if anything does.
    screen: Option<Arc<dyn Unseen>>,
}

impl Terminal {
    /// The terminal of this process: there is a person when standard input is a terminal.
    pub(crate) fn of_process() -> Self {
        Self { interactive: io::stdin().is_terminal(), screen: None }
    }

    /// The same while something has the whole terminal, and asks on it for what is not shown.
    pub(crate) fn unseen_by(self, screen: Arc<dyn Unseen>) -> Self {
        Self { screen: Some(screen), ..self }
    }

    /// Shows what will happen and asks for one exact answer; `yes` is the `--yes` flag, which answers it.
    ///
    /// # Errors
    /// A [`Failure`] when the answer is another one, or nobody can be asked.
    pub(crate) fn confirm(
        &self,
        yes: bool,
        what: &Page,
        question: &str,
        answer: &str,
    ) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let mut device = self.device(&format!("the answer {answer:?}"), "--yes")?;
        // What was typed before there was a question is no answer to it. A terminal that cannot forget it has
        // gone away.
        let _ = tcflush(&device, QueueSelector::IFlush);
        let mut page = Page::on_terminal();
        page.blank();
        page.line(question);
        let prompt = format!("Type {answer:?} to go on, anything else to stop: ");
        let given = ask(&mut device, &format!("{}{}{prompt}", what.as_str(), page.as_str()))?;
        if given == answer {
            Ok(())
        } else {
            let message = format!("not confirmed: found {given:?}, wanted {answer:?}; nothing was done");
            Err(Failure::new(Exit::Refused, message))
        }
    }

    /// Asks for something that is not shown while it is typed; nothing when there is nobody to ask.
    pub(crate) fn secret(&self, prompt: &str) -> Option<io::Result<String>> {
        if let Some(screen) = &self.screen {
            return Some(screen.secret(prompt));
        }
        self.interactive.then(|| {
            let mut device = OpenOptions::new().read(true).write(true).open(DEVICE)?;
            secret::ask(&mut device, &format!("{}: ", safe_text::escape(prompt)))
        })
    }

    /// Asks for a line; `flag` answers where nobody can be asked.
    ///
    /// # Errors
    /// A [`Failure`] when nobody can be asked, or the terminal has gone away.
    pub(crate) fn line(&self, prompt: &str, flag: &str) -> Result<String, Failure> {
        let mut device = self.device(&format!("the answer to {prompt:?}"), flag)?;
        // What was typed before there was a question is no answer to it.
        let _ = tcflush(&device, QueueSelector::IFlush);
        device
            .write_all(format!("{}: ", safe_text::escape(prompt)).as_bytes())
            .map_err(|error| broken(&error))?;
        let mut answer = String::new();
        let read = BufReader::new(device.take(ANSWER_OCTETS)).read_line(&mut answer);
        // Whoever ends the input, or whose terminal is gone, has not pressed Enter.
        if read.map_err(|error| broken(&error))? == 0 {
            return Err(Failure::new(Exit::Refused, format!("no answer to {prompt:?}: the input has ended")));
        }
        Ok(answer.trim_end_matches(['\n', '\r']).to_owned())
    }

    fn device(&self, what: &str, flag: &str) -> Result<File, Failure> {
        let nobody = Failure::new(
            Exit::Usage,
            format!("{what} has to be typed, and standard input is not a terminal"),
        )
        .hint(format!("{flag} answers it; --dry-run, where a command has it, only shows what would be done"));
        if !self.interactive {
            return Err(nobody);
        }
        OpenOptions::new().read(true).write(true).open(DEVICE).map_err(|error| nobody.caused_by(&error))
    }
}

fn ask(device: &mut File, text: &str) -> Result<String, Failure> {
    device.write_all(text.as_bytes()).map_err(|error| broken(&error))?;
    let mut answer = String::new();
    BufReader::new(device.take(ANSWER_OCTETS)).read_line(&mut answer).map_err(|error| broken(&error))?;
    Ok(answer.trim_end_matches(['\n', '\r']).to_owned())
}

fn broken(error: &io::Error) -> Failure {
    Failure::new(Exit::Output, format!("cannot ask on {DEVICE}")).caused_by(error)
}
