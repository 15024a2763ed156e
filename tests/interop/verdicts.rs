//! What every judge must accept, and what every judge must not.

use super::home::{HOST, Home};
use super::judges::{Purpose, all};

fn accepted(home: &Home, certificate: &str, purpose: Purpose) {
    for (judge, verdict) in all(home, certificate, purpose) {
        assert_eq!(verdict, Ok(()), "{judge} refuses {certificate}");
    }
}

fn refused(home: &Home, certificate: &str, purpose: Purpose, words: [&str; 3]) {
    for ((judge, verdict), word) in all(home, certificate, purpose).into_iter().zip(words) {
        let said = verdict.expect_err(&format!("{judge} accepts {certificate}"));
        assert!(said.contains(word), "{judge} refuses {certificate} without saying {word:?}: {said}");
    }
}

/// Everything that a CA of one algorithm issues, before every judge.
fn judged(algorithm: &str) {
    let home = Home::with_cas(algorithm);
    let server_names = format!("DNS:{HOST}");
    home.request("leaf-p256", &format!("/CN={HOST}"), &server_names, "www.csr");
    home.request("rsa-2048", "/C=AT/O=Example/CN=Alice", "email:alice@example.com", "alice.csr");
    home.issue("www.csr", "issuing", "tls-server", "www.pem");
    home.issue("www.csr", "issuing", "tls-server", "revoked.pem");
    home.issue("alice.csr", "issuing", "tls-client", "alice.pem");
    home.crls();
    for (certificate, purpose) in
        [("www.pem", Purpose::Server), ("revoked.pem", Purpose::Server), ("alice.pem", Purpose::Client)]
    {
        accepted(&home, certificate, purpose);
    }
    refused(
        &home,
        "alice.pem",
        Purpose::Server,
        ["unsuitable certificate purpose", "purpose", "RequiredEkuNotFound"],
    );

    home.keyrite(&["revoke", "revoked.pem", "--ca", "issuing", "--reason", "key-compromise"]);
    home.crls();
    refused(&home, "revoked.pem", Purpose::Server, ["certificate revoked", "revoked", "CertRevoked"]);
    accepted(&home, "www.pem", Purpose::Server);
    for ca in ["root", "issuing"] {
        let (crl, certificate) = (format!("{ca}.crl"), format!("{ca}.pem"));
        let said = home.run_ok("openssl", &["crl", "-in", &crl, "-CAfile", &certificate, "-noout", "-text"]);
        assert!(said.contains("verify OK"), "{said}");
        assert_eq!(said.contains("Key Compromise"), ca == "issuing", "{said}");
        let pem = format!("{crl}.pem");
        let files = ["--infile", &pem, "--load-ca-certificate", &certificate];
        let said = home.run_ok("certtool", &[&["--verify-crl"], &files[..]].concat());
        assert!(said.contains("Verification output: Verified."), "{said}");
    }
}

#[test]
fn what_a_ca_of_p256_issues_is_accepted() {
    judged("ec-p256");
}

#[test]
fn what_a_ca_of_p384_issues_is_accepted() {
    judged("ec-p384");
}

#[test]
fn what_a_ca_of_p521_issues_is_accepted() {
    judged("ec-p521");
}

#[test]
fn what_a_ca_of_rsa_2048_issues_is_accepted() {
    judged("rsa-2048");
}

#[test]
fn what_a_ca_of_rsa_3072_issues_is_accepted() {
    judged("rsa-3072");
}

#[test]
fn what_a_ca_of_rsa_4096_issues_is_accepted() {
    judged("rsa-4096");
}

#[test]
fn every_kind_of_subject_key_is_accepted() {
    let home = Home::with_cas("ec-p256");
    home.crls();
    for key in ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096"] {
        let (request, certificate) = (format!("{key}.csr"), format!("{key}.pem"));
        home.request(key, &format!("/CN={HOST}"), &format!("DNS:{HOST}"), &request);
        home.issue(&request, "issuing", "tls-server", &certificate);
        accepted(&home, &certificate, Purpose::Server);
    }
}

#[test]
fn an_intermediate_that_is_revoked_takes_what_is_below_with_it() {
    let home = Home::with_cas("ec-p256");
    home.request("leaf-p256", &format!("/CN={HOST}"), &format!("DNS:{HOST}"), "www.csr");
    home.issue("www.csr", "issuing", "tls-server", "www.pem");
    home.crls();
    accepted(&home, "www.pem", Purpose::Server);
    home.keyrite(&["revoke", "issuing.pem", "--ca", "root", "--reason", "ca-compromise"]);
    home.crls();
    refused(&home, "www.pem", Purpose::Server, ["certificate revoked", "revoked", "CertRevoked"]);
}
