//! Certification requests for keys of our own: signed by the CA's key, so recorded like all else.

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use super::ca::{self, CaName, NewCa};
use super::error::Error;
use super::profile::{self, ProfileText};
use super::reservation::{Recorded as _, Reservation, ReserveError};
use crate::audit::{Conditions, Event, Fingerprint, Kind, Object, Source};
use crate::lint::Linted;
use crate::x509::csr::Csr;
use crate::x509::time::Time;

impl Store {
    /// Adds a CA that waits for a certificate from elsewhere, and reserves its request, in one
    /// transaction. A CA of the same name and key without certificate is taken up again.
    ///
    /// # Errors
    /// The request comes back, with [`Error::CaExists`] or whatever else stood in the way.
    pub fn reserve_request(
        &mut self,
        new: &NewCa,
        profile: &ProfileText,
        linted: Linted<Csr>,
        now: Time,
    ) -> Result<Reservation<Csr>, ReserveError<Linted<Csr>>> {
        let reserved = self.be_present().and_then(|()| {
            self.write(now, |writer| {
                let id = ca::begin(writer, new, profile)?;
                let tbs = linted.tbs();
                writer.connection.execute(
                    "INSERT INTO request (ca, state, reserved_at) VALUES (?1, 'reserved', ?2)",
                    params![id, writer.now.to_unix()],
                )?;
                let row = writer.connection.last_insert_rowid();
                writer.connection.prepare_cached(Csr::TABLE.put_body)?.execute(params![row, tbs.as_der()])?;
                let object =
                    Object { kind: Kind::Request, ca: new.name.to_string(), number: row.to_string() };
                writer.append(Event::Signing {
                    object: object.clone(),
                    tbs_sha256: tbs.sha256().into(),
                    profile: Some(new.profile.clone()),
                    profile_sha256: Some(Fingerprint(profile.sha256)),
                    request_sha256: None,
                    requester: None,
                    source: Source::default(),
                    conditions: Conditions::default(),
                })?;
                profile::used(writer, profile)?;
                Ok((row, object))
            })
        });
        match reserved {
            Ok((row, object)) => Ok(Reservation { row, object, tbs: linted.into_tbs(), follows: true }),
            Err(source) => Err(ReserveError { intents: vec![linted], source }),
        }
    }

    /// The DER of the newest signed request of a CA.
    ///
    /// # Errors
    /// [`Error::NoCa`], or those of reading.
    pub fn request(&self, ca: &CaName) -> Result<Option<Vec<u8>>, Error> {
        self.read(|connection| {
            let id = ca::ca_id(connection, ca)?;
            let mut statement = connection.prepare_cached(
                "SELECT der FROM request JOIN request_body ON request_body.id = request.id
                 WHERE ca = ?1 AND state = 'issued' ORDER BY request.id DESC LIMIT 1",
            )?;
            Ok(statement.query_row([id], |row| row.get(0)).optional()?)
        })
    }
}

/// The CA of a request has asked for its certificate.
pub(super) fn now_requested(writer: &super::writer::Writer<'_>, row: i64) -> Result<(), Error> {
    writer.connection.execute(
        "UPDATE ca SET state = 'requested'
         WHERE state = 'pending' AND id = (SELECT ca FROM request WHERE id = ?1)",
        [row],
    )?;
    Ok(())
}
