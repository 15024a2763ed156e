//! What must hold in a home in which the program was killed, or met a failing disk.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeSet;

use keyrite::x509::certificate::Certificate;
use keyrite::x509::pem;

use crate::home::{Home, Taken};
use crate::support::fault_module;

/// What is wrong in the home.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Something was signed or published that the ledger does not know of.
    Lost(String),
    /// A number was used for two things.
    Reused(String),
    /// `recover` did not settle what was open.
    Unsettled(String),
    /// The home is of no further use until somebody mends it by hand.
    Hands(String),
    /// Part of a file stands under a name that others read, or under one that nobody takes away.
    Partial(String),
    /// The exit code or the message is not what it should be.
    Said(String),
}

impl Fault {
    /// What each kind is called in reports.
    pub(crate) const NAMES: [&str; 6] =
        ["lost", "duplicates", "unsettled", "hands", "partial files", "messages"];

    pub(crate) fn name(&self) -> &'static str {
        let [lost, reused, unsettled, hands, partial, said] = Self::NAMES;
        match self {
            Self::Lost(_) => lost,
            Self::Reused(_) => reused,
            Self::Unsettled(_) => unsettled,
            Self::Hands(_) => hands,
            Self::Partial(_) => partial,
            Self::Said(_) => said,
        }
    }
}

/// The ledger before the kill.
#[derive(Debug)]
pub(crate) struct Before {
    pub(crate) certificates: Vec<Taken>,
    pub(crate) crls: Vec<Taken>,
}

impl Before {
    pub(crate) fn of(home: &Home) -> Self {
        Self { certificates: home.certificates(), crls: home.crls() }
    }
}

/// Looks at the home, recovers, and works on in it.
pub(crate) fn examine(home: &Home, before: &Before) -> Result<(), Fault> {
    no_signature_without_reservation(home, before)?;
    files_are_whole_and_on_record(home)?;
    run(home, &["status"])?;
    run(home, &["recover", "--revoke"])?;
    let again = run(home, &["recover"])?;
    if !again.contains("nothing is open") {
        return Err(Fault::Unsettled(again));
    }
    good_log(home)?;
    let settled = Before::of(home);
    still_there(&before.certificates, &settled.certificates)?;
    still_there(&before.crls, &settled.crls)?;
    if let Some(open) = settled.certificates.iter().chain(&settled.crls).find(|each| each.state == "reserved")
    {
        return Err(Fault::Unsettled(format!("{} is open", open.number)));
    }
    // What an interrupted recovery was to revoke is revoked by the next one.
    let revoked = home.revoked();
    let open = before.certificates.iter().filter(|each| each.state == "reserved");
    if let Some(open) = open.into_iter().find(|each| !revoked.contains(&each.number)) {
        return Err(Fault::Unsettled(format!("{} is not revoked", open.number)));
    }
    goes_on(home, &settled)
}

/// More signatures than reservations would be an object that nobody knows of.
fn no_signature_without_reservation(home: &Home, before: &Before) -> Result<(), Fault> {
    // The first signature of a session proves the key pair; it is over no object.
    let signatures = fault_module::calls(home.token(), "C_Sign").saturating_sub(1);
    let now = Before::of(home);
    let answers: u32 = home
        .ledger()
        .query_row("SELECT coalesce(sum(answers), 0) FROM ocsp_group", [], |row| row.get(0))
        .unwrap();
    // A checkpoint of the log has no number: its intent is an entry.
    let checkpoints: u32 = home
        .ledger()
        .query_row(
            "SELECT count(*) FROM audit_log WHERE instr(CAST(encoding AS TEXT), '\"event\":\"checkpoint-signing\"')
             AND instr(CAST(encoding AS TEXT), '\"origin\":\"keyrite.log/')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let objects = |all: &Before| all.certificates.len() + all.crls.len();
    let reserved = objects(&now) - objects(before) + usize::try_from(answers + checkpoints).unwrap();
    if signatures > reserved {
        return Err(Fault::Lost(format!("{signatures} signatures for {reserved} reservations")));
    }
    Ok(())
}

/// What stands under a name that others read is whole, and the very octets that the ledger has as issued.
fn files_are_whole_and_on_record(home: &Home) -> Result<(), Fault> {
    let issued = |all: Vec<Taken>| -> Vec<Vec<u8>> {
        all.into_iter().filter(|each| each.state == "issued").filter_map(|each| each.der).collect()
    };
    let (certificates, crls) = (issued(home.certificates()), issued(home.crls()));
    for directory in [".", "out"] {
        for name in home.files(directory) {
            let partial = || Fault::Partial(format!("{directory}/{name}"));
            let octets = || std::fs::read(home.path(directory).join(&name)).unwrap();
            let known = if name.ends_with(".part") {
                // A directory that was being filled: the next command that fills one takes it away.
                if home.path(directory).join(&name).is_dir() {
                    continue;
                }
                return Err(partial());
            } else if name.ends_with(".pem") {
                certificates.contains(&pem::one(&octets(), &["CERTIFICATE"]).map_err(|_| partial())?)
            } else if name.ends_with(".crl") {
                crls.contains(&octets())
            } else {
                ["csr", "key", "conf"].iter().any(|end| name.ends_with(end))
                    || [
                        "answer",
                        "answers",
                        "ca",
                        "ca.keyrite",
                        "exported",
                        "fresh",
                        "moved",
                        "old",
                        "out",
                        "tokens",
                        "www",
                        "pin",
                        "request",
                        "calls",
                    ]
                    .contains(&&*name)
            };
            if !known {
                return Err(Fault::Lost(format!("{directory}/{name} is not on record as issued")));
            }
        }
    }
    Ok(())
}

fn good_log(home: &Home) -> Result<(), Fault> {
    let said = run(home, &["--json", "audit", "verify"])?;
    let verified: serde_json::Value = serde_json::from_str(&said).unwrap();
    if verified["good"] != true || verified["discrepancies"] != serde_json::json!([]) {
        return Err(Fault::Hands(said));
    }
    Ok(())
}

/// What was taken stays taken, with what was issued under it.
fn still_there(before: &[Taken], after: &[Taken]) -> Result<(), Fault> {
    let kept = |each: &&Taken| {
        let now = after.iter().find(|other| other.number == each.number);
        now == Some(each) || (each.state == "reserved" && now.is_some())
    };
    match before.iter().find(|each| !kept(each)) {
        Some(gone) => Err(Fault::Lost(format!("{} was {}", gone.number, gone.state))),
        None => Ok(()),
    }
}

/// The next certificate and CRL come out with numbers of their own, and OpenSSL accepts them.
fn goes_on(home: &Home, settled: &Before) -> Result<(), Fault> {
    if !home.revoked().contains(&serial(home, "old.pem")) {
        return Err(Fault::Lost("the revocation of old.pem".to_owned()));
    }
    run(home, &home.issue(&["r1.csr"], &["--out", "after.pem"]))?;
    let www = serial(home, "www.pem");
    if !home.revoked().contains(&www) {
        run(home, &["revoke", "www.pem", "--ca", "root", "--reason", "superseded"])?;
    }
    run(home, &["crl", "issue", "--ca", "root", "--out", "after.crl"])?;
    let now = Before::of(home);
    let unique = |all: &[Taken]| {
        all.iter().map(|each| each.number.clone()).collect::<BTreeSet<_>>().len() == all.len()
    };
    // Each CA counts its own CRLs.
    let crls = home.crls_of("root");
    if !unique(&now.certificates) || !unique(&crls) {
        return Err(Fault::Reused(format!("{now:#?}")));
    }
    if settled.certificates.iter().any(|each| each.number == serial(home, "after.pem")) {
        return Err(Fault::Reused(serial(home, "after.pem")));
    }
    let (last, earlier) = crls.split_last().unwrap();
    if earlier.iter().any(|each| each.number >= last.number) {
        return Err(Fault::Reused(format!("CRL {}", last.number)));
    }
    judged(home, &www)?;
    good_log(home)
}

/// OpenSSL reads the number in the CRL, finds both revoked certificates on it, and the new one good.
fn judged(home: &Home, www: &str) -> Result<(), Fault> {
    let (ok, text) =
        home.openssl(&["crl", "-inform", "DER", "-in", "after.crl", "-text", "-out", "after.crl.txt"]);
    assert!(ok, "{text}");
    let text = std::fs::read_to_string(home.path("after.crl.txt")).unwrap();
    for wanted in [www, &serial(home, "old.pem")] {
        if !text.contains(&format!("Serial Number: {wanted}")) {
            return Err(Fault::Lost(format!("{wanted} is revoked and not on the CRL")));
        }
    }
    let judge = ["verify", "-x509_strict", "-crl_check", "-CAfile", "root.pem", "-CRLfile", "after.crl.txt"];
    let (ok, said) = home.openssl(&[&judge[..], &["after.pem"]].concat());
    if !ok {
        return Err(Fault::Hands(said));
    }
    let (ok, said) = home.openssl(&[&judge[..], &["www.pem"]].concat());
    if ok || !said.contains("certificate revoked") {
        return Err(Fault::Lost(format!("the revocation of www.pem: {said}")));
    }
    Ok(())
}

/// The serial number of a certificate in a file, as the ledger has it.
pub(crate) fn serial(home: &Home, file: &str) -> String {
    let octets = std::fs::read(home.path(file)).unwrap();
    let certificate = Certificate::from_der(&pem::one(&octets, &["CERTIFICATE"]).unwrap()).unwrap();
    hex::encode_upper(certificate.serial().as_bytes())
}

fn run(home: &Home, arguments: &[&str]) -> Result<String, Fault> {
    let run = home.keyrite(arguments, "");
    if run.code == Some(0) { Ok(run.stdout) } else { Err(Fault::Hands(format!("{arguments:?}: {run:#?}"))) }
}
