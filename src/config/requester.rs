//! RequesterConfig: who may ask for what by a bundle from across an air gap.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::home_toml::{id, is_ca_name};
use crate::policy::document::{Found, Table};

/// What one requester may ask for. Nothing is allowed that is not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequesterConfig {
    keys: Vec<PathBuf>,
    cas: Vec<String>,
    profiles: Vec<String>,
    most_requests: Option<u32>,
    asks: Vec<Ask>,
}

/// What a requester may ask for beside certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A fresh CRL.
    Crl,
    /// OCSP responses about the certificates.
    Ocsp,
    /// The revocation of certificates that it was given by bundles of its own.
    Revoke,
    /// The revocation of any certificate of the CA.
    RevokeAny,
}

impl Ask {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crl, Self::Ocsp, Self::Revoke, Self::RevokeAny];

    /// Its word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::Revoke => "revoke",
            Self::RevokeAny => "revoke-any",
        }
    }
}

impl RequesterConfig {
    /// The most requests of a bundle where nothing is said.
    pub const MOST_REQUESTS: u32 = 100;
    /// The most that may be said.
    pub const CEILING: u32 = 250;

    /// The files with its keys, relative to the home: each a public key or a certificate.
    #[must_use]
    pub fn keys(&self) -> &[PathBuf] {
        &self.keys
    }

    /// Whether it may ask this CA.
    #[must_use]
    pub fn may_ask(&self, ca: &str) -> bool {
        self.cas.iter().any(|known| known == ca)
    }

    /// The CAs that it may ask.
    #[must_use]
    pub fn cas(&self) -> &[String] {
        &self.cas
    }

    /// The profiles that it may ask for.
    #[must_use]
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// The most requests of one bundle.
    #[must_use]
    pub fn most_requests(&self) -> u32 {
        self.most_requests.unwrap_or(Self::MOST_REQUESTS)
    }

    /// Whether it may ask for this beside certificates.
    #[must_use]
    pub fn may(&self, ask: Ask) -> bool {
        self.asks.contains(&ask)
    }
}

/// Reads the sections `[requester.NAME]`.
pub(super) fn all(table: &Table<'_>) -> BTreeMap<String, RequesterConfig> {
    let mut requesters = BTreeMap::new();
    for name in table.keys() {
        if !is_ca_name(&name.value) {
            let message = "wanted 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit";
            table.problem(id::REQUESTER, &name.place, &name.value, message);
        }
        if let Some(read) = table.inside(&name.value, one) {
            requesters.insert(name.value, read);
        }
    }
    requesters
}

fn one(table: &Table<'_>) -> RequesterConfig {
    let keys = once(table, table.list_required::<PathBuf>("keys"), "keys");
    if keys.iter().any(|path| path.as_os_str().is_empty()) {
        table.problem(id::REQUESTER, &table.place_of("keys"), "keys", "\"\", wanted a file");
    }
    RequesterConfig {
        keys,
        cas: once(table, table.list_required::<String>("cas"), "cas"),
        profiles: once(table, table.list::<String>("profiles"), "profiles"),
        most_requests: most_requests(table),
        asks: asks(table),
    }
}

/// A list in which nothing stands twice, and of which something is there.
fn once<T: PartialEq + std::fmt::Debug>(
    table: &Table<'_>,
    found: Option<Found<Vec<Found<T>>>>,
    key: &str,
) -> Vec<T> {
    let mut known: Vec<T> = Vec::new();
    for found in found.map(|found| found.value).unwrap_or_default() {
        if known.contains(&found.value) {
            let message = format!("{:?} twice, wanted once", found.value);
            table.problem(id::REQUESTER, &found.place, key, message);
        }
        known.push(found.value);
    }
    known
}

fn most_requests(table: &Table<'_>) -> Option<u32> {
    let found = table.number("most_requests", RequesterConfig::CEILING.into())?;
    u32::try_from(found.value).ok()
}

fn asks(table: &Table<'_>) -> Vec<Ask> {
    let mut asks = Vec::new();
    for found in table.list::<String>("asks").map(|found| found.value).unwrap_or_default() {
        match Ask::ALL.into_iter().find(|ask| ask.word() == found.value) {
            Some(ask) => asks.push(ask),
            None => {
                let words = Ask::ALL.map(Ask::word).join(" ");
                let message = format!("{:?}, wanted some of {words}", found.value);
                table.problem(id::REQUESTER, &found.place, "asks", message);
            }
        }
    }
    asks
}
