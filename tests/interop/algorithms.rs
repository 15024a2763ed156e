//! Every algorithm of a CA: root, intermediate, leaf and CRLs by the program, on every kind of token, before every
//! judge who knows the algorithm; and every kind of subject key.

use keyrite::x509::algorithm::KeyAlgorithm;

use super::home::{HOST, Home, Scheme};
use super::judges::Purpose;
use super::verdicts::{accepted, crls_verified, refused, request_verified};
use crate::support::kryoptic::Kind;

/// By which keys and signatures the CAs of a test work: everything that the program offers.
fn schemes() -> Vec<Scheme> {
    let plain = KeyAlgorithm::GENERATED.into_iter().map(|algorithm| Scheme::of(&algorithm.to_string()));
    let padded = [
        Scheme::configured("rsa-2048", "padding = \"pss\""),
        Scheme::configured("rsa-3072", "padding = \"pss\"\ndigest = \"sha384\""),
        Scheme::configured("rsa-4096", "padding = \"pss\"\ndigest = \"sha512\""),
        Scheme::configured("rsa-2048", "digest = \"sha512\""),
    ];
    plain.chain(padded).collect()
}

/// SoftHSM has no ML-DSA.
fn on_softhsm(scheme: &Scheme) -> bool {
    !scheme.algorithm.starts_with("ml-dsa")
}

/// Everything that a CA issues, before and after a revocation.
fn judged(home: &Home) {
    let server_names = format!("DNS:{HOST}");
    home.request("leaf-p256", &format!("/CN={HOST}"), &server_names, "www.csr");
    home.request("rsa-2048", "/C=AT/O=Example/CN=Alice", "email:alice@example.com", "alice.csr");
    home.issue("www.csr", "issuing", "tls-server", "www.pem");
    home.issue("www.csr", "issuing", "tls-server", "revoked.pem");
    home.issue("alice.csr", "issuing", "tls-client", "alice.pem");
    home.crls();
    request_verified(home, "issuing.csr");
    for (certificate, purpose) in
        [("www.pem", Purpose::Server), ("revoked.pem", Purpose::Server), ("alice.pem", Purpose::Client)]
    {
        accepted(home, certificate, purpose);
    }
    refused(
        home,
        "alice.pem",
        Purpose::Server,
        ["unsuitable certificate purpose", "purpose", "RequiredEkuNotFound"],
    );

    home.keyrite(&["revoke", "revoked.pem", "--ca", "issuing", "--reason", "key-compromise"]);
    home.crls();
    refused(home, "revoked.pem", Purpose::Server, ["certificate revoked", "revoked", "CertRevoked"]);
    accepted(home, "www.pem", Purpose::Server);
    let [root, issuing] = crls_verified(home);
    assert!(!root.contains("Key Compromise") && issuing.contains("Key Compromise"), "{root}{issuing}");
}

/// One certificate and the CRLs.
fn judged_briefly(home: &Home) {
    home.request("leaf-p256", &format!("/CN={HOST}"), &format!("DNS:{HOST}"), "www.csr");
    home.issue("www.csr", "issuing", "tls-server", "www.pem");
    home.crls();
    request_verified(home, "issuing.csr");
    accepted(home, "www.pem", Purpose::Server);
    crls_verified(home);
}

#[test]
fn what_a_ca_on_softhsm_issues_is_accepted() {
    for scheme in schemes().into_iter().filter(on_softhsm) {
        judged(&Home::with_cas(scheme));
    }
}

#[test]
fn what_a_ca_on_kryoptic_issues_is_accepted() {
    for scheme in schemes() {
        let softhsm_too = on_softhsm(&scheme);
        let home = Home::with_cas_on(Kind::Whole, scheme);
        if softhsm_too { judged_briefly(&home) } else { judged(&home) }
    }
}

#[test]
fn what_a_ca_issues_is_accepted_where_only_hash_and_sign_is_offered() {
    for scheme in schemes() {
        judged_briefly(&Home::with_cas_on(Kind::HashAndSign, scheme));
    }
}

#[test]
fn what_a_ca_issues_is_accepted_where_only_digests_are_signed() {
    for scheme in schemes() {
        judged_briefly(&Home::with_cas_on(Kind::Raw, scheme));
    }
}

/// Points are parts of elliptic keys alone.
#[test]
fn what_a_ca_issues_is_accepted_where_points_are_wrapped() {
    for scheme in schemes().into_iter().filter(|scheme| scheme.algorithm.starts_with('e')) {
        judged_briefly(&Home::with_cas_on(Kind::WrappedPoints, scheme));
    }
}

/// Keys and requests by OpenSSL, one of each kind; the twelve of SLH-DSA as well, which no CA of ours has.
#[test]
fn every_kind_of_subject_key_is_accepted() {
    let home = Home::with_cas_on(Kind::Whole, Scheme::of("ec-p256"));
    home.crls();
    for algorithm in KeyAlgorithm::named() {
        let name = algorithm.to_string();
        let (key, request, certificate) =
            (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        home.run_ok("openssl", &[&["genpkey", "-out", &key][..], &key_options(&name)].concat());
        home.request_by(&key, &format!("/CN={HOST}"), &format!("DNS:{HOST}"), &request);
        request_verified(&home, &request);
        home.issue(&request, "issuing", "tls-server", &certificate);
        accepted(&home, &certificate, Purpose::Server);
        let key_of = |arguments: &[&str]| home.run_ok("openssl", arguments);
        let certified = key_of(&["x509", "-in", &certificate, "-noout", "-pubkey"]);
        assert_eq!(certified, key_of(&["pkey", "-in", &key, "-pubout"]), "{name}");
    }
}

/// How OpenSSL is told to make a key.
fn key_options(name: &str) -> Vec<&str> {
    match name {
        "ec-p256" => vec!["-algorithm", "EC", "-pkeyopt", "group:P-256"],
        "ec-p384" => vec!["-algorithm", "EC", "-pkeyopt", "group:P-384"],
        "ec-p521" => vec!["-algorithm", "EC", "-pkeyopt", "group:P-521"],
        "rsa-2048" => vec!["-algorithm", "RSA", "-pkeyopt", "bits:2048"],
        "rsa-3072" => vec!["-algorithm", "RSA", "-pkeyopt", "bits:3072"],
        "rsa-4096" => vec!["-algorithm", "RSA", "-pkeyopt", "bits:4096"],
        // The names of the others are OpenSSL's own, which it reads in either case.
        name => vec!["-algorithm", name],
    }
}
