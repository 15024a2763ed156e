//! Everything that an auditor is given, out of one state of the ledger.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::Store;
use super::audit_log::each_entry;
use super::error::Error;
use super::recover::find_row;
use super::recover::object_of;
use super::reservation::{self, Body, table_of};
use crate::audit::{Entry, Event, Kind, Object, Outcome, Record};

/// One part of what is on record.
#[derive(Debug)]
pub enum Part<'a> {
    /// The next entry of the audit log.
    Entry(&'a Entry),
    /// An object of which the entry before has told: its DER.
    Signed(&'a Object, &'a [u8]),
    /// The octets that were to be signed, of an object of which no signature is on record.
    Intent(&'a Object, &'a [u8]),
    /// A CA's name, and the DER of every certificate that was ever on its path, each once.
    Path(&'a str, &'a [Vec<u8>]),
}

impl Store {
    /// Gives everything on record to `visit`, part by part, until that breaks off: each entry of the log and after
    /// it the object that it tells of; then what is still open, and the paths of the CAs. All of it is of one moment,
    /// whatever other processes do meanwhile, and nothing is collected.
    ///
    /// # Errors
    /// Those of reading.
    pub fn evidence<B>(
        &self,
        mut visit: impl FnMut(Part<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut broken = ControlFlow::Continue(());
            each_entry(&snapshot, 0, |entry| {
                broken = visit(Part::Entry(&entry));
                if broken.is_continue()
                    && let Some((object, der)) = told_of(&snapshot, &entry)?
                {
                    broken = visit(Part::Signed(&object, &der));
                }
                Ok(if broken.is_break() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if broken.is_continue() {
                broken = intents(&snapshot, &mut visit)?;
            }
            if broken.is_continue() {
                broken = paths(&snapshot, &mut visit)?;
            }
            Ok(broken)
        })
    }
}

/// The object that an entry tells of as signed, if it is on record.
fn told_of(connection: &Connection, entry: &Entry) -> Result<Option<(Object, Vec<u8>)>, Error> {
    let Ok(
        Event::Signed { object, .. }
        | Event::Imported { object, .. }
        | Event::Settled { object, outcome: Outcome::Found, .. },
    ) = Record::decode(&entry.encoding).map(|record| record.event)
    else {
        return Ok(None);
    };
    let Some(row) = find_row(connection, &object)? else { return Ok(None) };
    Ok(match reservation::body(connection, table_of(object.kind), row)? {
        Some(Body::Signed(der)) => Some((object, der)),
        Some(Body::ToBeSigned(_)) | None => None,
    })
}

fn intents<B>(
    connection: &Connection,
    visit: &mut impl FnMut(Part<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Error> {
    for kind in [Kind::Certificate, Kind::Crl, Kind::Request] {
        let table = table_of(kind);
        let mut statement = connection.prepare_cached(table.unsigned)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get("id")?;
            if let Some(Body::ToBeSigned(tbs)) = reservation::body(connection, table, id)? {
                let object = object_of(connection, kind, id)?;
                if let ControlFlow::Break(broken) = visit(Part::Intent(&object, &tbs)) {
                    return Ok(ControlFlow::Break(broken));
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn paths<B>(
    connection: &Connection,
    visit: &mut impl FnMut(Part<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Error> {
    let names: Vec<(i64, String)> = connection
        .prepare_cached("SELECT id, name FROM ca ORDER BY id")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (id, name) in names {
        let mut certificates: Vec<Vec<u8>> = Vec::new();
        let mut statement = connection.prepare_cached(
            "SELECT certificate FROM ca_path WHERE ca = ?1 ORDER BY installation DESC, position",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let certificate: Vec<u8> = row.get(0)?;
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
        }
        if !certificates.is_empty()
            && let ControlFlow::Break(broken) = visit(Part::Path(&name, &certificates))
        {
            return Ok(ControlFlow::Break(broken));
        }
    }
    Ok(ControlFlow::Continue(()))
}
