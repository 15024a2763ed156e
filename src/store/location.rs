//! Locations: where the certificates of a CA say that what it publishes is found, and its CRLs that belong there.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use super::ca::{self, CaName};
use super::crl::{self, CrlRecord};
use super::crl_octets;
use super::error::Error;
use super::reservation::Body;
use crate::audit::Kind;
use crate::x509::extension::CrlNumber;
use crate::x509::locations::Locations;
use crate::x509::time::Time;

/// The URIs in the unexpired certificates of a CA, each with the number of certificates that name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationsInUse {
    /// Of CRLs, with whether the certificates are those of CAs.
    pub crl: BTreeMap<(String, bool), u64>,
    /// Of the CA's own certificate.
    pub ca_issuers: BTreeMap<String, u64>,
    /// Of OCSP responders.
    pub ocsp: BTreeMap<String, u64>,
}

impl Store {
    /// Where the unexpired certificates of a CA point, also those that may have been signed and are not known to be.
    /// Every one of them is looked at, one at a time.
    ///
    /// # Errors
    /// [`Error::NoCa`], [`Error::Unreadable`], or those of reading.
    pub fn locations_in_use(&self, ca: &CaName, now: Time) -> Result<LocationsInUse, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT certificate.is_ca, coalesce(body.der, body.unsigned) AS der FROM certificate
                 JOIN certificate_body AS body ON body.id = certificate.id
                 WHERE certificate.ca = ?1 AND certificate.not_after >= ?2 AND certificate.state <> 'abandoned'",
            )?;
            let mut rows = statement.query(params![id, now.to_unix()])?;
            let mut found = LocationsInUse::default();
            while let Some(row) = rows.next()? {
                let der = row.get_ref("der")?.as_blob().map_err(|error| Error::damaged(error.to_string()))?;
                found.add(row.get("is_ca")?, der)?;
            }
            Ok(found)
        })
    }

    /// The newest complete CRL and the newest delta CRL of each scope of a CA, as far as they exist and keyrite can
    /// tell what they cover.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn newest_crls(&self, ca: &CaName) -> Result<Vec<CrlRecord>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT *, max(number) FROM crl WHERE ca = ?1 AND state IN ('issued', 'imported')
                 GROUP BY scope, base IS NULL ORDER BY number",
            )?;
            let mut rows = statement.query([id])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let record = crl::record(row)?;
                if row.get::<_, Option<Vec<u8>>>("scope")?.is_none() || record.distribution.is_some() {
                    found.push(record);
                }
            }
            Ok(found)
        })
    }

    /// The DER of a CRL; none when it is not known to exist.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn crl_der(&self, ca: &CaName, number: CrlNumber) -> Result<Option<Vec<u8>>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let row = connection
                .prepare_cached("SELECT id FROM crl WHERE ca = ?1 AND number = ?2")?
                .query_row(params![id, number.0.to_be_bytes()], |row| row.get::<_, i64>(0))
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            Ok(match crl_octets::body(connection, row)? {
                Some(Body::Signed(der)) => Some(der),
                Some(Body::ToBeSigned(_)) | None => None,
            })
        })
    }
}

impl LocationsInUse {
    fn add(&mut self, is_ca: bool, der: &[u8]) -> Result<(), Error> {
        let found = Locations::of(der)
            .map_err(|error| Error::Unreadable { kind: Kind::Certificate, reason: error.to_string() })?;
        count(&mut self.ca_issuers, found.ca_issuers);
        count(&mut self.ocsp, found.ocsp);
        count(&mut self.crl, found.crl.into_iter().map(|uri| (uri, is_ca)));
        Ok(())
    }
}

fn count<K: Ord>(map: &mut BTreeMap<K, u64>, uris: impl IntoIterator<Item = K>) {
    for uri in uris {
        let number = map.entry(uri).or_default();
        *number = number.saturating_add(1);
    }
}
