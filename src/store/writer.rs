//! One transaction that writes: the only way anything gets into the ledger.

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::Store;
use super::audit_tile;
use super::clock;
use super::error::Error;
use super::home;
use super::profile;
use crate::audit::{EncodingError, Event, Fingerprint, Head, Record};
use crate::x509::time::{Duration as Length, Time};

/// How long a reader waits where SQLite itself must: while another process recovers or closes the file.
pub(super) const READ_WAIT: Duration = Duration::from_secs(5);
/// After this much waiting a person is told why nothing happens.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Makes the time of a transaction of what is on record, the clock's time and the largest gap between entries.
type Trust = fn(&Connection, Time, Length) -> Result<Time, Error>;

/// An open transaction: its connection, its time, and the head of the audit log as it grows.
pub(super) struct Writer<'a> {
    pub(super) connection: &'a Connection,
    pub(super) now: Time,
    /// The head after this transaction's own entries; none before the first.
    head: Cell<Option<Head>>,
}

impl Writer<'_> {
    /// Appends an event to the audit log, in this transaction.
    pub(super) fn append(&self, event: Event) -> Result<(), Error> {
        let head = self.head.get().map_or_else(|| head(self.connection), Ok)?;
        let entry = head.entries.saturating_add(1);
        let encoding = encode(Record { entry, time: self.now.to_string(), event })?;
        let head = head.extend(&encoding);
        let number = i64::try_from(entry).map_err(|_| Error::damaged("the audit log is too long"))?;
        self.connection
            .prepare_cached("INSERT INTO audit_log (entry, encoding, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![number, encoding, head.hash.as_bytes()])?;
        audit_tile::grown(self.connection, entry)?;
        self.head.set(Some(head));
        Ok(())
    }
}

/// The octets of a record, which tells less where the whole of it has no room.
fn encode(mut record: Record) -> Result<Vec<u8>, EncodingError> {
    loop {
        let encoded = record.encode();
        match encoded {
            Err(EncodingError::TooLong { .. }) => match record.event.shorter() {
                Some(shorter) => record.event = shorter,
                None => return encoded,
            },
            Ok(_) | Err(_) => return encoded,
        }
    }
}

/// The head of the audit log.
pub(super) fn head(connection: &Connection) -> Result<Head, Error> {
    let last = connection
        .prepare_cached("SELECT entry, hash FROM audit_log ORDER BY entry DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))
        .optional()?;
    last.map_or(Ok(Head::empty()), |(entry, hash)| {
        let entries = u64::try_from(entry).map_err(|_| Error::damaged("an audit entry without number"))?;
        Ok(Head { entries, hash: Fingerprint(hash) })
    })
}

impl Store {
    /// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, and nothing of it else.
    ///
    /// # Errors
    /// [`Error::ClockBehind`] and [`Error::ClockAhead`] before `work` has begun.
    pub(super) fn write<T>(
        &mut self,
        now: Time,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let configuration = self.configuration.take();
        let done = self.write_at(now, clock::of_a_beginning, |writer| {
            if let Some(configuration) = &configuration {
                profile::configured(writer, configuration)?;
            }
            work(writer)
        });
        if done.is_err() {
            self.configuration = configuration;
        }
        done
    }

    /// The same for what has happened already and must not be lost because of a clock.
    pub(super) fn write_done<T>(
        &mut self,
        now: Time,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.write_at(now, clock::of_what_happened, work)
    }

    /// The same, at the time that `trust` makes of the log and the clock.
    pub(super) fn write_at<T>(
        &mut self,
        now: Time,
        trust: Trust,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.poisoned {
            return Err(Error::Poisoned { path: self.path.clone() });
        }
        let done = self.transact(now, trust, work);
        self.poisoned = done.as_ref().is_err_and(Error::is_write_failure);
        if done.is_ok() {
            self.notes.clear();
        }
        done.map_err(|error| error.located(&self.path))
    }

    fn transact<T>(
        &self,
        now: Time,
        trust: Trust,
        work: impl FnOnce(&Writer<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (transaction, waited) = self.begin_after_waiting()?;
        // Whoever waits in line is not behind those who came first.
        let waited = i64::try_from(waited.as_secs()).unwrap_or(i64::MAX);
        let now = now.plus_seconds(waited).unwrap_or(now);
        let now = trust(&transaction, now, self.largest_gap)?;
        let writer = Writer { connection: &transaction, now, head: Cell::new(None) };
        let value = work(&writer)?;
        for event in &self.notes {
            writer.append(event.clone())?;
        }
        transaction.commit()?;
        Ok(value)
    }

    /// Waits in line for the right to write. Readers are never in this line.
    pub(super) fn begin(&self) -> Result<Transaction<'_>, Error> {
        self.begin_after_waiting().map(|(transaction, _)| transaction)
    }

    fn begin_after_waiting(&self) -> Result<(Transaction<'_>, Duration), Error> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let begun = self.wait_in_line();
        self.connection.busy_timeout(READ_WAIT)?;
        let begun = begun?;
        self.make_names_durable()?;
        Ok(begun)
    }

    /// The write-ahead log comes and goes, and what is committed is in it. SQLite syncs its directory as well, but
    /// goes on if that fails.
    fn make_names_durable(&self) -> Result<(), Error> {
        if !self.named.get() {
            home::sync_directory(self.path.parent().unwrap_or(&self.path))?;
            self.named.set(true);
        }
        Ok(())
    }

    fn wait_in_line(&self) -> Result<(Transaction<'_>, Duration), Error> {
        self.with_patience(|| {
            match Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate) {
                Ok(transaction) => Ok(Some(transaction)),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Tries until there is something, as long as the lock time-out allows; says once that it waits.
    pub(super) fn patiently<T>(&self, attempt: impl FnMut() -> Result<Option<T>, Error>) -> Result<T, Error> {
        self.with_patience(attempt).map(|(value, _)| value)
    }

    /// The same, with the time that was waited.
    fn with_patience<T>(
        &self,
        mut attempt: impl FnMut() -> Result<Option<T>, Error>,
    ) -> Result<(T, Duration), Error> {
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_millis(1);
        let mut told = false;
        loop {
            if let Some(value) = attempt()? {
                return Ok((value, waited));
            }
            if waited >= self.lock_timeout {
                return Err(Error::Locked { path: self.path.clone(), waited });
            }
            thread::sleep(pause);
            waited = waited.saturating_add(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            if waited >= PATIENCE && !told {
                (self.on_wait)();
                told = true;
            }
        }
    }

    /// Reads several things from one state of the ledger, and takes the locks of readers once for all of them: `work`
    /// may do nothing but read.
    ///
    /// # Errors
    /// Those of `work`, or of reading.
    pub fn at_once<T, E: From<Error>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let located = |error: rusqlite::Error| Error::from(error).located(&self.path);
        let snapshot = self.connection.unchecked_transaction().map_err(located)?;
        let value = work()?;
        snapshot.commit().map_err(located)?;
        Ok(value)
    }

    /// Runs something that only reads, with errors that name the ledger.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        work(&self.connection).map_err(|error| error.located(&self.path))
    }
}
