//! What an adopted CA brings along: certificates and CRLs that were made elsewhere.

use rusqlite::params;

use super::Store;
use super::ca::{self, CaName};
use super::crl_octets;
use super::distribution_point;
use super::error::Error;
use super::known_key;
use super::reservation::{self, Body, Recorded as _};
use super::revocation::{self, Revocation};
use super::writer::Writer;
use crate::audit::{Event, Kind, Object};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::extension::CrlNumber;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

impl Store {
    /// Takes in a certificate that the CA issued elsewhere: its serial number is taken from now on, and it
    /// can be listed and revoked. One that is on record already is left as it is.
    ///
    /// The caller has verified that the CA signed it.
    ///
    /// # Errors
    /// [`Error::OtherCertificate`] when another certificate is on record under its number.
    pub fn import_certificate(
        &mut self,
        ca: &CaName,
        certificate: &Certificate,
        now: Time,
    ) -> Result<(), Error> {
        self.write(now, |writer| {
            let id = ca::ca_id(writer.connection, ca)?;
            take_in_certificate(writer, (id, ca), certificate).map(drop)
        })
    }

    /// Takes in a CRL that the CA issued elsewhere: numbers continue after its own, and what it names is
    /// revoked here too. Certificates that are not on record get a row with their serial number alone.
    ///
    /// The caller has verified that the CA signed it.
    ///
    /// # Errors
    /// [`Error::NoCrlNumber`]; [`Error::CrlNumberUsed`] when a CRL with this number or a greater one is on
    /// record.
    pub fn import_crl(&mut self, ca: &CaName, crl: &Crl, now: Time) -> Result<(), Error> {
        self.write(now, |writer| take_in_crl(writer, ca, crl))
    }
}

/// As [`Store::import_certificate`], within a transaction; whether it was not on record before.
pub(super) fn take_in_certificate(
    writer: &Writer<'_>,
    (id, ca): (i64, &CaName),
    certificate: &Certificate,
) -> Result<bool, Error> {
    let serial = certificate.serial();
    let row = match revocation::find_certificate(writer.connection, id, serial)? {
        None => insert(writer, id, serial)?,
        Some(row) => match reservation::body(writer.connection, Certificate::TABLE, row)? {
            None => row,
            Some(Body::Signed(der)) if der == certificate.as_der() => return Ok(false),
            Some(_) => return Err(Error::OtherCertificate { serial: serial.clone() }),
        },
    };
    writer
        .connection
        .prepare_cached(
            "UPDATE certificate SET is_ca = ?2, subject = ?3, not_before = ?4, not_after = ?5,
             distribution_point = ?6 WHERE id = ?1",
        )?
        .execute(params![
            row,
            certificate.is_ca(),
            certificate.subject().to_string(),
            certificate.not_before().to_unix(),
            certificate.not_after().to_unix(),
            distribution_point::of_certificate(writer.connection, certificate)?
        ])?;
    writer
        .connection
        .prepare_cached(
            "UPDATE revocation SET not_after = ?2 WHERE certificate = ?1 AND ended_revision IS NULL",
        )?
        .execute(params![row, certificate.not_after().to_unix()])?;
    writer
        .connection
        .prepare_cached("INSERT INTO certificate_body (id, der) VALUES (?1, ?2)")?
        .execute(params![row, certificate.as_der()])?;
    known_key::of_certificate(writer.connection, row, certificate.spki_der())?;
    writer.append(Event::Imported {
        object: object(Kind::Certificate, ca, serial),
        sha256: certificate.sha256().into(),
    })?;
    Ok(true)
}

/// As [`Store::import_crl`], within a transaction.
pub(super) fn take_in_crl(writer: &Writer<'_>, ca: &CaName, crl: &Crl) -> Result<(), Error> {
    let id = ca::ca_id(writer.connection, ca)?;
    let number = crl.number().ok_or(Error::NoCrlNumber)?;
    match super::crl::latest(writer.connection, id)? {
        Some((greatest, _)) if number <= greatest => {
            return Err(Error::CrlNumberUsed { ca: ca.clone(), number, greatest });
        }
        Some(_) | None => {}
    }
    for entry in crl.revoked() {
        let serial = &entry.serial;
        let said = Revocation {
            reason: entry.reason,
            date: entry.revocation_date,
            invalidity_date: entry.invalidity_date,
        };
        let row = match revocation::find_certificate(writer.connection, id, serial)? {
            Some(row) => row,
            None => insert(writer, id, serial)?,
        };
        // What is on record here and is no less grave stands.
        let before = revocation::current(writer.connection, row)?;
        if before.is_none_or(|before| revocation::may_become(before.reason, said.reason)) {
            revocation::insert(writer, (id, row), said)?;
            writer.append(revocation::revoked_event(ca, serial, said))?;
        }
    }
    record_crl(writer, (id, ca), number, crl)
}

/// Puts a CRL on record that was made elsewhere, with the revocations as they are now.
pub(super) fn record_crl(
    writer: &Writer<'_>,
    (id, ca): (i64, &CaName),
    number: CrlNumber,
    crl: &Crl,
) -> Result<(), Error> {
    writer.connection.execute(
        "INSERT INTO crl (ca, number, state, revision, this_update, next_update, reserved_at, scope, base)
                 VALUES (?1, ?2, 'imported', ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            number.0.to_be_bytes(),
            revocation::revision(writer.connection, id)?.0,
            crl.this_update().to_unix(),
            crl.next_update().map(Time::to_unix),
            writer.now.to_unix(),
            distribution_point::scope_of(crl.extensions()),
            distribution_point::base_of(crl.extensions())
        ],
    )?;
    let row = writer.connection.last_insert_rowid();
    crl_octets::put_signed(writer.connection, row, crl.as_der())?;
    writer.append(Event::Imported { object: object(Kind::Crl, ca, &number), sha256: crl.sha256().into() })
}

/// A row for a serial number that was taken elsewhere.
pub(super) fn insert(writer: &Writer<'_>, ca: i64, serial: &SerialNumber) -> Result<i64, Error> {
    writer
        .connection
        .prepare_cached(
            "INSERT INTO certificate (ca, serial, state, reserved_at) VALUES (?1, ?2, 'imported', ?3)",
        )?
        .execute(params![ca, serial.as_bytes(), writer.now.to_unix()])?;
    Ok(writer.connection.last_insert_rowid())
}

pub(super) fn object(kind: Kind, ca: &CaName, number: &impl ToString) -> Object {
    Object { kind, ca: ca.to_string(), number: number.to_string() }
}
