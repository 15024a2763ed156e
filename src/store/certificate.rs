//! Certificates: serial numbers reserved, signed certificates recorded.

use rusqlite::params;

use super::CaName;
use super::Store;
use super::ca::{self, NewCa};
use super::distribution_point;
use super::distrust;
use super::error::Error;
use super::intent;
use super::known_key;
use super::profile::{self, ProfileText};
use super::reservation::{Reservation, ReserveError};
use super::writer::Writer;
use crate::audit::{Conditions, Event, Fingerprint, Kind, Object, Origin, Source};
use crate::lint::Linted;
use crate::x509::certificate::{Certificate, TbsCertificate};
use crate::x509::extension::{Value, oid};
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// A certificate that is about to be signed.
#[derive(Debug)]
pub struct CertificateIntent {
    /// Its octets.
    pub linted: Linted<Certificate>,
    /// The profile.
    pub profile: ProfileText,
    /// SHA-256 over the request, if there was one.
    pub request_sha256: Option<[u8; 32]>,
    /// Who asked, as far as the program was told.
    pub requester: Option<String>,
    /// From what it is made.
    pub source: Source,
    /// On what conditions it may be signed.
    pub conditions: Conditions,
}

impl Store {
    /// Reserves the serial numbers of certificates, all of them or none, in one transaction: the numbers,
    /// the octets, and the audit entries "signing". When this returns, all of it is on disk.
    ///
    /// # Errors
    /// Everything that was given comes back, with [`Error::SerialTaken`] when a serial number is on record
    /// under any CA of this home (draw another one), [`Error::CaRevoked`] when the CA or one above it is
    /// revoked on record, or whatever else stood in the way.
    pub fn reserve_certificates(
        &mut self,
        ca: &CaName,
        intents: Vec<CertificateIntent>,
        now: Time,
    ) -> Result<Vec<Reservation<Certificate>>, ReserveError<CertificateIntent>> {
        let reserved = self.be_present().and_then(|()| {
            self.write(now, |writer| {
                let id = ca::active_id(writer.connection, ca)?;
                if let Some(revoked) = distrust::revoked_of_path(writer.connection, id)?.first() {
                    let (serial, subject) = (revoked.serial().clone(), revoked.subject().clone());
                    return Err(Error::CaRevoked { name: ca.clone(), serial, subject });
                }
                let mut last = None;
                let each = |(index, intent): (usize, &CertificateIntent)| {
                    let reserved = reserve(writer, (id, ca), intent, index, false)?;
                    // The certificates of a batch have one profile.
                    if last.replace(intent.profile.sha256) != Some(intent.profile.sha256) {
                        profile::used(writer, &intent.profile)?;
                    }
                    Ok(reserved)
                };
                intents.iter().enumerate().map(each).collect::<Result<Vec<_>, _>>()
            })
        });
        match reserved {
            Ok(rows) => Ok(rows
                .into_iter()
                .zip(intents)
                .map(|((row, object), intent)| Reservation {
                    row,
                    object,
                    tbs: intent.linted.into_tbs(),
                    follows: false,
                })
                .collect()),
            Err(source) => Err(ReserveError { intents, source }),
        }
    }

    /// Adds a CA whose certificate its own key will sign, and reserves that certificate, in one
    /// transaction. Committing it makes the CA active. A CA of the same name and key that an interrupted
    /// attempt has left without certificate is taken up again.
    ///
    /// # Errors
    /// As [`Store::reserve_certificates`], [`Error::CaExists`], and [`Error::KeyTaken`].
    pub fn reserve_root(
        &mut self,
        new: &NewCa,
        intent: CertificateIntent,
        now: Time,
    ) -> Result<Reservation<Certificate>, ReserveError<CertificateIntent>> {
        let reserved = self.be_present().and_then(|()| {
            self.write(now, |writer| {
                let id = ca::begin(writer, new, &intent.profile)?;
                let reserved = reserve(writer, (id, &new.name), &intent, 0, true)?;
                profile::used(writer, &intent.profile)?;
                Ok(reserved)
            })
        });
        match reserved {
            Ok((row, object)) => {
                Ok(Reservation { row, object, tbs: intent.linted.into_tbs(), follows: true })
            }
            Err(source) => Err(ReserveError { intents: vec![intent], source }),
        }
    }
}

fn reserve(
    writer: &Writer<'_>,
    (id, name): (i64, &CaName),
    intent: &CertificateIntent,
    index: usize,
    becomes_own: bool,
) -> Result<(i64, Object), Error> {
    let tbs = intent.linted.tbs();
    let facts = Facts::read(tbs.as_der())?;
    let point = match &facts.distribution_points {
        Some(uris) => Some(distribution_point::take(writer.connection, uris)?),
        None => None,
    };
    let serial = &facts.serial;
    let taken = writer
        .connection
        .prepare_cached("SELECT 1 FROM certificate WHERE serial = ?1")?
        .exists([serial.as_bytes()])?;
    if taken {
        return Err(Error::SerialTaken { index, serial: serial.clone() });
    }
    writer
        .connection
        .prepare_cached(
            "INSERT INTO certificate (ca, serial, state, becomes_own, is_ca, subject, not_before, not_after,
             profile, profile_sha256, request_sha256, requester, reserved_at, origin, origin_sha256, possession,
             key_sha256, distribution_point)
             VALUES (?1, ?2, 'reserved', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            id,
            serial.as_bytes(),
            becomes_own,
            facts.is_ca,
            facts.subject.to_string(),
            facts.not_before.to_unix(),
            facts.not_after.to_unix(),
            intent.profile.name,
            intent.profile.sha256,
            intent.request_sha256,
            intent.requester,
            writer.now.to_unix(),
            intent.source.origin.map(Origin::word),
            intent.source.origin_sha256.map(|fingerprint| fingerprint.0),
            intent.source.possession,
            known_key::sha256(&facts.spki),
            point,
        ])?;
    let row = writer.connection.last_insert_rowid();
    known_key::modulus(writer.connection, &facts.spki)?;
    intent::put(writer.connection, row, tbs.as_der())?;
    let object = Object { kind: Kind::Certificate, ca: name.to_string(), number: serial.to_string() };
    writer.append(Event::Signing {
        object: object.clone(),
        tbs_sha256: tbs.sha256().into(),
        profile: Some(intent.profile.name.clone()),
        profile_sha256: Some(intent.profile.sha256.into()),
        request_sha256: intent.request_sha256.map(Fingerprint),
        requester: intent.requester.clone(),
        source: intent.source.clone(),
        conditions: intent.conditions.clone(),
    })?;
    Ok((row, object))
}

/// The certificate of a self-signed CA becomes the CA's own in the transaction that records it, unless another
/// has in the meantime: a CA that has issued does not change its name because an older attempt turns up.
pub(super) fn install_if_own(
    writer: &Writer<'_>,
    row: i64,
    object: &Object,
    der: &[u8],
) -> Result<(), Error> {
    let becomes_own: bool = writer
        .connection
        .prepare_cached(
            "SELECT becomes_own = 1 AND ca.state <> 'active' FROM certificate
             JOIN ca ON ca.id = certificate.ca WHERE certificate.id = ?1",
        )?
        .query_row([row], |row| row.get(0))?;
    if !becomes_own {
        return Ok(());
    }
    let certificate = Certificate::from_der(der)
        .map_err(|error| Error::Unreadable { kind: Kind::Certificate, reason: error.to_string() })?;
    let name: CaName = object.ca.parse().map_err(|_| Error::damaged(object.to_string()))?;
    ca::install(writer, &name, &certificate, &[])
}

/// What is listed of a certificate, read from the octets themselves.
struct Facts {
    serial: SerialNumber,
    subject: Name,
    not_before: Time,
    not_after: Time,
    is_ca: bool,
    /// The URIs of the one distribution point, if it has one of the form that keyrite writes.
    distribution_points: Option<Vec<String>>,
    spki: Vec<u8>,
}

impl Facts {
    fn read(tbs: &[u8]) -> Result<Self, Error> {
        use der::{Decode as _, Encode as _};
        let unreadable = |reason: String| Error::Unreadable { kind: Kind::Certificate, reason };
        let tbs = TbsCertificate::from_der(tbs).map_err(|error| unreadable(error.to_string()))?;
        let extensions = tbs.raw_extensions().map_err(|error| unreadable(error.to_string()))?;
        let is_ca = extensions
            .iter()
            .filter(|each| each.oid == oid::BASIC_CONSTRAINTS)
            .any(|each| matches!(each.read().value, Value::BasicConstraints(value) if value.ca));
        let distribution_points = extensions
            .iter()
            .find(|each| each.oid == oid::CRL_DISTRIBUTION_POINTS)
            .and_then(|each| each.read().value.as_distribution_point().map(<[String]>::to_vec));
        let subject = tbs.subject.to_der().and_then(|der| Name::from_der(&der));
        Ok(Self {
            serial: SerialNumber::from_der_contents(tbs.serial_number.as_bytes())
                .map_err(|error| unreadable(error.to_string()))?,
            subject: subject.map_err(|error| unreadable(error.to_string()))?,
            not_before: Time::from_x509(tbs.validity.not_before)
                .map_err(|error| unreadable(error.to_string()))?,
            not_after: Time::from_x509(tbs.validity.not_after)
                .map_err(|error| unreadable(error.to_string()))?,
            is_ca,
            distribution_points,
            spki: tbs.subject_public_key_info.to_der().map_err(|error| unreadable(error.to_string()))?,
        })
    }
}
