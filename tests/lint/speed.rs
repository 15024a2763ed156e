//! The budget of linting: 0.15 ms for one certificate, the second parser included.

use std::time::{Duration, Instant};

use keyrite::lint;
use keyrite::x509::algorithm::SignatureAlgorithm;

use crate::base::*;

const ROUNDS: u32 = 2_000;
const BUDGET: Duration = Duration::from_micros(150);

#[test]
#[ignore = "a measurement: cargo test --release --test lint speed -- --ignored --nocapture"]
#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn a_certificate_is_linted_within_its_budget() {
    let case = leaf();
    let (octets, algorithm) = (case.tbs.der(), SignatureAlgorithm::identifier_der(ECDSA_SHA256));
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        assert!(lint::tbs_certificate(&octets, Some(algorithm), &case.context).findings.is_empty());
    }
    let each = begun.elapsed() / ROUNDS;
    println!("{each:?} for a server's certificate of {} octets to be signed", octets.len());
    assert!(each < BUDGET || cfg!(debug_assertions), "{each:?}, wanted less than {BUDGET:?}");
}
