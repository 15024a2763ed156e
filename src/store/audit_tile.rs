//! The Merkle tree of the audit log as it lies in the ledger: its full tiles, and everything else computed.
//!
//! A row is made in the transaction of the entry that completes a tile, and there is none for what is not full, so
//! that the tree costs next to nothing when an entry is made. The hashes of the entries after the last full tile are
//! computed from the entries themselves, at most 255 of them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Store;
use super::audit_log::each_entry;
use super::error::Error;
use super::writer;
use crate::audit::checkpoint::origin;
use crate::audit::tile::{Filled, LEVELS, Tile, Tiler, WIDTH, full_from_octets, octets};
use crate::audit::tree::{self, Nodes};
use crate::audit::{Checkpoint, Fingerprint, Head, proof};

impl Store {
    /// Size and root of the log as its tiles have them, and which log it is; with the head of its chain.
    /// [`Store::verify_audit`] tells whether they are true.
    ///
    /// # Errors
    /// Those of reading.
    pub fn audit_checkpoint(&self) -> Result<(Checkpoint, Head), Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let head = writer::head(&snapshot)?;
            let root = tree::root(&mut Tree::of(&snapshot), head.entries)?;
            Ok((Checkpoint { origin: log_origin(&snapshot)?, size: head.entries, root }, head))
        })
    }

    /// The hashes that prove that entry `number`, counted from 1, is in the log when it had `size` entries.
    ///
    /// # Errors
    /// Those of reading, also when the log has fewer entries.
    pub fn audit_inclusion(&self, number: u64, size: u64) -> Result<Vec<Fingerprint>, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            proof::inclusion(&mut Tree::of(&snapshot), number.saturating_sub(1), size)
        })
    }

    /// The root of the log when it had `old` entries, and the hashes that prove that it is the beginning of the log
    /// of `new`.
    ///
    /// # Errors
    /// As [`Store::audit_inclusion`].
    pub fn audit_consistency(&self, old: u64, new: u64) -> Result<(Fingerprint, Vec<Fingerprint>), Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut tree = Tree::of(&snapshot);
            Ok((tree::root(&mut tree, old)?, proof::consistency(&mut tree, old, new)?))
        })
    }
}

/// The origin of the log.
pub(super) fn log_origin(connection: &Connection) -> Result<String, Error> {
    let first = connection
        .query_row("SELECT hash FROM audit_log WHERE entry = 1", [], |row| row.get::<_, [u8; 32]>(0))
        .optional()?;
    Ok(origin(&first.map_or(Head::empty().hash, Fingerprint)))
}

/// The tree, with the tile at hand that was asked for last on each level.
struct Tree<'a> {
    connection: &'a Connection,
    last: [Option<(u64, Vec<Fingerprint>)>; 8],
}

impl<'a> Tree<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self { connection, last: [const { None }; 8] }
    }

    /// A full tile, if there is one.
    fn full(&mut self, level: u8, index: u64) -> Result<Option<&[Fingerprint]>, Error> {
        let connection = self.connection;
        let Some(last) = self.last.get_mut(usize::from(level)) else { return Ok(None) };
        if last.as_ref().is_none_or(|(at, _)| *at != index) {
            let Some(hashes) = read(connection, level, index)? else { return Ok(None) };
            *last = Some((index, hashes));
        }
        Ok(last.as_ref().map(|(_, hashes)| hashes.as_slice()))
    }

    /// One hash of a level: as a full tile has it, or as what lies below gives it.
    fn hash(&mut self, level: u8, place: u64) -> Result<Fingerprint, Error> {
        if let Some(hashes) = self.full(level, place / 256)? {
            let at = usize::try_from(place % 256).unwrap_or_default();
            return hashes.get(at).copied().ok_or_else(|| Error::damaged("a tile that is not full"));
        }
        let Some(below) = level.checked_sub(1) else { return leaf(self.connection, place) };
        let tile = Tile { level: below, index: place, width: 256 };
        let hashes = self.full(below, place)?.ok_or_else(|| Error::damaged(format!("{tile} is missing")))?;
        Filled { tile, hashes: hashes.to_vec() }
            .root()
            .ok_or_else(|| Error::damaged(format!("{tile} is empty")))
    }
}

impl Nodes for Tree<'_> {
    type Error = Error;

    fn subtree(&mut self, height: u32, index: u64) -> Result<Fingerprint, Error> {
        let level = u8::try_from(height / 8).unwrap_or(LEVELS);
        let count = 1_u64 << (height % 8);
        let first = index.saturating_mul(count);
        let hashes: Vec<Fingerprint> = (first..first.saturating_add(count))
            .map(|place| self.hash(level, place))
            .collect::<Result<_, _>>()?;
        tree::over(&hashes).ok_or_else(|| Error::damaged("an empty subtree"))
    }
}

fn leaf(connection: &Connection, place: u64) -> Result<Fingerprint, Error> {
    let entry = place.saturating_add(1);
    let number = i64::try_from(entry).unwrap_or(i64::MAX);
    let encoding = connection
        .prepare_cached("SELECT encoding FROM audit_log WHERE entry = ?1")?
        .query_row([number], |row| Ok(tree::leaf(row.get_ref(0)?.as_blob()?)))
        .optional()?;
    encoding.ok_or_else(|| Error::damaged(format!("audit entry {entry} is missing")))
}

/// A tile on record; none when there is none.
pub(super) fn read(
    connection: &Connection,
    level: u8,
    index: u64,
) -> Result<Option<Vec<Fingerprint>>, Error> {
    let number = i64::try_from(index).unwrap_or(i64::MAX);
    let found = connection
        .prepare_cached("SELECT hashes FROM audit_tile WHERE level = ?1 AND tile = ?2")?
        .query_row(params![level, number], |row| Ok(full_from_octets(row.get_ref(0)?.as_blob()?)))
        .optional()?;
    let damaged = || Error::damaged(format!("{} is not a tile", Tile { level, index, width: 256 }));
    found.map(|hashes| hashes.ok_or_else(damaged)).transpose()
}

/// The log has got its `size`-th entry: makes the tiles that it completes, if it does.
pub(super) fn grown(connection: &Connection, size: u64) -> Result<(), Error> {
    let mut places = size;
    for level in 0..LEVELS {
        if places == 0 || !places.is_multiple_of(256) {
            return Ok(());
        }
        places /= 256;
        let index = places.saturating_sub(1);
        let hashes = if level == 0 {
            let mut hashes = Vec::with_capacity(WIDTH);
            each_entry(connection, index.saturating_mul(256).saturating_add(1), |entry| {
                hashes.push(tree::leaf(&entry.encoding));
                Ok(std::ops::ControlFlow::Continue(()))
            })?;
            hashes
        } else {
            let mut below = Tree::of(connection);
            let first = index.saturating_mul(256);
            (first..first.saturating_add(256))
                .map(|place| below.hash(level, place))
                .collect::<Result<_, _>>()?
        };
        put(connection, level, index, &hashes)?;
    }
    Ok(())
}

fn put(connection: &Connection, level: u8, index: u64, hashes: &[Fingerprint]) -> Result<(), Error> {
    if hashes.len() != WIDTH {
        return Err(Error::damaged("audit entries are missing"));
    }
    let number = i64::try_from(index).map_err(|_| Error::damaged("the audit log is too long"))?;
    connection
        .prepare_cached("INSERT INTO audit_tile (level, tile, hashes) VALUES (?1, ?2, ?3)")?
        .execute(params![level, number, octets(hashes)])?;
    Ok(())
}

/// Makes the tiles of a log that was kept without.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut tiler = Tiler::default();
    let mut statement = connection.prepare("SELECT encoding FROM audit_log ORDER BY entry")?;
    let mut rows = statement.query([])?;
    let mut put = connection.prepare("INSERT INTO audit_tile (level, tile, hashes) VALUES (?1, ?2, ?3)")?;
    while let Some(row) = rows.next()? {
        for Filled { tile, hashes } in tiler.push(tree::leaf(row.get_ref(0)?.as_blob()?)) {
            let number = i64::try_from(tile.index).unwrap_or(i64::MAX);
            put.execute(params![tile.level, number, octets(&hashes)])?;
        }
    }
    Ok(())
}

/// How many tiles are on record.
pub(super) fn count(connection: &Connection) -> Result<u64, Error> {
    let count: i64 = connection.query_row("SELECT count(*) FROM audit_tile", [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}
