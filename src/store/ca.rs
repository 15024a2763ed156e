//! The CAs of a home: a name, a key on a token, and the certificate by which it issues.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;
use super::error::Error;
use super::import;
use super::known_key;
use super::profile::ProfileText;
use super::row;
use super::writer::Writer;
use crate::audit::{Event, Fingerprint};
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::name::Name;
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

/// What a CA is called in its home: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit, so that
/// it can be part of any file name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaName(String);

impl CaName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaName {
    type Err = CaNameSyntax;

    fn from_str(text: &str) -> Result<Self, CaNameSyntax> {
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let fits = text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        if begins && fits && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(CaNameSyntax { found: text.to_owned() })
        }
    }
}

impl fmt::Display for CaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaName({})", self.0)
    }
}

/// Text that no CA can be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} cannot name a CA, wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit")]
pub struct CaNameSyntax {
    /// The text that was found.
    pub found: String,
}

/// How far a CA has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaState {
    /// It has a key, and nothing signed yet.
    Pending,
    /// It has made a request and waits for its certificate.
    Requested,
    /// It has its certificate.
    Active,
}

impl CaState {
    const ALL: [Self; 3] = [Self::Pending, Self::Requested, Self::Active];
}

impl fmt::Display for CaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Requested => "requested",
            Self::Active => "active",
        })
    }
}

impl FromStr for CaState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.to_string() == text).ok_or(())
    }
}

/// A CA that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCa {
    /// Its name in this home.
    pub name: CaName,
    /// The URI of its key, in full.
    pub key_uri: String,
    /// The profile of its own certificate.
    pub profile: String,
    /// Its distinguished name.
    pub subject: Name,
    /// Its public key.
    pub public_key: PublicKey,
}

/// A CA on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ca {
    /// Its name in this home.
    pub name: CaName,
    /// The URI of its key, in full.
    pub key_uri: String,
    /// The profile of its own certificate.
    pub profile: String,
    /// How far it has come.
    pub state: CaState,
    /// Its distinguished name.
    pub subject: Name,
    /// Its public key.
    pub public_key: PublicKey,
    /// The certificate by which it issues; there is one in the state active.
    pub certificate: Option<Certificate>,
    /// The further certificates of its path, its issuer's first, as far as they are known.
    pub path: Vec<Certificate>,
    /// When it was added.
    pub created_at: Time,
}

impl Store {
    /// The CA of a name.
    ///
    /// # Errors
    /// [`Error::NoCa`] names those that are there.
    pub fn ca(&self, name: &CaName) -> Result<Ca, Error> {
        self.read(|connection| {
            let id = ca_id(connection, name)?;
            load(connection, id)
        })
    }

    /// Every CA, in the order in which they were added.
    ///
    /// # Errors
    /// Those of reading.
    pub fn cas(&self) -> Result<Vec<Ca>, Error> {
        self.read(|connection| {
            let ids = ids(connection)?;
            ids.into_iter().map(|id| load(connection, id)).collect()
        })
    }

    /// Adds a CA that exists already: its key and certificate move in, and with its last CRL its numbers and
    /// revocations (as [`Store::import_crl`]), all in one transaction.
    ///
    /// # Errors
    /// [`Error::CaExists`]; [`Error::KeyTaken`] when another CA has the key; [`Error::OtherKey`] when the
    /// certificate is for another key.
    pub fn adopt_ca(
        &mut self,
        new: &NewCa,
        certificate: &Certificate,
        path: &[Certificate],
        last_crl: Option<&Crl>,
        now: Time,
    ) -> Result<(), Error> {
        self.write(now, |writer| {
            if find_id(writer.connection, &new.name)?.is_some() {
                return Err(Error::CaExists { name: new.name.clone() });
            }
            adopt(writer, new, certificate, path)?;
            last_crl.map_or(Ok(()), |crl| import::take_in_crl(writer, &new.name, crl))
        })
    }

    /// Gives a CA the certificate that answers its request, and the path above it. An active CA may
    /// receive a new certificate for the same key.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when the certificate is for another key.
    pub fn install_certificate(
        &mut self,
        name: &CaName,
        certificate: &Certificate,
        path: &[Certificate],
        now: Time,
    ) -> Result<(), Error> {
        self.write(now, |writer| install(writer, name, certificate, path))
    }
}

/// Adds a CA that exists already, within a transaction; its name is free. Gives its row.
pub(super) fn adopt(
    writer: &Writer<'_>,
    new: &NewCa,
    certificate: &Certificate,
    path: &[Certificate],
) -> Result<i64, Error> {
    let id = insert(writer, new)?;
    place(writer, id, new.public_key.as_der(), &new.name, certificate, path)?;
    writer.append(Event::CaAdopted {
        ca: new.name.to_string(),
        key: new.key_uri.clone(),
        sha256: certificate.sha256().into(),
        path_sha256: path.iter().map(|each| each.sha256().into()).collect(),
    })?;
    Ok(id)
}

/// As [`Store::install_certificate`], within a transaction.
pub(super) fn install(
    writer: &Writer<'_>,
    name: &CaName,
    certificate: &Certificate,
    path: &[Certificate],
) -> Result<(), Error> {
    let id = ca_id(writer.connection, name)?;
    let key: Vec<u8> =
        writer.connection.query_row("SELECT public_key FROM ca WHERE id = ?1", [id], |row| row.get(0))?;
    place(writer, id, &key, name, certificate, path)?;
    writer.append(Event::CaInstalled {
        ca: name.to_string(),
        sha256: certificate.sha256().into(),
        path_sha256: path.iter().map(|each| each.sha256().into()).collect(),
    })
}

fn place(
    writer: &Writer<'_>,
    id: i64,
    key: &[u8],
    name: &CaName,
    certificate: &Certificate,
    path: &[Certificate],
) -> Result<(), Error> {
    if certificate.spki_der() != key {
        return Err(Error::OtherKey { name: name.clone() });
    }
    // The octets of the certificate's subject are what the CA writes as issuer from now on.
    writer.connection.execute(
        "UPDATE ca SET state = 'active', subject = ?2, installation = installation + 1 WHERE id = ?1",
        params![id, certificate.subject().as_der()],
    )?;
    for (position, each) in std::iter::once(certificate).chain(path).enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        writer.connection.execute(
            "INSERT INTO ca_path (ca, installation, position, certificate)
             SELECT id, installation, ?2, ?3 FROM ca WHERE id = ?1",
            params![id, position, each.as_der()],
        )?;
        known_key::of_ca(writer.connection, each.subject(), each.spki_der())?;
    }
    Ok(())
}

/// Adds a CA without certificate, or takes up one that an interrupted attempt has left with the same key.
pub(super) fn begin(writer: &Writer<'_>, new: &NewCa, profile: &ProfileText) -> Result<i64, Error> {
    let id = match find_id(writer.connection, &new.name)? {
        None => insert(writer, new)?,
        Some(id) => {
            let found = load(writer.connection, id)?;
            if found.state == CaState::Active || found.public_key != new.public_key {
                return Err(Error::CaExists { name: new.name.clone() });
            }
            writer.connection.execute(
                "UPDATE ca SET key_uri = ?2, profile = ?3, subject = ?4 WHERE id = ?1",
                params![id, new.key_uri, new.profile, new.subject.as_der()],
            )?;
            id
        }
    };
    writer.append(Event::CaCreated {
        ca: new.name.to_string(),
        key: new.key_uri.clone(),
        profile: new.profile.clone(),
        profile_sha256: Some(Fingerprint(profile.sha256)),
        subject: new.subject.to_string(),
        public_key_sha256: Fingerprint(new.public_key.sha256()),
    })?;
    Ok(id)
}

fn insert(writer: &Writer<'_>, new: &NewCa) -> Result<i64, Error> {
    // One key, one CA: serial numbers, CRL numbers and revocations are kept once for each issuer.
    let taken: Option<i64> = writer
        .connection
        .prepare_cached("SELECT id FROM ca WHERE public_key = ?1")?
        .query_row([new.public_key.as_der()], |row| row.get(0))
        .optional()?;
    if let Some(id) = taken {
        return Err(Error::KeyTaken { name: ca_name(writer.connection, id)? });
    }
    writer.connection.execute(
        "INSERT INTO ca (name, key_uri, profile, state, subject, public_key, created_at)
         VALUES (?1, ?2, ?3, 'pending', ?4, ?5, ?6)",
        params![
            new.name.as_str(),
            new.key_uri,
            new.profile,
            new.subject.as_der(),
            new.public_key.as_der(),
            writer.now.to_unix()
        ],
    )?;
    let id = writer.connection.last_insert_rowid();
    known_key::of_ca(writer.connection, &new.subject, new.public_key.as_der())?;
    Ok(id)
}

/// The row of a CA.
pub(super) fn ca_id(connection: &Connection, name: &CaName) -> Result<i64, Error> {
    if let Some(id) = find_id(connection, name)? {
        return Ok(id);
    }
    let present = ids(connection)?.into_iter().map(|id| ca_name(connection, id)).collect::<Result<_, _>>()?;
    Err(Error::NoCa { name: name.clone(), present })
}

/// The row of a CA that has its certificate.
pub(super) fn active_id(connection: &Connection, name: &CaName) -> Result<i64, Error> {
    let id = ca_id(connection, name)?;
    let state = connection
        .prepare_cached("SELECT state FROM ca WHERE id = ?1")?
        .query_and_then([id], |row| row::word::<CaState>(row, "state"))?
        .next()
        .unwrap_or_else(|| Err(Error::damaged("a CA that vanished")))?;
    match state {
        CaState::Active => Ok(id),
        CaState::Pending | CaState::Requested => {
            Err(Error::CaState { name: name.clone(), state, wanted: "active" })
        }
    }
}

/// The name of a CA's row.
pub(super) fn ca_name(connection: &Connection, id: i64) -> Result<CaName, Error> {
    let name: String =
        connection.prepare_cached("SELECT name FROM ca WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    name.parse().map_err(|error: CaNameSyntax| Error::damaged(error.to_string()))
}

pub(super) fn find_id(connection: &Connection, name: &CaName) -> Result<Option<i64>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM ca WHERE name = ?1")?;
    Ok(statement.query_row([name.as_str()], |row| row.get(0)).optional()?)
}

pub(super) fn ids(connection: &Connection) -> Result<Vec<i64>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM ca ORDER BY id")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The public key of a CA's row.
pub(super) fn public_key(connection: &Connection, id: i64) -> Result<PublicKey, Error> {
    let der: Vec<u8> = connection
        .prepare_cached("SELECT public_key FROM ca WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    PublicKey::from_spki_der(&der).map_err(|error| Error::damaged(error.to_string()))
}

pub(super) fn load(connection: &Connection, id: i64) -> Result<Ca, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT name, key_uri, profile, state, subject, public_key, created_at FROM ca WHERE id = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let row = rows.next()?.ok_or_else(|| Error::damaged("a CA that vanished"))?;
    let mut certificates = connection
        .prepare_cached(
            "SELECT certificate FROM ca JOIN ca_path ON ca_path.ca = ca.id
             AND ca_path.installation = ca.installation WHERE ca.id = ?1 ORDER BY position",
        )?
        .query_and_then([id], certificate)?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    Ok(Ca {
        name: row::word(row, "name")?,
        key_uri: row.get("key_uri")?,
        profile: row.get("profile")?,
        state: row::word(row, "state")?,
        subject: Name::from_der(&row.get::<_, Vec<u8>>("subject")?)
            .map_err(|error| Error::damaged(format!("the name of a CA: {error}")))?,
        public_key: PublicKey::from_spki_der(&row.get::<_, Vec<u8>>("public_key")?)
            .map_err(|error| Error::damaged(format!("the key of a CA: {error}")))?,
        certificate: certificates.next(),
        path: certificates.collect(),
        created_at: row::time(row, "created_at")?,
    })
}

fn certificate(row: &Row<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(&row.get::<_, Vec<u8>>(0)?)
        .map_err(|error| Error::damaged(format!("the certificate of a CA: {error}")))
}
