//! The audit log as it lies in the ledger: appended to, read, never changed.

use std::ops::ControlFlow;

use rusqlite::{Connection, Row};

use super::Store;
use super::error::Error;
use super::writer;
use crate::audit::{Entry, Event, Fingerprint, Head, Object, Record};
use crate::x509::time::Time;

impl Store {
    /// Records an event that changes nothing else in the ledger. It tells of what has happened, so that it is recorded
    /// whatever the clock says: [`Store::believe`] comes before what a wrong clock must not begin.
    ///
    /// # Errors
    /// Those of writing.
    pub fn append(&mut self, event: Event, now: Time) -> Result<(), Error> {
        self.write_done(now, |writer| writer.append(event))
    }

    /// Keeps an event for the next transaction, whatever that is: a transaction of its own would cost as much as an
    /// issuance. What no transaction has taken along is written when the store is closed.
    pub fn note(&mut self, event: Event, now: Time) {
        self.notes.push(event);
        self.noted_at = Some(now);
    }

    /// The head of the log as it was kept; [`Store::verify_audit`] tells whether it is true.
    ///
    /// # Errors
    /// Those of reading.
    pub fn audit_head(&self) -> Result<Head, Error> {
        self.read(writer::head)
    }

    /// Gives each entry from number `from` on to `visit`, in their order, until that breaks off. Nothing
    /// is collected and nothing verified.
    ///
    /// # Errors
    /// Those of reading.
    pub fn audit_entries(
        &self,
        from: u64,
        mut visit: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.read(|connection| each_entry(connection, from, |entry| Ok(visit(entry))))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(now) = self.noted_at.filter(|_| !self.notes.is_empty() && !self.poisoned) else { return };
        if let Err(error) = self.write_done(now, |_| Ok(())) {
            tracing::error!("{} events are not in the audit log: {error}", self.notes.len());
        }
    }
}

/// Goes through the log.
pub(super) fn each_entry(
    connection: &Connection,
    from: u64,
    mut visit: impl FnMut(Entry) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut statement = connection
        .prepare_cached("SELECT entry, encoding, hash FROM audit_log WHERE entry >= ?1 ORDER BY entry")?;
    let mut rows = statement.query([from])?;
    while let Some(row) = rows.next()? {
        if visit(entry(row)?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Holds the octets of a reservation against the entry that tells of them. The newest entries are looked at first:
/// what is open is seldom old.
pub(super) fn told_of(connection: &Connection, object: &Object, tbs: &[u8]) -> Result<(), Error> {
    let number = format!("\"number\":\"{}\"", object.number);
    let mut statement = connection
        .prepare_cached("SELECT encoding FROM audit_log WHERE instr(encoding, ?1) > 0 ORDER BY entry DESC")?;
    let mut rows = statement.query([number.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let told = Record::decode(&row.get::<_, Vec<u8>>(0)?).map(|record| record.event);
        if let Ok(Event::Signing { object: told, tbs_sha256, .. }) = told
            && told == *object
        {
            let same = tbs_sha256 == Fingerprint::of(tbs);
            return if same { Ok(()) } else { Err(Error::NotAsTold { object: Box::new(object.clone()) }) };
        }
    }
    Err(Error::NotAsTold { object: Box::new(object.clone()) })
}

fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    let number: i64 = row.get(0)?;
    Ok(Entry {
        number: u64::try_from(number).map_err(|_| Error::damaged(format!("audit entry {number}")))?,
        encoding: row.get(1)?,
        hash: Fingerprint(row.get(2)?),
    })
}
