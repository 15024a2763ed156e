//! OpenSSL and pkilint judge OCSP responses: signed by a CA itself and by its responder, named by both hashes, good,
//! revoked, on hold and unknown, from the ledger's own files and over a plain server of files.

use base64ct::{Base64, Encoding as _};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::ocsp::{CertId, CertIdHash, IssuerId, OcspRequest};
use keyrite::x509::serial::SerialNumber;

use super::file_server::FileServer;
use super::home::{HOST, Home, Scheme};
use super::programs::{self, Task};

/// A root that may also sign OCSP responses (RFC 5280 s.4.2.1.3).
const ANSWERING_ROOT: &str = r#"
inherits = "root"
description = "root CA that answers by OCSP itself"

[extensions.keyUsage]
usages = ["keyCertSign", "cRLSign", "digitalSignature"]
"#;

/// A home in which certificates are good, revoked and on hold, under a CA with a responder and one without.
pub(super) struct Scene {
    pub(super) home: Home,
}

impl Scene {
    pub(super) fn new() -> Self {
        let home = Home::with_cas(Scheme::of("ec-p384"));
        home.write("ca/profiles/answering-root.toml", ANSWERING_ROOT);
        let [direct, responder] = ["direct", "responder"].map(|name| home.key_uri(name));
        home.keyrite(&["key", "generate", &direct, "--algorithm", "ec-p384"]);
        home.keyrite(&["key", "generate", &responder, "--algorithm", "rsa-2048"]);
        let subject = "C=AT,O=Example,CN=Answering Root";
        let create = ["--profile", "answering-root", "--subject", subject, "--out", "direct.pem"];
        home.keyrite(&[&["ca", "create", "direct", "--key", &direct], &create[..]].concat());
        home.keyrite(&["key", "show", &responder, "--public-out", "responder.pub"]);
        let of = ["--public-key", "responder.pub", "--possession", "made on this token"];
        let to = ["--subject", "C=AT,O=Example,CN=Responder", "--out", "responder.pem"];
        let by = ["issue", "--ca", "issuing", "--profile", "ocsp-responder"];
        home.keyrite(&[&by[..], &of, &to].concat());
        let scene = Self { home };
        for ca in ["issuing", "direct"] {
            for (name, reason) in
                [("good", None), ("bad", Some("key-compromise")), ("held", Some("certificate-hold"))]
            {
                let (request, file) = (format!("{ca}-{name}.csr"), format!("{ca}-{name}.pem"));
                scene.home.run_ok(
                    "openssl",
                    &[
                        "req",
                        "-new",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-keyout",
                        "leaf.key",
                        "-subj",
                        &format!("/CN={HOST}"),
                        "-addext",
                        &format!("subjectAltName=DNS:{HOST}"),
                        "-out",
                        &request,
                    ],
                );
                scene.home.issue(&request, ca, "tls-server", &file);
                if let Some(reason) = reason {
                    scene.home.keyrite(&["revoke", &file, "--ca", ca, "--reason", reason]);
                }
            }
        }
        scene
    }

    pub(super) fn sign(&self, ca: &str, more: &[&str]) -> String {
        let key = self.home.key_uri("responder");
        let by: &[&str] =
            if ca == "issuing" { &["--responder", "responder.pem", "--key", &key] } else { &[] };
        self.home.keyrite(&[&["ocsp", "sign", "--ca", ca], by, more].concat())
    }

    /// What OpenSSL says that asks about a certificate, or writes its request.
    pub(super) fn asked(&self, ca: &str, leaf: &str, hash: CertIdHash, more: &[&str]) -> String {
        let (issuer, hash) = (format!("{ca}.pem"), format!("-{hash}"));
        let both = [self.home.read("root.pem"), self.home.read("issuing.pem")].concat();
        self.home.write("trusted.pem", both);
        let trusted = if ca == "issuing" { "trusted.pem" } else { "direct.pem" };
        let about = ["ocsp", "-issuer", &issuer, &hash, "-cert", leaf, "-CAfile", trusted];
        self.home.run_ok("openssl", &[&about[..], more].concat())
    }

    /// What OpenSSL makes of the response that stands for its own plain request about a certificate.
    pub(super) fn judged(&self, ca: &str, leaf: &str, hash: CertIdHash, fetch: Fetch<'_>) -> String {
        let (issuer, hash) = (format!("{ca}.pem"), format!("-{hash}"));
        let about = ["ocsp", "-issuer", &issuer, &hash, "-cert", leaf, "-no_nonce"];
        self.home.run_ok("openssl", &[&about[..], &["-reqout", "request.der"]].concat());
        let request = self.home.read("request.der");
        let name = Base64::encode_string(&request);
        let certificate = Certificate::read(&self.home.read(leaf)).unwrap();
        let id = IssuerId::of(
            if hash == "-sha1" { CertIdHash::Sha1 } else { CertIdHash::Sha256 },
            &Certificate::read(&self.home.read(&issuer)).unwrap(),
        );
        let id = CertId::new(&id.unwrap(), certificate.serial()).unwrap();
        assert_eq!(OcspRequest::name(&id).unwrap(), name, "OpenSSL asks in other octets");
        self.home.write("response.der", fetch(&name));
        let trusted = if ca == "issuing" { "trusted.pem" } else { "direct.pem" };
        let both = [self.home.read("root.pem"), self.home.read("issuing.pem")].concat();
        self.home.write("trusted.pem", both);
        self.home.run_ok("openssl", &[&about[..], &["-CAfile", trusted, "-respin", "response.der"]].concat())
    }
}

/// How a client gets a response, by the name of its request.
pub(super) type Fetch<'a> = &'a dyn Fn(&str) -> Vec<u8>;

#[test]
fn openssl_and_pkilint_accept_what_is_signed_ahead_of_time() {
    let scene = Scene::new();
    for ca in ["issuing", "direct"] {
        let out = scene.home.path(ca);
        std::fs::create_dir(&out).unwrap();
        let said = scene.sign(ca, &["--all", "--hash", "both", "--next-update", "30d", "--out", ca]);
        let certificates = if ca == "issuing" { 4 } else { 3 };
        assert!(said.contains(&format!("signed         {}\n", 2 * certificates)), "{said}");
        let server = FileServer::on(&out);
        let from_file = |name: &str| {
            let directory = if name.ends_with('/') { "index.html" } else { "" };
            std::fs::read(out.join(format!("{name}{directory}"))).unwrap()
        };
        let from_server = |name: &str| server.get(name);
        let ways: [Fetch<'_>; 2] = [&from_file, &from_server];
        for fetch in ways {
            for hash in CertIdHash::ALL {
                for (name, status) in [("good", "good"), ("bad", "revoked"), ("held", "revoked")] {
                    let leaf = format!("{ca}-{name}.pem");
                    let said = scene.judged(ca, &leaf, hash, fetch);
                    assert!(said.contains("Response verify OK"), "{said}");
                    assert!(said.contains(&format!("{leaf}: {status}\n")), "{said}");
                    let reason = match name {
                        "bad" => Some("Reason: keyCompromise"),
                        "held" => Some("Reason: certificateHold"),
                        _ => None,
                    };
                    assert_eq!(said.contains("Reason:"), reason.is_some(), "{said}");
                    assert!(said.contains(reason.unwrap_or_default()), "{said}");
                }
            }
        }
        let mut responses = Vec::new();
        for directory in ["by-serial", "by-serial/sha256"] {
            for entry in std::fs::read_dir(out.join(directory)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    continue;
                }
                let file = path.to_str().unwrap();
                responses.push((file.to_owned(), std::fs::read(&path).unwrap()));
                let issuer = format!("{ca}.pem");
                scene.home.keyrite(&["lint", file, "--issuer", &issuer]);
                scene.home.keyrite(&["ocsp", "verify", file, "--issuer", &issuer]);
            }
        }
        assert_eq!(responses.len(), 2 * certificates);
        let tasks: Vec<Task<'_>> =
            responses.iter().map(|(_, der)| Task { linter: "ocsp", kind: "", der }).collect();
        for ((file, _), verdict) in responses.iter().zip(programs::lint(&tasks)) {
            assert_eq!(verdict, Ok(Vec::new()), "{file}");
        }
    }
    scene.home.keyrite(&["audit", "verify"]);
}

#[test]
fn a_number_that_was_never_taken_is_unknown_and_a_file_gives_way_to_a_newer_one_alone() {
    let scene = Scene::new();
    let out = scene.home.path("out");
    std::fs::create_dir(&out).unwrap();
    let strange = ["--serial", "4C0FFEE1", "--out", "out"];
    let said = scene.sign("direct", &strange);
    assert!(said.contains("unknown        1\n"), "{said}");
    let file = out.join("by-serial/4C0FFEE1.ors");
    let shown = scene.home.keyrite(&["ocsp", "show", file.to_str().unwrap()]);
    assert!(shown.contains("status            unknown\n"), "{shown}");

    // The name for which clients ask may end with a slash.
    let ends_so: SerialNumber = format!("4C0FFEE1{}3F", "00".repeat(15)).parse().unwrap();
    scene.sign("direct", &["--serial", &ends_so.to_string(), "--out", "out"]);
    let issuer = Certificate::read(&scene.home.read("direct.pem")).unwrap();
    let id = CertId::new(&IssuerId::of(CertIdHash::Sha1, &issuer).unwrap(), &ends_so).unwrap();
    let name = OcspRequest::name(&id).unwrap();
    assert!(name.ends_with('/'), "{name}");
    let by_serial = std::fs::read(out.join(format!("by-serial/{ends_so}.ors"))).unwrap();
    assert_eq!(FileServer::on(&out).get(&name), by_serial);

    let good = Certificate::read(&scene.home.read("direct-good.pem")).unwrap().serial().to_string();
    let this_one = ["--serial", &good, "--out", "out"];
    scene.sign("direct", &this_one);
    let file = out.join(format!("by-serial/{good}.ors"));
    let first = std::fs::read(&file).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scene.home.keyrite(&["revoke", "direct-good.pem", "--ca", "direct", "--reason", "superseded"]);
    let said = scene.sign("direct", &this_one);
    assert!(said.contains("revoked        1\n") && said.contains("files written  2\n"), "{said}");
    let second = std::fs::read(&file).unwrap();
    assert_ne!(first, second);
    // What somebody puts back is replaced; something that is no response stays.
    scene.home.write("out/by-serial/old.ors", &first);
    std::fs::rename(out.join("by-serial/old.ors"), &file).unwrap();
    scene.sign("direct", &this_one);
    assert_ne!(std::fs::read(&file).unwrap(), first);
    scene.home.write(&format!("out/by-serial/{good}.ors"), "something else");
    let (home, module) = (scene.home.path("ca"), scene.home.module());
    let (ok, said) = scene.home.run(
        env!("CARGO_BIN_EXE_keyrite"),
        &[
            "--home",
            home.to_str().unwrap(),
            "--module",
            &module,
            "--pin-source",
            &scene.home.pin_source(),
            "--yes",
            "ocsp",
            "sign",
            "--ca",
            "direct",
            "--serial",
            &good,
            "--out",
            "out",
        ],
    );
    assert!(!ok && said.contains("what is there is not an OCSP response"), "{said}");
    scene.home.keyrite(&["audit", "verify"]);
}

#[test]
fn who_may_not_answer_is_refused_before_the_token_is_asked() {
    let scene = Scene::new();
    std::fs::create_dir(scene.home.path("out")).unwrap();
    let key = scene.home.key_uri("responder");
    let (home, module) = (scene.home.path("ca"), scene.home.module());
    let general = ["--home", home.to_str().unwrap(), "--module", &module, "--yes"];
    let refused = |arguments: &[&str], wanted: &str| {
        let sign = ["ocsp", "sign", "--all", "--out", "out"];
        let (ok, said) =
            scene.home.run(env!("CARGO_BIN_EXE_keyrite"), &[&general[..], &sign, arguments].concat());
        assert!(!ok && said.contains(wanted), "{arguments:?}\n{said}");
    };
    refused(&["--ca", "issuing"], "CA \"issuing\" has the key usage");
    refused(
        &["--ca", "direct", "--responder", "responder.pem", "--key", &key],
        "responder.pem: the certificate is not one of a responder of CA \"direct\"",
    );
    refused(
        &["--ca", "issuing", "--responder", "issuing-good.pem", "--key", &key],
        "caused by: the responder's certificate is not for OCSPSigning",
    );
    refused(
        &["--ca", "issuing", "--responder", "responder.pem", "--key", &key, "--next-update", "2y"],
        "when the responder's certificate ends",
    );
    refused(
        &["--ca", "issuing", "--responder", "responder.pem", "--key", &key, "--until", "2020-01-01"],
        "does not lie after thisUpdate",
    );
}
