//! How long linting takes, for each kind of certificate and set of rules: the budget is 0.15 ms.
//!
//! `cargo bench --bench lint [ROUNDS]` lints the octets to be signed of a root, a CA, a TLS server and a responder,
//! the second parser included, 20,000 times each if it is not told, in batches, of which
//! the median is shown. It fails when a median is beyond the budget. The time is that of this thread on a processor,
//! so that what else the machine does counts little. An RSA key takes the search for weak moduli as well, whose work
//! grows with the square of its length: 8192 bits have a budget of their own.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
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
use std::time::Duration;

use base::{Case, ca, leaf, leaf_of, responder, root, web_ca, web_leaf, web_root};
use keyrite::lint::{self, CertificateContext};
use keyrite::x509::csr::Csr;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::standard::Standard;

const BUDGET: Duration = Duration::from_micros(150);
/// For the largest key that is accepted, which no CA of the web PKI takes.
const BUDGET_8192: Duration = Duration::from_micros(1_500);
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
        ("RSA 2048", "rfc5280", leaf_of(keys::key(keys::LEAF_RSA))),
        ("RSA 3072", "rfc5280", leaf_of(rsa(384))),
        ("RSA 4096", "rfc5280", leaf_of(rsa(512))),
        ("RSA 8192", "rfc5280", leaf_of(rsa(1024))),
    ];
    println!("{:<12}{:<10}{:>8}{:>12}", "what", "rules", "octets", "median");
    let mut beyond = Vec::new();
    for (what, rules, case) in &cases {
        let (octets, each) = measure(case, rounds);
        println!("{what:<12}{rules:<10}{octets:>8}{:>9.1} us", each.as_secs_f64() * 1e6);
        let budget = if *what == "RSA 8192" { BUDGET_8192 } else { BUDGET };
        if each >= budget {
            beyond.push(format!("{what} {rules}: {each:?}, wanted less than {budget:?}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// A key whose modulus is the beginning of one of 8192 bits: of the right length, and with no property by which the
/// search for weak moduli would end early.
fn rsa(octets: usize) -> PublicKey {
    let request = Csr::parse(include_bytes!("../vectors/requests/good-rsa-8192.pem")).unwrap();
    let whole = request.public_key().rsa_modulus().unwrap();
    let mut modulus = whole[..octets].to_vec();
    // Of odd numbers one in six or so has no prime factor below 752.
    loop {
        *modulus.last_mut().unwrap() |= 1;
        let key = PublicKey::from_rsa(&modulus, &[1, 0, 1]).unwrap();
        if keyrite::x509::weakness::Weakness::of(&key).is_empty() {
            return key;
        }
        let last = modulus.last_mut().unwrap();
        *last = last.wrapping_add(2);
    }
}

/// The time that this thread has spent on a processor, as Linux tells it in nanoseconds.
fn spent() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap())
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
            let begun = spent();
            for _ in 0..batch {
                black_box(once());
            }
            (spent() - begun) / u32::try_from(batch).expect("fewer than 2^32")
        })
        .collect();
    times.sort();
    (octets.len(), times[BATCHES / 2])
}
