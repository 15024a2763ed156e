//! PINs that several people hold: typed in parts, or joined from shares.
//!
//! Each holder types without being shown, and what was typed wrong is told without being repeated. A share that is
//! not one, or is of another set, costs no try of the token's.

use keyrite::token::shares::{Join, Share, Typed};
use keyrite::token::{Pin, PinError, PinSource};
use zeroize::Zeroizing;

use crate::chosen;
use crate::terminal::Terminal;

/// Asks whoever holds a PIN that there is already; `what` names the PIN.
///
/// # Errors
/// [`PinError`] when nobody can be asked, somebody breaks off, or the shares do not give a PIN.
pub(crate) fn ask(terminal: &Terminal, source: &PinSource, what: &str) -> Result<Pin, PinError> {
    match source {
        PinSource::Parts(count) => {
            let parts = (1..=*count).map(|part| {
                given(terminal, &format!("{what}, part {part} of {count}: for its holder, nobody else looks"))
            });
            Pin::joined(&parts.collect::<Result<Vec<_>, _>>()?)
        }
        PinSource::Shares => shares(terminal, what),
        PinSource::Terminal | PinSource::File(_) | PinSource::Env(_) | PinSource::Fd(_) => {
            chosen::ask_once(terminal, what)
        }
    }
}

/// Asks for a new PIN, each person twice for what they choose. Shares are of a PIN that was chosen before.
///
/// # Errors
/// As [`ask`], and [`PinError::Differs`].
pub(crate) fn ask_new(terminal: &Terminal, source: &PinSource, what: &str) -> Result<Pin, PinError> {
    match source {
        PinSource::Parts(count) => {
            let parts = (1..=*count).map(|part| {
                let prompt = format!("{what}, part {part} of {count}: for its holder, nobody else looks");
                let first = given(terminal, &prompt)?;
                let second = given(terminal, &format!("{what}, part {part} of {count}, once more"))?;
                if *first == *second { Ok(first) } else { Err(PinError::Differs) }
            });
            Pin::joined(&parts.collect::<Result<Vec<_>, _>>()?)
        }
        PinSource::Shares => shares(terminal, what),
        PinSource::Terminal | PinSource::File(_) | PinSource::Env(_) | PinSource::Fd(_) => {
            chosen::ask(terminal, what)
        }
    }
}

/// A part that is not empty: who presses Enter too early is asked once more.
fn given(terminal: &Terminal, prompt: &str) -> Result<Zeroizing<String>, PinError> {
    let mut asked = prompt.to_owned();
    loop {
        let part = chosen::typed(terminal, &asked)?;
        if !part.is_empty() {
            return Ok(part);
        }
        asked = format!("nothing was typed; {prompt}");
    }
}

fn shares(terminal: &Terminal, what: &str) -> Result<Pin, PinError> {
    let mut join = Join::default();
    let mut trouble = None;
    while !join.is_complete() {
        let share = share(terminal, what, &join, trouble.take())?;
        trouble = join.add(share).err().map(|error| error.to_string());
    }
    Ok(join.pin()?)
}

/// One share, line after line until it is whole.
fn share(
    terminal: &Terminal,
    what: &str,
    join: &Join,
    mut trouble: Option<String>,
) -> Result<Share, PinError> {
    let number = join.found().saturating_add(1);
    let of = join.wanted().map_or_else(String::new, |wanted| format!(" of {wanted}"));
    let mut typed = Typed::default();
    loop {
        let next = typed.next();
        let trouble_before = trouble.take().map_or_else(String::new, |trouble| format!("{trouble}; "));
        let total = typed.total().map_or_else(String::new, |total| format!(" of {total}"));
        let first = *next.start() == 1;
        let holder = if first { ": for its holder, nobody else looks" } else { "" };
        let words = format!("words {} to {}{total}", next.start(), next.end());
        let prompt = format!("{trouble_before}{what}, share {number}{of}{holder}; {words}");
        let line = chosen::typed(terminal, &prompt)?;
        match typed.line(&line) {
            Ok(Some(share)) => return Ok(share),
            Ok(None) => {}
            Err(error) => trouble = Some(error.to_string()),
        }
    }
}
