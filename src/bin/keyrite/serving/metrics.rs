//! What the server has done, in Prometheus' text format.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::StatusCode;
use keyrite::authority::ocsp_desk::{Coverage, Outcome};

use super::site::Site;

/// The upper bounds of the buckets of times, in microseconds.
const BOUNDS: [u64; 9] = [50, 100, 250, 500, 1_000, 2_500, 10_000, 100_000, 1_000_000];
/// The status codes that are told of; others are one.
const CODES: [u16; 10] = [200, 304, 400, 404, 405, 408, 413, 414, 415, 503];

/// Counters that all threads share.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    replies: [AtomicU64; Outcome::ALL.len()],
    answers: [AtomicU64; CODES.len()],
    others: AtomicU64,
    remembered: AtomicU64,
    connections: AtomicU64,
    turned_away: AtomicU64,
    buckets: [AtomicU64; BOUNDS.len()],
    slow: AtomicU64,
    micros: AtomicU64,
}

impl Metrics {
    /// Counts a reply of OCSP.
    pub(super) fn reply(&self, outcome: Outcome, took: Duration, remembered: bool) {
        let place = Outcome::ALL.iter().position(|one| *one == outcome);
        if let Some(counter) = place.and_then(|place| self.replies.get(place)) {
            add(counter);
        }
        if remembered {
            add(&self.remembered);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        match BOUNDS.iter().zip(&self.buckets).find(|(bound, _)| micros <= **bound) {
            Some((_, bucket)) => add(bucket),
            None => add(&self.slow),
        }
    }

    /// Counts an answer of HTTP.
    pub(super) fn answered(&self, status: StatusCode) {
        let place = CODES.iter().position(|code| *code == status.as_u16());
        add(place.and_then(|place| self.answers.get(place)).unwrap_or(&self.others));
    }

    /// Counts a connection until what is given back is dropped.
    pub(super) fn connected(&self) -> Connected<'_> {
        add(&self.connections);
        Connected(self)
    }

    /// Counts a connection for which there was no room.
    pub(super) fn turned_away(&self) {
        add(&self.turned_away);
    }

    /// How many requests were answered.
    pub(crate) fn total(&self) -> u64 {
        self.answers.iter().chain([&self.others]).map(read).fold(0, u64::saturating_add)
    }

    /// The page for Prometheus.
    pub(super) fn page(&self, site: &Site) -> String {
        let mut page = Page::default();
        page.begin("keyrite_http_answers_total", "counter", "Answers of HTTP, by status code.");
        for (code, counter) in CODES.iter().zip(&self.answers) {
            page.line(format_args!("keyrite_http_answers_total{{code=\"{code}\"}} {}", read(counter)));
        }
        page.line(format_args!("keyrite_http_answers_total{{code=\"other\"}} {}", read(&self.others)));
        for (name, kind, help, counter) in [
            ("keyrite_http_connections", "gauge", "Connections that are open.", &self.connections),
            (
                "keyrite_http_turned_away_total",
                "counter",
                "Connections for which there was no room.",
                &self.turned_away,
            ),
        ] {
            page.begin(name, kind, help);
            page.line(format_args!("{name} {}", read(counter)));
        }
        page.begin("keyrite_ready", "gauge", "Whether clients should be sent here.");
        page.line(format_args!("keyrite_ready {}", u8::from(site.not_ready().is_none())));
        if site.responder.is_some() {
            self.ocsp(&mut page, site);
        }
        page.text
    }

    fn ocsp(&self, page: &mut Page, site: &Site) {
        page.begin("keyrite_ocsp_replies_total", "counter", "OCSP responses given, by what they say.");
        for (outcome, counter) in Outcome::ALL.iter().zip(&self.replies) {
            let word = outcome.word();
            page.line(format_args!("keyrite_ocsp_replies_total{{outcome=\"{word}\"}} {}", read(counter)));
        }
        page.begin("keyrite_ocsp_remembered_total", "counter", "Responses given from memory.");
        page.line(format_args!("keyrite_ocsp_remembered_total {}", read(&self.remembered)));
        page.begin("keyrite_ocsp_seconds", "histogram", "From a request that was read to its reply.");
        let mut sum: u64 = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            sum = sum.saturating_add(read(bucket));
            page.line(format_args!("keyrite_ocsp_seconds_bucket{{le=\"{}\"}} {sum}", seconds(*bound)));
        }
        sum = sum.saturating_add(read(&self.slow));
        page.line(format_args!("keyrite_ocsp_seconds_bucket{{le=\"+Inf\"}} {sum}"));
        page.line(format_args!("keyrite_ocsp_seconds_sum {}", seconds(read(&self.micros))));
        page.line(format_args!("keyrite_ocsp_seconds_count {sum}"));
        for (name, help, counter) in [
            ("keyrite_ocsp_signed_total", "Responses that were signed live.", 0_u8),
            ("keyrite_ocsp_not_signed_total", "Responses that could not be signed live.", 1),
            ("keyrite_ocsp_queue_full_total", "Responses for which the token had no time.", 2),
        ] {
            page.begin(name, "counter", help);
            for (ca, health) in site.responder.iter().flat_map(|responder| responder.live().health()) {
                let counter = match counter {
                    0 => &health.signed,
                    1 => &health.failed,
                    _ => &health.full,
                };
                page.line(format_args!("{name}{{ca=\"{ca}\"}} {}", read(counter)));
            }
        }
        let help = "The latest nextUpdate of the responses of a CA that were signed ahead, since 1970.";
        page.begin("keyrite_ocsp_next_update_seconds", "gauge", help);
        let coverage = site.responder.as_ref().and_then(|responder| responder.coverage().ok());
        for Coverage { ca, latest, .. } in coverage.into_iter().flatten() {
            if let Some(latest) = latest {
                let latest = latest.to_unix();
                page.line(format_args!("keyrite_ocsp_next_update_seconds{{ca=\"{ca}\"}} {latest}"));
            }
        }
    }
}

/// Text in the format of Prometheus.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn begin(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }
}

/// A connection that is counted.
pub(super) struct Connected<'a>(&'a Metrics);

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_seconds_exactly() {
        for (micros, wanted) in [(0, "0"), (50, "0.00005"), (1_000_000, "1"), (2_500_001, "2.500001")] {
            assert_eq!(seconds(micros), wanted);
        }
    }
}
