//! What is published is what relying parties find at the URLs in their certificates, from a plain server of files.

use std::path::Path;

use keyrite::x509::certificate::Certificate;
use keyrite::x509::ocsp::{CertId, CertIdHash, IssuerId, OcspRequest};

use super::file_server::FileServer;
use super::home::{HOST, Home, Scheme};

/// A home with a certificate, and a responder that may answer for it.
fn scene() -> Home {
    let home = Home::with_cas(Scheme::of("ec-p256"));
    let responder = home.key_uri("responder");
    home.keyrite(&["key", "generate", &responder, "--algorithm", "ec-p256"]);
    home.keyrite(&["key", "show", &responder, "--public-out", "responder.pub"]);
    let of = ["--public-key", "responder.pub", "--possession", "made on this token"];
    let to = ["--subject", "C=AT,O=Example,CN=Responder", "--out", "responder.pem"];
    home.keyrite(&[&["issue", "--ca", "issuing", "--profile", "ocsp-responder"], &of[..], &to].concat());
    for name in ["good", "bad"] {
        home.run_ok("openssl", &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "leaf.key"]);
        let (request, certificate) = (format!("{name}.csr"), format!("{name}.pem"));
        home.request_by("leaf.key", &format!("/CN={HOST}"), &format!("DNS:{HOST}"), &request);
        home.issue(&request, "issuing", "tls-server", &certificate);
    }
    std::fs::create_dir(home.path("www")).unwrap();
    std::fs::create_dir(home.path("answers")).unwrap();
    home
}

fn sign(home: &Home) {
    let responder = home.key_uri("responder");
    home.keyrite(&[
        "ocsp",
        "sign",
        "--ca",
        "issuing",
        "--all",
        "--responder",
        "responder.pem",
        "--key",
        &responder,
        "--out",
        "answers",
    ]);
}

/// The name of the plain request about a certificate.
fn name(home: &Home, certificate: &str) -> String {
    let read = |file: &str| Certificate::read(&home.read(file)).unwrap();
    let issuer = IssuerId::of(CertIdHash::Sha1, &read("issuing.pem")).unwrap();
    OcspRequest::name(&CertId::new(&issuer, read(certificate).serial()).unwrap()).unwrap()
}

#[test]
fn relying_parties_find_what_their_certificates_name() {
    let home = scene();
    // Nothing is there yet but the certificates of the CAs.
    let (ok, said) = home.try_keyrite(&["publish", "www"]);
    assert!(!ok && said.contains("issuing.cer: certificate of CA issuing"), "{said}");
    assert!(
        said.contains(
            "no CRL of CA issuing for http://pki.example.com/issuing.crl, named by 2 unexpired certificates"
        ),
        "{said}"
    );
    home.keyrite(&["revoke", "bad.pem", "--ca", "issuing", "--reason", "superseded"]);
    home.crls();
    sign(&home);
    let said = home.keyrite(&["publish", "www"]);
    assert!(said.contains("issuing.crl: CRL 1 of CA issuing"), "{said}");
    assert!(said.contains("/: 3 responses about certificates of CA issuing"), "{said}");
    assert_eq!(home.read("www/root.crl"), home.read("root.crl"));
    // The page and the manifest tell the time; nothing else is written again.
    let again = home.keyrite(&["--json", "publish", "www"]);
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert!(
        again["files_written"].as_u64().unwrap() <= 2 && again["files_unchanged"].as_u64().unwrap() >= 7,
        "{again}"
    );

    let server = FileServer::on(&home.path("www"));
    for (file, kind) in
        [("root.crl", "crl"), ("issuing.crl", "crl"), ("issuing.cer", "x509"), ("root.cer", "x509")]
    {
        home.write("fetched", server.get(file));
        home.run_ok(
            "openssl",
            &[kind, "-inform", "DER", "-in", "fetched", "-out", &format!("{file}.fetched")],
        );
    }
    let crls = [home.read("root.crl.fetched"), home.read("issuing.crl.fetched")].concat();
    home.write("fetched.crls", crls);
    let verify = ["verify", "-x509_strict", "-crl_check_all", "-CAfile", "root.cer.fetched", "-untrusted"];
    let verify = [&verify[..], &["issuing.cer.fetched", "-CRLfile", "fetched.crls"]].concat();
    home.run_ok("openssl", &[&verify[..], &["good.pem"]].concat());
    let (ok, said) = home.run("openssl", &[&verify[..], &["bad.pem"]].concat());
    assert!(!ok && said.contains("certificate revoked"), "{said}");
    for (certificate, status) in [("good.pem", "good"), ("bad.pem", "revoked")] {
        home.write("response.der", server.get(&name(&home, certificate)));
        let about =
            ["ocsp", "-issuer", "issuing.pem", "-cert", certificate, "-no_nonce", "-CAfile", "root.pem"];
        let more = ["-verify_other", "issuing.pem", "-respin", "response.der"];
        let said = home.run_ok("openssl", &[&about[..], &more].concat());
        assert!(
            said.contains("Response verify OK") && said.contains(&format!("{certificate}: {status}\n")),
            "{said}"
        );
    }
    for target in ["www", &server.url()] {
        let said = home.keyrite(&["publish", "--check", target]);
        assert!(said.contains("as it should be      7\n"), "{said}");
    }
    let page = String::from_utf8(home.read("www/index.html")).unwrap();
    for wanted in ["<svg ", "Example Issuing", "number 1 of ", "href=\"issuing%2Ecer\""] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    let manifest: serde_json::Value = serde_json::from_slice(&home.read("www/manifest.json")).unwrap();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 4);
    assert_eq!(manifest["ocsp"][0]["answers"], 3);
}

/// The newest of each, whoever has put what there before.
#[test]
fn nothing_older_is_published_and_what_differs_is_told() {
    let home = scene();
    home.crls();
    sign(&home);
    home.keyrite(&["publish", "www"]);
    let first = home.read("www/issuing.crl");
    home.run_ok("cp", &["-a", "ca", "older"]);
    home.keyrite(&["revoke", "good.pem", "--ca", "issuing", "--reason", "key-compromise"]);

    // The revocation makes the response one that contradicts the ledger: it is told, and not published anew.
    let (ok, said) = home.try_keyrite(&["publish", "--check", "www"]);
    assert!(!ok && said.contains("it says good, and the ledger revoked"), "{said}");
    home.crls();
    let (ok, said) = home.try_keyrite(&["publish", "--check", "www"]);
    assert!(
        !ok && said.contains("issuing.crl: it is CRL 1 of ") && said.contains(", an older one"),
        "{said}"
    );
    let (ok, said) = home.try_keyrite(&["publish", "www"]);
    assert!(!ok && said.contains("1 left out: keyrite ocsp sign --ca issuing --all"), "{said}");
    assert!(
        said.contains("1 OCSP responses about certificates of CA issuing say something else than the ledger"),
        "{said}"
    );
    sign(&home);
    home.keyrite(&["publish", "www"]);
    home.keyrite(&["publish", "--check", "www"]);

    // A ledger that was put back knows less than what is published.
    let manifest = home.read("www/manifest.json");
    let (ok, said) = home.run(
        env!("CARGO_BIN_EXE_keyrite"),
        &["--home", home.path("older").to_str().unwrap(), "publish", "www"],
    );
    assert!(!ok && said.contains("issuing.crl is newer than anything on record"), "{said}");
    assert_ne!(home.read("www/issuing.crl"), first);
    assert_eq!(home.read("www/manifest.json"), manifest, "it tells of what stands there");
    let said = home.run(
        env!("CARGO_BIN_EXE_keyrite"),
        &["--home", home.path("older").to_str().unwrap(), "publish", "--check", "www"],
    );
    assert!(said.1.contains("it is CRL 2 of ") && said.1.contains("newer than any on record"), "{said:?}");

    home.write("www/root.cer", "something else");
    let (ok, said) = home.try_keyrite(&["publish", "www"]);
    assert!(!ok && said.contains("what is there is not a certificate"), "{said}");
    let (_, said) = home.try_keyrite(&["publish", "--check", "www"]);
    assert!(said.contains("root.cer: it is no certificate in DER; wanted certificate of CA root"), "{said}");
    std::fs::remove_file(home.path("www/root.cer")).unwrap();
    let (_, said) = home.try_keyrite(&["publish", "--check", "www"]);
    assert!(said.contains("root.cer: No such file or directory"), "{said}");
    assert!(!Path::new(&home.path("www/root.cer")).exists());
    let (ok, said) = home.try_keyrite(&["publish", "--host", "ocsp.example.com", "www"]);
    assert!(ok && !said.contains("root.cer"), "{said}");
}

#[test]
fn what_runs_out_is_listed_with_what_to_do_before() {
    let home = scene();
    home.crls();
    sign(&home);
    let json: serde_json::Value =
        serde_json::from_str(&home.keyrite(&["--json", "calendar", "--within", "400d", "--ics", "ca.ics"]))
            .unwrap();
    let entries = json["entries"].as_array().unwrap();
    let found = |what: &str| {
        let entry = entries.iter().find(|one| one["what"].as_str().unwrap().contains(what));
        entry.unwrap_or_else(|| panic!("{what}: {json:#}"))
    };
    assert_eq!(found("CRL 1 of CA issuing")["command"], "keyrite crl issue --ca issuing");
    assert_eq!(found("first of 3 OCSP responses")["command"], "keyrite ocsp sign --ca issuing --all");
    let certificates = entries.iter().filter(|one| one["what"].as_str().unwrap().contains(" by CA issuing"));
    assert_eq!(certificates.map(|one| one["more"].as_array().unwrap().len()).sum::<usize>(), 3, "{json:#}");
    assert!(entries.is_sorted_by_key(|one| one["at"].as_str().unwrap().to_owned()));
    assert!(entries.iter().all(|one| one["overdue"] == false));
    // The CAs outlive all of it.
    assert!(!json.to_string().contains("the certificate of CA root"));
    let later = home.keyrite(&["calendar", "--until", "2099-01-01"]);
    eprintln!("{later}\n{}", home.keyrite(&["publish", "www"]));
    assert!(later.contains("the certificate of CA root\n"), "{later}");
    assert!(later.contains("before: keyrite ca request issuing and keyrite ca install issuing\n"), "{later}");

    let calendar = String::from_utf8(home.read("ca.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VEVENT\r\n").count(), entries.len());
    home.keyrite(&["calendar", "--ics", "ca.ics"]);
    home.write("note.txt", "mine");
    let (ok, said) = home.try_keyrite(&["calendar", "--ics", "note.txt"]);
    assert!(!ok && said.contains("what is there is not a calendar"), "{said}");
}
