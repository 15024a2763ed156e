//! What certificates cost, beside what they cost others, and beside how fast the token signs at all.
//!
//! `cargo bench --bench issue [PART [REQUESTS [ROUNDS]]]` makes throw-away SoftHSM tokens and homes and prints tables:
//!
//! - `batch`: one run of the program for 1,000 requests, from the start of the process to its end, every certificate in
//!   a file and on record, by CA keys of several kinds; `openssl ca -infiles` with libp11's engine, certtool in a loop,
//!   and C_SignInit and C_Sign one after the other in one session;
//! - `one`: one certificate in an empty home;
//! - `record`: one certificate and a batch of 1,000, in an empty home and in one with a million certificates on record,
//!   or as many as `KEYRITE_BENCH_RECORD` says;
//! - `memory`: the peak for 1,000 requests and for 10,000;
//! - `ocsp`: OCSP responses signed ahead of time about that many certificates, by a responder with keys of P-384 and
//!   RSA-3072, beside C_SignInit and C_Sign alone.
//!
//! `cargo bench --bench issue requests DIRECTORY NUMBER` only writes so many requests there, as the soak wants them.
//!
//! Without a part it does all. The rounds go in turns, since machines are noisy, and a ratio is the median of the ratios
//! of the rounds. OpenSSL's engine is Debian's libengine-pkcs11-openssl; without it those rows are missing.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark prints, measures time, and fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod authority;
mod measured;
mod peers;

use std::path::Path;

use authority::Ca;
use measured::Cost;
use peers::OpenSsl;

/// How many certificates certtool makes in a round: each is a process of its own.
const CERTTOOL: usize = 10;

fn main() {
    let mut arguments: Vec<_> =
        std::env::args_os().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().and_then(|first| first.to_str()) {
        Some(measured::MEASURED) => return measured::measure(&arguments.split_off(1)),
        Some(peers::TOKEN_ALONE) => return peers::sign_alone(number(&arguments, 1, 0)),
        Some("requests") => {
            let directory = arguments.get(1).expect("requests DIRECTORY NUMBER");
            return authority::write_requests(Path::new(directory), number(&arguments, 2, 0));
        }
        _ => {}
    }
    let part = arguments.first().and_then(|first| first.to_str()).unwrap_or("all").to_owned();
    let (requests, rounds) = (number(&arguments, 1, 1000), number(&arguments, 2, 5));
    let wanted = |name: &str| part == name || part == "all";
    let openssl = OpenSsl::find();
    if openssl.is_none() {
        println!("openssl ca is left out: install libengine-pkcs11-openssl\n");
    }
    if wanted("batch") {
        batch("ec-p256", requests, rounds, openssl.as_ref());
        batch("ec-p384", requests / 4, rounds, openssl.as_ref());
        batch("rsa-3072", requests / 4, rounds, openssl.as_ref());
    }
    if wanted("one") {
        one(rounds.max(9), openssl.as_ref());
    }
    if wanted("record") {
        record(requests, rounds);
    }
    if wanted("memory") {
        memory(requests);
    }
    if wanted("ocsp") {
        ocsp("ec-p384", requests, rounds);
        ocsp("rsa-3072", requests, rounds);
    }
}

fn number(arguments: &[std::ffi::OsString], at: usize, otherwise: usize) -> usize {
    arguments
        .get(at)
        .map_or(otherwise, |text| text.to_str().and_then(|text| text.parse().ok()).expect("a number"))
}

/// What came of the rounds.
#[derive(Default)]
struct Rounds {
    name: String,
    certificates: usize,
    costs: Vec<Cost>,
}

impl Rounds {
    fn new(name: &str, certificates: usize) -> Self {
        Self { name: name.to_owned(), certificates, costs: Vec::new() }
    }

    fn rates(&self) -> Vec<f64> {
        self.costs.iter().map(|cost| f(self.certificates) / cost.wall.as_secs_f64()).collect()
    }

    /// Milliseconds of processor time for each certificate.
    fn cpu(&self) -> Vec<f64> {
        self.costs.iter().map(|cost| cost.cpu.as_secs_f64() * 1000.0 / f(self.certificates)).collect()
    }

    fn wall(&self) -> Vec<f64> {
        self.costs.iter().map(|cost| cost.wall.as_secs_f64() * 1000.0).collect()
    }

    fn print(&self) {
        if self.costs.is_empty() {
            return;
        }
        let peak = self.costs.iter().map(|cost| cost.peak_kib).max().unwrap_or_default();
        println!(
            "{:<28}{:>12.0}{:>14.3}{:>14.1}{:>12.1}",
            self.name,
            median(self.rates()),
            median(self.cpu()),
            median(self.wall()),
            kib(peak) / 1024.0
        );
    }
}

fn f(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("fewer than 2^32"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of the ratios, round by round.
fn ratio(of: &[f64], to: &[f64]) -> f64 {
    median(of.iter().zip(to).map(|(one, other)| one / other).collect())
}

fn heading(title: &str) {
    println!("{title}");
    println!("{:<28}{:>12}{:>14}{:>14}{:>12}", "", "per second", "cpu ms each", "wall ms", "peak MiB");
}

/// Says whether a ratio is as wanted.
fn target(what: &str, found: f64, wanted: f64, at_most: bool) {
    let kept = if at_most { found <= wanted } else { found >= wanted };
    let (sign, word) = (if at_most { "<=" } else { ">=" }, if kept { "ok" } else { "MISSED" });
    println!("  {what:<66}{found:>7.2} {sign} {wanted:.2}  {word}");
}

fn batch(algorithm: &str, requests: usize, rounds: usize, openssl: Option<&OpenSsl>) {
    let ca = Ca::new(algorithm);
    let files = ca.requests(requests);
    let digest = if algorithm == "ec-p384" { "sha384" } else { "sha256" };
    let mut single = Rounds::new("keyrite, 1 session", requests);
    let mut double = Rounds::new("keyrite, 2 sessions", requests);
    let mut other = Rounds::new("openssl ca -infiles", requests);
    let mut loops = Rounds::new("certtool, a process each", CERTTOOL);
    let mut alone = Rounds::new("C_SignInit + C_Sign alone", requests);
    for round in 0..rounds {
        let wall = peers::token_alone(&ca, requests);
        alone.costs.push(Cost { wall, ..Cost::default() });
        single.costs.push(ca.issue(&format!("single-{round}"), 1, &files));
        other.costs.extend(openssl.map(|one| one.issue(&ca, &format!("openssl-{round}"), digest, &files)));
        double.costs.push(ca.issue(&format!("double-{round}"), 2, &files));
        loops.costs.extend(peers::certtool(
            &ca,
            &format!("certtool-{round}"),
            &files[..CERTTOOL.min(requests)],
        ));
    }
    heading(&format!("{requests} requests of P-256 keys, CA key {algorithm} on SoftHSM, {rounds} rounds"));
    [&single, &double, &other, &loops, &alone].into_iter().for_each(Rounds::print);
    let (one, two) = (ratio(&single.rates(), &alone.rates()), ratio(&double.rates(), &alone.rates()));
    match algorithm {
        "ec-p256" => {
            if !other.costs.is_empty() {
                target("cpu of openssl ca, 1 session", ratio(&single.cpu(), &other.cpu()), 0.9, true);
                target("cpu of openssl ca, 2 sessions", ratio(&double.cpu(), &other.cpu()), 0.9, true);
            }
            target("rate of C_Sign alone, 1 session", one, 0.18, false);
            target("rate of C_Sign alone, 2 sessions", two, 0.30, false);
        }
        "ec-p384" => target("rate of C_Sign alone, 1 session", one, 0.75, false),
        _ => target("rate of C_Sign alone, 1 session", one, 0.9, false),
    }
    println!();
}

fn ocsp(algorithm: &str, requests: usize, rounds: usize) {
    let ca = Ca::new(algorithm);
    let certificate = ca.responder(algorithm);
    ca.renew_home("home-ocsp");
    ca.issue_in("home-ocsp", "answered", 1, &ca.requests(requests));
    // The responder's own certificate is one of them.
    let answers = requests + 1;
    let mut ahead = Rounds::new("keyrite ocsp sign", answers);
    let mut alone = Rounds::new("C_SignInit + C_Sign alone", answers);
    for round in 0..rounds {
        let wall = peers::token_alone(&ca, answers);
        alone.costs.push(Cost { wall, ..Cost::default() });
        ahead.costs.push(ca.sign_answers("home-ocsp", &format!("answers-{round}"), &certificate, answers));
    }
    heading(&format!(
        "{answers} OCSP responses by a responder's key {algorithm} on SoftHSM, {rounds} rounds"
    ));
    [&ahead, &alone].into_iter().for_each(Rounds::print);
    target("rate of C_Sign alone, 1 session", ratio(&ahead.rates(), &alone.rates()), 0.85, false);
    println!();
}

fn one(rounds: usize, openssl: Option<&OpenSsl>) {
    let ca = Ca::new("ec-p256");
    let files = ca.requests(rounds);
    let mut empty = Rounds::new("keyrite, empty home", 1);
    let mut other = Rounds::new("openssl ca, empty index", 1);
    for round in 0..rounds {
        let request = &files[round..=round];
        empty.costs.push(ca.issue(&format!("empty-{round}"), 1, request));
        other.costs.extend(openssl.map(|one| one.issue(&ca, &format!("one-{round}"), "sha256", request)));
    }
    heading(&format!("one certificate, {rounds} rounds"));
    [&empty, &other].into_iter().for_each(Rounds::print);
    if !other.costs.is_empty() {
        target("wall of openssl ca, empty home", ratio(&empty.wall(), &other.wall()), 1.1, true);
    }
    println!();
}

/// How many certificates are on record in the home that is not empty.
const ON_RECORD: u32 = 1_000_000;

fn record(requests: usize, rounds: usize) {
    let rows = std::env::var("KEYRITE_BENCH_RECORD");
    let rows = rows.map_or(ON_RECORD, |rows| rows.parse().expect("KEYRITE_BENCH_RECORD: a number"));
    let ca = Ca::new("ec-p256");
    ca.renew_home("full");
    ca.fill("full", rows);
    let on_record = format!("keyrite, {rows} on record");
    for (what, count, rounds) in [("one certificate", 1, rounds.max(9)), ("batch", requests, rounds)] {
        // In the home that fills up each key comes once, as it does in those that are new.
        let files = ca.requests(count * rounds);
        let mut empty = Rounds::new("keyrite, empty home", count);
        let mut full = Rounds::new(&on_record, count);
        for (round, files) in files.chunks(count).enumerate() {
            empty.costs.push(ca.issue(&format!("empty-{count}-{round}"), 1, files));
            full.costs.push(ca.issue_in("full", &format!("full-{count}-{round}"), 1, files));
        }
        heading(&format!("{what}, {count} at a time, {rounds} rounds"));
        [&empty, &full].into_iter().for_each(Rounds::print);
        for (name, full, empty) in [("wall", full.wall(), empty.wall()), ("cpu", full.cpu(), empty.cpu())] {
            target(
                &format!("{name} with {rows} on record to an empty home"),
                ratio(&full, &empty),
                1.2,
                true,
            );
        }
        println!();
    }
}

fn memory(requests: usize) {
    let ca = Ca::new("ec-p256");
    let files = ca.requests(requests * 10);
    let mut few = Rounds::new(&format!("keyrite, {requests} requests"), requests);
    let mut many = Rounds::new(&format!("keyrite, {} requests", requests * 10), requests * 10);
    few.costs.push(ca.issue("few", 1, &files[..requests]));
    many.costs.push(ca.issue("many", 1, &files));
    heading("memory");
    [&few, &many].into_iter().for_each(Rounds::print);
    let peak = |rounds: &Rounds| rounds.costs.iter().map(|cost| cost.peak_kib).max().map_or(0.0, kib);
    target("peak of ten times as many requests", peak(&many) / peak(&few), 1.15, true);
    println!();
}

fn kib(number: u64) -> f64 {
    f64::from(u32::try_from(number).expect("fewer than 2^32 KiB"))
}
