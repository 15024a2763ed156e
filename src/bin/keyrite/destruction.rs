//! The destruction of a key in the audit log: told before and after, so that a crash in between shows.

use std::ops::ControlFlow;

use keyrite::audit::{Event, KeyEnd, Record};
use keyrite::store::Store;

use crate::failure::Failure;

/// The last key that the log gave up after an entry without telling that it was destroyed, of those that `is` says.
/// What `since` is 0 for is looked for in the whole log.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn untold(
    store: &Store,
    since: u64,
    is: impl Fn(&KeyEnd) -> bool,
) -> Result<Option<KeyEnd>, Failure> {
    let mut open: Option<KeyEnd> = None;
    store.audit_entries(since, |entry| {
        if let Ok(record) = Record::decode(&entry.encoding)
            && record.entry > since
        {
            if let Event::KeyDoomed(doomed) = record.event {
                if is(&doomed) {
                    open = Some(doomed);
                }
            } else if let Event::KeyDestroyed(destroyed) = record.event
                && open.as_ref().is_some_and(|doomed| doomed.key == destroyed.key)
            {
                open = None;
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(open)
}
