//! Whatever is in a file, reading and linting it ends with an answer.

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

#[test]
fn what_is_sound_in_their_eyes_is_read() {
    // What the package holds as examples of good ones, and NIST's: none of them may fail to be read as a whole.
    let mut counts = [(0, 0); 3];
    let mut refused = Vec::new();
    for object in collection::objects() {
        let (at, read) = match object.kind {
            Kind::Certificate => {
                (0, Certificate::from_der(&object.der).map_err(|error| error.to_string()).err())
            }
            Kind::Crl => (1, Crl::from_der(&object.der).map_err(|error| error.to_string()).err()),
            Kind::Request => (2, Csr::from_der(&object.der).map_err(|error| error.to_string()).err()),
            Kind::Ocsp => continue,
        };
        counts[at].0 += 1;
        match read {
            None => counts[at].1 += 1,
            Some(error) => refused.push(format!("{}: {error}", object.name)),
        }
    }
    println!("{counts:?}\n{}", refused.join("\n"));
}
