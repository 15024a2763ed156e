//! What the next CRL of a scope is made of, gone through entry by entry in one state of the ledger.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Store;
use super::ca::{self, CaName};
use super::crl::{CrlScope, Standing};
use super::crl_octets::{self, CrlOctets};
use super::error::Error;
use super::revocation::{self, Revision, Selection};
use super::row;
use crate::audit::Fingerprint;
use crate::x509::crl::RevokedCertificate;
use crate::x509::extension::CrlNumber;
use crate::x509::serial::SerialNumber;

/// What a CA's next CRL of a scope is made of.
#[derive(Debug)]
pub struct CrlSources<'a> {
    connection: &'a Connection,
    ca: i64,
    selection: Selection,
    revision: Revision,
    previous: Option<PreviousCrl>,
}

/// A complete CRL after which another one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousCrl {
    row: i64,
    revision: Revision,
    /// Its number.
    pub number: CrlNumber,
    /// Whether this ledger made it, so that its entries are in order.
    pub ours: bool,
}

impl Store {
    /// Has `work` go through everything that the next complete CRL of a scope must name (RFC 5280 s.3.3). It may do
    /// nothing but read.
    ///
    /// # Errors
    /// Those of `work`; [`Error::NoCa`], or those of reading.
    pub fn read_for_crl<T, E: From<Error>>(
        &self,
        ca: &CaName,
        scope: &CrlScope,
        work: impl FnOnce(&CrlSources<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // One snapshot for the revision and the rows.
        self.at_once(|| {
            let sources = self.read(|connection| {
                let ca = ca::ca_id(connection, ca)?;
                let previous = previous(connection, ca, scope)?;
                let selection = Selection {
                    covers: scope.covers(),
                    point: scope.point(connection)?,
                    previous: previous.map_or(0, |previous| previous.row),
                };
                let revision = revocation::revision(connection, ca)?;
                Ok(CrlSources { connection: &self.connection, ca, selection, revision, previous })
            })?;
            work(&sources)
        })
    }
}

impl<'a> CrlSources<'a> {
    /// The state of the revocations that is read.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The newest complete CRL of the scope that exists.
    #[must_use]
    pub fn previous(&self) -> Option<PreviousCrl> {
        self.previous
    }

    /// Its octets.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there are none, or those of reading.
    pub fn previous_octets(&self, previous: PreviousCrl) -> Result<CrlOctets<'a>, Error> {
        crl_octets::signed(self.connection, previous.row)?
            .ok_or_else(|| Error::damaged("a CRL without octets"))
    }

    /// SHA-256 over it.
    ///
    /// # Errors
    /// As [`CrlSources::previous_octets`].
    pub fn previous_sha256(&self, previous: PreviousCrl) -> Result<Fingerprint, Error> {
        crl_octets::sha256(self.connection, previous.row)?
            .ok_or_else(|| Error::damaged("a CRL without octets"))
    }

    /// Has `work` go through the entries, in the order of their serial numbers.
    ///
    /// # Errors
    /// Those of `work`, or of reading.
    pub fn listed<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut dyn Iterator<Item = Result<RevokedCertificate, Error>>) -> Result<T, E>,
    ) -> Result<T, E> {
        revocation::listed(self.connection, self.ca, self.selection, work)
    }

    /// What was released from hold since a CRL was made, as entries that take it off the list, in the order of their
    /// serial numbers.
    ///
    /// # Errors
    /// Those of reading.
    pub fn released(&self, since: PreviousCrl) -> Result<Vec<RevokedCertificate>, Error> {
        revocation::released(self.connection, self.ca, since.revision)
    }

    /// Which of the CA's certificates, revoked or not, are themselves of CAs: their revocation must give a reason.
    ///
    /// # Errors
    /// Those of reading.
    pub fn ca_serials(&self) -> Result<Vec<SerialNumber>, Error> {
        self.connection
            .prepare_cached("SELECT serial FROM certificate WHERE ca = ?1 AND is_ca = 1")?
            .query_and_then([self.ca], |row| row::serial(row, "serial"))?
            .collect()
    }

    /// What is known of a serial number; none when it is not on record.
    ///
    /// # Errors
    /// Those of reading.
    pub fn standing(&self, serial: &SerialNumber) -> Result<Option<Standing>, Error> {
        standing(self.connection, self.ca, serial)
    }
}

/// What is known of a serial number of a CA.
pub(super) fn standing(
    connection: &Connection,
    ca: i64,
    serial: &SerialNumber,
) -> Result<Option<Standing>, Error> {
    let Some(row) = revocation::find_certificate(connection, ca, serial)? else { return Ok(None) };
    let not_after = connection
        .prepare_cached("SELECT not_after FROM certificate WHERE id = ?1")?
        .query_and_then([row], |row| row::optional_time(row, "not_after"))?
        .next()
        .transpose()?
        .flatten();
    Ok(Some(Standing { not_after, revoked: revocation::current(connection, row)?.is_some() }))
}

/// The newest complete CRL of a scope.
fn previous(connection: &Connection, ca: i64, scope: &CrlScope) -> Result<Option<PreviousCrl>, Error> {
    let found: Option<(i64, [u8; 16], i64, bool)> = connection
        .prepare_cached(
            "SELECT id, number, revision, state = 'issued' FROM crl WHERE ca = ?1 AND scope IS ?2 AND base IS NULL
             AND state IN ('issued', 'imported') ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![ca, scope.der()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    Ok(found.map(|(row, number, revision, ours)| PreviousCrl {
        row,
        revision: Revision(revision),
        number: CrlNumber(u128::from_be_bytes(number)),
        ours,
    }))
}
