//! What every judge must accept, and what every judge must not.

use super::home::{HOST, Home, Scheme};
use super::judges::{Purpose, all, knows};

/// Accepted by every judge who knows the algorithm.
pub(crate) fn accepted(home: &Home, certificate: &str, purpose: Purpose) {
    for (judge, verdict) in all(home, certificate, purpose) {
        assert_eq!(verdict, Ok(()), "{judge} refuses {certificate} of {:?}", home.scheme());
    }
}

/// Refused by every judge who knows the algorithm, with these words of openssl, certtool and webpki.
pub(crate) fn refused(home: &Home, certificate: &str, purpose: Purpose, words: [&str; 3]) {
    for (judge, verdict) in all(home, certificate, purpose) {
        let place = ["openssl", "certtool", "webpki"].iter().position(|name| *name == judge).unwrap();
        let word = words[place];
        let said = verdict.expect_err(&format!("{judge} accepts {certificate}"));
        assert!(said.contains(word), "{judge} refuses {certificate} without saying {word:?}: {said}");
    }
}

/// Both CRLs are verified by their issuers' certificates; gives what OpenSSL prints of root's and issuing's.
pub(crate) fn crls_verified(home: &Home) -> [String; 2] {
    ["root", "issuing"].map(|ca| {
        let (crl, certificate) = (format!("{ca}.crl"), format!("{ca}.pem"));
        let arguments = ["crl", "-in", &crl, "-verify", "-CAfile", &certificate, "-noout", "-text"];
        let said = home.run_ok("openssl", &arguments);
        assert!(said.contains("verify OK"), "{said}");
        if knows("certtool", home.scheme()) {
            let pem = format!("{crl}.pem");
            let files = ["--infile", &pem, "--load-ca-certificate", &certificate];
            let judged = home.run_ok("certtool", &[&["--verify-crl"], &files[..]].concat());
            assert!(judged.contains("Verification output: Verified."), "{judged}");
        }
        said
    })
}

/// The signature of a request by its own key.
pub(crate) fn request_verified(home: &Home, request: &str) {
    let said = home.run_ok("openssl", &["req", "-in", request, "-verify", "-noout"]);
    assert!(said.contains("verify OK"), "{said}");
}

#[test]
fn an_intermediate_that_is_revoked_takes_what_is_below_with_it() {
    let home = Home::with_cas(Scheme::of("ec-p256"));
    home.request("leaf-p256", &format!("/CN={HOST}"), &format!("DNS:{HOST}"), "www.csr");
    home.issue("www.csr", "issuing", "tls-server", "www.pem");
    home.crls();
    accepted(&home, "www.pem", Purpose::Server);
    home.keyrite(&["revoke", "issuing.pem", "--ca", "root", "--reason", "ca-compromise"]);
    home.crls();
    refused(&home, "www.pem", Purpose::Server, ["certificate revoked", "revoked", "CertRevoked"]);
}
