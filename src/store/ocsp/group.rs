//! From a group of responses that is reserved to one that is on record.

use rusqlite::params;

use super::{answer, standing};
use crate::audit::{Event, Fingerprint, OcspFailed, OcspGroup, OcspSigned, OcspSigning};
use crate::lint::Linted;
use crate::store::ca::{self, CaName};
use crate::store::error::Error;
use crate::store::reservation::{ReserveError, SigningFailure};
use crate::store::writer::Writer;
use crate::store::{Store, row};
use crate::x509::ocsp::{CertIdHash, CertStatus, OcspResponse, ResponseData, Single};
use crate::x509::serial::SerialNumber;
use crate::x509::signed::{Signed, ToBeSigned};
use crate::x509::time::Time;

/// A group of responses that is about to be signed.
#[derive(Debug)]
pub struct OcspIntent {
    /// Their octets, each with exactly one answer; thisUpdate and nextUpdate are the same in all.
    pub responses: Vec<Linted<OcspResponse>>,
    /// The URI of the key that signs.
    pub key: String,
    /// SHA-256 over its SubjectPublicKeyInfo.
    pub public_key_sha256: Fingerprint,
    /// SHA-256 over the certificate of the responder, where it is not the CA itself.
    pub responder_sha256: Option<Fingerprint>,
}

/// The permission to have the octets of a group signed, once each: they are on disk.
#[must_use = "a group that is not committed stays open"]
#[derive(Debug)]
pub struct OcspReservation {
    pub(super) row: i64,
    pub(super) group: OcspGroup,
    pub(super) reserved: Vec<Reserved>,
}

#[derive(Debug)]
pub(super) struct Reserved {
    pub(super) answer: Facts,
    pub(super) tbs: ToBeSigned<OcspResponse>,
}

/// What one response says, read from its octets.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) serial: SerialNumber,
    pub(super) hash: CertIdHash,
    pub(super) status: CertStatus,
    pub(super) this_update: Time,
    pub(super) next_update: Time,
}

impl OcspReservation {
    /// The octets that the token is to sign, in their order.
    pub fn octets(&self) -> impl Iterator<Item = &ToBeSigned<OcspResponse>> {
        self.reserved.iter().map(|one| &one.tbs)
    }

    /// The group, as the audit log names it.
    #[must_use]
    pub const fn group(&self) -> &OcspGroup {
        &self.group
    }

    /// About which certificate each is, in their order.
    pub fn serials(&self) -> impl Iterator<Item = (&SerialNumber, CertIdHash)> {
        self.reserved.iter().map(|one| (&one.answer.serial, one.answer.hash))
    }
}

/// What came of one response of a group.
pub type OcspOutcome = Result<Signed<OcspResponse>, SigningFailure>;

/// Responses that are on record: they may be published.
#[derive(Debug)]
pub struct IssuedAnswers {
    /// Each with the certificate that it is about.
    pub answers: Vec<IssuedAnswer>,
}

/// One response that is on record.
#[derive(Debug)]
pub struct IssuedAnswer {
    /// The number of the certificate.
    pub serial: SerialNumber,
    /// By which function its CertID names the issuer.
    pub hash: CertIdHash,
    /// What it says.
    pub status: CertStatus,
    /// thisUpdate.
    pub this_update: Time,
    /// The whole response.
    pub signed: Signed<OcspResponse>,
}

/// Why nothing was recorded although signatures exist: they are in here and nowhere else.
#[derive(Debug, thiserror::Error)]
#[error("the responses of {group} could not be recorded")]
pub struct OcspCommitError {
    /// The group.
    pub group: Box<OcspGroup>,
    /// The responses that exist.
    pub signed: Vec<IssuedAnswer>,
    /// What went wrong.
    pub source: Box<Error>,
}

/// A group of which nobody knows how much of it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOcspGroup {
    /// The CA for which it answers.
    pub ca: String,
    /// Its number.
    pub group: u64,
    /// How many responses.
    pub count: u64,
    /// When it was reserved.
    pub reserved_at: Time,
    /// The octets that were to be signed, one DER value after the other.
    pub tbs: Vec<u8>,
}

impl Store {
    /// Reserves a group: its octets and the audit entry "ocsp-signing", in one transaction.
    ///
    /// # Errors
    /// The intent comes back, with [`Error::OcspOutdated`] when an answer is not what the ledger says,
    /// [`Error::OcspGoesBack`] when thisUpdate lies before that of earlier answers of the CA, or
    /// [`Error::Unreadable`] when a response has not one answer by a hash that is kept.
    pub fn reserve_ocsp(
        &mut self,
        ca: &CaName,
        intent: OcspIntent,
        now: Time,
    ) -> Result<OcspReservation, ReserveError<OcspIntent>> {
        let reserved = self.be_present().and_then(|()| {
            let facts: Vec<Facts> =
                intent.responses.iter().map(|one| facts(one.tbs().as_der())).collect::<Result<_, _>>()?;
            self.write(now, |writer| reserve(writer, ca, &intent, &facts)).map(|done| (done, facts))
        });
        match reserved {
            Ok(((row, group), facts)) => {
                let each = intent.responses.into_iter().zip(facts);
                let reserved =
                    each.map(|(linted, answer)| Reserved { answer, tbs: linted.into_tbs() }).collect();
                Ok(OcspReservation { row, group, reserved })
            }
            Err(source) => Err(ReserveError { intents: vec![intent], source }),
        }
    }

    /// Records what came of a group, in one transaction: the responses in the place of older ones about the same
    /// certificates, and the audit entries. `outcomes` has one for each response, in their order; what is missing at
    /// the end was never asked for.
    ///
    /// # Errors
    /// [`OcspCommitError`] holds the responses: they exist.
    pub fn commit_ocsp(
        &mut self,
        reservation: OcspReservation,
        outcomes: Vec<OcspOutcome>,
        now: Time,
    ) -> Result<IssuedAnswers, OcspCommitError> {
        let OcspReservation { row, group, reserved } = reservation;
        let mut signed = Vec::new();
        let mut failed =
            OcspFailed { group: group.clone(), failed: 0, wrong: 0, not_attempted: 0, reason: String::new() };
        let missing = || SigningFailure::NotAttempted { reason: "the signer gave no answer".to_owned() };
        let mut outcomes = outcomes.into_iter();
        for Reserved { answer, tbs } in reserved {
            match outcomes.next().unwrap_or_else(|| Err(missing())) {
                Ok(response) => signed.push((tbs, answer.issued(response))),
                Err(failure) => tell(&mut failed, failure),
            }
        }
        let recorded = self.write_done(now, |writer| record(writer, row, &group, &signed, &failed));
        let signed: Vec<IssuedAnswer> = signed.into_iter().map(|(_, one)| one).collect();
        match recorded {
            Ok(()) => Ok(IssuedAnswers { answers: signed }),
            Err(source) => Err(OcspCommitError { group: Box::new(group), signed, source: Box::new(source) }),
        }
    }

    /// Every group that is neither committed nor given up. Another process may be at work on them, unless
    /// [`Store::be_alone`] came before.
    ///
    /// # Errors
    /// Those of reading.
    pub fn open_ocsp_groups(&self) -> Result<Vec<OpenOcspGroup>, Error> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT ocsp_group.id, ca.name, answers, reserved_at, tbs FROM ocsp_group
                     JOIN ca ON ca.id = ocsp_group.ca WHERE ocsp_group.state = 'reserved'
                     ORDER BY ocsp_group.id",
                )?
                .query_and_then([], |row| {
                    Ok(OpenOcspGroup {
                        ca: row.get("name")?,
                        group: number(row.get("id")?)?,
                        count: number(row.get("answers")?)?,
                        reserved_at: row::time(row, "reserved_at")?,
                        tbs: row.get::<_, Option<Vec<u8>>>("tbs")?.unwrap_or_default(),
                    })
                })?
                .collect()
        })
    }

    /// Gives up an open group. What was signed of it, if anything was, says what the ledger said then.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the log does not tell of it.
    pub fn give_up_ocsp(&mut self, open: &OpenOcspGroup, now: Time) -> Result<(), Error> {
        self.write(now, |writer| {
            let group = told_group(writer, open)?;
            let id = i64::try_from(open.group).unwrap_or(i64::MAX);
            writer
                .connection
                .prepare_cached(
                    "UPDATE ocsp_group SET state = 'abandoned', tbs = NULL, settled_at = ?2
                     WHERE id = ?1 AND state = 'reserved'",
                )?
                .execute([id, writer.now.to_unix()])?;
            writer.append(Event::OcspGivenUp(group))
        })
    }
}

impl Facts {
    fn issued(self, signed: Signed<OcspResponse>) -> IssuedAnswer {
        let Self { serial, hash, status, this_update, .. } = self;
        IssuedAnswer { serial, hash, status, this_update, signed }
    }
}

/// The group as the log told of it when it was reserved.
fn told_group(writer: &Writer<'_>, open: &OpenOcspGroup) -> Result<OcspGroup, Error> {
    let mut statement = writer.connection.prepare_cached(
        "SELECT encoding FROM audit_log WHERE instr(encoding, CAST('\"event\":\"ocsp-signing\"' AS BLOB)) > 0
         ORDER BY entry DESC",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let told = crate::audit::Record::decode(&row.get::<_, Vec<u8>>(0)?).map(|record| record.event);
        if let Ok(Event::OcspSigning(OcspSigning { group, .. })) = told
            && group.group == open.group
        {
            return Ok(group);
        }
    }
    Err(Error::damaged(format!("no audit entry tells of group {} of OCSP responses", open.group)))
}

fn number(found: i64) -> Result<u64, Error> {
    u64::try_from(found).map_err(|_| Error::damaged("a negative number"))
}

fn count(found: usize) -> u64 {
    u64::try_from(found).unwrap_or(u64::MAX)
}

fn tell(failed: &mut OcspFailed, failure: SigningFailure) {
    let (sum, reason) = match failure {
        SigningFailure::NotAttempted { reason } => (&mut failed.not_attempted, reason),
        SigningFailure::Token { reason } => (&mut failed.failed, reason),
        SigningFailure::Signature { reason } => {
            failed.wrong = failed.wrong.saturating_add(1);
            (&mut failed.failed, reason)
        }
    };
    *sum = sum.saturating_add(1);
    if failed.reason.is_empty() {
        failed.reason = reason;
    }
}

/// What a response says, from the octets themselves.
fn facts(tbs: &[u8]) -> Result<Facts, Error> {
    let unreadable = |reason: String| Error::OcspUnreadable { reason };
    let data = ResponseData::from_der(tbs).map_err(|error| unreadable(error.to_string()))?;
    let [Single { certificate, status, this_update, next_update: Some(next_update), .. }] =
        data.answers.as_slice()
    else {
        return Err(unreadable("not one answer with nextUpdate".to_owned()));
    };
    Ok(Facts {
        serial: certificate.serial().ok_or_else(|| unreadable("not a serial number".to_owned()))?,
        hash: certificate.hash().ok_or_else(|| unreadable("another hash function".to_owned()))?,
        status: *status,
        this_update: *this_update,
        next_update: *next_update,
    })
}

/// SHA-256 over the SHA-256 of each.
fn list_hash<'a>(each: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Fingerprint) {
    let list: Vec<u8> = each.flat_map(|octets| Fingerprint::of(octets).0).collect();
    let hash = Fingerprint::of(&list);
    (list, hash)
}

fn reserve(
    writer: &Writer<'_>,
    ca: &CaName,
    intent: &OcspIntent,
    facts: &[Facts],
) -> Result<(i64, OcspGroup), Error> {
    let id = ca::active_id(writer.connection, ca)?;
    let Some(first) = facts.first() else {
        return Err(Error::OcspUnreadable { reason: "a group of no responses".to_owned() });
    };
    let (this_update, next_update) = (first.this_update, first.next_update);
    let latest: Option<i64> = writer
        .connection
        .prepare_cached("SELECT max(this_update) FROM ocsp_group WHERE ca = ?1")?
        .query_row([id], |row| row.get(0))?;
    if let Some(latest) = latest.map(row::to_time).transpose()?
        && this_update < latest
    {
        return Err(Error::OcspGoesBack { ca: ca.clone(), this_update, latest });
    }
    let mut told = OcspSigning {
        group: OcspGroup {
            ca: ca.to_string(),
            group: 0,
            count: count(facts.len()),
            key: intent.key.clone(),
            public_key_sha256: intent.public_key_sha256,
        },
        responder_sha256: intent.responder_sha256,
        this_update: this_update.to_string(),
        next_update: next_update.to_string(),
        good: 0,
        revoked: 0,
        unknown: 0,
        tbs_sha256: list_hash(intent.responses.iter().map(|one| one.tbs().as_der())).1,
    };
    for Facts { serial, status, this_update: this, next_update: next, .. } in facts {
        // The law of this table: nothing is ever signed that the ledger does not say at that instant.
        let found = standing::status(writer.connection, id, serial)?;
        if found != *status || *this != this_update || *next != next_update {
            return Err(Error::OcspOutdated { serial: serial.clone() });
        }
        let sum = match status {
            CertStatus::Good => &mut told.good,
            CertStatus::Revoked { .. } => &mut told.revoked,
            CertStatus::Unknown => &mut told.unknown,
        };
        *sum = sum.saturating_add(1);
    }
    let tbs: Vec<u8> = intent.responses.iter().flat_map(|one| one.tbs().as_der()).copied().collect();
    writer
        .connection
        .prepare_cached(
            "INSERT INTO ocsp_group (ca, state, key_sha256, responder_sha256, this_update, next_update,
             answers, tbs, reserved_at) VALUES (?1, 'reserved', ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id,
            intent.public_key_sha256.as_bytes(),
            intent.responder_sha256.as_ref().map(Fingerprint::as_bytes),
            this_update.to_unix(),
            next_update.to_unix(),
            i64::try_from(facts.len()).unwrap_or(i64::MAX),
            tbs,
            writer.now.to_unix(),
        ])?;
    let row = writer.connection.last_insert_rowid();
    told.group.group = number(row)?;
    let group = told.group.clone();
    writer.append(Event::OcspSigning(told))?;
    Ok((row, group))
}

fn record(
    writer: &Writer<'_>,
    row: i64,
    group: &OcspGroup,
    signed: &[(ToBeSigned<OcspResponse>, IssuedAnswer)],
    failed: &OcspFailed,
) -> Result<(), Error> {
    for (tbs, one) in signed {
        let same = OcspResponse::from_der(one.signed.as_der())
            .is_ok_and(|read| read.basic().is_some_and(|basic| basic.tbs_der() == tbs.as_der()));
        if !same {
            return Err(Error::OcspNotAsReserved { serial: one.serial.clone() });
        }
    }
    let (hashes, sha256) = list_hash(signed.iter().map(|(_, one)| one.signed.as_der()));
    let state = if signed.is_empty() { "abandoned" } else { "issued" };
    let changed = writer
        .connection
        .prepare_cached(
            "UPDATE ocsp_group SET state = ?2, signed = ?3, tbs = NULL, hashes = ?4, failure = ?5,
             settled_at = ?6 WHERE id = ?1 AND state <> 'issued'",
        )?
        .execute(params![
            row,
            state,
            i64::try_from(signed.len()).unwrap_or(i64::MAX),
            (!signed.is_empty()).then_some(hashes),
            (!failed.reason.is_empty()).then_some(failed.reason.as_str()),
            writer.now.to_unix(),
        ])?;
    if changed != 1 {
        return Err(Error::damaged(format!("{group} is settled already")));
    }
    answer::keep(writer, row, signed.iter().map(|(_, one)| one))?;
    if !signed.is_empty() {
        writer.append(Event::OcspSigned(OcspSigned {
            group: group.clone(),
            signed: count(signed.len()),
            sha256,
        }))?;
    }
    if !failed.reason.is_empty() {
        writer.append(Event::OcspFailed(failed.clone()))?;
    }
    Ok(())
}
