//! What several commands about the CAs of this home ask and do in the same way.

use std::io::Read;
use std::path::Path;

use keyrite::authority::Error;
use keyrite::authority::output::{self, Access, OutputError};
use keyrite::policy::Profile;
use keyrite::store::{CaName, CaState, Store};
use keyrite::x509::spki::PublicKey;

use crate::failure::Failure;

/// Refuses the name of a CA that has its certificate. One that an interrupted attempt has left is taken up again.
///
/// # Errors
/// A [`Failure`] when there is such a CA.
pub(crate) fn name_is_free(store: &Store, name: &CaName) -> Result<(), Failure> {
    let taken = store.cas()?.into_iter().any(|ca| ca.name == *name && ca.state == CaState::Active);
    if taken { Err(keyrite::store::Error::CaExists { name: name.clone() }.into()) } else { Ok(()) }
}

/// Refuses the key of another CA of this home before anybody is asked to approve what it would sign.
///
/// # Errors
/// A [`Failure`] when another CA has it.
pub(crate) fn key_is_free(store: &Store, name: &CaName, key: &PublicKey) -> Result<(), Failure> {
    match store.cas()?.into_iter().find(|ca| ca.name != *name && ca.public_key == *key) {
        Some(ca) => Err(keyrite::store::Error::KeyTaken { name: ca.name }.into()),
        None => Ok(()),
    }
}

/// The public keys of the home's CAs, but for the new one: none of these may be certified as another's.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn keys_but(store: &Store, new: &CaName) -> Result<Vec<PublicKey>, Failure> {
    let others = store.cas()?.into_iter().filter(|ca| ca.name != *new);
    Ok(others.map(|ca| ca.public_key).collect())
}

/// The public keys of CAs that `profile` must not certify: all of the home's, but for those that wait for a CA
/// certificate when it makes one.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn keys(store: &Store, profile: &Profile) -> Result<Vec<PublicKey>, Failure> {
    let makes_ca = profile.kind().ca().is_some();
    let taken = store.cas()?.into_iter().filter(|ca| !(makes_ca && ca.state == CaState::Requested));
    Ok(taken.map(|ca| ca.public_key).collect())
}

/// Who asks when nobody is named: the user of this process.
pub(crate) fn requester() -> String {
    format!("user id {}", rustix::process::getuid().as_raw())
}

/// Writes the file of something that is signed and recorded.
///
/// # Errors
/// A [`Failure`] that says so: signed, but not written.
pub(crate) fn publish(
    path: &Path,
    contents: &[u8],
    access: Access,
    what: &'static str,
    number: &str,
) -> Result<(), Failure> {
    output::publish(path, contents, access)
        .map_err(|source| Error::Publish { what, number: number.to_owned(), source }.into())
}

/// As [`publish`], of contents that come in parts.
///
/// # Errors
/// As [`publish`].
pub(crate) fn publish_from(
    path: &Path,
    contents: &mut dyn Read,
    access: Access,
    what: &'static str,
    number: &str,
) -> Result<(), Failure> {
    output::publish_from(path, contents, access)
        .map_err(|source| Error::Publish { what, number: number.to_owned(), source }.into())
}

/// Writes the files of certificates that are signed and recorded into a directory, all at once.
pub(crate) fn publish_all(directory: &Path, certificates: &[(String, String)]) -> Vec<Result<(), Failure>> {
    let files: Vec<(String, &[u8])> =
        certificates.iter().map(|(serial, pem)| (file_name(serial), pem.as_bytes())).collect();
    let results = output::publish_all(directory, &files, Access::Public);
    let failed = |(result, (serial, _)): (Result<(), OutputError>, &(String, String))| {
        let number = serial.clone();
        result.map_err(|source| Error::Publish { what: "certificate", number, source }.into())
    };
    results.into_iter().zip(certificates).map(failed).collect()
}

/// The name of a certificate's file: of our own making, so that nothing that stands in a request is part of it.
pub(crate) fn file_name(serial: &str) -> String {
    format!("{serial}.pem")
}
