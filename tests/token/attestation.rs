//! Certificate objects of a token, and the attestation of a key among them.

use std::fs;
use std::path::{Path, PathBuf};

use keyrite::token::{CertificateObject, Error};
use keyrite::x509::algorithm::{Curve, KeyAlgorithm};
use keyrite::x509::attestation::{AttestationError, PathError, Roots};
use keyrite::x509::pem;

use super::opening::session;
use super::support::fault_module;
use super::support::tokens::Token;
use super::vendor::{PIV_KEY, Vendor, hsm_key};

const P256: KeyAlgorithm = KeyAlgorithm::Ec(Curve::P256);

/// Puts a certificate into the token, as another program does it.
fn store(token: &Token, vendor: &Vendor, name: &str, label: &str, id: &str) {
    vendor.der(name);
    let written = token
        .pkcs11_tool()
        .args(["--write-object"])
        .arg(vendor.bench.path(&format!("{name}.der")))
        .args(["--type", "cert", "--label", label, "--id", id])
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
}

/// Changes the value of an object where SoftHSM keeps it, behind its length in eight octets: other programs put in
/// no rubbish.
fn spoil(token: &Token, value: &[u8], changed: &[u8]) {
    let stored = |value: &[u8]| [&u64::try_from(value.len()).unwrap().to_be_bytes(), value].concat();
    let (from, to) = (stored(value), stored(changed));
    let mut found = 0;
    for file in files(&token.path().join("tokens")) {
        let octets = fs::read(&file).unwrap();
        if let Some(at) = octets.windows(from.len()).position(|window| window == from) {
            let rest = &octets[at + from.len()..];
            let mut opened = fs::OpenOptions::new().write(true).truncate(true).open(&file).unwrap();
            std::io::Write::write_all(&mut opened, &[&octets[..at], &to, rest].concat()).unwrap();
            found += 1;
        }
    }
    assert_eq!(found, 1, "objects that have this value");
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The public half of a key, for the vendor to attest.
fn public(vendor: &Vendor, key: &keyrite::token::KeyInfo, name: &str) -> String {
    let file = format!("{name}.pub");
    vendor.bench.write(&file, pem::encode("PUBLIC KEY", key.public_key.as_ref().unwrap().as_der()));
    file
}

fn roots(vendor: &Vendor) -> Roots {
    Roots::read(&fs::read(vendor.bench.path("root.pem")).unwrap()).unwrap()
}

#[test]
fn the_attestation_is_found_by_the_key_and_not_by_a_name() {
    let token = Token::new("attested");
    let vendor = Vendor::with_device();
    let session = session(&token);
    let key = session.generate(P256, "root", Some(&[2])).unwrap();
    let other = session.generate(P256, "other", Some(&[3])).unwrap();
    for (key, name) in [(&key, "attestation"), (&other, "elsewhere")] {
        vendor.attest(name, "YubiKey PIV Attestation 9c", &public(&vendor, key, name), "device", PIV_KEY);
    }
    // With the label and id that the other one should have.
    store(&token, &vendor, "elsewhere", "root", "02");
    assert_eq!(
        session.attestation(&key, &roots(&vendor)).unwrap_err().to_string(),
        "key \"root\" is not attested"
    );
    store(&token, &vendor, "attestation", "X.509 Certificate for PIV Attestation 9c", "1b");
    let Err(Error::Unattested { source, .. }) = session.attestation(&key, &roots(&vendor)) else { panic!() };
    assert!(
        matches!(source.as_ref(), AttestationError::Path { source: PathError::Missing { .. }, .. }),
        "{source:?}"
    );
    store(&token, &vendor, "device", "X.509 Certificate for PIV Attestation", "19");
    let found = session.attestation(&key, &roots(&vendor)).unwrap();
    assert_eq!(Ok(&found.public_key), key.public_key.as_ref());
    assert_eq!(found.statement.serial, Some(12_345_678));
    assert!(session.attestation(&other, &roots(&vendor)).is_ok());

    let listed = session.certificates().unwrap();
    let names: Vec<(&str, &[u8])> =
        listed.iter().map(|found| (found.label.as_str(), found.id.as_slice())).collect();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&("X.509 Certificate for PIV Attestation", &[0x19])), "{names:?}");
    assert!(listed.iter().any(|found| found.value.as_deref() == Some(&vendor.der("device")[..])));
}

#[test]
fn rubbish_among_the_certificates_is_passed_over() {
    let token = Token::new("rubbish");
    let vendor = Vendor::with_device();
    let session = session(&token);
    let key = session.generate(P256, "root", None).unwrap();
    let own = public(&vendor, &key, "own");
    vendor.attest(
        "attestation",
        "YubiHSM Attestation id:0x0003",
        &own,
        "device",
        &hsm_key("01", "0000000000000080"),
    );
    for name in ["truncated", "large", "huge"] {
        vendor.root(name, name);
    }
    for (name, id) in
        [("attestation", "03"), ("device", "00"), ("large", "04"), ("huge", "05"), ("truncated", "06")]
    {
        store(&token, &vendor, name, name, id);
    }
    let half = &vendor.der("truncated")[..200];
    spoil(&token, &vendor.der("truncated"), half);
    spoil(&token, &vendor.der("large"), &[0xff; 20_480]);
    // More than any attribute is read of.
    spoil(&token, &vendor.der("huge"), &[0x30; 70_000]);
    let listed = super::opening::session(&token).certificates().unwrap();
    let value = |label: &str| {
        let found: &CertificateObject = listed.iter().find(|found| found.label == label).unwrap();
        found.value.clone()
    };
    assert_eq!(value("truncated").as_deref(), Some(half));
    assert_eq!(value("large"), Some(vec![0xff; 20_480]));
    assert_eq!(value("huge"), None);
    assert_eq!(value("attestation"), Some(vendor.der("attestation")));
    let found = super::opening::session(&token).attestation(&key, &roots(&vendor)).unwrap();
    assert_eq!(found.path.len(), 3);
}

#[test]
fn more_certificates_than_an_answer_holds_are_all_read() {
    let token = Token::new("many");
    let vendor = Vendor::with_device();
    let session = session(&token);
    let key = session.generate(P256, "root", None).unwrap();
    let own = public(&vendor, &key, "own");
    vendor.attest("attestation", "YubiKey PIV Attestation 9c", &own, "device", PIV_KEY);
    store(&token, &vendor, "attestation", "first", "01");
    for number in 0..69 {
        store(&token, &vendor, "root", &format!("copy-{number}"), "02");
    }
    store(&token, &vendor, "device", "last", "03");
    let listed = super::opening::session(&token).certificates().unwrap();
    assert_eq!(listed.len(), 71);
    let labels: std::collections::BTreeSet<&str> = listed.iter().map(|found| found.label.as_str()).collect();
    assert_eq!(labels.len(), 71, "none twice");
    assert!(super::opening::session(&token).attestation(&key, &roots(&vendor)).is_ok());
}

#[test]
fn a_generated_key_without_an_attestation_is_destroyed() {
    let token = Token::new("unattested");
    let vendor = Vendor::with_device();
    let session = session(&token);
    session.generate(P256, "before", None).unwrap();
    let error = session.generate_attested(P256, "root", None, &roots(&vendor)).unwrap_err();
    assert_eq!(error.to_string(), "the generated key \"root\" was not good and has been destroyed");
    let Error::Undone { cause, .. } = error else { panic!() };
    let Error::Unattested { source, label } = *cause else { panic!() };
    let AttestationError::None { shown, .. } = *source else { panic!("{source}") };
    assert_eq!((shown, label.as_str()), (0, "root"));
    let left: Vec<String> =
        super::opening::session(&token).keys().unwrap().into_iter().map(|key| key.label).collect();
    assert_eq!(left, ["before"]);
}

#[test]
fn a_module_that_fails_while_the_certificates_are_read_is_named() {
    let token = Token::new("failing");
    let vendor = Vendor::with_device();
    let key = session(&token).generate(P256, "root", None).unwrap();
    store(&token, &vendor, "device", "device", "01");
    for (faults, wanted) in [
        ("C_FindObjectsInit:rv=0x30", "CKR_DEVICE_ERROR from C_FindObjectsInit"),
        ("C_GetAttributeValue:rv=0x32", "CKR_DEVICE_REMOVED from C_GetAttributeValue"),
        ("C_GetAttributeValue:crash", "the worker process ended in C_GetAttributeValue: killed by SIGSEGV"),
    ] {
        let launch = fault_module::environment(&token, faults)
            .into_iter()
            .fold(super::opening::launch(&token), |launch, (name, value)| launch.environment(name, value));
        let options = keyrite::token::SessionOptions {
            launch,
            ..keyrite::token::SessionOptions::new(fault_module::path())
        };
        let uri = super::opening::uri(&token.uri());
        let session =
            keyrite::token::TokenSession::open(&options, &uri, super::opening::right_pin(&token)).unwrap();
        let error = session.attestation(&key, &roots(&vendor)).unwrap_err();
        assert!(error.to_string().contains(wanted), "{faults}: {error}");
    }
}
