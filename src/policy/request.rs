//! IssuanceRequest: what someone wants issued, and under which CA.

use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::general_name::GeneralName;
use crate::x509::name::Name;
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

use super::crl_series::CrlSeries;
use super::http_url::HttpUrl;
use super::key_record::KeyRecord;
use super::overriding::Override;
use super::profile::{Length, Profile};
use super::subject_key::SubjectKey;

/// What someone wants issued. What an operator gives replaces what the request asks for, and is held to the
/// same rules.
#[derive(Clone, Debug)]
pub struct IssuanceRequest<'a> {
    /// The profile by which it is decided.
    pub profile: &'a Profile,
    /// Who asks, for the records; no rule depends on it.
    pub requester: &'a str,
    /// The key that is to be certified, and how it came here.
    pub key: SubjectKey<'a>,
    /// The subject, instead of the one in the request.
    pub subject: Option<Name>,
    /// The alternative names, instead of those in the request.
    pub alt_names: Option<Vec<GeneralName>>,
    /// notBefore; otherwise the present.
    pub not_before: Option<Time>,
    /// The length of the validity; otherwise the profile's default.
    pub validity: Option<Length>,
    /// The public keys of all CAs of this home: none of them may be certified as someone else's.
    pub ca_keys: &'a [PublicKey],
    /// What the home knows about the key.
    pub on_record: KeyRecord,
    /// The rules that a person overrides. Those that the profile does not list as waivable are refused.
    pub overrides: &'a [Override],
}

/// What policy needs to know of the CA that is to issue.
#[derive(Clone, Debug)]
pub struct IssuerView {
    /// Its name in the home.
    pub name: String,
    /// Its certificate.
    pub certificate: Certificate,
    /// The certificates of the CAs above it as far as they are known, the nearest first.
    pub above: Vec<Certificate>,
    /// Those of all these, and of the certificate from which the new one is made, that are revoked on record.
    pub revoked: Vec<Certificate>,
    /// The algorithm by which it signs.
    pub signature: SignatureAlgorithm,
    /// Where what it publishes is found.
    pub places: Places,
}

/// Where what a CA publishes is found. These stand in the certificates that it issues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Its CRL, where one covers everything.
    pub crl: Vec<HttpUrl>,
    /// Its CRLs, where there are several; `crl` is empty then.
    pub crls: Vec<CrlSeries>,
    /// Its own certificate.
    pub ca_issuers: Vec<HttpUrl>,
    /// Its OCSP responders.
    pub ocsp: Vec<HttpUrl>,
}

impl Places {
    /// Where the CRL is found that covers a certificate, of a CA or not, for a key of which SHA-256 is given.
    #[must_use]
    pub fn crl_of(&self, is_ca: bool, key_sha256: &[u8; 32]) -> Vec<HttpUrl> {
        if self.crls.is_empty() {
            return self.crl.clone();
        }
        let series = self.crls.iter().find(|series| !series.closed && series.covers.holds(is_ca));
        series.map_or_else(Vec::new, |series| series.point(series.part_of(key_sha256)))
    }
}
