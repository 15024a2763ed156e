//! Which CRLs a CA issues, by its configuration.

use std::path::{Path, PathBuf};

use keyrite::authority::crl::CrlPlan;
use keyrite::config::CaConfig;
use keyrite::policy::{CrlSeries, SeriesUrl};
use keyrite::store::{CaName, CrlScope, PointInUse};
use keyrite::x509::crl::Crl;
use keyrite::x509::extension::Covers;
use keyrite::x509::standard::Standard;
use keyrite::x509::time::{Duration, Time};

use crate::failure::{Exit, Failure};

/// One CRL that a CA issues again and again.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    series: CrlSeries,
    part: Option<u32>,
    delta: bool,
}

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    /// The label of one, or of a series; none means all.
    pub(crate) label: Option<&'a str>,
    /// Delta CRLs instead of complete ones.
    pub(crate) delta: bool,
}

/// The CRLs that are wanted, in the order of the configuration.
///
/// # Errors
/// A [`Failure`] when there is none.
pub(crate) fn wanted(ca: &CaName, config: &CaConfig, wanted: &Wanted<'_>) -> Result<Vec<Listed>, Failure> {
    let series = series(config);
    let all = || series.iter().flat_map(|series| series.parts().map(move |part| (series, part)));
    let labels = || all().map(|(series, part)| series.label(part)).filter(|label| !label.is_empty());
    let named = all().filter(|(series, part)| {
        wanted.label.is_none_or(|label| series.name == label || series.label(*part) == label)
    });
    let delta = wanted.delta;
    let found: Vec<Listed> = named
        .filter(|(series, _)| !delta || !series.delta_urls.is_empty())
        .map(|(series, part)| Listed { series: series.clone(), part, delta })
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = |label| labels().any(|one| one == label) || series.iter().any(|one| one.name == label);
    Err(match wanted.label {
        Some(label) if !known(label) => {
            let failure = Failure::new(Exit::Usage, format!("CA {ca} has no CRL {label:?}"));
            let labels: Vec<String> = labels().take(20).collect();
            if labels.is_empty() {
                failure
                    .hint(format!("it has one CRL for everything; several are made by [ca.{ca}.crls.NAME]"))
            } else {
                failure.hint(format!("it has {}", labels.join(" ")))
            }
        }
        Some(_) | None => Failure::new(Exit::Usage, format!("CA {ca} has no delta CRL"))
            .hint(format!("give delta_urls under [ca.{ca}.crls.NAME] in keyrite.toml")),
    })
}

/// The series of a CA; one without a name where it has one CRL for everything.
fn series(config: &CaConfig) -> Vec<CrlSeries> {
    let places = config.places();
    if !places.crls.is_empty() {
        return places.crls.clone();
    }
    vec![CrlSeries {
        name: String::new(),
        covers: Covers::All,
        urls: places.crl.iter().map(SeriesUrl::from).collect(),
        partitions: None,
        delta_urls: Vec::new(),
        next_update: None,
        delta_next_update: None,
        closed: false,
    }]
}

impl Listed {
    /// From thisUpdate to nextUpdate, as configured.
    pub(crate) fn length(&self, config: &CaConfig) -> Duration {
        let own = if self.delta { self.series.delta_next_update } else { self.series.next_update };
        own.unwrap_or_else(|| config.next_update())
    }

    /// What is to be made.
    pub(crate) fn plan(
        &self,
        (this_update, next_update): (Time, Time),
        standards: &[Standard],
        previous: Option<&Crl>,
    ) -> CrlPlan {
        let texts = |urls: Vec<keyrite::policy::HttpUrl>| urls.iter().map(ToString::to_string).collect();
        CrlPlan {
            scope: CrlScope {
                distribution: self.series.distribution(self.part),
                of_one_point: self.part.is_some(),
            },
            freshest: texts(self.series.delta_point(self.part)),
            delta: self.delta,
            this_update,
            next_update,
            standards: standards.to_vec(),
            previous: previous.cloned(),
        }
    }

    /// Its label; empty for the one CRL of a CA.
    pub(crate) fn label(&self) -> String {
        self.series.label(self.part)
    }

    /// The name of its file.
    pub(crate) fn file(&self, directory: &Path, ca: &CaName, number: &str) -> PathBuf {
        let label = self.label();
        let label = if label.is_empty() { label } else { format!("-{label}") };
        let delta = if self.delta { "-delta" } else { "" };
        directory.join(format!("{ca}{label}{delta}-{number}.crl"))
    }
}

/// The places in use of which no configured CRL is: whoever has one of these certificates finds no CRL that covers it.
pub(crate) fn unserved(config: &CaConfig, points: Vec<PointInUse>) -> Vec<PointInUse> {
    let series = series(config);
    let serves = |point: &PointInUse| {
        series.iter().filter(|series| series.covers.holds(point.is_ca)).any(|series| {
            // A CRL for everything says nothing of where it is found.
            series.parts().any(|part| {
                series.distribution(part).is_none_or(|distribution| distribution.uris == point.uris)
            })
        })
    };
    points.into_iter().filter(|point| !serves(point)).collect()
}
