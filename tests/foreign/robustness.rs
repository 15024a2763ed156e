//! Whatever is in a file, reading and linting it ends with an answer.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keyrite::lint;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::csr::Csr;
use keyrite::x509::pem;
use keyrite::x509::spki::PublicKey;

use super::collection::{self, Kind};

/// Every reader of the project over the same octets, whatever they are, and everything that can be asked of what is read.
fn every_reader(octets: &[u8]) {
    let _ = pem::blocks(octets);
    let _ = PublicKey::from_spki_der(octets);
    if let Ok(certificate) = Certificate::read(octets) {
        let _ = (certificate.public_key(), certificate.signature_algorithm(), certificate.is_self_issued());
        let _ = (format!("{}", certificate.subject()), format!("{:?}", certificate.extensions()));
        if let Ok(key) = certificate.public_key() {
            let _ = certificate.verify_signed_by(&key);
        }
        let _ = lint::IssuerFacts::of(&certificate);
    }
    if let Ok(crl) = Crl::read(octets) {
        let _ = (crl.signature_algorithm(), crl.number(), format!("{}", crl.issuer()));
        let _ = format!("{:?}", crl.extensions());
    }
    if let Ok(request) = Csr::parse(octets) {
        let _ = (request.extensions().len(), format!("{}", request.subject()));
        let _ = request.prove();
    }
    for report in [
        lint::inspect_certificate(octets, None, None, &[]),
        lint::inspect_crl(octets, None, &[]),
        lint::inspect_request(octets, &[]),
        lint::inspect_ocsp(octets, None, &[]),
    ] {
        let printable = |octet: u8| octet == b'\n' || (b' '..=b'~').contains(&octet);
        assert!(report.to_string().bytes().all(printable), "{report}");
    }
}

#[test]
fn every_file_of_others_is_read_and_linted_without_a_panic() {
    let mut inputs = 0;
    let mut panics = Vec::new();
    let mut attempt = |name: &str, octets: &[u8]| {
        inputs += 1;
        if catch_unwind(AssertUnwindSafe(|| every_reader(octets))).is_err() {
            panics.push(name.to_owned());
        }
    };
    let mut files = 0;
    for (name, contents) in collection::files() {
        // The longest are test cases of ciphers and digests as text: a part of each is enough.
        let contents = &contents[..contents.len().min(1 << 20)];
        files += 1;
        attempt(&name, contents);
        for (_, der) in str::from_utf8(contents).map(collection::blocks).unwrap_or_default() {
            attempt(&name, &der);
        }
    }
    println!("{inputs} inputs from {files} files");
    assert_eq!(panics, [""; 0]);
    assert!(files > 2_400, "the package has {files} files");
}

/// The objects that are not read, a line each: name, colon, error.
const REFUSED: &str = include_str!("refused.txt");

#[test]
fn what_is_not_read_is_listed() {
    let listed: BTreeSet<String> =
        REFUSED.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let mut refused = BTreeSet::new();
    let mut read = 0;
    for object in collection::objects() {
        let error = match object.kind {
            Kind::Certificate => Certificate::from_der(&object.der).err().map(|error| error.to_string()),
            Kind::Crl => Crl::from_der(&object.der).err().map(|error| error.to_string()),
            Kind::Request => Csr::from_der(&object.der).err().map(|error| error.to_string()),
            Kind::Ocsp => continue,
        };
        match error {
            None => read += 1,
            Some(error) => _ = refused.insert(format!("{}: {error}", object.name)),
        }
    }
    println!("{read} objects read, {} refused", refused.len());
    let added: Vec<_> = refused.difference(&listed).cloned().collect();
    let gone: Vec<_> = listed.difference(&refused).cloned().collect();
    assert!(
        added.is_empty() && gone.is_empty(),
        "tests/foreign/refused.txt lacks:\n{}\nand has without need:\n{}",
        added.join("\n"),
        gone.join("\n")
    );
}
