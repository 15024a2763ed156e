//! A directory served by HTTP: media types and times of what relying parties fetch, requests of OCSP answered by files,
//! and paths that lead nowhere.

use std::os::unix::fs::symlink;
use std::time::Duration;

use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::ocsp::{CertIdHash, CertStatus};

use super::ocsp::Scene;
use super::server::{LATER, MALFORMED, REQUEST, Server, UNAUTHORIZED};

/// A time as HTTP writes it.
fn http_date(time: keyrite::x509::time::Time) -> String {
    let since = Duration::from_secs(time.to_unix().try_into().unwrap());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

#[test]
fn what_relying_parties_fetch_has_its_media_type_and_its_times() {
    let scene = Scene::new();
    let home = &scene.home;
    for directory in ["site", "site/ocsp", "site/ca"] {
        std::fs::create_dir(home.path(directory)).unwrap();
    }
    home.crls();
    let crl = home.read("root.crl");
    home.write("site/root.crl", &crl);
    home.write("site/no-extension", &crl);
    let certificate = Certificate::read(&home.read("root.pem")).unwrap().as_der().to_vec();
    home.write("site/ca/root.cer", &certificate);
    home.write("site/ca/root", &certificate);
    home.write("site/ca/issuing.p7c", b"0\x80");
    home.write("site/index.html", "<!doctype html>");
    // So long that no more than a piece of it is in memory.
    let mut large = crl.clone();
    large.resize(3_000_000, 0);
    home.write("site/large.crl", &large);
    home.write("site/.hidden", "x");
    home.write("secret", "x");
    symlink("../secret", home.path("site/out")).unwrap();
    symlink(home.path("secret"), home.path("site/absolute")).unwrap();
    symlink("..", home.path("site/up")).unwrap();
    symlink("root.crl", home.path("site/latest.crl")).unwrap();
    symlink("circle", home.path("site/circle")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, home.path("site/pipe"), rustix::fs::Mode::RUSR).unwrap();
    let said = scene.sign("direct", &["--all", "--hash", "both", "--out", "site/ocsp"]);
    assert!(said.contains("signed         6\n"), "{said}");

    let mut server = Server::start(home, &["serve", "site"]);
    let read = Crl::from_der(&crl).unwrap();
    let (modified, expires) = (http_date(read.this_update()), http_date(read.next_update().unwrap()));
    for path in ["/root.crl", "/no-extension", "/latest.crl", "//root.crl", "/%72oot.crl"] {
        let answer = server.get(path, "");
        assert!(answer.is(200) && answer.body == crl, "{path} {}", answer.head);
        assert_eq!(answer.header("content-type"), Some("application/pkix-crl"), "{path}");
        assert_eq!(answer.header("expires"), Some(expires.as_str()), "{path}");
        assert_eq!(answer.header("last-modified"), Some(modified.as_str()), "{path}");
        let control = "max-age=3600, public, no-transform, must-revalidate";
        assert_eq!(answer.header("cache-control"), Some(control));
        let tag = answer.header("etag").unwrap();
        for had in [format!("If-None-Match: {tag}\r\n"), format!("If-Modified-Since: {modified}\r\n")] {
            let again = server.get(path, &had);
            assert!(again.is(304) && again.body.is_empty(), "{path} {}", again.head);
        }
    }
    let answer = server.get("/large.crl", "");
    assert!(answer.is(200) && answer.body == large, "{}", answer.head);
    assert_eq!(answer.header("content-length"), Some("3000000"));
    assert_eq!(answer.header("expires"), Some(expires.as_str()));
    let had = format!("If-None-Match: {}\r\n", answer.header("etag").unwrap());
    assert!(server.get("/large.crl", &had).is(304));
    let head = server.send(b"HEAD /large.crl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(head.is(200) && head.body.is_empty() && head.header("content-length") == Some("3000000"));
    for (path, kind) in [
        ("/ca/root.cer", "application/pkix-cert"),
        ("/ca/root", "application/pkix-cert"),
        ("/ca/issuing.p7c", "application/pkcs7-mime"),
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
    ] {
        let answer = server.get(path, "");
        assert!(answer.is(200), "{path} {}", answer.head);
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("last-modified").is_some() && answer.header("expires").is_none());
    }
    for path in [
        "/ca",
        "/ca/",
        "/nothing.crl",
        "/root.crl/x",
        "/../secret",
        "/ca/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/ca/%2e%2e%2f..%2fsecret",
        "/out",
        "/absolute",
        "/up/secret",
        "/up/site/root.crl",
        "/circle",
        "/pipe",
        "/.hidden",
        "/./root.crl",
        "/root.crl%00",
        "/%ff",
        "/%2",
        &format!("/{}", "x".repeat(5000)),
    ] {
        let answer = server.get(path, "");
        assert!(answer.is(404), "{path} {}", answer.head);
        assert_eq!(answer.body, b"nothing is here\n");
    }

    // OpenSSL asks by POST, clients of RFC 5019 by GET: the same files answer.
    let url = format!("http://{}/ocsp", server.address);
    for hash in CertIdHash::ALL {
        for (name, status) in [("good", "good"), ("bad", "revoked"), ("held", "revoked")] {
            let leaf = format!("direct-{name}.pem");
            let said = scene.asked("direct", &leaf, hash, &["-no_nonce", "-url", &url]);
            assert!(said.contains("Response verify OK"), "{said}");
            assert!(said.contains(&format!("{leaf}: {status}\n")), "{said}");
            scene.asked("direct", &leaf, hash, &["-no_nonce", "-reqout", "asked.der"]);
            let asked = home.read("asked.der");
            let answer = server.get_request(&asked, "");
            assert!(answer.is(200), "{}", answer.head);
            assert_eq!(answer.header("content-type"), Some("application/ocsp-response"));
            assert_eq!(server.post(REQUEST, &asked).body, answer.body);
            assert!(answer.header("expires").is_some() && answer.header("etag").is_some());
        }
    }
    assert_eq!(server.post(REQUEST, b"0").body, MALFORMED);
    scene.asked("issuing", "issuing-good.pem", CertIdHash::Sha1, &["-no_nonce", "-reqout", "other.der"]);
    let other = home.read("other.der");
    assert_eq!(server.post(REQUEST, &other).body, UNAUTHORIZED);
    assert!(server.get_request(&other, "").is(404));
    assert!(server.post("text/plain", b"x").is(415));
    assert!(server.send(b"PUT /root.crl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").is(405));

    // A newer file is served at once, and a response no longer than it is good.
    let newer = home.read("issuing.crl");
    home.write("site/newer", &newer);
    std::fs::rename(home.path("site/newer"), home.path("site/root.crl")).unwrap();
    assert_eq!(server.get("/root.crl", "").body, newer);
    let serial = Certificate::read(&home.read("direct-good.pem")).unwrap().serial().to_string();
    scene.sign("direct", &["--serial", &serial, "--next-update", "3s", "--out", "site/ocsp"]);
    scene.asked("direct", "direct-good.pem", CertIdHash::Sha1, &["-no_nonce", "-reqout", "asked.der"]);
    let asked = home.read("asked.der");
    assert_eq!(server.post(REQUEST, &asked).status(), CertStatus::Good);
    std::thread::sleep(Duration::from_secs(4));
    for answer in [server.post(REQUEST, &asked), server.get_request(&asked, "")] {
        assert!(answer.is(200) && answer.body == LATER, "{}", answer.head);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(server.watch("/ready"), (true, "ready\n".to_owned()));
    std::fs::rename(home.path("site"), home.path("away")).unwrap();
    assert!(server.get("/root.crl", "").is(404));
    assert_eq!(server.watch("/ready"), (false, "the directory cannot be read\n".to_owned()));
    std::fs::rename(home.path("away"), home.path("site")).unwrap();
    assert!(server.get("/root.crl", "").is(200));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_directory_and_a_ledger_are_served_together() {
    let scene = Scene::new();
    let home = &scene.home;
    for directory in ["site", "elsewhere"] {
        std::fs::create_dir(home.path(directory)).unwrap();
    }
    home.write("site/index.html", "<!doctype html>");
    scene.sign("direct", &["--all", "--out", "elsewhere"]);
    // Another CA's responses are there as files.
    std::fs::create_dir(home.path("site/ocsp")).unwrap();
    scene.sign("issuing", &["--all", "--out", "site/ocsp"]);
    let server = Server::start(home, &["serve", "site", "--ca", "direct"]);
    let url = format!("http://{}/ocsp", server.address);
    for ca in ["direct", "issuing"] {
        let leaf = format!("{ca}-bad.pem");
        let said = scene.asked(ca, &leaf, CertIdHash::Sha1, &["-no_nonce", "-url", &url]);
        assert!(said.contains(&format!("{leaf}: revoked\n")), "{said}");
        scene.asked(ca, &leaf, CertIdHash::Sha1, &["-no_nonce", "-reqout", "asked.der"]);
        let answer = server.get_request(&home.read("asked.der"), "");
        assert!(answer.is(200) && matches!(answer.status(), CertStatus::Revoked { .. }), "{}", answer.head);
    }
    assert!(server.get("/", "").is(200));
    assert!(server.get("/MAAA", "").body == MALFORMED && server.get("/M.x", "").is(404));
    // Of its own CA the ledger knows better than any file.
    home.keyrite(&["revoke", "direct-good.pem", "--ca", "direct", "--reason", "superseded"]);
    scene.asked("direct", "direct-good.pem", CertIdHash::Sha1, &["-no_nonce", "-reqout", "asked.der"]);
    assert_eq!(server.get_request(&home.read("asked.der"), "").body, LATER);
}
