//! CrlSeries: the CRLs that a CA issues one after the other for one part of its certificates.

use std::fmt;
use std::str::FromStr;

use super::http_url::{HttpUrl, HttpUrlError};
use crate::x509::extension::{Covers, IssuingDistributionPoint};
use crate::x509::time::Duration;

/// A part of a CA's certificates, where their CRLs are found, and how long these are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlSeries {
    /// Its name in the configuration.
    pub name: String,
    /// The certificates by their subjects.
    pub covers: Covers,
    /// The URLs of the CRL, each a place of the same one. With partitions each has `{partition}` in it.
    pub urls: Vec<SeriesUrl>,
    /// Into how many parts the certificates are divided by their keys; none means one CRL for all. There may be more
    /// of them later: what a certificate names stands in it.
    pub partitions: Option<u32>,
    /// The URLs of the delta CRL, as `urls`; empty where none is issued.
    pub delta_urls: Vec<SeriesUrl>,
    /// From thisUpdate to nextUpdate.
    pub next_update: Option<Duration>,
    /// The same of delta CRLs.
    pub delta_next_update: Option<Duration>,
    /// Whether certificates of today name another series, and this one is for those that were issued before.
    pub closed: bool,
}

impl CrlSeries {
    /// The most parts into which a CA's certificates are divided.
    pub const MOST_PARTITIONS: u32 = 10_000;

    /// Its partitions, counted from 0; one that has no number where there are none.
    pub fn parts(&self) -> impl Iterator<Item = Option<u32>> + use<> {
        let numbered = self.partitions.map(|partitions| (0..partitions).map(Some));
        let whole = if self.partitions.is_none() { Some(None) } else { None };
        numbered.into_iter().flatten().chain(whole)
    }

    /// The partition of a certificate: that of its public key, by SHA-256 over its SubjectPublicKeyInfo, so that what
    /// is shown before a serial number is drawn is what is issued.
    #[must_use]
    pub fn part_of(&self, key_sha256: &[u8; 32]) -> Option<u32> {
        let number =
            key_sha256.iter().take(8).fold(0_u64, |all, octet| all.wrapping_shl(8) | u64::from(*octet));
        let part = number.checked_rem(u64::from(self.partitions?))?;
        u32::try_from(part).ok()
    }

    /// The URLs of one partition's CRL.
    #[must_use]
    pub fn point(&self, part: Option<u32>) -> Vec<HttpUrl> {
        self.urls.iter().map(|url| url.of(part)).collect()
    }

    /// The URLs of one partition's delta CRL.
    #[must_use]
    pub fn delta_point(&self, part: Option<u32>) -> Vec<HttpUrl> {
        self.delta_urls.iter().map(|url| url.of(part)).collect()
    }

    /// What one partition's CRL says that it covers (RFC 5280 s.5.2.5); none when that is everything.
    #[must_use]
    pub fn distribution(&self, part: Option<u32>) -> Option<IssuingDistributionPoint> {
        if self.covers == Covers::All && part.is_none() {
            return None;
        }
        let uris = self.point(part).iter().map(ToString::to_string).collect();
        Some(IssuingDistributionPoint { uris, covers: self.covers })
    }

    /// Its name, with the number of a partition.
    #[must_use]
    pub fn label(&self, part: Option<u32>) -> String {
        part.map_or_else(|| self.name.clone(), |part| format!("{}-{part}", self.name))
    }
}

/// A URL of a CRL, in which `{partition}` is the number of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesUrl(String);

const PARTITION: &str = "{partition}";

impl SeriesUrl {
    /// Whether it differs from partition to partition.
    #[must_use]
    pub fn is_of_partition(&self) -> bool {
        self.0.contains(PARTITION)
    }

    /// The URL for a partition.
    #[must_use]
    pub fn of(&self, part: Option<u32>) -> HttpUrl {
        let part = part.map_or_else(String::new, |part| part.to_string());
        HttpUrl::of_proven(self.0.replace(PARTITION, &part))
    }
}

impl From<&HttpUrl> for SeriesUrl {
    fn from(url: &HttpUrl) -> Self {
        Self(url.to_string())
    }
}

impl fmt::Display for SeriesUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SeriesUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, HttpUrlError> {
        // A number makes a URL of it if any number does.
        text.replace(PARTITION, "0").parse::<HttpUrl>()?;
        if text.replace(PARTITION, "").contains(['{', '}']) {
            let why = "it has braces, wanted {partition} in them".to_owned();
            return Err(HttpUrlError { found: text.to_owned(), why });
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(partitions: Option<u32>, url: &str, covers: Covers) -> CrlSeries {
        CrlSeries {
            name: "users".to_owned(),
            covers,
            urls: vec![url.parse().unwrap()],
            partitions,
            delta_urls: Vec::new(),
            next_update: None,
            delta_next_update: None,
            closed: false,
        }
    }

    #[test]
    fn a_key_is_always_in_the_same_one_of_the_partitions() {
        let series = series(Some(3), "http://a.test/{partition}.crl", Covers::Users);
        assert_eq!(series.parts().collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
        let mut counts = [0_u32; 3];
        for first in 0..=255 {
            let part = series.part_of(&[first; 32]).unwrap();
            assert_eq!(series.part_of(&[first; 32]), Some(part));
            counts[usize::try_from(part).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
        assert_eq!(series.point(Some(2))[0].as_str(), "http://a.test/2.crl");
        let distribution = series.distribution(Some(2)).unwrap();
        assert_eq!(
            (distribution.uris, distribution.covers),
            (vec!["http://a.test/2.crl".to_owned()], Covers::Users)
        );
        assert_eq!(series.label(Some(2)), "users-2");
    }

    #[test]
    fn a_crl_for_everything_says_nothing_of_what_it_covers() {
        let all = series(None, "http://a.test/all.crl", Covers::All);
        assert_eq!(all.parts().collect::<Vec<_>>(), [None]);
        assert_eq!((all.distribution(None), all.part_of(&[7; 32])), (None, None));
        let cas = series(None, "http://a.test/cas.crl", Covers::Cas);
        assert_eq!(
            cas.distribution(None).unwrap().to_string(),
            "certificates of CAs only that name http://a.test/cas.crl"
        );
    }

    #[test]
    fn only_a_partition_fills_a_url() {
        assert!("http://a.test/{partition}.crl".parse::<SeriesUrl>().unwrap().is_of_partition());
        let error = "http://a.test/{ca}.crl".parse::<SeriesUrl>().unwrap_err();
        assert!(error.to_string().ends_with("it has braces, wanted {partition} in them"), "{error}");
        assert!("a.crl".parse::<SeriesUrl>().is_err());
    }
}
