//! pkilint judges what the built-in profiles issue.
//!
//! By the rules of RFC 5280 it finds nothing but signatures that it cannot verify, and by those for public TLS
//! certificates nothing in what `tls-server-webpki` issues. What it finds in the CAs stands here with its reason, and
//! a finding that is gone fails the test as well.

use std::process::Command;

use super::home::{HOST, Home, Scheme};
use super::programs::programs;
use crate::support::kryoptic::Kind;

/// Keeps the CA's key from signing OCSP responses itself; a responder has a certificate of its own.
const NO_OCSP_BY_CA: &str = "NOTICE cabf.ca_certificate_no_digital_signature_bit";
/// It verifies every RSA signature of a pair by PKCS #1 v1.5, whatever the certificate says.
const NO_PSS: &str = "ERROR pkix.signature_verification_failed";
/// It verifies no ML-DSA.
const NO_ML_DSA: &str = "NOTICE pkix.unsupported_algorithm";

#[test]
fn nothing_is_found_by_the_rules_of_rfc_5280() {
    let classical = ["ec-p256", "rsa-2048", "ed25519"].map(Scheme::of).map(Home::with_cas);
    let padded = Home::with_cas(Scheme::configured("rsa-2048", "padding = \"pss\""));
    let ml_dsa = Home::with_cas_on(Kind::Whole, Scheme::of("ml-dsa-65"));
    let homes = classical.into_iter().map(|home| (home, None));
    for (home, of_signatures) in homes.chain([(padded, Some(NO_PSS)), (ml_dsa, Some(NO_ML_DSA))]) {
        let algorithm = home.scheme();
        home.request("leaf-p256", &format!("/CN={HOST}"), &format!("DNS:{HOST}"), "www.csr");
        home.request("rsa-2048", "/CN=Alice", "email:alice@example.com", "alice.csr");
        home.issue("www.csr", "issuing", "tls-server", "www.pem");
        home.issue("alice.csr", "issuing", "tls-client", "alice.pem");
        home.keyrite(&["revoke", "alice.pem", "--ca", "issuing", "--reason", "key-compromise"]);
        home.crls();
        for file in ["root.pem", "issuing.pem", "www.pem", "alice.pem"] {
            assert_eq!(findings("lint_pkix_cert", &[file], &home), [""; 0], "{algorithm:?} {file}");
        }
        for pair in [["root.pem", "issuing.pem"], ["issuing.pem", "www.pem"], ["issuing.pem", "alice.pem"]] {
            let found = findings("lint_pkix_signer_signee_cert_chain", &pair, &home);
            assert_eq!(found, Vec::from_iter(of_signatures), "{algorithm:?} {pair:?}");
        }
        for (file, kind) in [("root.crl", "ARL"), ("issuing.crl", "CRL")] {
            let arguments = ["--type", kind, "--profile", "PKIX", file];
            assert_eq!(findings("lint_crl", &arguments, &home), [""; 0], "{algorithm:?} {file}");
        }
    }
}

#[test]
fn only_the_listed_rules_for_public_certificates_are_not_kept() {
    let home = Home::with_cas(Scheme::of("ec-p384"));
    let names = format!("DNS:{HOST}");
    home.request("leaf-p256", &format!("/CN={HOST}"), &names, "www.csr");
    home.request("rsa-2048", "/", &names, "nameless.csr");
    for name in ["www", "nameless"] {
        home.issue(&format!("{name}.csr"), "issuing", "tls-server-webpki", &format!("{name}.pem"));
    }
    home.keyrite(&["revoke", "www.pem", "--ca", "issuing", "--reason", "superseded"]);
    home.crls();
    let certificates: [(&str, &[&str], &[&str]); 4] = [
        ("root.pem", &["--type", "ROOT-CA"], &[NO_OCSP_BY_CA]),
        ("issuing.pem", &["--detect"], &[NO_OCSP_BY_CA]),
        ("www.pem", &["--detect"], &[]),
        ("nameless.pem", &["--detect"], &[]),
    ];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (file, kind, expected) in certificates {
        for finding in expected {
            let (severity, code) = finding.split_once(' ').unwrap();
            let row = page.lines().find(|line| line.contains(&format!("`{code}`")));
            assert!(
                row.is_some_and(|row| row.contains(severity)),
                "docs/lints.md does not explain {finding}"
            );
        }
        let arguments = [kind, &[file]].concat();
        assert_eq!(findings("lint_cabf_serverauth_cert", &arguments, &home), expected, "{file}");
    }
    for (file, kind) in [("root.crl", "ARL"), ("issuing.crl", "CRL")] {
        let arguments = ["--type", kind, "--profile", "BR", file];
        assert_eq!(findings("lint_crl", &arguments, &home), [""; 0], "{file}");
    }
}

/// What a linter finds, from NOTICE on: severity and code, sorted.
fn findings(program: &str, arguments: &[&str], home: &Home) -> Vec<String> {
    let output = Command::new(programs().join(program))
        .args(["lint", "--severity", "NOTICE", "--format", "CSV"])
        .args(arguments)
        .current_dir(home.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines();
    let heading = lines.next();
    let wanted = Some("node_path,validator,severity,code,message");
    assert_eq!(heading, wanted, "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let finding = |line: &str| line.split(',').skip(2).take(2).collect::<Vec<_>>().join(" ");
    let mut found: Vec<String> = lines.filter(|line| !line.is_empty()).map(finding).collect();
    found.sort();
    found
}
