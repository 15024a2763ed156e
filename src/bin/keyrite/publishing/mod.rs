//! What relying parties fetch, written for a web server and compared with what one serves.

mod fetch;
mod index;
mod inspection;
mod manifest;
mod writing;

use keyrite::authority::publication::{Gap, Publication};
use keyrite::store::Store;
use keyrite::x509::time::Time;

pub(crate) use inspection::{Inspection, Target};
pub(crate) use writing::write;

use crate::configuration::Settings;
use crate::failure::{Exit, Failure};

/// The page about everything.
pub(crate) const INDEX: &str = "index.html";
/// The list of all files with their hashes.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What belongs at the URLs of the home's CAs.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read, or two things belong at one path.
pub(crate) fn gather(
    store: &Store,
    settings: &Settings,
    host: Option<&str>,
    now: Time,
) -> Result<Publication, Failure> {
    let found = Publication::of(store, |ca| settings.ca(ca).places().clone(), host, now)?;
    if let Some(conflict) = found.gaps.iter().find(|gap| matches!(gap, Gap::Conflict { .. })) {
        let failure = Failure::new(Exit::Refused, conflict.to_string());
        return Err(if host.is_none() {
            failure.hint("with --host HOST only what is fetched from one host is written")
        } else {
            failure.hint("CAs that share a URL need URLs of their own: see [ca.NAME] in keyrite.toml")
        });
    }
    let own = |path: &&String| path.as_str() == INDEX || path.as_str() == MANIFEST;
    if let Some(path) = found.files.keys().find(own) {
        let message = format!("{path} at the root is what publish itself writes, and a URL names it");
        return Err(Failure::new(Exit::Refused, message));
    }
    Ok(found)
}
