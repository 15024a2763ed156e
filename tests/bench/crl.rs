//! What CRLs cost, beside what `openssl ca -gencrl` takes for the same entries.
//!
//! `cargo bench --bench crl [ENTRIES...]` fills the ledger of a throw-away home with so many revocations, or with 10,000,
//! 100,000 and 1,000,000, issues the first CRL and the one after it, which is held against the first, and prints wall
//! time, processor time and peak memory; then the same for `openssl ca -gencrl` with an index of the same serial numbers,
//! times and reasons, for up to a million, and a key in a file. 10,000,000 entries take half an hour and 5 GB of disk.

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

#[expect(dead_code, reason = "each binary uses a part of it")]
mod authority;
#[expect(dead_code, reason = "each binary uses a part of it")]
mod measured;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use authority::{Ca, text};
use keyrite::store::LEDGER;
use measured::{Cost, measured};

/// The most entries that `openssl ca` is given: it needs 600 octets of memory for each.
const OPENSSL: u32 = 1_000_000;

fn main() {
    let mut arguments: Vec<_> =
        std::env::args_os().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == measured::MEASURED) {
        return measured::measure(&arguments.split_off(1));
    }
    let mut sizes: Vec<u32> = arguments
        .iter()
        .map(|text| text.to_str().and_then(|text| text.parse().ok()).expect("a number of entries"))
        .collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000, 1_000_000];
    }
    let ca = Ca::new("ec-p256");
    let costs: Vec<Costs> = sizes.iter().map(|entries| Costs::of(&ca, *entries)).collect();
    println!("CRLs by a P-256 key; keyrite has it on SoftHSM");
    println!("{:<44}{:>12}{:>12}{:>12}", "", "wall s", "cpu s", "peak MiB");
    costs.iter().for_each(Costs::print);
    for costs in &costs {
        costs.compare();
    }
    for pair in costs.windows(2) {
        let [fewer, more] = pair else { continue };
        let (times, n) = (more.entries / fewer.entries.max(1), more.entries);
        let of = fewer.entries;
        let cpu = more.next.cpu.as_secs_f64() / fewer.next.cpu.as_secs_f64();
        target(&format!("cpu of {n} entries to {of}"), cpu, f64::from(times) * 1.1);
        target(&format!("peak of {n} entries to {of}"), peak(&more.next) / peak(&fewer.next), 1.25);
    }
}

/// What was measured for one number of entries.
struct Costs {
    entries: u32,
    first: Cost,
    next: Cost,
    openssl: Option<Cost>,
}

impl Costs {
    fn of(ca: &Ca, entries: u32) -> Self {
        let home = format!("home-{entries}");
        ca.renew_home(&home);
        revoke(ca, &home, entries);
        let issue = |name: &str| {
            let out = ca.path(&format!("{name}-{entries}.crl"));
            let mut command = ca.program(&home);
            command.args(["crl", "issue", "--ca", "issuing", "--out"]).arg(&out);
            let cost = measured(&command);
            let octets = std::fs::metadata(&out).expect("the CRL").len();
            assert!(octets > u64::from(entries) * 40, "{octets} octets");
            cost
        };
        let (first, next) = (issue("first"), issue("next"));
        let openssl = (entries <= OPENSSL).then(|| openssl(ca, &home, entries));
        std::fs::remove_dir_all(ca.path(&home)).expect("the home");
        Self { entries, first, next, openssl }
    }

    fn print(&self) {
        let row = |name: &str, cost: &Cost| {
            let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
            println!("{name:<44}{wall:>12.3}{cpu:>12.3}{:>12.1}", peak(cost));
        };
        row(&format!("keyrite, {} entries, the first", self.entries), &self.first);
        row(&format!("keyrite, {} entries, after another", self.entries), &self.next);
        if let Some(openssl) = &self.openssl {
            row(&format!("openssl ca -gencrl, {} entries", self.entries), openssl);
        }
    }

    fn compare(&self) {
        let (Some(openssl), 1_000_000..) = (&self.openssl, self.entries) else { return };
        for (name, cost) in [("first", &self.first), ("next", &self.next)] {
            let cpu = cost.cpu.as_secs_f64() / openssl.cpu.as_secs_f64();
            target(&format!("cpu of openssl ca -gencrl, the {name}"), cpu, 0.10);
            target(&format!("peak of openssl ca -gencrl, the {name}"), peak(cost) / peak(openssl), 0.10);
        }
    }
}

fn peak(cost: &Cost) -> f64 {
    f64::from(u32::try_from(cost.peak_kib).expect("fewer than 2^32 KiB")) / 1024.0
}

/// Says whether a ratio is as wanted.
fn target(what: &str, found: f64, wanted: f64) {
    let word = if found <= wanted { "ok" } else { "MISSED" };
    println!("  {what:<56}{found:>9.3} <= {wanted:.2}  {word}");
}

/// Puts so many revoked certificates into the ledger of a home, past the program: what a CRL is made of, and no log.
fn revoke(ca: &Ca, home: &str, entries: u32) {
    let ledger = rusqlite::Connection::open(ca.path(home).join(LEDGER)).expect("the ledger");
    ledger
        .execute_batch(&format!(
            "PRAGMA synchronous = OFF;
             PRAGMA cache_size = -200000;
             BEGIN;
             CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries})
                 SELECT i, x'4a' || randomblob(15) AS serial FROM n;
             INSERT INTO certificate (ca, serial, state, not_before, not_after, reserved_at, settled_at)
                 SELECT (SELECT id FROM ca WHERE name = 'issuing'), CAST(serial AS BLOB), 'issued', 1700000000,
                     4000000000, 1700000000, 1700000000 FROM n ORDER BY i;
             INSERT INTO revocation (certificate, ca, serial, not_after, reason, revoked_at, recorded_at, revision)
                 SELECT id, ca, serial, not_after, 1 + id % 5, 1700000000 + id, 1700000000, id FROM certificate
                 WHERE not_before = 1700000000;
             UPDATE ca SET revision = (SELECT max(revision) FROM revocation WHERE ca = ca.id) WHERE name = 'issuing';
             COMMIT;
             PRAGMA wal_checkpoint(TRUNCATE);"
        ))
        .expect("rows");
}

/// A directory of `openssl ca` with the same entries, and one run of it.
fn openssl(ca: &Ca, home: &str, entries: u32) -> Cost {
    let directory = ca.path(&format!("openssl-{entries}"));
    std::fs::create_dir(&directory).expect("a directory");
    let ledger = rusqlite::Connection::open(ca.path(home).join(LEDGER)).expect("the ledger");
    let sql = "SELECT substr(strftime('%Y%m%d%H%M%SZ', revoked_at, 'unixepoch'), 3), reason, hex(serial) FROM revocation";
    let mut statement = ledger.prepare(sql).expect("the revocations");
    let mut rows = statement.query([]).expect("the revocations");
    let mut index = String::new();
    while let Some(row) = rows.next().expect("a revocation") {
        let (date, reason, serial): (String, i64, String) = (
            row.get(0).expect("a date"),
            row.get(1).expect("a reason"),
            row.get(2).expect("a serial number"),
        );
        let reason = REASONS[usize::try_from(reason - 1).expect("a reason")];
        writeln!(index, "R\t961002070640Z\t{date},{reason}\t{serial}\tunknown\t/CN=host.example.com")
            .expect("a line");
    }
    let write = |name: &str, contents: &str| {
        std::fs::write(directory.join(name), contents).expect("a file");
    };
    write("index.txt", &index);
    drop(index);
    write("crlnumber", "01\n");
    write(
        "ca.cnf",
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ncrlnumber = crlnumber\ncertificate = ca.pem\n\
         private_key = ca.key\ndefault_md = sha256\ndefault_crl_days = 30\ncrl_extensions = extensions\n\
         [extensions]\nauthorityKeyIdentifier = keyid\n",
    );
    let run = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&directory);
        command
    };
    let key = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "ca.key",
    ];
    let made =
        run(&[&key[..], &["-out", "ca.pem", "-subj", "/CN=Bench"]].concat()).output().expect("openssl");
    assert!(made.status.success(), "{made:?}");
    let cost = measured(&run(&["ca", "-config", "ca.cnf", "-gencrl", "-out", "out.crl"]));
    assert!(Path::new(text(&directory.join("out.crl"))).exists(), "the CRL of openssl");
    std::fs::remove_dir_all(&directory).expect("the directory");
    cost
}

/// What `openssl ca` calls the reasons 1 to 5.
const REASONS: [&str; 5] =
    ["keyCompromise", "CACompromise", "affiliationChanged", "superseded", "cessationOfOperation"];
