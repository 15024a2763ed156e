//! From a copy of a home to a home: built under a name that nobody reads, put in place when it is complete.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::audit_log::each_entry;
use super::backup::{self, BACKUP_ID, CopyFacts, HomeFile};
use super::error::Error;
use super::home::{self, LEDGER};
use super::{OpenOptions, Store, dump, open, presence, schema};
use crate::audit::{Examiner, Fingerprint, Head, KnownHead};

/// The ledger's name while it is not complete.
const UNFINISHED: &str = "ledger.sqlite.restoring";
/// What SQLite puts beside a ledger.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A copy of a home on its way to be one.
#[derive(Debug)]
pub struct Restoration {
    store: Store,
    home: PathBuf,
    facts: CopyFacts,
    sha256: Option<Fingerprint>,
    files: Vec<HomeFile>,
    /// Held until the end: nobody else restores here or works in the ledger that is replaced.
    _alone: File,
}

/// Where a copy is to become a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The directory.
    pub home: &'a Path,
    /// Whether a ledger that is there is moved aside.
    pub replace: bool,
    /// Whether the directory may be on a file system that machines share.
    pub network_file_system: bool,
}

/// Where in the log of a copy a head stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadPlace {
    /// At its end: nothing was done after the copy was made.
    Last,
    /// Before its end: the home had come further when the copy was made.
    Earlier,
    /// Nowhere: the home went on after the copy was made, or it is another home.
    Nowhere,
}

impl Restoration {
    /// Takes the file of a backup into a home, which is made if it is not there. The file is read once, and held
    /// against what it says of itself: it is whole, its tables are those of a ledger, the chain of its log holds,
    /// and log and ledger account for each other.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a ledger and it is not to be replaced; [`Error::NotABackup`];
    /// [`Error::Damaged`], [`Error::Chain`] or [`Error::Contradicts`]; those of writing.
    pub fn of_backup(file: &Path, place: Place<'_>) -> Result<Self, Error> {
        let (home, alone) = begin(place)?;
        let path = home.join(UNFINISHED);
        copy_file(file, &path)?;
        let (sha256, _) = backup::sha256_of(&path)?;
        let (facts, files) = unpack(&path, file).map_err(|error| error.located(file))?;
        Self::verified(home, alone, (facts, Some(sha256)), files)
    }

    /// Takes the plain files of a home into another one, as [`Restoration::of_backup`] does with a backup.
    ///
    /// # Errors
    /// As there, and [`Error::NotAnExport`].
    pub fn of_plain_files(directory: &Path, place: Place<'_>) -> Result<Self, Error> {
        let (home, alone) = begin(place)?;
        let path = home.join(UNFINISHED);
        create(&path)?;
        let (facts, files) = dump::load(directory, &path)?;
        Self::verified(home, alone, (facts, None), files)
    }

    fn verified(
        home: PathBuf,
        alone: File,
        (facts, sha256): (CopyFacts, Option<Fingerprint>),
        files: Vec<HomeFile>,
    ) -> Result<Self, Error> {
        let path = home.join(UNFINISHED);
        let store = Store::of_complete_file(path, OpenOptions::default())?;
        same_schema(&store.connection)?;
        let verified = store.verify_audit(None)?;
        if verified.head != facts.head {
            return Err(Error::damaged(format!(
                "the audit log has the head {}, and the copy says {}",
                verified.head.hash, facts.head.hash
            )));
        }
        if !verified.discrepancies.is_empty() {
            return Err(Error::Contradicts { discrepancies: verified.discrepancies });
        }
        Ok(Self { store, home, facts, sha256, files, _alone: alone })
    }

    /// From when the copy is.
    #[must_use]
    pub fn facts(&self) -> &CopyFacts {
        &self.facts
    }

    /// SHA-256 over the file of the copy; none of plain files.
    #[must_use]
    pub fn sha256(&self) -> Option<Fingerprint> {
        self.sha256
    }

    /// The files that came with it.
    #[must_use]
    pub fn files(&self) -> &[HomeFile] {
        &self.files
    }

    /// The home, without symbolic links in its path.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The ledger that is being made, to be brought up to date.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Where in the log of the copy a head stands. The entry by which the original told of this very copy counts as
    /// part of it.
    ///
    /// # Errors
    /// Those of reading.
    pub fn place_of(&self, known: KnownHead) -> Result<HeadPlace, Error> {
        let mut whole = Examiner::new([]);
        let mut seeking = Examiner::new([known]);
        self.store.read(|connection| {
            each_entry(connection, 0, |entry| {
                whole.add(&entry)?;
                seeking.add(&entry)?;
                Ok(ControlFlow::Continue(()))
            })
        })?;
        let ends_at = |head: Head, root: Fingerprint| {
            known.size.is_none_or(|size| size == head.entries) && [head.hash, root].contains(&known.hash)
        };
        if ends_at(self.facts.head, whole.root()) {
            return Ok(HeadPlace::Last);
        }
        if let Some(record) = self.sha256.and_then(|sha256| self.facts.record(sha256)) {
            let encoding = record.encode()?;
            whole.add_encoding(&encoding)?;
            if ends_at(self.facts.head.extend(&encoding), whole.root()) {
                return Ok(HeadPlace::Last);
            }
        }
        Ok(if seeking.finish().is_ok() { HeadPlace::Earlier } else { HeadPlace::Nowhere })
    }

    /// Puts the ledger in its place. One that was there before is moved into a new directory of the home, whose path
    /// is given back.
    ///
    /// # Errors
    /// Those of writing: then the home is as it was, or has no ledger, and the same command can be given again.
    pub fn finish(self) -> Result<Option<PathBuf>, Error> {
        let Self { store, home, _alone, .. } = self;
        let path = home.join(UNFINISHED);
        let located = |error: rusqlite::Error| Error::from(error).located(&path);
        store.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(located)?;
        store.close().map_err(located)?;
        if home::has_wal(&path) {
            return Err(Error::damaged("the new ledger has a write-ahead log still"));
        }
        for end in BESIDE {
            home::remove_if_there(&beside(&path, end))?;
        }
        home::sync_file(&path)?;
        home::sync_directory(&home)?;
        let aside = set_aside(&home)?;
        home::rename_new(&path, &home.join(LEDGER))?;
        home::sync_directory(&home)?;
        Ok(aside)
    }
}

/// Looks at the home, takes it for itself, and clears away what an interrupted attempt has left.
fn begin(Place { home, replace, network_file_system }: Place<'_>) -> Result<(PathBuf, File), Error> {
    let home = home::prepare(home)?;
    home::refuse_shared(&home, network_file_system)?;
    let alone = presence::alone_in(&home)?;
    let ledger = home.join(LEDGER);
    if !replace && ledger.symlink_metadata().is_ok_and(|found| found.len() > 0) {
        return Err(Error::Exists { path: ledger });
    }
    let path = home.join(UNFINISHED);
    home::remove_if_there(&path)?;
    for end in BESIDE {
        home::remove_if_there(&beside(&path, end))?;
    }
    Ok((home, alone))
}

fn create(path: &Path) -> Result<File, Error> {
    let opened = fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|source| home::named(source, "create", path))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    let read = |source| Error::Io { action: "read", path: from.to_owned(), source };
    let found = fs::metadata(from).map_err(read)?;
    if !found.is_file() {
        return Err(Error::NotABackup { path: from.to_owned() });
    }
    let mut source = File::open(from).map_err(read)?;
    let mut target = create(to)?;
    io::copy(&mut source, &mut target).map_err(|source| home::named(source, "copy the backup into", to))?;
    Ok(())
}

/// Makes a ledger of the file of a backup, without its tables about itself.
fn unpack(path: &Path, file: &Path) -> Result<(CopyFacts, Vec<HomeFile>), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let not_a_backup = || Error::NotABackup { path: file.to_owned() };
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|_| not_a_backup())?;
    if application != BACKUP_ID {
        return Err(not_a_backup());
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (found, known) = (usize::try_from(found).unwrap_or(usize::MAX), schema::MIGRATIONS.len());
    if found > known {
        return Err(Error::Newer { path: file.to_owned(), found, known });
    }
    let whole: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(Error::damaged(whole));
    }
    let transaction = connection.unchecked_transaction()?;
    let unpacked = backup::take_apart(&transaction)?;
    transaction.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    transaction.commit()?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(unpacked)
}

/// Kind, name and table of a part of a schema, and the text of what acts by itself.
type SchemaRow = (String, String, String, Option<String>);

/// A copy that came from somewhere has the tables, indices and triggers of a ledger and no others: one more trigger
/// could take back what is recorded later.
fn same_schema(connection: &Connection) -> Result<(), Error> {
    let wanted = Connection::open_in_memory()?;
    open::migrate(&wanted, 0)?;
    let list = |connection: &Connection| -> rusqlite::Result<Vec<SchemaRow>> {
        // The text of tables depends on how they came to be; what they hold is read with types in any case.
        connection
            .prepare(
                "SELECT type, name, tbl_name, CASE WHEN type IN ('trigger', 'view') THEN sql END
                 FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
    };
    let (found, wanted) = (list(connection)?, list(&wanted)?);
    let odd =
        found.iter().find(|one| !wanted.contains(one)).or(wanted.iter().find(|one| !found.contains(one)));
    match odd {
        Some((kind, name, ..)) => Err(Error::damaged(format!("the {kind} {name} is not that of a ledger"))),
        None => Ok(()),
    }
}

/// Moves the ledger that is there, and what belongs to it, into a new directory. Nothing is deleted.
fn set_aside(home: &Path) -> Result<Option<PathBuf>, Error> {
    let ledger = home.join(LEDGER);
    let there = |path: &Path| path.symlink_metadata().is_ok();
    let rests = BESIDE.map(|end| beside(&ledger, end));
    if !there(&ledger) && !rests.iter().any(|path| there(path)) {
        return Ok(None);
    }
    if there(&ledger) {
        settle_rests(&ledger);
    }
    let numbered = |number: u32| home.join(format!("replaced-{number}"));
    let free = (1..u32::MAX).find(|number| !there(&numbered(*number))).unwrap_or(u32::MAX);
    // Without a ledger, what is beside it belongs to the one that an interrupted attempt has moved last.
    let number = if there(&ledger) { free } else { free.saturating_sub(1).max(1) };
    let directory = numbered(number);
    if !there(&directory) {
        home::make_directory(&directory)?;
    }
    for path in std::iter::once(ledger).chain(rests) {
        if let Some(name) = path.file_name().filter(|_| there(&path)) {
            // A log that its program could not take away is as it was left: perhaps in memory alone.
            home::sync_file(&path)?;
            home::rename_new(&path, &directory.join(name))?;
        }
    }
    home::sync_directory(&directory)?;
    home::sync_directory(home)?;
    Ok(Some(directory))
}

/// Has SQLite write back what it keeps beside a ledger, if it can: one file is harder to part than three.
fn settle_rests(ledger: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    if let Ok(connection) = Connection::open_with_flags(ledger, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX) {
        // A ledger that is damaged stays as it is, with what belongs to it.
        drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
