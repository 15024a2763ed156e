//! Keys on record: who was certified with which key, whose keys are those of CAs, and every RSA modulus once.
//!
//! The fingerprint of a key is kept beside its certificate, and the moduli apart from both: a new modulus is held
//! against all of them in one pass (Heninger et al., "Mining Your Ps and Qs", USENIX Security 2012).

use der::{Decode as _, Encode as _};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::Store;
use super::error::Error;
use super::row;
use crate::x509::certificate::{Certificate, TbsCertificate};
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::Parts;
use crate::x509::spki::PublicKey;
use crate::x509::weakness::{Moduli, SharedPrime};

/// How many moduli on record are multiplied before they are held against many examined ones.
const TOGETHER: usize = 64;
/// From so many examined moduli on that product pays.
const TOGETHER_FROM: usize = 8;
/// How many certificates with one key are told of.
const TOLD: usize = 20;

/// A certificate on record that has a certain key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The name of the CA that issued it.
    pub ca: String,
    /// Its serial number.
    pub serial: SerialNumber,
    /// Its subject as RFC 4514 text, not escaped for a terminal.
    pub subject: String,
    /// Whether its subject is a CA.
    pub is_ca: bool,
}

/// An RSA key on record that has a prime in common with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharingKey {
    /// SHA-256 over its SubjectPublicKeyInfo.
    pub sha256: [u8; 32],
    /// The certificates that have it; none if it is the key of a CA that no certificate on record certifies.
    pub holders: Vec<KeyHolder>,
}

impl Store {
    /// The certificates with a key, whatever became of them: the first twenty in the order of their numbers.
    ///
    /// # Errors
    /// Those of reading.
    pub fn holders_of_key(&self, key: &PublicKey) -> Result<Vec<KeyHolder>, Error> {
        self.read(|connection| holders(connection, key.sha256()))
    }

    /// The name of the CA that a key belongs to: a CA of this home, one of a path that was ever installed, or one
    /// for which a certificate is on record.
    ///
    /// # Errors
    /// Those of reading.
    pub fn ca_of_key(&self, key: &PublicKey) -> Result<Option<String>, Error> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT coalesce((SELECT subject FROM ca_key WHERE sha256 = ?1),
                         (SELECT subject FROM certificate WHERE key_sha256 = ?1 AND is_ca = 1 ORDER BY id LIMIT 1))",
                )?
                .query_row([key.sha256()], |row| row.get(0))?)
        })
    }

    /// Holds moduli against every RSA modulus on record, in one pass over the ledger. Memory does not grow with it.
    ///
    /// # Errors
    /// Those of reading.
    pub fn examine_moduli(&self, examined: &mut [SharedPrime]) -> Result<(), Error> {
        if examined.is_empty() {
            return Ok(());
        }
        if examined.len() < TOGETHER_FROM {
            return self.each_modulus(|modulus, _| examined.iter_mut().for_each(|one| one.add(modulus)));
        }
        let mut gathered: Vec<Vec<u8>> = Vec::with_capacity(TOGETHER);
        let mut take_in = |gathered: &mut Vec<Vec<u8>>| {
            let moduli = Moduli::new(gathered);
            examined.iter_mut().for_each(|one| one.add_all(&moduli));
            gathered.clear();
        };
        self.each_modulus(|modulus, _| {
            gathered.push(modulus.to_vec());
            if gathered.len() == TOGETHER {
                take_in(&mut gathered);
            }
        })?;
        take_in(&mut gathered);
        Ok(())
    }

    /// The keys on record that have a prime in common with a modulus. This is slow, and asked only once it is known that there are some.
    ///
    /// # Errors
    /// Those of reading.
    pub fn sharing_a_prime(&self, modulus: &[u8]) -> Result<Vec<SharingKey>, Error> {
        let mut keys = Vec::new();
        self.each_modulus(|other, key| {
            let mut pair = SharedPrime::new(modulus);
            pair.add(other);
            if pair.found() {
                keys.push(key);
            }
        })?;
        self.read(|connection| {
            keys.into_iter()
                .map(|sha256| Ok(SharingKey { sha256, holders: holders(connection, sha256)? }))
                .collect()
        })
    }

    fn each_modulus(&self, mut visit: impl FnMut(&[u8], [u8; 32])) -> Result<(), Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT modulus, key_sha256 FROM rsa_modulus")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let modulus = row.get_ref(0)?.as_blob().map_err(|error| Error::damaged(error.to_string()))?;
                visit(modulus, row.get(1)?);
            }
            Ok(())
        })
    }
}

fn holders(connection: &Connection, sha256: [u8; 32]) -> Result<Vec<KeyHolder>, Error> {
    connection
        .prepare_cached(
            "SELECT ca.name AS ca_name, serial, certificate.subject, is_ca FROM certificate
             JOIN ca ON ca.id = certificate.ca WHERE key_sha256 = ?1 ORDER BY certificate.id LIMIT ?2",
        )?
        .query_and_then(params![sha256, i64::try_from(TOLD).unwrap_or(i64::MAX)], |row| {
            Ok(KeyHolder {
                ca: row.get("ca_name")?,
                serial: row::serial(row, "serial")?,
                subject: row.get::<_, Option<String>>("subject")?.unwrap_or_default(),
                is_ca: row.get("is_ca")?,
            })
        })?
        .collect()
}

/// The fingerprint of a key, given as the DER of its SubjectPublicKeyInfo.
pub(super) fn sha256(spki: &[u8]) -> [u8; 32] {
    Sha256::digest(spki).into()
}

/// Notes the key of a certificate, given as the DER of its SubjectPublicKeyInfo.
pub(super) fn of_certificate(connection: &Connection, row: i64, spki: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE certificate SET key_sha256 = ?2 WHERE id = ?1")?
        .execute(params![row, sha256(spki)])?;
    modulus(connection, spki)
}

/// Notes the key of a CA, given as the DER of its SubjectPublicKeyInfo.
pub(super) fn of_ca(connection: &Connection, subject: &Name, spki: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO ca_key (sha256, subject) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![sha256(spki), subject.to_string()])?;
    modulus(connection, spki)
}

/// Notes the modulus of an RSA key. Keys that keyrite does not offer have none that counts: no modulus of at least
/// 2048 bits shares a prime with a sound one below.
pub(super) fn modulus(connection: &Connection, spki: &[u8]) -> rusqlite::Result<()> {
    if !PublicKey::names_rsa(spki) {
        return Ok(());
    }
    let Ok(key) = PublicKey::from_spki_der(spki) else { return Ok(()) };
    let Some(modulus) = key.rsa_modulus() else { return Ok(()) };
    connection
        .prepare_cached(
            "INSERT INTO rsa_modulus (modulus, key_sha256) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![modulus, sha256(spki)])?;
    Ok(())
}

/// Notes the keys of everything that was on record before keys were noted. What cannot be read is left out here, as it
/// is left out of every list: the migration of a ledger must not depend on what an import brought along.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut last = 0_i64;
    while let Some((row, tbs, der)) = next_body(connection, last)? {
        let spki = match (&tbs, &der) {
            (Some(tbs), _) => spki_of(tbs),
            (None, Some(der)) => Parts::from_der(der).ok().and_then(|parts| spki_of(parts.tbs)),
            (None, None) => None,
        };
        if let Some(spki) = spki {
            of_certificate(connection, row, &spki)?;
        }
        last = row;
    }
    let cas: Vec<(Vec<u8>, Vec<u8>)> = connection
        .prepare("SELECT subject, public_key FROM ca")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (subject, spki) in cas {
        if let Ok(subject) = Name::from_der(&subject) {
            of_ca(connection, &subject, &spki)?;
        }
    }
    let path: Vec<Vec<u8>> = connection
        .prepare("SELECT certificate FROM ca_path")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for der in path {
        if let Ok(certificate) = Certificate::from_der(&der) {
            of_ca(connection, certificate.subject(), certificate.spki_der())?;
        }
    }
    Ok(())
}

type StoredBody = (i64, Option<Vec<u8>>, Option<Vec<u8>>);

fn next_body(connection: &Connection, after: i64) -> rusqlite::Result<Option<StoredBody>> {
    connection
        .prepare_cached("SELECT id, tbs, der FROM certificate_body WHERE id > ?1 ORDER BY id LIMIT 1")?
        .query_row([after], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
}

fn spki_of(tbs: &[u8]) -> Option<Vec<u8>> {
    TbsCertificate::from_der(tbs).ok()?.subject_public_key_info.to_der().ok()
}
