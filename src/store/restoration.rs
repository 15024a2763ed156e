//! What is recorded when a ledger was put in place from a copy of an earlier state.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use super::Store;
use super::ca::{self, CaName};
use super::clock;
use super::error::Error;
use super::recover::find_row;
use super::recover::{ReservationId, Settlement};
use super::reservation::{self, Body, State, table_of};
use super::row;
use super::writer;
use crate::audit::{Event, Fingerprint, Kind, Object, Record};
use crate::x509::extension::CrlNumber;
use crate::x509::time::Time;

/// By what it was shown how far the home had come after the copy was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// The head of its log, which is that of the copy: nothing was lost.
    Head,
    /// The last CRL of each CA.
    Crl,
    /// A head of its log from before the copy was made, which says nothing of what came after.
    EarlierHead,
}

impl ShownBy {
    const ALL: [Self; 3] = [Self::Head, Self::Crl, Self::EarlierHead];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Crl => "crl",
            Self::EarlierHead => "earlier-head",
        }
    }

    /// Whether it shows that nothing was done after the copy was made.
    #[must_use]
    pub const fn nothing_lost(self) -> bool {
        matches!(self, Self::Head)
    }
}

/// That this ledger was put in place from a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestorationRecord {
    /// The audit entry that tells of it.
    pub entry: u64,
    /// When.
    pub restored_at: Time,
    /// When the copy was made; none of plain files.
    pub made_at: Option<Time>,
    /// How many entries the log of the copy has.
    pub entries: u64,
    /// By what it was shown how far the home had come.
    pub shown_by: ShownBy,
}

/// What is on record under the number of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnRecord {
    /// Nothing.
    Nothing,
    /// The signed object.
    Signed(Vec<u8>),
    /// What was to be signed, in this state.
    ToBeSigned(State),
    /// The number alone.
    Number,
}

impl Store {
    /// The last time that this ledger was put in place from a copy.
    ///
    /// # Errors
    /// Those of reading.
    pub fn last_restoration(&self) -> Result<Option<RestorationRecord>, Error> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT * FROM restoration ORDER BY entry DESC LIMIT 1")?
                .query_and_then([], record)?
                .next()
                .transpose()
        })
    }

    /// What is on record under a number.
    ///
    /// # Errors
    /// Those of reading.
    pub fn on_record(&self, object: &Object) -> Result<OnRecord, Error> {
        self.read(|connection| {
            let Some(row) = find_row(connection, object)? else { return Ok(OnRecord::Nothing) };
            Ok(match reservation::body(connection, table_of(object.kind), row)? {
                Some(Body::Signed(der)) => OnRecord::Signed(der),
                Some(Body::ToBeSigned(_)) => OnRecord::ToBeSigned(state(connection, object.kind, row)?),
                None => OnRecord::Number,
            })
        })
    }

    /// Records a signed object that was found for a reservation, whether that is open or was given up.
    ///
    /// # Errors
    /// As [`Store::settle`].
    pub fn settle_found(&mut self, object: &Object, der: &[u8], now: Time) -> Result<(), Error> {
        let row = self.read(|connection| find_row(connection, object))?;
        let row = row.ok_or_else(|| Error::damaged(format!("{object} that vanished")))?;
        self.settle(ReservationId { kind: object.kind, row }, Settlement::Found(der), now)
    }

    /// Gives up a CRL number that may have been used, although nothing is known to be signed under it. It must be
    /// greater than all that were ever reserved; all that are less count as used.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::CrlNumberUsed`].
    pub fn skip_crl_number(
        &mut self,
        ca: &CaName,
        number: CrlNumber,
        reason: &str,
        now: Time,
    ) -> Result<(), Error> {
        self.write_at(now, clock::after_any_rest, |writer| {
            let id = ca::ca_id(writer.connection, ca)?;
            let latest = super::crl::latest(writer.connection, id)?;
            if let Some((greatest, _)) = latest
                && number <= greatest
            {
                return Err(Error::CrlNumberUsed { ca: ca.clone(), number, greatest });
            }
            // The next CRL may be of this very second; a clock that is behind the last CRL is not made use of here.
            let this_update = latest.map_or(now, |(_, this_update)| this_update);
            writer.connection.execute(
                "INSERT INTO crl (ca, number, state, revision, this_update, failure, reserved_at, settled_at)
                 VALUES (?1, ?2, 'abandoned', ?3, ?4, ?6, ?5, ?5)",
                params![
                    id,
                    number.0.to_be_bytes(),
                    super::revocation::revision(writer.connection, id)?.0,
                    this_update.to_unix(),
                    writer.now.to_unix(),
                    reason
                ],
            )?;
            let object = Object { kind: Kind::Crl, ca: ca.to_string(), number: number.to_string() };
            writer.append(Event::NumberTaken { object })
        })
    }

    /// Records that the ledger is put in place from a copy.
    ///
    /// # Errors
    /// Those of writing.
    pub fn record_restoration(
        &mut self,
        (from, sha256): (&str, Option<Fingerprint>),
        facts: &super::CopyFacts,
        (shown_by, skipped): (ShownBy, u64),
        now: Time,
    ) -> Result<(), Error> {
        self.write_at(now, clock::after_any_rest, |writer| {
            writer.append(Event::Restored {
                from: from.to_owned(),
                sha256,
                made_at: facts.made_at.map(|made_at| made_at.to_string()),
                entries: facts.head.entries,
                head: facts.head.hash,
                shown_by: shown_by.word().to_owned(),
                lost_entries: shown_by.nothing_lost().then_some(0),
                skipped: Some(skipped),
            })?;
            let number = |number: u64| i64::try_from(number).map_err(|_| Error::damaged("a log without end"));
            writer.connection.execute(
                "INSERT INTO restoration (entry, restored_at, made_at, entries, shown_by)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    number(writer::head(writer.connection)?.entries)?,
                    writer.now.to_unix(),
                    facts.made_at.map(Time::to_unix),
                    number(facts.head.entries)?,
                    shown_by.word()
                ],
            )?;
            Ok(())
        })
    }
}

/// What the log tells of the copies from which the ledger was put in place, by entry.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<u64, Said>);

/// The time, the time of the copy, its entries, and by what it was shown how far the home had come.
type Said = (String, Option<String>, u64, String);

impl Told {
    /// Takes an entry of the log, if it tells of a copy.
    pub(super) fn add(&mut self, record: &Record) {
        if let Event::Restored { made_at, entries, shown_by, .. } = &record.event {
            let said = (record.time.clone(), made_at.clone(), *entries, shown_by.clone());
            self.0.insert(record.entry, said);
        }
    }

    /// The entries of which something else is on record, or only one of the two tells.
    pub(super) fn differing(&self, connection: &Connection) -> Result<BTreeSet<u64>, Error> {
        let mut statement = connection.prepare_cached("SELECT * FROM restoration")?;
        let mut differing = BTreeSet::new();
        let mut found = BTreeSet::new();
        for record in statement.query_and_then([], record)? {
            let RestorationRecord { entry, restored_at, made_at, entries, shown_by } = record?;
            let made_at = made_at.map(|time| time.to_string());
            let said = (restored_at.to_string(), made_at, entries, shown_by.word().to_owned());
            found.insert(entry);
            if self.0.get(&entry) != Some(&said) {
                differing.insert(entry);
            }
        }
        differing.extend(self.0.keys().filter(|entry| !found.contains(entry)));
        Ok(differing)
    }
}

fn state(connection: &Connection, kind: Kind, row: i64) -> Result<State, Error> {
    let sql = match kind {
        Kind::Certificate => "SELECT state FROM certificate WHERE id = ?1",
        Kind::Crl => "SELECT state FROM crl WHERE id = ?1",
        Kind::Request => "SELECT state FROM request WHERE id = ?1",
    };
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then([row], |row| row::word(row, "state"))?.next();
    found.unwrap_or_else(|| Err(Error::damaged("an object that vanished")))
}

fn record(row: &Row<'_>) -> Result<RestorationRecord, Error> {
    let word: String = row.get("shown_by")?;
    let number = |column| -> Result<u64, Error> {
        u64::try_from(row.get::<_, i64>(column)?).map_err(|_| Error::damaged("a negative number of entries"))
    };
    Ok(RestorationRecord {
        entry: number("entry")?,
        restored_at: row::time(row, "restored_at")?,
        made_at: row::optional_time(row, "made_at")?,
        entries: number("entries")?,
        shown_by: ShownBy::ALL
            .into_iter()
            .find(|each| each.word() == word)
            .ok_or_else(|| Error::damaged(format!("shown by {word:?}")))?,
    })
}
