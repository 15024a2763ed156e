//! The audit log against the ledger: each must account for the other.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rusqlite::Connection;

use super::Store;
use super::audit_log::each_entry;
use super::error::Error;
use super::recover::find_row;
use super::reservation::{self, Body, State, table_of};
use super::revocation::{self, Revocation};
use super::signatures::{add, uncovered};
use super::{OcspDiscrepancy, audit_tile, ca, crl_octets, ocsp, recover, restoration, row};
use crate::audit::tile::{Filled, Tile};
use crate::audit::{
    Event, Examined, Examiner, Fingerprint, Head, Kind, KnownHead, Miscount, Object, OcspSigning, Outcome,
    Record, Step, TimeOrder, TimeProblem,
};
use crate::x509::extension::ReasonCode;
use crate::x509::signed::Parts;
use crate::x509::time::Time;

/// What verifying the audit log has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The head of the log, computed from its entries.
    pub head: Head,
    /// The root of its tree, computed from its entries.
    pub root: Fingerprint,
    /// Where log and ledger contradict each other.
    pub discrepancies: Vec<Discrepancy>,
}

/// A contradiction between the audit log and the rest of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discrepancy {
    /// The log tells of an object that is not on record.
    #[error("audit entry {entry} tells of {object}, which is not on record")]
    NotOnRecord {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
    },
    /// The octets on record are not those of which the log tells.
    #[error("audit entry {entry} gives {object} another SHA-256 than what is on record")]
    OtherOctets {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
    },
    /// One number was reserved or signed more than once.
    #[error("audit entry {entry} tells a second time that {object} was {what}")]
    Repeated {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
        /// What was done twice.
        what: &'static str,
    },
    /// An object is on record and the log does not tell of it.
    #[error("{object} is {state}, and no audit entry tells that it was {what}")]
    NotInLog {
        /// The object.
        object: Object,
        /// Its state.
        state: State,
        /// What should be in the log.
        what: &'static str,
    },
    /// The log tells that an object was signed, and the ledger knows of no signature.
    #[error("{object} is {state}, and the audit log tells that it was signed")]
    SignedInLog {
        /// The object.
        object: Object,
        /// Its state.
        state: State,
    },
    /// The last change of a revocation in the log is not what is on record.
    #[error("the revocation of certificate {serial} of {ca} is not what the audit log tells")]
    Revocation {
        /// The CA.
        ca: String,
        /// The serial number.
        serial: String,
    },
    /// What is on record of a copy that the ledger was put in place from is not what the log tells.
    #[error("audit entry {entry} tells otherwise of a copy that was restored than what is on record")]
    Restoration {
        /// The entry.
        entry: u64,
    },
    /// The certificate by which a CA issues is not the one whose installation the log tells of.
    #[error("the certificate of CA {ca} is not the one that the audit log tells of")]
    CaCertificate {
        /// The CA.
        ca: String,
    },
    /// The time of an entry contradicts the order of the log.
    #[error("audit entry {entry}: {problem}")]
    Time {
        /// The entry.
        entry: u64,
        /// What is wrong.
        problem: TimeProblem,
    },
    /// A run of the program whose token signed more or less often than is accounted for.
    #[error("audit entry {entry}: {miscount}")]
    Miscounted {
        /// The entry.
        entry: u64,
        /// The numbers.
        miscount: Miscount,
    },
    /// More signatures of a CA's key were counted than the log tells of.
    #[error("the signatures by the key of CA {ca} were counted as {counted}, and the log tells of {told}")]
    Uncovered {
        /// The CA.
        ca: String,
        /// The signatures over objects that were counted.
        counted: u64,
        /// The objects that the log says may be signed.
        told: u64,
    },
    /// A tile of the tree is not what the entries give.
    #[error("{tile} is not what the entries of the audit log give")]
    Tile {
        /// Which one.
        tile: Tile,
    },
    /// There are tiles for which there are no entries.
    #[error("the audit log has other tiles than the {wanted} that its entries give")]
    Tiles {
        /// How many the entries give.
        wanted: u64,
    },
    /// OCSP responses that are not what the log tells.
    #[error(transparent)]
    Ocsp(#[from] OcspDiscrepancy),
    /// An entry that this version cannot read; the chain over it holds.
    #[error("audit entry {entry} is of a kind that this version does not know")]
    UnknownEvent {
        /// The entry.
        entry: u64,
    },
}

impl Store {
    /// As [`Store::verify_audit_against`], with one head of the chain or root of the tree, or none.
    ///
    /// # Errors
    /// As [`Store::verify_audit_against`].
    pub fn verify_audit(&self, known: Option<Fingerprint>) -> Result<Verified, Error> {
        self.verify_audit_against(known.map(KnownHead::from))
    }

    /// Verifies that the file is whole, the chain of the audit log and its tree, and holds that against the
    /// ledger: each object has its entries "signing" and "signed" with the right hashes, each entry its object,
    /// and revocations are what the log tells. `known` are heads of the log from independent places; see
    /// [`Examiner::new`].
    ///
    /// # Errors
    /// [`Error::Damaged`] when the file is not what SQLite wrote, [`Error::Chain`] when the chain is broken, or
    /// those of reading.
    pub fn verify_audit_against(
        &self,
        known: impl IntoIterator<Item = KnownHead>,
    ) -> Result<Verified, Error> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let whole: String = snapshot.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if whole != "ok" {
                return Err(Error::damaged(whole));
            }
            let mut check = Check { connection: &snapshot, told: Told::default(), found: Vec::new() };
            let mut examiner = Examiner::new(known);
            let mut order = TimeOrder::new();
            let mut tiles = 0_u64;
            each_entry(&snapshot, 0, |entry| {
                let Step { tiles: filled, record, .. } = examiner.add(&entry)?;
                for Filled { tile, hashes } in filled {
                    tiles = tiles.saturating_add(1);
                    if audit_tile::read(&snapshot, tile.level, tile.index)? != Some(hashes) {
                        check.found.push(Discrepancy::Tile { tile });
                    }
                }
                let ordered = match &record {
                    Ok(record) => order.add(&record.time, Some(&record.event)),
                    Err(_) => order.add(&Record::time_of(&entry.encoding).unwrap_or_default(), None),
                };
                if let Err(problem) = ordered {
                    check.found.push(Discrepancy::Time { entry: entry.number, problem });
                }
                if let Ok(record) = &record {
                    check.told.restored.add(record);
                }
                match record {
                    Ok(record) => check.event(entry.number, record.event)?,
                    Err(_) => check.found.push(Discrepancy::UnknownEvent { entry: entry.number }),
                }
                Ok(ControlFlow::Continue(()))
            })?;
            let Examined { head, root, .. } = examiner.finish()?;
            if audit_tile::count(&snapshot)? != tiles {
                check.found.push(Discrepancy::Tiles { wanted: tiles });
            }
            for kind in [Kind::Certificate, Kind::Crl, Kind::Request] {
                check.rows(kind)?;
            }
            check.revocations()?;
            check.installed()?;
            let groups = std::mem::take(&mut check.told.ocsp).finish(&snapshot)?;
            check.found.extend(groups.into_iter().map(Discrepancy::from));
            let differing = check.told.restored.differing(&snapshot)?;
            check.found.extend(differing.into_iter().map(|entry| Discrepancy::Restoration { entry }));
            check.found.extend(uncovered(
                &snapshot,
                &check.told.asked,
                &check.told.checkpoints,
                &check.told.counted,
            )?);
            Ok(Verified { head, root, discrepancies: check.found })
        })
    }
}

/// What the log has told so far: a few octets per row, so that memory stays small beside the ledger.
#[derive(Default)]
struct Told {
    /// Which events there were, by kind and row.
    rows: BTreeMap<Kind, Vec<u8>>,
    /// The last word on each certificate that was ever revoked, by row; none when it was released.
    revoked: BTreeMap<i64, Option<Revocation>>,
    /// The certificate by which each CA issues.
    installed: BTreeMap<String, Fingerprint>,
    /// The copies from which the ledger was put in place.
    restored: restoration::Told,
    /// How many objects of each CA the token was asked to sign.
    asked: BTreeMap<String, u64>,
    /// How many signatures over objects and checkpoints were counted, by key.
    counted: BTreeMap<Fingerprint, u64>,
    /// How many checkpoints and OCSP responses a key was asked to sign.
    checkpoints: BTreeMap<Fingerprint, u64>,
    /// The groups of OCSP responses.
    ocsp: ocsp::Groups,
}

impl Told {
    /// Notes an event of a row; whether it was told of before.
    fn mark(&mut self, kind: Kind, row: i64, told: u8) -> bool {
        let rows = self.rows.entry(kind).or_default();
        let place = usize::try_from(row).unwrap_or(usize::MAX);
        if rows.len() <= place {
            rows.resize(place.saturating_add(1), 0);
        }
        let Some(bits) = rows.get_mut(place) else { return false };
        let before = *bits & told != 0;
        *bits |= told;
        before
    }
}

const SIGNING: u8 = 1;
const SIGNED: u8 = 2;
const IMPORTED: u8 = 4;
const TAKEN: u8 = 8;

struct Check<'a> {
    connection: &'a Connection,
    told: Told,
    found: Vec<Discrepancy>,
}

impl Check<'_> {
    fn event(&mut self, entry: u64, event: Event) -> Result<(), Error> {
        let miscounted = Miscount::of(&event).map(|miscount| Discrepancy::Miscounted { entry, miscount });
        self.found.extend(miscounted);
        self.told.ocsp.event(&event);
        match event {
            Event::Signing { object, tbs_sha256, .. } => {
                add(&mut self.told.asked, object.ca.clone(), 1);
                self.object(entry, object, SIGNING, "reserved", tbs_sha256)
            }
            Event::Signed { object, sha256 }
            | Event::Settled { object, outcome: Outcome::Found, sha256: Some(sha256) } => {
                self.object(entry, object, SIGNED, "signed", sha256)
            }
            Event::Imported { object, sha256 } => self.object(entry, object, IMPORTED, "imported", sha256),
            Event::NumberTaken { object } => {
                match find_row(self.connection, &object)? {
                    Some(row) => drop(self.told.mark(object.kind, row, TAKEN)),
                    None => self.found.push(Discrepancy::NotOnRecord { entry, object }),
                }
                Ok(())
            }
            Event::Revoked { ca, serial, reason, date, invalidity_date } => {
                let object = Object { kind: Kind::Certificate, ca, number: serial };
                let said = said(reason, &date, invalidity_date);
                match (find_row(self.connection, &object)?, said) {
                    (Some(row), Some(said)) => drop(self.told.revoked.insert(row, Some(said))),
                    _ => self.found.push(Discrepancy::NotOnRecord { entry, object }),
                }
                Ok(())
            }
            Event::Unheld { ca, serial } => {
                let object = Object { kind: Kind::Certificate, ca, number: serial };
                match find_row(self.connection, &object)? {
                    Some(row) => drop(self.told.revoked.insert(row, None)),
                    None => self.found.push(Discrepancy::NotOnRecord { entry, object }),
                }
                Ok(())
            }
            Event::CaInstalled { ca, sha256, .. } | Event::CaAdopted { ca, sha256, .. } => {
                self.told.installed.insert(ca, sha256);
                Ok(())
            }
            Event::CheckpointSigning { checkpoint, .. } => {
                add(&mut self.told.checkpoints, checkpoint.public_key_sha256, 1);
                Ok(())
            }
            Event::OcspSigning(OcspSigning { group, .. }) => {
                add(&mut self.told.checkpoints, group.public_key_sha256, group.count);
                Ok(())
            }
            Event::SignaturesCounted { public_key_sha256, objects, .. } => {
                add(&mut self.told.counted, public_key_sha256, objects);
                Ok(())
            }
            Event::HomeCreated { .. }
            | Event::ConfigurationChanged { .. }
            | Event::ProfileChanged { .. }
            | Event::KeyGenerated { .. }
            | Event::KeyAttested { .. }
            | Event::KeyDoomed(_)
            | Event::KeyDestroyed(_)
            | Event::TokenInitialised { .. }
            | Event::TokenTried { .. }
            | Event::CaCreated { .. }
            | Event::RequestRefused { .. }
            | Event::LintRefused { .. }
            | Event::LinterRefused { .. }
            | Event::SigningFailed { .. }
            | Event::Settled { .. }
            | Event::Published { .. }
            | Event::Exported { .. }
            | Event::BackedUp { .. }
            | Event::Restored { .. }
            | Event::Recovered { .. }
            | Event::CheckpointSigned { .. }
            | Event::CheckpointFailed { .. }
            | Event::Migrated { .. }
            | Event::Reconciled { .. }
            | Event::LoginFailed { .. }
            | Event::OcspRefused(_)
            | Event::OcspSigned(_)
            | Event::OcspFailed(_)
            | Event::OcspGivenUp(_)
            | Event::Ceremony(_)
            | Event::Bundle(_)
            | Event::ClockConfirmed { .. } => Ok(()),
        }
    }

    /// An entry about an object: the object must be there, with these octets, and be told of once.
    fn object(
        &mut self,
        entry: u64,
        object: Object,
        told: u8,
        what: &'static str,
        sha256: Fingerprint,
    ) -> Result<(), Error> {
        let Some(row) = find_row(self.connection, &object)? else {
            self.found.push(Discrepancy::NotOnRecord { entry, object });
            return Ok(());
        };
        if self.on_record(object.kind, row, told)? != Some(sha256) {
            self.found.push(Discrepancy::OtherOctets { entry, object: object.clone() });
        }
        if self.told.mark(object.kind, row, told) {
            self.found.push(Discrepancy::Repeated { entry, object, what });
        }
        Ok(())
    }

    /// SHA-256 over what an entry tells of: over the octets that were to be signed, or over the signed object.
    fn on_record(&self, kind: Kind, row: i64, told: u8) -> Result<Option<Fingerprint>, Error> {
        if kind == Kind::Crl {
            let found = if told == SIGNING {
                crl_octets::sha256_to_be_signed(self.connection, row)
            } else {
                crl_octets::sha256(self.connection, row)
            };
            return match found {
                // Parts of it are missing: it is not what the log tells of.
                Err(Error::Damaged { .. }) => Ok(None),
                found => found,
            };
        }
        Ok(match reservation::body(self.connection, table_of(kind), row)? {
            Some(Body::ToBeSigned(tbs)) if told == SIGNING => Some(Fingerprint::of(&tbs)),
            Some(Body::Signed(der)) if told == SIGNING => {
                Parts::from_der(&der).ok().map(|parts| Fingerprint::of(parts.tbs))
            }
            Some(Body::Signed(der)) => Some(Fingerprint::of(&der)),
            Some(Body::ToBeSigned(_)) | None => None,
        })
    }

    /// Every row must have been told of as its state wants it.
    fn rows(&mut self, kind: Kind) -> Result<(), Error> {
        let bits = self.told.rows.remove(&kind).unwrap_or_default();
        let mut statement = self.connection.prepare_cached(table_of(kind).states)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get("id")?;
            let state: State = row::word(row, "state")?;
            let told =
                usize::try_from(id).ok().and_then(|place| bits.get(place)).copied().unwrap_or_default();
            let wanted: &[(u8, &'static str)] = match state {
                State::Issued => &[(SIGNING, "reserved"), (SIGNED, "signed")],
                // A number that another program, or a home that was lost, may have used up.
                State::Abandoned if told & TAKEN != 0 => &[],
                State::Reserved | State::Abandoned => &[(SIGNING, "reserved")],
                // A number that only a CRL names is told of by its revocation.
                State::Imported if row.get::<_, bool>("bare")? => {
                    if told & TAKEN == 0 && !self.told.revoked.contains_key(&id) {
                        let object = recover::object_of(self.connection, kind, id)?;
                        self.found.push(Discrepancy::NotInLog { object, state, what: "revoked" });
                    }
                    &[]
                }
                State::Imported => &[(IMPORTED, "imported")],
            };
            if told & SIGNED != 0 && state != State::Issued {
                let object = recover::object_of(self.connection, kind, id)?;
                self.found.push(Discrepancy::SignedInLog { object, state });
            }
            for (_, what) in wanted.iter().filter(|(bit, _)| told & bit == 0) {
                let object = recover::object_of(self.connection, kind, id)?;
                self.found.push(Discrepancy::NotInLog { object, state, what });
            }
        }
        Ok(())
    }

    /// The revocations in force must be the last words of the log, no more and no less.
    fn revocations(&mut self) -> Result<(), Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT certificate FROM revocation WHERE ended_revision IS NULL")?;
        let mut rows = statement.query([])?;
        let mut differing = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let told = self.told.revoked.remove(&id).flatten();
            if told.is_none() || told != revocation::current(self.connection, id)? {
                differing.push(id);
            }
        }
        let left = self.told.revoked.iter().filter(|(_, said)| said.is_some()).map(|(id, _)| *id);
        differing.extend(left);
        for id in differing {
            let Object { ca, number: serial, .. } =
                recover::object_of(self.connection, Kind::Certificate, id)?;
            self.found.push(Discrepancy::Revocation { ca, serial });
        }
        Ok(())
    }

    /// Each CA's certificate must be the one that was installed last.
    fn installed(&mut self) -> Result<(), Error> {
        for id in ca::ids(self.connection)? {
            let ca = ca::load(self.connection, id)?;
            let on_record = ca.certificate.map(|certificate| Fingerprint(certificate.sha256()));
            if self.told.installed.remove(ca.name.as_str()) != on_record {
                self.found.push(Discrepancy::CaCertificate { ca: ca.name.to_string() });
            }
        }
        let left = std::mem::take(&mut self.told.installed);
        self.found.extend(left.into_keys().map(|ca| Discrepancy::CaCertificate { ca }));
        Ok(())
    }
}

fn said(reason: Option<String>, date: &str, invalidity_date: Option<String>) -> Option<Revocation> {
    let reason = reason.map(|reason| reason.parse::<ReasonCode>()).transpose().ok()?;
    let invalidity_date = invalidity_date.map(|date| date.parse::<Time>()).transpose().ok()?;
    Some(Revocation { reason, date: date.parse().ok()?, invalidity_date })
}
