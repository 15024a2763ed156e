//! Making and opening a ledger.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::Error;
use super::profile::ProfileText;
use super::writer::READ_WAIT;
use super::{clock, home, schema};
use crate::audit::Event;
use crate::x509::time::{Duration as Length, Time};

/// How to behave while another process writes.
pub struct OpenOptions {
    /// How long to wait for the right to write.
    pub lock_timeout: Duration,
    /// Called once per wait, after about a second of it.
    pub on_wait: Box<dyn Fn() + Send>,
    /// How far the clock may lie after the last entry of the log.
    pub largest_gap: Length,
    /// Whether the home may be on a file system that machines share.
    pub network_file_system: bool,
}

impl Default for OpenOptions {
    /// Half a minute, in silence, after a rest of up to 400 days, on a file system of this machine.
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(30),
            on_wait: Box::new(|| {}),
            largest_gap: clock::LARGEST_GAP,
            network_file_system: false,
        }
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenOptions({:?})", self.lock_timeout)
    }
}

/// An open ledger.
pub struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) lock_timeout: Duration,
    pub(super) on_wait: Box<dyn Fn() + Send>,
    pub(super) largest_gap: Length,
    pub(super) poisoned: bool,
    /// Events that go into the next transaction, and the time of the last of them.
    pub(super) notes: Vec<Event>,
    pub(super) noted_at: Option<Time>,
    /// The configuration by which the next transaction begins something.
    pub(super) configuration: Option<ProfileText>,
    pub(super) presence: Option<File>,
    /// Whether the names of the ledger's files are known to be durable.
    pub(super) named: Cell<bool>,
}

impl Store {
    /// Makes the directory of a home with mode 0700 if it is not there, without a ledger in it. Whether it may be on a
    /// file system that machines share is given.
    ///
    /// # Errors
    /// [`Error::NetworkFileSystem`], [`Error::Writable`] when others may write it, or whatever the disk says.
    pub fn prepare(home: &Path, network_file_system: bool) -> Result<(), Error> {
        home::refuse_shared(&home::prepare(home)?, network_file_system)
    }

    /// Makes a ledger in `home`, which is made with mode 0700 if it is not there. What a crash left half
    /// made is finished.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is one, [`Error::Writable`] when others may write the home,
    /// [`Error::ClockImpossible`] when the clock is wrong in any case, or whatever the disk says.
    pub fn create(home: &Path, now: Time) -> Result<Self, Error> {
        let now = clock::possible(now)?;
        let home = home::prepare(home)?;
        let path = home::create_ledger(&home)?;
        let mut store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, OpenOptions::default())?;
        if store.read(|connection| Ok(is_empty(connection)?))? {
            store.read(|connection| {
                // Before any table, since it cannot be part of a transaction; it stays with the file.
                connection.pragma_update(None, "journal_mode", "WAL").map_err(Error::from)
            })?;
        }
        let path = store.path.clone();
        store.write_at(now, clock::of_the_clock, |writer| {
            if !is_empty(writer.connection)? {
                return Err(Error::Exists { path });
            }
            writer.connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
            migrate(writer.connection, 0)?;
            // Not a secret: it only keeps two homes of one second from having one log.
            let id =
                writer.connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
            writer.append(Event::HomeCreated { version: env!("CARGO_PKG_VERSION").to_owned(), id: Some(id) })
        })?;
        Ok(store)
    }

    /// Opens the ledger of `home` for reading and writing.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Writable`], [`Error::NetworkFileSystem`], [`Error::NotALedger`], [`Error::Newer`], or
    /// [`Error::ReadOnly`] when the file or its file system cannot be written.
    pub fn open(home: &Path, options: OpenOptions) -> Result<Self, Error> {
        let home = home::open(home)?;
        let path = home::ledger(&home)?;
        home::refuse_shared(&home, options.network_file_system)?;
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
        if store.connection.is_readonly("main")? {
            return Err(Error::ReadOnly { path: store.path.clone() });
        }
        store.migrated()
    }

    /// The same with the newest schema.
    fn migrated(self) -> Result<Self, Error> {
        let found = self.version()?;
        if found < schema::MIGRATIONS.len() {
            let transaction = self.begin().map_err(|error| error.located(&self.path))?;
            let migrated = version(&transaction)
                .and_then(|found| migrate(&transaction, found))
                .and_then(|()| transaction.commit());
            migrated.map_err(|error| Error::from(error).located(&self.path))?;
        }
        Ok(self)
    }

    /// Opens the ledger of `home` for reading, which also works on a read-only file system.
    ///
    /// # Errors
    /// As [`Store::open`], and [`Error::Older`] when the ledger would have to be migrated.
    pub fn open_read_only(home: &Path) -> Result<Self, Error> {
        let path = home::ledger(&home::open(home)?)?;
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, OpenOptions::default())?;
        let found = store.version()?;
        if found < schema::MIGRATIONS.len() {
            return Err(Error::Older { path: store.path.clone(), found, known: schema::MIGRATIONS.len() });
        }
        Ok(store)
    }

    /// A ledger under another name, which is complete but for migrations.
    pub(super) fn of_complete_file(path: PathBuf, options: OpenOptions) -> Result<Self, Error> {
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
        store.migrated()
    }

    /// Ends the connection, and says whether that went well.
    pub(super) fn close(mut self) -> rusqlite::Result<()> {
        let nothing = Connection::open_in_memory()?;
        std::mem::replace(&mut self.connection, nothing).close().map_err(|(_, error)| error)
    }

    /// A ledger that somebody else has opened, for looking at it.
    pub(super) fn of_connection(connection: Connection, path: PathBuf) -> Self {
        let store = Self::of(connection, path, OpenOptions::default());
        store.named.set(true);
        store
    }

    fn of(connection: Connection, path: PathBuf, options: OpenOptions) -> Self {
        let OpenOptions { lock_timeout, on_wait, largest_gap, .. } = options;
        Self {
            connection,
            path,
            lock_timeout,
            on_wait,
            largest_gap,
            poisoned: false,
            notes: Vec::new(),
            noted_at: None,
            configuration: None,
            presence: None,
            named: Cell::new(false),
        }
    }

    fn connect(path: PathBuf, access: OpenFlags, options: OpenOptions) -> Result<Self, Error> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let located = |error: rusqlite::Error| Error::from(error).located(&path);
        let mut connection = Connection::open_with_flags(&path, flags).map_err(located)?;
        if home::is_read_only(&path) {
            if access != OpenFlags::SQLITE_OPEN_READ_ONLY {
                return Err(Error::ReadOnly { path });
            }
            // SQLite cannot make the index that readers share. Nobody can write there, so that the file as
            // it lies is all there is, unless a write-ahead log holds more.
            if !home::has_wal(&path) {
                let uri = format!("file:{}?immutable=1", escape(&path));
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                connection = Connection::open_with_flags(uri, flags).map_err(located)?;
            }
        }
        configure(&connection).map_err(located)?;
        Ok(Self::of(connection, path, options))
    }

    /// The schema version of a ledger of ours, which this program knows.
    fn version(&self) -> Result<usize, Error> {
        self.read(|connection| {
            if is_empty(connection)? {
                return Err(Error::Missing { path: self.path.clone() });
            }
            let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
            if application != schema::APPLICATION_ID {
                return Err(Error::NotALedger { path: self.path.clone() });
            }
            let found = version(connection)?;
            let known = schema::MIGRATIONS.len();
            if found > known {
                return Err(Error::Newer { path: self.path.clone(), found, known });
            }
            Ok(found)
        })
    }

    /// Where the ledger lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.path.display())
    }
}

/// What holds for one connection and is not kept in the file.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(READ_WAIT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Else a statement is planned anew whenever another value is bound to it, which takes longer than to run it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // In KiB: the upper levels of the indices of some millions of certificates stay in memory, and no more. A batch fills
    // it soon, and needs no more memory after that.
    connection.pragma_update(None, "cache_size", -1536)?;
    // In pages. What a batch writes goes into the write-ahead log twice, and should lie there until both have: a page
    // that many certificates share is then copied once.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    // The first look at the file: whether it is a database, and can be shared.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

/// Takes the steps that are still to be taken.
pub(super) fn migrate(connection: &Connection, found: usize) -> rusqlite::Result<()> {
    migrate_to(connection, found, schema::MIGRATIONS.len())
}

/// Takes the steps to a version that may be an older one.
pub(super) fn migrate_to(connection: &Connection, found: usize, wanted: usize) -> rusqlite::Result<()> {
    for (step, migration) in schema::MIGRATIONS.iter().enumerate().take(wanted).skip(found) {
        connection.execute_batch(migration.sql)?;
        (migration.fill)(connection)?;
        let version = i64::try_from(step).unwrap_or(i64::MAX).saturating_add(1);
        connection.pragma_update(None, "user_version", version)?;
    }
    Ok(())
}

/// A path as SQLite's URIs want it.
fn escape(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut escaped = String::new();
    for octet in path.as_os_str().as_bytes() {
        match octet {
            b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                escaped.push(char::from(*octet));
            }
            _ => escaped.push_str(&format!("%{octet:02x}")),
        }
    }
    escaped
}
