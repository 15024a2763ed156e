//! The CRLs of a CA that has several: `[ca.NAME.crls.SERIES]`.

use super::home_toml::{id, next_update};
use crate::policy::document::Table;
use crate::policy::{CrlSeries, HttpUrl, SeriesUrl};
use crate::x509::extension::Covers;

/// Reads them all. `single` is what `crl_urls` says, which is for CAs that have one CRL.
pub(super) fn read(table: &Table<'_>, single: &[HttpUrl]) -> Vec<CrlSeries> {
    let mut all: Vec<CrlSeries> = Vec::new();
    for name in table.keys() {
        if !is_name(&name.value) {
            let message = "wanted 1 to 32 of a-z 0-9 _, beginning with a letter";
            table.problem(id::CRLS, &name.place, &name.value, message);
        }
        if !single.is_empty() {
            let message =
                "beside crl_urls, wanted one of the two: move the URLs into a series that is closed";
            table.problem(id::CRLS, &name.place, &name.value, message);
        }
        let Some(one) = table.inside(&name.value, |section| series(section, &name.value)) else { continue };
        let both = |other: &&CrlSeries| {
            !other.closed
                && !one.closed
                && [true, false].into_iter().any(|is_ca| other.covers.holds(is_ca) && one.covers.holds(is_ca))
        };
        if let Some(other) = all.iter().find(both) {
            let message = format!(
                "covers certificates that {:?} covers, wanted one series for each that is issued today: close one",
                other.name
            );
            table.problem(id::CRLS, &name.place, &name.value, message);
        }
        all.push(one);
    }
    all
}

/// The rule for names of series: they become parts of file names, before the number of a partition.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && name.len() <= 32
}

fn series(section: &Table<'_>, name: &str) -> CrlSeries {
    let partitions = section.number("partitions", CrlSeries::MOST_PARTITIONS.into());
    if let Some(found) = partitions.as_ref().filter(|found| found.value == 0) {
        let message = format!("0, wanted 1 to {}", CrlSeries::MOST_PARTITIONS);
        section.problem(id::CRLS, &found.place, "partitions", message);
    }
    let partitions = partitions.and_then(|found| u32::try_from(found.value).ok()).filter(|count| *count > 0);
    let delta_urls = urls(section, "delta_urls", partitions);
    let delta_next_update = next_update(section, "delta_next_update");
    if delta_urls.is_empty() && delta_next_update.is_some() {
        let place = section.place_of("delta_next_update");
        section.problem(id::CRLS, &place, "delta_next_update", "without delta_urls, wanted both or neither");
    }
    section.require("urls");
    let urls = urls(section, "urls", partitions);
    CrlSeries {
        name: name.to_owned(),
        covers: section.parse::<Covers>("covers").map_or(Covers::All, |found| found.value),
        urls,
        partitions,
        delta_urls,
        next_update: next_update(section, "next_update"),
        delta_next_update,
        closed: section.flag("closed").is_some_and(|found| found.value),
    }
}

fn urls(section: &Table<'_>, key: &str, partitions: Option<u32>) -> Vec<SeriesUrl> {
    let mut urls: Vec<SeriesUrl> = Vec::new();
    for found in section.list::<SeriesUrl>(key).map(|found| found.value).unwrap_or_default() {
        let url = found.value;
        if url.is_of_partition() != partitions.is_some() {
            let wanted = if partitions.is_some() {
                "{partition} in it, since each partition has a CRL of its own"
            } else {
                "none: the series has no partitions"
            };
            let message = format!("\"{url}\", wanted {wanted}");
            section.problem(id::CRLS, &found.place, key, message);
        }
        if urls.contains(&url) {
            section.problem(id::URL, &found.place, key, format!("\"{url}\" twice, wanted once"));
        }
        urls.push(url);
    }
    urls
}
