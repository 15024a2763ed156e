//! Profiles as they were when something was made by them.
//!
//! A hash tells that a profile is another one, and not what has changed; so the rows over which the hash is made
//! are kept, once for each time that a profile of a name becomes another.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Store;
use super::error::Error;
use super::row;
use super::writer::Writer;
use crate::audit::{Event, Fingerprint};
use crate::x509::time::Time;

/// A profile by which something is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileText {
    /// Its name.
    pub name: String,
    /// SHA-256 over its canonical form.
    pub sha256: [u8; 32],
    /// The rows of that form, one on a line: key, TAB, value.
    pub rows: Arc<str>,
}

/// A profile as it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileUse {
    /// The profile.
    pub text: ProfileText,
    /// When something was first made by it in this form.
    pub since: Time,
}

impl Store {
    /// Says by which text of `keyrite.toml` the home is used: the next transaction that begins something records it, if
    /// it is another than before.
    pub fn configured_by(&mut self, text: &str) {
        let sha256 = Fingerprint::of(text.as_bytes()).0;
        self.configuration = Some(ProfileText { name: CONFIGURATION.to_owned(), sha256, rows: text.into() });
    }

    /// The profile of a name in the form in which it was last used, if it ever was.
    ///
    /// # Errors
    /// Those of reading.
    pub fn profile_last_used(&self, name: &str) -> Result<Option<ProfileUse>, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT sha256, rows, since FROM profile WHERE name = ?1 ORDER BY id DESC LIMIT 1",
            )?;
            let mut rows = statement.query([name])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let rows: String = row.get("rows")?;
            let text = ProfileText { name: name.to_owned(), sha256: row.get("sha256")?, rows: rows.into() };
            Ok(Some(ProfileUse { text, since: row::time(row, "since")? }))
        })
    }
}

/// Keeps the form of a profile that is used, unless it is the one of last time.
pub(super) fn used(writer: &Writer<'_>, text: &ProfileText) -> Result<(), Error> {
    if let Some(before) = keep(writer, text)? {
        writer.append(Event::ProfileChanged {
            profile: text.name.clone(),
            before: Fingerprint(before),
            sha256: Fingerprint(text.sha256),
        })?;
    }
    Ok(())
}

/// The name under which `keyrite.toml` is kept among the profiles: one that no profile can have, since their names begin
/// with a letter or digit.
const CONFIGURATION: &str = "/keyrite.toml";

/// Tells of the configuration by which something is begun, and keeps it, unless it is the one of last time.
pub(super) fn configured(writer: &Writer<'_>, text: &ProfileText) -> Result<(), Error> {
    if last(writer.connection, &text.name)? == Some(text.sha256) {
        return Ok(());
    }
    keep(writer, text)?;
    writer.append(Event::ConfigurationChanged { sha256: Fingerprint(text.sha256) })
}

/// Keeps a form, unless it is the last one; gives the one before it, where there was another.
fn keep(writer: &Writer<'_>, text: &ProfileText) -> Result<Option<[u8; 32]>, Error> {
    let before = last(writer.connection, &text.name)?;
    if before == Some(text.sha256) {
        return Ok(None);
    }
    writer
        .connection
        .prepare_cached("INSERT INTO profile (name, sha256, rows, since) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![text.name, text.sha256, text.rows, writer.now.to_unix()])?;
    Ok(before)
}

fn last(connection: &Connection, name: &str) -> Result<Option<[u8; 32]>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT sha256 FROM profile WHERE name = ?1 ORDER BY id DESC LIMIT 1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}
