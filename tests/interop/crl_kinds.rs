//! CRLs for users and for CAs, in partitions, with delta CRLs, as OpenSSL and Python's `cryptography` read them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::home::{Home, Scheme};
use super::judges::{Purpose, webpki};
use super::programs::{self, Task};

const CONFIGURATION: &str = r#"
[ca.root]
crl_urls = ["http://pki.example.com/root.crl"]

[ca.issuing]
output = "crls"

[ca.issuing.crls.users]
covers = "users"
partitions = 2
urls = ["http://pki.example.com/users-{partition}.crl"]
delta_urls = ["http://pki.example.com/users-{partition}-delta.crl"]
next_update = "7d"
delta_next_update = "1d"

[ca.issuing.crls.cas]
covers = "cas"
urls = ["http://pki.example.com/cas.crl"]
"#;

/// A home whose issuing CA has six certificates, each with the partition that it names.
fn divided() -> (Home, BTreeMap<String, usize>) {
    let home = Home::with_cas(Scheme::of("ec-p256"));
    home.write("ca/keyrite.toml", CONFIGURATION);
    std::fs::create_dir(home.path("ca/crls")).unwrap();
    let mut partitions = BTreeMap::new();
    for number in 0..6 {
        let (key, request, certificate) =
            (format!("{number}.key"), format!("{number}.csr"), format!("{number}.pem"));
        home.run_ok("openssl", &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key]);
        home.request_by(&key, "/CN=a.example.com", "DNS:a.example.com", &request);
        home.issue(&request, "issuing", "tls-server", &certificate);
        let text =
            home.run_ok("openssl", &["x509", "-in", &certificate, "-noout", "-ext", "crlDistributionPoints"]);
        let found: Vec<usize> = (0..2)
            .filter(|part| text.contains(&format!("URI:http://pki.example.com/users-{part}.crl")))
            .collect();
        assert_eq!(found.len(), 1, "{text}");
        partitions.insert(certificate, found[0]);
    }
    (home, partitions)
}

/// Reads every part of a CRL by Python's `cryptography`, and verifies its signature.
const PYTHON: &str = r#"
import sys
from cryptography import x509
ca = x509.load_pem_x509_certificate(open("issuing.pem", "rb").read())
for name in sys.argv[1:]:
    crl = x509.load_der_x509_crl(open(name, "rb").read())
    assert crl.is_signature_valid(ca.public_key()), name
    for extension in crl.extensions:
        assert not isinstance(extension.value, x509.UnrecognizedExtension), (name, extension)
    for entry in crl:
        for extension in entry.extensions:
            assert not isinstance(extension.value, x509.UnrecognizedExtension), (name, extension)
    known = {extension.oid._name for extension in crl.extensions}
    print(name, len(crl), "issuingDistributionPoint" in known, "deltaCRLIndicator" in known, "freshestCRL" in known)
"#;

/// The newest CRL of a label, as the program prints what it has written.
fn written(said: &str) -> BTreeMap<String, String> {
    let json: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
    let one = |crl: &Value| {
        let text = |key: &str| crl[key].as_str().unwrap().to_owned();
        (text("series"), text("written"))
    };
    match json["crls"].as_array() {
        Some(crls) => crls.iter().map(one).collect(),
        None => BTreeMap::from([one(&json)]),
    }
}

fn issue(home: &Home, arguments: &[&str]) -> BTreeMap<String, String> {
    written(&home.keyrite(&[&["--json", "crl", "issue", "--ca", "issuing"], arguments].concat()))
}

fn pem(home: &Home, crl: &str, out: &str) {
    let text = home.run_ok("openssl", &["crl", "-in", crl]);
    home.write(out, text);
}

/// What OpenSSL says of a certificate by these CRLs.
fn judged(home: &Home, certificate: &str, crls: &[&str], flags: &[&str]) -> (bool, String) {
    let mut all = vec!["verify", "-x509_strict", "-crl_check"];
    all.extend(flags);
    all.extend(["-CAfile", "root.pem", "-untrusted", "issuing.pem"]);
    for (number, crl) in crls.iter().enumerate() {
        pem(home, crl, &format!("judged-{number}.pem"));
    }
    let files: Vec<String> = (0..crls.len()).map(|number| format!("judged-{number}.pem")).collect();
    for file in &files {
        all.extend(["-CRLfile", file]);
    }
    all.push(certificate);
    home.run("openssl", &all)
}

#[test]
fn each_certificate_is_covered_by_the_crl_of_its_partition_and_by_no_other() {
    let (home, partitions) = divided();
    let (revoked, part) = partitions.iter().next().unwrap();
    home.keyrite(&["revoke", revoked, "--ca", "issuing", "--reason", "superseded"]);
    let crls = issue(&home, &[]);
    assert_eq!(crls.keys().collect::<Vec<_>>(), ["cas", "users-0", "users-1"]);
    for (certificate, own) in &partitions {
        let (good, said) = judged(&home, certificate, &[&crls[&format!("users-{own}")]], &[]);
        assert_eq!(good, certificate != revoked, "{certificate}: {said}");
        for other in [format!("users-{}", 1 - own), "cas".to_owned()] {
            let (good, said) = judged(&home, certificate, &[&crls[&other]], &[]);
            assert!(
                !good && (said.contains("CRL scope") || said.contains("unable to get certificate CRL")),
                "{said}"
            );
        }
    }
    for (label, path) in &crls {
        let said = home
            .run_ok("openssl", &["crl", "-in", path, "-noout", "-text", "-verify", "-CAfile", "issuing.pem"]);
        assert!(
            said.contains("verify OK") && said.contains("X509v3 Issuing Distribution Point: critical"),
            "{said}"
        );
        assert_eq!(said.contains("Only User Certificates"), label != "cas", "{said}");
        assert_eq!(said.contains("Only CA Certificates"), label == "cas", "{said}");
        assert_eq!(said.contains("Superseded"), *label == format!("users-{part}"), "{said}");
        assert_eq!(said.contains("X509v3 Freshest CRL"), label != "cas", "{said}");
    }
    // More partitions later: what was issued before stays where it is.
    home.write("ca/keyrite.toml", CONFIGURATION.replace("partitions = 2", "partitions = 3"));
    let crls = issue(&home, &["--crl", "users"]);
    assert_eq!(crls.len(), 3);
    assert!(!judged(&home, revoked, &[&crls[&format!("users-{part}")]], &[]).0);
}

#[test]
fn the_last_crl_comes_when_nothing_is_left_to_revoke() {
    let (home, partitions) = divided();
    let last = ["crl", "issue", "--ca", "issuing", "--last"];
    let (done, said) = home.try_keyrite(&last);
    assert!(!done && said.contains("6 certificates of CA issuing are neither revoked nor expired"), "{said}");
    for certificate in partitions.keys() {
        home.keyrite(&["revoke", certificate, "--ca", "issuing", "--reason", "cessation-of-operation"]);
    }
    let crls = issue(&home, &["--last"]);
    for (certificate, part) in &partitions {
        let (good, said) = judged(&home, certificate, &[&crls[&format!("users-{part}")]], &[]);
        assert!(!good && said.contains("certificate revoked"), "{said}");
    }
    let text = home.run_ok("openssl", &["crl", "-in", &crls["cas"], "-noout", "-nextupdate"]);
    assert_eq!(text, "nextUpdate=Dec 31 23:59:59 9999 GMT\n");
}

/// A certificate from before there were partitions names another place, at which no CRL is found any more.
#[test]
fn a_place_without_a_crl_is_told_of() {
    let home = Home::with_cas(Scheme::of("ec-p256"));
    home.request("leaf-p256", "/CN=a.example.com", "DNS:a.example.com", "old.csr");
    home.issue("old.csr", "issuing", "tls-server", "old.pem");
    home.write("ca/keyrite.toml", CONFIGURATION);
    std::fs::create_dir(home.path("ca/crls")).unwrap();
    let said = home.keyrite(&["crl", "issue", "--ca", "issuing", "--crl", "cas"]);
    let warning = "warning: 1 unexpired certificates name http://pki.example.com/issuing.crl, and no CRL of [ca.issuing] is found there";
    assert!(said.contains(warning), "{said}");
}

#[test]
fn a_complete_crl_and_its_delta_say_what_the_next_complete_one_says() {
    let (home, partitions) = divided();
    let same: Vec<&String> = (0..2)
        .map(|part| partitions.iter().filter(|(_, own)| **own == part).map(|(name, _)| name).collect())
        .max_by_key(Vec::len)
        .unwrap();
    let [held, later, good] = same[..3] else { panic!("{partitions:?}") };
    let label = format!("users-{}", partitions[held]);
    home.keyrite(&["revoke", held, "--ca", "issuing", "--reason", "certificate-hold"]);
    let base = issue(&home, &["--crl", &label]);
    let flags = ["-extended_crl", "-use_deltas"];
    assert!(!judged(&home, held, &[&base[&label]], &[]).0);
    assert!(judged(&home, later, &[&base[&label]], &[]).0);

    home.keyrite(&["unhold", held, "--ca", "issuing"]);
    home.keyrite(&["revoke", later, "--ca", "issuing", "--reason", "key-compromise"]);
    let delta = issue(&home, &["--crl", &label, "--delta"]);
    let both = [base[&label].as_str(), delta[&label].as_str()];
    let text = home.run_ok("openssl", &["crl", "-in", both[1], "-noout", "-text"]);
    assert!(
        text.contains("X509v3 Delta CRL Indicator: critical") && text.contains("Remove From CRL"),
        "{text}"
    );
    for (certificate, wanted) in [(held, true), (later, false), (good, true)] {
        let (found, said) = judged(&home, certificate, &both, &flags);
        assert_eq!(found, wanted, "{certificate}: {said}");
    }
    let next = issue(&home, &["--crl", &label]);
    let entries = |path: &str| -> BTreeMap<String, Value> {
        let json: Value = serde_json::from_str(&home.keyrite(&["--json", "crl", "show", path])).unwrap();
        let one = |entry: &Value| (entry["serial"].as_str().unwrap().to_owned(), entry.clone());
        json["entries"].as_array().unwrap().iter().map(one).collect()
    };
    let mut all = entries(both[0]);
    for (serial, entry) in entries(both[1]) {
        if entry["removed"] == true {
            all.remove(&serial);
        } else {
            all.insert(serial, entry);
        }
    }
    assert_eq!(all, entries(&next[&label]));
    // The evidence of all this is sound without the ledger.
    home.keyrite(&["audit", "export", "evidence"]);
    home.keyrite(&["audit", "verify", "--export", "evidence"]);
    home.keyrite(&["audit", "verify"]);
}

/// OpenSSL is not alone: GnuTLS, Python's `cryptography`, webpki and pkilint, each on the kinds that it knows.
#[test]
fn others_read_every_kind_as_well() {
    let (home, partitions) = divided();
    let (bad, part) = partitions.iter().next().unwrap();
    let (held, _) = partitions.iter().nth(1).unwrap();
    home.keyrite(&["revoke", held, "--ca", "issuing", "--reason", "certificate-hold"]);
    let complete = issue(&home, &[]);
    home.keyrite(&[
        "revoke",
        bad,
        "--ca",
        "issuing",
        "--reason",
        "key-compromise",
        "--invalidity-date",
        "2026-01-01",
    ]);
    home.keyrite(&["unhold", held, "--ca", "issuing"]);
    let deltas = issue(&home, &["--delta"]);
    let next = issue(&home, &[]);
    let all: Vec<&str> =
        complete.values().chain(deltas.values()).chain(next.values()).map(String::as_str).collect();
    assert_eq!(all.len(), 8);
    for crl in &all {
        pem(&home, crl, "one.crl.pem");
        let files = ["--load-ca-certificate", "issuing.pem", "--infile", "one.crl.pem"];
        let said = home.run_ok("certtool", &[&["--verify-crl"], &files[..]].concat());
        assert!(said.contains("Verification output: Verified."), "{crl}: {said}");
    }
    let python = programs::programs().join("python3");
    let python = python.to_str().unwrap();
    let said = home.run_ok(python, &[&["-c", PYTHON], &all[..]].concat());
    assert_eq!(said.lines().count(), all.len(), "{said}");
    for (label, path) in &deltas {
        assert!(said.contains(&format!("{path} ")), "{label}: {said}");
    }
    assert_eq!(said.matches(" True True False\n").count(), 2, "the delta CRLs: {said}");
    assert_eq!(said.matches(" True False True\n").count(), 4, "those of partitions: {said}");
    assert_eq!(said.matches(" True False False\n").count(), 2, "those of CAs: {said}");
    let octets: Vec<Vec<u8>> = all.iter().map(|crl| home.read(crl)).collect();
    let tasks: Vec<Task<'_>> =
        octets.iter().map(|der| Task { linter: "crl", kind: "CRL PKIX", der }).collect();
    for (crl, verdict) in all.iter().zip(programs::lint(&tasks)) {
        assert_eq!(verdict, Ok(Vec::new()), "{crl}");
    }
    // webpki takes no delta CRL. It holds a partition's to the certificates that name it.
    home.keyrite(&["crl", "issue", "--ca", "root", "--out", "root.crl"]);
    for (certificate, own) in &partitions {
        let judged = |label: String| {
            let crls = ["root.crl", next[&label].as_str()];
            webpki(&home, (certificate, "a.example.com"), Purpose::Server, crls)
                .map_err(|error| format!("{error:?}"))
        };
        let wanted = if certificate == bad { Err("CertRevoked".to_owned()) } else { Ok(()) };
        assert_eq!(judged(format!("users-{own}")), wanted, "{certificate}");
        assert_eq!(judged(format!("users-{}", 1 - own)), Err("UnknownRevocationStatus".to_owned()));
    }
    assert!(*part < 2);
}

/// A web server's directory has each partition's CRL and its delta CRL where the certificates say.
#[test]
fn partitions_and_delta_crls_are_published_where_certificates_name_them() {
    let (home, partitions) = divided();
    let complete = issue(&home, &[]);
    home.keyrite(&["revoke", partitions.keys().next().unwrap(), "--ca", "issuing", "--reason", "superseded"]);
    std::fs::create_dir(home.path("www")).unwrap();
    let (ok, said) = home.try_keyrite(&["publish", "www"]);
    assert!(
        !ok && said.contains("no delta CRL of CA issuing for http://pki.example.com/users-0-delta.crl"),
        "{said}"
    );
    let deltas = issue(&home, &["--delta"]);
    home.keyrite(&["crl", "issue", "--ca", "root", "--out", "root.crl"]);
    home.keyrite(&["publish", "www"]);
    for (label, path) in &complete {
        assert_eq!(home.read(&format!("www/{label}.crl")), home.read(path), "{label}");
    }
    for (label, path) in &deltas {
        assert_eq!(home.read(&format!("www/{label}-delta.crl")), home.read(path), "{label}");
    }
    assert_eq!((complete.len(), deltas.len()), (3, 2));
}
