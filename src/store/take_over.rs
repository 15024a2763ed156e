//! A CA that moves in with everything that it has kept elsewhere: all of it or nothing, in one transaction.

use std::collections::HashSet;

use rusqlite::params;

use super::Store;
use super::ca::{self, CaName, CaState, NewCa};
use super::error::Error;
use super::import;
use super::revocation::{self, Revocation};
use super::writer::Writer;
use crate::audit::{Event, Kind, Waiver};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::extension::{CrlNumber, ReasonCode};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// The CA that moves in, and the words for the audit log.
#[derive(Clone, Debug)]
pub struct Moving<'a> {
    /// The CA.
    pub ca: &'a NewCa,
    /// The certificate by which it issues.
    pub certificate: &'a Certificate,
    /// The certificates above it, its issuer's first.
    pub path: &'a [Certificate],
    /// From what: `openssl`, or `certificates`.
    pub source: &'a str,
    /// From where: a directory.
    pub from: &'a str,
    /// How many things disagreed.
    pub doubts: u64,
    /// The kinds of disagreement that were accepted.
    pub accepted: &'a [Waiver],
}

/// What was not on record before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Whether the CA itself was not.
    pub ca: bool,
    /// Certificates.
    pub certificates: u64,
    /// Serial numbers without certificate.
    pub numbers: u64,
    /// Revocations.
    pub revoked: u64,
    /// CRLs.
    pub crls: u64,
    /// Whether CRL numbers were given up.
    pub crl_numbers: bool,
}

/// The open transaction, which takes in one thing after the other. What is on record already is passed over.
pub struct Removal<'a> {
    writer: &'a Writer<'a>,
    id: i64,
    ca: &'a CaName,
    taken: Taken,
    /// The revocations that have ended, once that was asked: the row of the certificate, the date and the reason. There
    /// are few at any time, and each question would go over all revocations.
    ended: Option<HashSet<(i64, i64, Option<i64>)>>,
}

impl std::fmt::Debug for Removal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Removal({} {:?})", self.ca, self.taken)
    }
}

impl Store {
    /// Adds a CA that exists already, with everything that `fill` hands over. A CA that has moved in before is taken up
    /// again: what has come since is added, and what is on record stays as it is. When `fill` gives `false`, nothing
    /// is changed, and there is no answer.
    ///
    /// The caller has verified that the CA signed what it hands over.
    ///
    /// # Errors
    /// [`Error::CaExists`] when the name is that of a CA with another key or without certificate; [`Error::KeyTaken`]
    /// when another CA has the key; [`Error::OtherKey`] when the certificate is for another key; those of `fill`.
    pub fn take_over(
        &mut self,
        moving: &Moving<'_>,
        now: Time,
        fill: impl FnOnce(&mut Removal<'_>) -> Result<bool, Error>,
    ) -> Result<Option<Taken>, Error> {
        let done = self.write(now, |writer| {
            let (id, anew) = begin(writer, moving)?;
            let taken = Taken { ca: anew, ..Taken::default() };
            let mut removal = Removal { writer, id, ca: &moving.ca.name, taken, ended: None };
            if !fill(&mut removal)? {
                return Err(Error::GivenUp);
            }
            let taken = removal.taken;
            if taken != Taken::default() {
                writer.append(Event::Migrated {
                    ca: moving.ca.name.to_string(),
                    source: moving.source.to_owned(),
                    from: moving.from.to_owned(),
                    certificates: taken.certificates,
                    numbers: taken.numbers,
                    revoked: taken.revoked,
                    crls: taken.crls,
                    doubts: moving.doubts,
                    accepted: moving.accepted.to_vec(),
                })?;
            }
            Ok(taken)
        });
        match done {
            Ok(taken) => Ok(Some(taken)),
            Err(Error::GivenUp) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The row of the CA, and whether it is a new one.
fn begin(writer: &Writer<'_>, moving: &Moving<'_>) -> Result<(i64, bool), Error> {
    let Moving { ca: new, certificate, path, .. } = moving;
    let Some(id) = ca::find_id(writer.connection, &new.name)? else {
        return Ok((ca::adopt(writer, new, certificate, path)?, true));
    };
    let found = ca::load(writer.connection, id)?;
    if found.state != CaState::Active || found.public_key != new.public_key {
        return Err(Error::CaExists { name: new.name.clone() });
    }
    Ok((id, false))
}

impl Removal<'_> {
    /// Takes in a certificate.
    ///
    /// # Errors
    /// [`Error::OtherCertificate`] when another certificate is on record under its number.
    pub fn certificate(&mut self, certificate: &Certificate) -> Result<(), Error> {
        if import::take_in_certificate(self.writer, (self.id, self.ca), certificate)? {
            self.taken.certificates = self.taken.certificates.saturating_add(1);
        }
        Ok(())
    }

    /// Takes in a serial number that was used, with what is known of its certificate.
    ///
    /// # Errors
    /// Those of writing.
    pub fn number(
        &mut self,
        serial: &SerialNumber,
        subject: Option<&str>,
        not_after: Option<Time>,
    ) -> Result<(), Error> {
        if revocation::find_certificate(self.writer.connection, self.id, serial)?.is_some() {
            return Ok(());
        }
        let row = import::insert(self.writer, self.id, serial)?;
        self.writer
            .connection
            .prepare_cached("UPDATE certificate SET subject = ?2, not_after = ?3 WHERE id = ?1")?
            .execute(params![row, subject, not_after.map(Time::to_unix)])?;
        self.taken.numbers = self.taken.numbers.saturating_add(1);
        self.writer.append(Event::NumberTaken { object: import::object(Kind::Certificate, self.ca, serial) })
    }

    /// Takes in the revocation of a number that is on record. The graver reason and the earlier date stand, and what
    /// was released from hold here is not put on hold again by the revocation that had ended.
    ///
    /// # Errors
    /// [`Error::NoCertificate`], or those of writing.
    pub fn revocation(&mut self, serial: &SerialNumber, said: Revocation) -> Result<(), Error> {
        let connection = self.writer.connection;
        let row = revocation::certificate_row(connection, self.id, self.ca, serial)?;
        let stands = match revocation::current(connection, row)? {
            // Of a CA that has just come nothing was ever said.
            None if !self.taken.ca && self.was_said(row, said)? => return Ok(()),
            None => said,
            Some(before) => {
                let graver = revocation::may_become(before.reason, said.reason);
                let on_hold = said.reason == Some(ReasonCode::CertificateHold);
                // A hold that began earlier says nothing of a revocation for good.
                if !graver && (said.date >= before.date || on_hold && before.reason != said.reason) {
                    return Ok(());
                }
                let date = before.date.min(said.date);
                if graver { Revocation { date, ..said } } else { Revocation { date, ..before } }
            }
        };
        revocation::insert(self.writer, (self.id, row), stands)?;
        self.taken.revoked = self.taken.revoked.saturating_add(1);
        self.writer.append(revocation::revoked_event(self.ca, serial, stands))
    }

    /// Whether a revocation like this one was on record and has ended.
    fn was_said(&mut self, row: i64, said: Revocation) -> Result<bool, Error> {
        let ended = match &mut self.ended {
            Some(ended) => ended,
            none => none.insert(
                self.writer
                    .connection
                    .prepare_cached(
                        "SELECT certificate, revoked_at, reason FROM revocation WHERE ended_revision IS NOT NULL",
                    )?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect::<Result<_, _>>()?,
            ),
        };
        let reason = said.reason.map(|reason| i64::from(reason.code()));
        Ok(ended.contains(&(row, said.date.to_unix(), reason)))
    }

    /// Takes in a CRL with a number; what it names has come before. One that is no newer than those on record is
    /// passed over.
    ///
    /// # Errors
    /// [`Error::NoCrlNumber`], or those of writing.
    pub fn crl(&mut self, crl: &Crl) -> Result<(), Error> {
        let number = crl.number().ok_or(Error::NoCrlNumber)?;
        let latest = super::crl::latest(self.writer.connection, self.id)?;
        if latest.is_some_and(|(greatest, _)| number <= greatest) {
            return Ok(());
        }
        import::record_crl(self.writer, (self.id, self.ca), number, crl)?;
        self.taken.crls = self.taken.crls.saturating_add(1);
        Ok(())
    }

    /// Gives up a CRL number and all below it, since another program may have used them.
    ///
    /// # Errors
    /// Those of writing.
    pub fn crl_number(&mut self, number: CrlNumber) -> Result<(), Error> {
        let latest = super::crl::latest(self.writer.connection, self.id)?;
        if latest.is_some_and(|(greatest, _)| number <= greatest) {
            return Ok(());
        }
        let now = self.writer.now.to_unix();
        self.writer.connection.execute(
            "INSERT INTO crl (ca, number, state, revision, this_update, failure, reserved_at, settled_at)
             VALUES (?1, ?2, 'abandoned', ?3, ?4, 'taken before the CA moved in', ?5, ?5)",
            params![
                self.id,
                number.0.to_be_bytes(),
                revocation::revision(self.writer.connection, self.id)?.0,
                latest.map_or(0, |(_, this_update)| this_update.to_unix()),
                now
            ],
        )?;
        self.taken.crl_numbers = true;
        self.writer.append(Event::NumberTaken { object: import::object(Kind::Crl, self.ca, &number) })
    }
}
