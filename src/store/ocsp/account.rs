//! The OCSP responses of the ledger against those of which the audit log tells.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::audit::{Event, Fingerprint, OcspFailed, OcspGroup, OcspSigned, OcspSigning};
use crate::store::error::Error;
use crate::store::row;
use crate::x509::ocsp::OcspResponse;
use crate::x509::serial::SerialNumber;

/// A contradiction between the audit log and the OCSP responses of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspDiscrepancy {
    /// What the log tells of a group is not what is on record.
    #[error("group {group} of OCSP responses is not what the audit log tells: {what}")]
    Group {
        /// The number of the group.
        group: u64,
        /// What differs.
        what: &'static str,
    },
    /// A response is not one of those of which the log tells.
    #[error("the OCSP response about certificate {serial} is not one of which the audit log tells")]
    Answer {
        /// The number of the certificate.
        serial: SerialNumber,
    },
}

/// What the log tells of one group.
#[derive(Clone, Debug)]
struct Told {
    signing: OcspSigning,
    signed: Option<(u64, Fingerprint)>,
    settled: bool,
}

/// What the log has told of groups so far.
#[derive(Debug, Default)]
pub(in crate::store) struct Groups {
    told: BTreeMap<u64, Told>,
    found: Vec<OcspDiscrepancy>,
}

impl Groups {
    /// Takes what an entry tells.
    pub(in crate::store) fn event(&mut self, event: &Event) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of OCSP responses")]
        match event {
            Event::OcspSigning(signing) => {
                let told = Told { signing: signing.clone(), signed: None, settled: false };
                let group = signing.group.group;
                if self.told.insert(group, told).is_some() {
                    self.differs(group, "it was reserved twice");
                }
            }
            Event::OcspSigned(OcspSigned { group, signed, sha256 }) => {
                let was = self.of(group).map(|told| {
                    told.settled = true;
                    told.signed.replace((*signed, *sha256))
                });
                if was != Some(None) {
                    self.differs(group.group, "it was signed twice, or never reserved");
                }
            }
            Event::OcspFailed(OcspFailed { group, .. }) | Event::OcspGivenUp(group) => match self.of(group) {
                Some(told) => told.settled = true,
                None => self.differs(group.group, "it was never reserved"),
            },
            _ => {}
        }
    }

    fn of(&mut self, group: &OcspGroup) -> Option<&mut Told> {
        self.told.get_mut(&group.group).filter(|told| told.signing.group == *group)
    }

    fn differs(&mut self, group: u64, what: &'static str) {
        self.found.push(OcspDiscrepancy::Group { group, what });
    }

    /// Holds it against the tables.
    pub(in crate::store) fn finish(mut self, connection: &Connection) -> Result<Vec<OcspDiscrepancy>, Error> {
        let mut statement = connection.prepare_cached(
            "SELECT ocsp_group.*, ca.name AS name FROM ocsp_group JOIN ca ON ca.id = ocsp_group.ca
             ORDER BY ocsp_group.id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get("id")?;
            let group = u64::try_from(id).unwrap_or(u64::MAX);
            let Some(told) = self.told.remove(&group) else {
                self.differs(group, "nothing is told of it");
                continue;
            };
            if let Some(what) = differing(row, &told)? {
                self.differs(group, what);
            }
            self.answers(connection, id)?;
        }
        for group in std::mem::take(&mut self.told).into_keys() {
            self.differs(group, "it is not on record");
        }
        Ok(self.found)
    }

    /// The current answers of a group: each is on the list of which the log knows the hash.
    fn answers(&mut self, connection: &Connection, group: i64) -> Result<(), Error> {
        let hashes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT hashes FROM ocsp_group WHERE id = ?1")?
            .query_row([group], |row| row.get(0))?;
        let hashes = hashes.unwrap_or_default();
        let (hashes, _) = hashes.as_chunks::<32>();
        let mut statement = connection.prepare_cached(
            "SELECT answer.*, ocsp_group.ca AS group_ca, ocsp_group.this_update AS this_of_group,
             ocsp_group.next_update AS next_of_group
             FROM ocsp_answer AS answer JOIN ocsp_group ON ocsp_group.id = answer.ocsp_group
             WHERE answer.ocsp_group = ?1 ORDER BY answer.place",
        )?;
        let mut rows = statement.query([group])?;
        while let Some(row) = rows.next()? {
            let serial = row::serial(row, "serial")?;
            let der: Vec<u8> = row.get("der")?;
            let place = usize::try_from(row.get::<_, i64>("place")?).unwrap_or(usize::MAX);
            let listed = hashes.get(place) == Some(&Fingerprint::of(&der).0);
            let same = |one, other| Ok::<_, Error>(row.get::<_, i64>(one)? == row.get::<_, i64>(other)?);
            let in_group = same("ca", "group_ca")?
                && same("this_update", "this_of_group")?
                && same("next_update", "next_of_group")?;
            if !(listed
                && in_group
                && says(&der, &serial, &row.get::<_, String>("hash")?, &row.get::<_, String>("status")?))
            {
                self.found.push(OcspDiscrepancy::Answer { serial });
            }
        }
        Ok(())
    }
}

/// Whether a response is about this certificate, named by this hash, and says this.
fn says(der: &[u8], serial: &SerialNumber, hash: &str, status: &str) -> bool {
    let Ok(response) = OcspResponse::from_der(der) else { return false };
    let Some([answer]) = response.basic().map(|basic| basic.data.answers.as_slice()) else { return false };
    answer.certificate.serial().as_ref() == Some(serial)
        && answer.certificate.hash().is_some_and(|found| found.word() == hash)
        && answer.status.word() == status
}

/// In what a row differs from what is told of it.
fn differing(row: &rusqlite::Row<'_>, told: &Told) -> Result<Option<&'static str>, Error> {
    let OcspSigning { group, responder_sha256, this_update, next_update, tbs_sha256, .. } = &told.signing;
    let octets = |column| row.get::<_, Option<Vec<u8>>>(column);
    let key: Vec<u8> = row.get("key_sha256")?;
    let time = |column| row::time(row, column).map(|time| time.to_string());
    let count = |column| row.get::<_, Option<i64>>(column);
    if row.get::<_, String>("name")? != group.ca {
        return Ok(Some("its CA"));
    }
    if key != group.public_key_sha256.as_bytes()
        || octets("responder_sha256")?.as_deref()
            != responder_sha256.as_ref().map(|one| one.as_bytes().as_slice())
    {
        return Ok(Some("its responder"));
    }
    if time("this_update")? != *this_update || time("next_update")? != *next_update {
        return Ok(Some("its dates"));
    }
    if count("answers")? != i64::try_from(group.count).ok() {
        return Ok(Some("how many responses it has"));
    }
    let state: String = row.get("state")?;
    let wanted = match (told.signed, told.settled) {
        (Some(_), _) => "issued",
        (None, true) => "abandoned",
        (None, false) => "reserved",
    };
    if state != wanted {
        return Ok(Some("what became of it"));
    }
    let tbs = octets("tbs")?;
    if tbs.is_some() != (state == "reserved") || tbs.is_some_and(|tbs| list_of(&tbs) != Some(*tbs_sha256)) {
        return Ok(Some("what was to be signed"));
    }
    let signed = told.signed.map(|(count, _)| count);
    if count("signed")?.unwrap_or(0) != signed.and_then(|count| i64::try_from(count).ok()).unwrap_or(0) {
        return Ok(Some("how many were signed"));
    }
    match (octets("hashes")?, told.signed) {
        (Some(hashes), Some((_, sha256))) if Fingerprint::of(&hashes) == sha256 => Ok(None),
        (None, _) => Ok(None),
        (Some(_), _) => Ok(Some("the hashes of its responses")),
    }
}

/// SHA-256 over the SHA-256 of each of some DER values that stand one after the other.
fn list_of(values: &[u8]) -> Option<Fingerprint> {
    use der::{Reader as _, SliceReader};
    let mut list = Vec::new();
    if !values.is_empty() {
        let mut reader = SliceReader::new(values).ok()?;
        while !reader.is_finished() {
            list.extend(Fingerprint::of(reader.tlv_bytes().ok()?).0);
        }
    }
    Some(Fingerprint::of(&list))
}

/// What the log tells of signatures by one key over OCSP responses.
#[derive(Debug, Default)]
pub(in crate::store) struct GroupAccount {
    /// Signatures that are on record.
    pub(in crate::store) signed: u64,
    /// Responses that may have been signed and of which nothing came back.
    pub(in crate::store) open: u64,
    /// Those of them of which the token's failure was told.
    pub(in crate::store) told: u64,
    /// Signatures that came back and were wrong.
    pub(in crate::store) wrong: u64,
    /// Runs that were ended while a group was signed.
    pub(in crate::store) ended: u64,
    groups: BTreeMap<u64, u64>,
}

/// Adds what an event tells; `key` is the SHA-256 over the key that is asked about.
pub(in crate::store) fn group_account(account: &mut GroupAccount, key: Fingerprint, event: &Event) {
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of OCSP responses")]
    match event {
        Event::OcspSigning(OcspSigning { group, .. }) if group.public_key_sha256 == key => {
            account.open = account.open.saturating_add(group.count);
            account.groups.insert(group.group, group.count);
            account.ended = account.ended.saturating_add(1);
        }
        Event::OcspSigned(OcspSigned { group, signed, .. }) if group.public_key_sha256 == key => {
            account.signed = account.signed.saturating_add(*signed);
            account.settle(group.group, *signed);
        }
        Event::OcspFailed(failed) if failed.group.public_key_sha256 == key => {
            account.told = account.told.saturating_add(failed.failed);
            account.wrong = account.wrong.saturating_add(failed.wrong);
            account.settle(failed.group.group, failed.not_attempted);
        }
        _ => {}
    }
}

impl GroupAccount {
    /// Of so many responses of a group it is known what became of them.
    fn settle(&mut self, group: u64, known: u64) {
        self.open = self.open.saturating_sub(known);
        if self.groups.remove(&group).is_some() {
            self.ended = self.ended.saturating_sub(1);
        }
    }
}
