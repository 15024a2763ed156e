//! What CA certificates on record are known by: subject, key and key identifier.

use der::{Decode as _, Encode as _};

use super::Store;
use super::ca::{self, CaName};
use super::error::Error;
use super::reservation::{self, Body, Recorded as _};
use crate::x509::certificate::{Certificate, TbsCertificate};
use crate::x509::extension::{RawExtension, Value, oid};
use crate::x509::name::Name;
use crate::x509::signed::Parts;

/// One CA certificate on record, or the CA that waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCa {
    /// The CA of this home to which it belongs, or by which it was issued.
    pub ca: CaName,
    /// Whether the certificate stands in the CA's own path; otherwise the CA has issued it to somebody.
    pub own: bool,
    /// Its subject.
    pub subject: Name,
    /// subjectKeyIdentifier.
    pub key_identifier: Option<Vec<u8>>,
    /// SubjectPublicKeyInfo in DER.
    pub spki: Vec<u8>,
}

impl Store {
    /// Every certificate of a CA that this home has ever had: those of its CAs and their paths, former ones
    /// included, those that its CAs have issued or set out to issue, expired or not, and the CAs that wait for theirs.
    ///
    /// # Errors
    /// Those of reading.
    pub fn known_cas(&self) -> Result<Vec<KnownCa>, Error> {
        self.read(|connection| {
            let mut known = Vec::new();
            for id in ca::ids(connection)? {
                let ca = ca::load(connection, id)?;
                known.push(KnownCa {
                    ca: ca.name,
                    own: true,
                    subject: ca.subject,
                    key_identifier: None,
                    spki: ca.public_key.as_der().to_vec(),
                });
            }
            let mut statement = connection
                .prepare_cached("SELECT ca, certificate FROM ca_path ORDER BY ca, installation, position")?;
            let rows: Vec<(i64, Vec<u8>)> =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
            for (id, der) in rows {
                let ca = ca::ca_name(connection, id)?;
                known.extend(Parts::from_der(&der).ok().and_then(|parts| read(ca, true, parts.tbs)));
            }
            // Without the hint SQLite goes over all certificates, since they come in this order.
            let mut statement = connection.prepare_cached(
                "SELECT ca, id FROM certificate INDEXED BY certificate_of_ca WHERE is_ca = 1 ORDER BY id",
            )?;
            let rows: Vec<(i64, i64)> =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
            for (id, row) in rows {
                let ca = ca::ca_name(connection, id)?;
                known.extend(match reservation::body(connection, Certificate::TABLE, row)? {
                    Some(Body::Signed(der)) => {
                        Parts::from_der(&der).ok().and_then(|parts| read(ca, false, parts.tbs))
                    }
                    Some(Body::ToBeSigned(tbs)) => read(ca, false, &tbs),
                    None => None,
                });
            }
            Ok(known)
        })
    }
}

fn read(ca: CaName, own: bool, tbs: &[u8]) -> Option<KnownCa> {
    let tbs = TbsCertificate::from_der(tbs).ok()?;
    let extensions = tbs.raw_extensions().ok()?;
    let identifier =
        extensions.iter().find(|one| one.oid == oid::SUBJECT_KEY_IDENTIFIER).map(RawExtension::read);
    let key_identifier = identifier.and_then(|extension| {
        if let Value::SubjectKeyIdentifier(octets) = extension.value { Some(octets) } else { None }
    });
    Some(KnownCa {
        ca,
        own,
        subject: Name::from_der(&tbs.subject.to_der().ok()?).ok()?,
        key_identifier,
        spki: tbs.subject_public_key_info.to_der().ok()?,
    })
}
