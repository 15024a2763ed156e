//! PINs that a person chooses: typed twice, since nobody sees what is typed.

use keyrite::token::{Pin, PinError};
use zeroize::Zeroizing;

use crate::terminal::Terminal;

/// Asks for a new PIN, and once more for the same.
///
/// # Errors
/// [`PinError`] when nobody can be asked, the person breaks off, or the second differs from the first.
pub(crate) fn ask(terminal: &Terminal, what: &str) -> Result<Pin, PinError> {
    let first = typed(terminal, what)?;
    let second = typed(terminal, &format!("{what}, once more"))?;
    if *first == *second { taken(first) } else { Err(PinError::Differs) }
}

/// Asks for a PIN that there is already.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_once(terminal: &Terminal, what: &str) -> Result<Pin, PinError> {
    taken(typed(terminal, what)?)
}

/// Asks for something that is not shown.
///
/// # Errors
/// [`PinError`] when nobody can be asked, or the person breaks off.
pub(crate) fn typed(terminal: &Terminal, prompt: &str) -> Result<Zeroizing<String>, PinError> {
    match terminal.secret(prompt) {
        None => Err(PinError::Terminal),
        Some(Err(_)) => Err(PinError::Cancelled),
        Some(Ok(text)) => Ok(Zeroizing::new(text)),
    }
}

/// The buffer itself goes into the PIN, without a copy.
fn taken(mut text: Zeroizing<String>) -> Result<Pin, PinError> {
    Pin::from_text(std::mem::take(&mut *text))
}
