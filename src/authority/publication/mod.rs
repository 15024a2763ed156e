//! What relying parties fetch: which file belongs at which URL, by what the certificates themselves say.
//!
//! A certificate names the places of the CRL that covers it, of its issuer's certificate and of an OCSP responder, for as
//! long as it lives and whatever becomes of the configuration. So the certificates are asked first, and the
//! configuration only for places that the next ones will name.

mod gap;
mod place;

use std::collections::BTreeMap;
use std::fmt;

pub use gap::Gap;
pub use place::{Names, NoPlace, Place};

use crate::audit::{Fingerprint, Kind};
use crate::policy::Places;
use crate::store::{Ca, CaName, CrlRecord, Error, LocationsInUse, Store};
use crate::x509::certificate::Certificate;
use crate::x509::crl_head::CrlHead;
use crate::x509::extension::CrlNumber;
use crate::x509::p7b;
use crate::x509::time::Time;

/// Everything that a home publishes.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// The files, by their paths below the root of the web server.
    pub files: BTreeMap<String, PublishedFile>,
    /// Where OCSP responses that were signed ahead of time belong.
    pub answers: Vec<AnswerPlace>,
    /// What is wanted at a URL and not there.
    pub gaps: Vec<Gap>,
}

/// A file and where it is fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFile {
    /// Its URLs.
    pub urls: Vec<String>,
    /// The CA whose it is.
    pub ca: CaName,
    /// What it is.
    pub what: Published,
    /// Its contents.
    pub contents: Vec<u8>,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// A CA's certificate, in DER.
    Certificate,
    /// So many certificates of a CA in a certs-only CMS message (RFC 5280 s.4.2.2.1).
    Certificates(usize),
    /// A CRL, in DER.
    Crl(CrlFacts),
}

/// What is told of a CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlFacts {
    /// Its number.
    pub number: CrlNumber,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Option<Time>,
    /// Of a delta CRL, the number of the complete CRL to which it is added.
    pub base: Option<CrlNumber>,
    /// What it covers, where that is not everything.
    pub covers: Option<String>,
}

/// A directory of OCSP responses, each under the name for which clients ask by GET (RFC 5019 s.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerPlace {
    /// The CA whose certificates they are about.
    pub ca: CaName,
    /// Its path below the root; empty for the root itself.
    pub path: String,
    /// Its URLs.
    pub urls: Vec<String>,
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate | Self::Certificates(1) => f.write_str("certificate"),
            Self::Certificates(number) => write!(f, "{number} certificates"),
            Self::Crl(CrlFacts { number, base: Some(base), .. }) => write!(f, "delta CRL {number} to {base}"),
            Self::Crl(CrlFacts { number, base: None, .. }) => write!(f, "CRL {number}"),
        }
    }
}

impl Publication {
    /// Gathers what belongs at the URLs of the CAs of a home, or at those of one host. `places` is what the configuration
    /// says of a CA.
    ///
    /// # Errors
    /// Those of reading the ledger.
    pub fn of(
        store: &Store,
        places: impl Fn(&CaName) -> Places,
        host: Option<&str>,
        now: Time,
    ) -> Result<Self, Error> {
        let mut found = Self::default();
        for ca in store.cas()? {
            let Some(certificate) = &ca.certificate else { continue };
            let mut wanted = store.locations_in_use(&ca.name, now)?;
            add_configured(&mut wanted, &places(&ca.name));
            Gathering { found: &mut found, store, ca: &ca, host, now }.all(&wanted, certificate)?;
        }
        Ok(found)
    }
}

/// The places that no certificate names yet are named by none.
fn add_configured(wanted: &mut LocationsInUse, places: &Places) {
    for url in &places.crl {
        // Whichever certificates will name it: the CRL covers everything.
        wanted.crl.entry((url.to_string(), false)).or_default();
    }
    for series in &places.crls {
        let covered = [false, true].into_iter().filter(|is_ca| series.covers.holds(*is_ca));
        for (is_ca, part) in covered.flat_map(|is_ca| series.parts().map(move |part| (is_ca, part))) {
            for url in series.point(part) {
                wanted.crl.entry((url.to_string(), is_ca)).or_default();
            }
        }
    }
    for (urls, places) in [(&mut wanted.ca_issuers, &places.ca_issuers), (&mut wanted.ocsp, &places.ocsp)] {
        for url in places {
            urls.entry(url.to_string()).or_default();
        }
    }
}

/// One CA's part of it, while it is gathered.
struct Gathering<'a> {
    found: &'a mut Publication,
    store: &'a Store,
    ca: &'a Ca,
    host: Option<&'a str>,
    now: Time,
}

impl Gathering<'_> {
    fn all(mut self, wanted: &LocationsInUse, certificate: &Certificate) -> Result<(), Error> {
        let crls = self.store.newest_crls(&self.ca.name)?;
        for ((url, is_ca), certificates) in &wanted.crl {
            self.crl(url, (*is_ca, *certificates), &crls)?;
        }
        let mut message = None;
        for (url, certificates) in &wanted.ca_issuers {
            let Some(place) = self.place(url, Names::File, *certificates) else { continue };
            if !place.path().ends_with(".p7c") && !place.path().ends_with(".p7b") {
                self.add(place, url, Published::Certificate, certificate.as_der());
                continue;
            }
            if message.is_none() {
                message = Some(self.message(certificate)?);
            }
            let (number, der) = message.clone().unwrap_or_default();
            self.add(place, url, Published::Certificates(number), &der);
        }
        for (url, certificates) in &wanted.ocsp {
            let Some(place) = self.place(url, Names::Directory, *certificates) else { continue };
            let known =
                self.found.answers.iter_mut().find(|one| one.ca == self.ca.name && one.path == place.path());
            match known {
                Some(known) => known.urls.push(url.clone()),
                None => self.found.answers.push(AnswerPlace {
                    ca: self.ca.name.clone(),
                    path: place.path().to_owned(),
                    urls: vec![url.clone()],
                }),
            }
        }
        Ok(())
    }

    /// The newest complete CRL that covers the certificates that name a URL, and the delta CRL that belongs to it.
    fn crl(
        &mut self,
        url: &str,
        (is_ca, certificates): (bool, u64),
        crls: &[CrlRecord],
    ) -> Result<(), Error> {
        let Some(place) = self.place(url, Names::File, certificates) else { return Ok(()) };
        let complete = crls.iter().filter(|crl| crl.base.is_none());
        // RFC 5280 s.6.3.3 (b)(2): one name in common is enough, and a CRL that names no place is for all of them.
        let covers = |crl: &&CrlRecord| {
            crl.distribution.as_ref().is_none_or(|distribution| {
                distribution.covers.holds(is_ca)
                    && (distribution.uris.is_empty() || distribution.uris.iter().any(|uri| uri == url))
            })
        };
        let Some(newest) = complete.filter(covers).max_by_key(|crl| crl.number) else {
            if certificates > 0 {
                let ca = self.ca.name.clone();
                self.found.gaps.push(Gap::NoCrl { ca, url: url.to_owned(), certificates });
            }
            return Ok(());
        };
        let Some(der) = self.add_crl(place, url, newest)? else { return Ok(()) };
        let delta = crls
            .iter()
            .filter(|crl| crl.base.is_some() && crl.distribution == newest.distribution)
            .max_by_key(|crl| crl.number);
        let head = CrlHead::of(&der)
            .map_err(|error| Error::Unreadable { kind: Kind::Crl, reason: error.to_string() })?;
        for url in head.freshest() {
            let Some(place) = self.place(url, Names::File, certificates) else { continue };
            match delta {
                Some(delta) => {
                    self.add_crl(place, url, delta)?;
                }
                None => self.found.gaps.push(Gap::NoDelta { ca: self.ca.name.clone(), url: url.clone() }),
            }
        }
        Ok(())
    }

    fn add_crl(&mut self, place: Place, url: &str, record: &CrlRecord) -> Result<Option<Vec<u8>>, Error> {
        let Some(der) = self.store.crl_der(&self.ca.name, record.number)? else { return Ok(None) };
        let facts = CrlFacts {
            number: record.number,
            this_update: record.this_update,
            next_update: record.next_update,
            base: record.base,
            covers: record.distribution.as_ref().map(ToString::to_string),
        };
        if record.next_update.is_some_and(|next| next < self.now) {
            let (ca, number) = (self.ca.name.clone(), record.number);
            let overdue = Gap::Overdue { ca, number, is_delta: record.base.is_some() };
            if !self.found.gaps.contains(&overdue) {
                self.found.gaps.push(overdue);
            }
        }
        self.add(place, url, Published::Crl(facts), &der);
        Ok(Some(der))
    }

    /// The place of a URL, unless it belongs to another host or can have none.
    fn place(&mut self, url: &str, names: Names, certificates: u64) -> Option<Place> {
        let host = self.host;
        match Place::of(url, names) {
            Ok(place) => {
                Some(place).filter(|place| host.is_none_or(|host| host.eq_ignore_ascii_case(place.host())))
            }
            Err(why) => {
                let ca = self.ca.name.clone();
                let gap = Gap::NoFile { ca, url: url.to_owned(), why, certificates };
                if !self.found.gaps.contains(&gap) {
                    self.found.gaps.push(gap);
                }
                None
            }
        }
    }

    fn add(&mut self, place: Place, url: &str, what: Published, contents: &[u8]) {
        let known = self.found.files.get_mut(place.path());
        match known {
            Some(known) if known.contents == contents => {
                if known.urls.iter().all(|one| one != url) {
                    known.urls.push(url.to_owned());
                }
            }
            Some(known) => {
                let other = known.urls.first().cloned().unwrap_or_default();
                self.found.gaps.push(Gap::Conflict {
                    path: place.path().to_owned(),
                    url: url.to_owned(),
                    other,
                });
            }
            None => {
                let (ca, contents) = (self.ca.name.clone(), contents.to_vec());
                let file = PublishedFile { urls: vec![url.to_owned()], ca, what, contents };
                self.found.files.insert(place.path().to_owned(), file);
            }
        }
    }

    /// The certificates of the CA, its own and those by other CAs of the home that are neither expired nor revoked.
    fn message(&self, certificate: &Certificate) -> Result<(usize, Vec<u8>), Error> {
        let mut all = vec![certificate.as_der().to_vec()];
        for holder in self.store.holders_of_key(&self.ca.public_key)? {
            let Ok(by) = holder.ca.parse::<CaName>() else { continue };
            let standing = self.store.standing(&by, &holder.serial)?;
            let stands =
                standing.is_some_and(|one| !one.revoked && one.not_after.is_none_or(|end| end >= self.now));
            let Some(der) = self.store.certificate_der(&by, &holder.serial)?.filter(|_| stands) else {
                continue;
            };
            let same_name =
                Certificate::from_der(&der).is_ok_and(|one| one.subject() == certificate.subject());
            if same_name && !all.contains(&der) {
                all.push(der);
            }
        }
        let message = p7b::encode(&all)
            .map_err(|error| Error::Unreadable { kind: Kind::Certificate, reason: error.to_string() })?;
        Ok((all.len(), message))
    }
}

/// SHA-256 over the contents of a file, as it is told.
#[must_use]
pub fn fingerprint(contents: &[u8]) -> Fingerprint {
    use sha2::{Digest as _, Sha256};
    Fingerprint(Sha256::digest(contents).into())
}
