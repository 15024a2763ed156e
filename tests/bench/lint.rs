//! How long linting takes, for each kind of certificate and set of rules: the budget is 0.15 ms.
//!
//! `cargo bench --bench lint [ROUNDS]` lints the octets to be signed of a root, a CA, a TLS server and a responder,
//! the second parser included, 20,000 times each if it is not told, in batches, of which
//! the median is shown. It fails when a median is beyond the budget.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and fails by panicking"
)]

#[path = "../lint/base.rs"]
#[expect(dead_code, reason = "each binary uses a part of it")]
mod base;
#[path = "../lint/keys.rs"]
#[expect(dead_code, reason = "each binary uses a part of it")]
mod keys;
#[path = "../lint/node.rs"]
mod node;
#[path = "../lint/web.rs"]
mod web;

use std::hint::black_box;
use std::time::{Duration, Instant};

use base::{Case, ca, leaf, responder, root, web_ca, web_leaf, web_root};
use keyrite::lint::{self, CertificateContext};
use keyrite::x509::standard::Standard;

const BUDGET: Duration = Duration::from_micros(150);
const BATCHES: usize = 20;

fn main() {
    let rounds: usize = std::env::args()
        .skip(1)
        .find(|argument| argument != "--bench")
        .map_or(20_000, |text| text.parse().expect("a number of rounds"));
    let cases = [
        ("root", "rfc5280", root()),
        ("CA", "rfc5280", ca()),
        ("TLS server", "rfc5280", leaf()),
        ("responder", "rfc5280", responder().asking(Standard::Rfc5280)),
        ("root", "webpki", web_root().webpki()),
        ("CA for TLS", "webpki", web_ca().webpki()),
        ("TLS server", "webpki", web_leaf().webpki()),
        ("person", "etsi", leaf().asking(Standard::Etsi)),
    ];
    println!("{:<12}{:<10}{:>8}{:>12}", "what", "rules", "octets", "median");
    let mut slowest = Duration::ZERO;
    for (what, rules, case) in &cases {
        let (octets, each) = measure(case, rounds);
        slowest = slowest.max(each);
        println!("{what:<12}{rules:<10}{octets:>8}{:>9.1} us", each.as_secs_f64() * 1e6);
    }
    assert!(slowest < BUDGET, "{slowest:?}, wanted less than {BUDGET:?}");
}

/// The octets of a case, and the median time of linting it.
fn measure(case: &Case<CertificateContext>, rounds: usize) -> (usize, Duration) {
    let octets = case.tbs.der();
    let batch = (rounds / BATCHES).max(1);
    let once = || lint::tbs_certificate(black_box(&octets), Some(&case.algorithm), &case.context);
    let report = once();
    assert!(!report.has_errors(), "{report}");
    let mut times: Vec<Duration> = (0..BATCHES)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..batch {
                black_box(once());
            }
            begun.elapsed() / u32::try_from(batch).expect("fewer than 2^32")
        })
        .collect();
    times.sort();
    (octets.len(), times[BATCHES / 2])
}
