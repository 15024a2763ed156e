//! Checkpoints for people and in files.

use std::path::Path;

use keyrite::audit::note::LARGEST;
use keyrite::audit::{Checkpoint, Continuation, Note};
use keyrite::evidence::Signatory;

use crate::failure::{Exit, Failure};
use crate::input;
use crate::view::View;

/// Reads a checkpoint: alone, or after the proof that it continues an earlier one.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<(Checkpoint, Note), Failure> {
    let octets = input::read(path, LARGEST)?;
    let refused = |error: &(dyn std::error::Error + 'static)| {
        Failure::new(Exit::Refused, "not a checkpoint").caused_by(error).about(path)
    };
    let note = if Continuation::begins(&octets) {
        Continuation::parse(&octets).map_err(|error| refused(&error))?.note
    } else {
        Note::parse(&octets).map_err(|error| refused(&error))?
    };
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| refused(&error))?;
    Ok((checkpoint, note))
}

/// Which log, its size and its root, to be written down.
pub(crate) fn rows(checkpoint: &Checkpoint) -> View {
    View::default()
        .row("origin", checkpoint.origin.clone())
        .row("entries", checkpoint.size)
        .row("root", *checkpoint.root.as_bytes())
}

/// The signatures under a checkpoint: those that are right, and those that nobody has asked about.
pub(crate) fn signed_by(note: &Note, found: &[Signatory], files: &[String]) -> View {
    let right: Vec<String> = found
        .iter()
        .map(|signatory| {
            let by = files.get(signatory.key).map(String::as_str).unwrap_or_default();
            let time = signatory.time.map_or_else(String::new, |time| format!(" at {time}"));
            format!("{}{time}, by the key of {by}", signatory.name)
        })
        .collect();
    let known = |line: &keyrite::audit::NoteSignature| found.iter().any(|one| one.name == line.name);
    let others = note.signatures.iter().filter(|line| !known(line));
    let others: Vec<String> = others.map(|line| line.name.to_string()).collect();
    let mut view = View::default();
    if !right.is_empty() {
        view = view.row("signed by", right);
    }
    if !others.is_empty() {
        view = view.row("not looked at", others);
    }
    view
}
