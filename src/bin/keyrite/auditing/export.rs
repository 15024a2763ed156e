//! An export verified from its files alone.

use std::path::Path;

use keyrite::authority::evidence::Directory;
use keyrite::evidence::{self, Verified};

use super::checkpoint::rows;
use super::known::Known;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};

/// What nobody can see who has nothing but the export.
const UNSEEN: &str = "no head from elsewhere was given: entries cut off at the end, or a log that was written anew as a \
                      whole, cannot be seen";

/// Verifies an export.
///
/// # Errors
/// A [`Failure`] when the directory cannot be read, or a signature that is wanted is not there.
pub(crate) fn verify(directory: &Path, known: &Known) -> Result<Answer, Failure> {
    let files = Directory::of(directory)
        .map_err(|error| Failure::new(Exit::Usage, "cannot be read").caused_by(&error).about(directory))?;
    let Verified { log, note, counts, findings } = evidence::verify(&files, &known.heads());
    let mut problems: Vec<String> = findings.kept().iter().map(ToString::to_string).collect();
    if findings.more() > 0 {
        problems.push(format!("and {} more", findings.more()));
    }
    let mut view = View::default();
    if let Some(log) = &log {
        view = view.and(rows(&log.checkpoint)).row("head", Value::in_hex(*log.head.hash.as_bytes()));
        let own = note.as_ref().map(|note| (&log.checkpoint, note));
        match known.met(&log.checkpoint.origin, own) {
            Ok(met) if findings.is_empty() => view = view.and(met),
            Ok(_) => {}
            Err(failure) => problems.push(failure.line()),
        }
    }
    let good = problems.is_empty();
    let view = view
        .row("certificates", counts.certificates)
        .row("CRLs", counts.crls)
        .row("requests", counts.requests)
        .row("not signed", counts.intents)
        .maybe("not seen", known.is_nothing().then_some(UNSEEN))
        .row("discrepancies", problems)
        .row("good", good);
    Ok(Answer::new(view).exit(if good { Exit::Done } else { Exit::Integrity }))
}
