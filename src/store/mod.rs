//! The ledger: one SQLite file that knows of everything before it happens.
//!
//! What may get signed is on disk, durably, before the token is asked ([`Store::reserve_certificates`]), and
//! what was signed is recorded in one transaction with its audit entry ([`Store::commit`]). A
//! number that was reserved is taken for good, whatever became of it. Every change and the audit entry
//! that tells of it share one transaction, and there is no other way to write.
//!
//! This is the only room that names SQLite. It decides nothing about certificates: it keeps order.
//! `docs/store.md` describes the tables and how processes share them.

mod audit_log;
mod audit_tile;
mod backup;
mod ca;
mod certificate;
mod clock;
mod crl;
mod crl_octets;
mod crl_reservation;
mod crl_sources;
mod cross_check;
mod distribution_point;
mod distrust;
mod dump;
mod error;
mod evidence;
mod file_system;
mod home;
mod identity;
mod import;
mod intent;
mod known_key;
mod location;
mod ocsp;
mod open;
mod presence;
mod profile;
mod query;
mod recover;
mod request;
mod reservation;
mod restoration;
mod restore;
mod revocation;
mod row;
mod schema;
mod signatures;
mod spool;
mod status;
mod take_over;
mod writer;

pub use backup::{Backup, CopyFacts, HomeFile};
pub use ca::{Ca, CaName, CaNameSyntax, CaState, NewCa};
pub use certificate::CertificateIntent;
pub use clock::{EARLIEST, LARGEST_GAP, TOLERANCE_SECONDS, believed, possible};
pub use crl::{CrlRecord, CrlScope, PointInUse, Standing};
pub use crl_octets::CrlOctets;
pub use crl_reservation::{CrlCommitError, CrlIntent, CrlReservation, IssuedCrl};
pub use crl_sources::{CrlSources, PreviousCrl};
pub use cross_check::{Discrepancy, Verified};
pub use dump::{MANIFEST, Manifest, PlainSink, Snapshot};
pub use error::Error;
pub use evidence::Part;
pub use home::{LEDGER, is_in_memory};
pub use identity::KnownCa;
pub use known_key::{KeyHolder, SharingKey};
pub use location::LocationsInUse;
pub use ocsp::{
    Chosen, IssuedAnswer, IssuedAnswers, OcspAnswer, OcspChange, OcspCommitError, OcspDiscrepancy,
    OcspIntent, OcspMark, OcspOutcome, OcspReservation, OcspStanding, OpenOcspGroup,
};
pub use open::{OpenOptions, Store};
pub use profile::{ProfileText, ProfileUse};
pub use query::{CertificateFilter, CertificateRecord};
pub use recover::{OpenReservation, ReservationId, Settlement};
pub use reservation::{CommitError, Issued, Recorded, Reservation, ReserveError, SigningFailure, State};
pub use restoration::{OnRecord, RestorationRecord, ShownBy};
pub use restore::{HeadPlace, Place, Restoration};
pub use revocation::{Revision, Revocation};
pub use signatures::SignatureAccount;
pub use spool::Spool;
pub use status::{CaStatus, Status};
pub use take_over::{Moving, Removal, Taken};
