//! The responder over HTTP: OpenSSL as a client, requests by GET, what HTTP wants to know, garbage, slow clients, many
//! connections, and an end under load.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use keyrite::x509::ocsp::{CertIdHash, CertStatus, OcspResponse};

use super::ocsp::Scene;
use super::server::{Answer, LATER, MALFORMED, REQUEST, Server, UNAUTHORIZED, path, post};

/// OpenSSL's own request about a certificate.
fn request(scene: &Scene, ca: &str, leaf: &str) -> Vec<u8> {
    scene.asked(ca, leaf, CertIdHash::Sha1, &["-no_nonce", "-reqout", "asked.der"]);
    scene.home.read("asked.der")
}

#[test]
fn openssl_is_answered_and_nothing_good_is_served_that_is_revoked_by_now() {
    let scene = Scene::new();
    std::fs::create_dir(scene.home.path("out")).unwrap();
    for ca in ["issuing", "direct"] {
        scene.sign(ca, &["--all", "--hash", "both", "--out", "out"]);
    }
    let mut server = Server::start(&scene.home, &["ocsp", "serve", "--ca", "issuing", "--ca", "direct"]);
    let url = format!("http://{}/", server.address);
    for ca in ["issuing", "direct"] {
        for hash in CertIdHash::ALL {
            for (name, status) in [("good", "good"), ("bad", "revoked"), ("held", "revoked")] {
                let leaf = format!("{ca}-{name}.pem");
                let said = scene.asked(ca, &leaf, hash, &["-no_nonce", "-url", &url]);
                assert!(said.contains("Response verify OK"), "{said}");
                assert!(said.contains(&format!("{leaf}: {status}\n")), "{said}");
                // By GET, as RFC 5019 has it.
                let said = scene.judged(ca, &leaf, hash, &|name| {
                    let answer = server.get_request(&Base64::decode_vec(name).unwrap(), "");
                    assert!(answer.is(200), "{}", answer.head);
                    answer.body
                });
                assert!(said.contains(&format!("{leaf}: {status}\n")), "{said}");
            }
        }
    }
    // A nonce is not repeated by what was signed ahead, of which OpenSSL only warns.
    let said = scene.asked("direct", "direct-good.pem", CertIdHash::Sha1, &["-nonce", "-url", &url]);
    assert!(
        said.contains("WARNING: no nonce in response") && said.contains("direct-good.pem: good\n"),
        "{said}"
    );

    let asked = request(&scene, "direct", "direct-bad.pem");
    let answer = server.get_request(&asked, "");
    assert_eq!(answer.header("content-type"), Some("application/ocsp-response"));
    let control = "max-age=3600, public, no-transform, must-revalidate";
    assert_eq!(answer.header("cache-control"), Some(control));
    assert!(answer.header("date").is_some_and(|date| date.ends_with(" GMT")), "{}", answer.head);
    let (since, until) = (answer.header("last-modified").unwrap(), answer.header("expires").unwrap());
    assert_ne!(since, until);
    let tag = answer.header("etag").unwrap();
    let had = [
        format!("If-None-Match: {tag}\r\n"),
        format!("If-None-Match: \"other\", W/{tag}\r\n"),
        "If-None-Match: *\r\n".to_owned(),
        format!("If-Modified-Since: {since}\r\n"),
    ];
    for had in had {
        let again = server.get_request(&asked, &had);
        assert!(again.is(304) && again.body.is_empty(), "{had}{}", again.head);
        assert_eq!(again.header("etag"), Some(tag));
    }
    let other = format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {since}\r\n");
    assert!(server.get_request(&asked, &other).is(200));
    let head = format!("HEAD {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path(&asked));
    let head = server.send(head.as_bytes());
    assert!(head.is(200) && head.body.is_empty() && head.header("etag") == Some(tag), "{}", head.head);
    let posted = server.post(REQUEST, &asked);
    assert!(
        posted.is(200) && posted.body == answer.body && posted.header("etag").is_none(),
        "{}",
        posted.head
    );

    // What was good is revoked: tryLater at once, until there is a new response.
    let good = request(&scene, "direct", "direct-good.pem");
    assert_eq!(server.get_request(&good, "").status(), CertStatus::Good);
    scene.home.keyrite(&["revoke", "direct-good.pem", "--ca", "direct", "--reason", "superseded"]);
    for answer in [server.get_request(&good, ""), server.post(REQUEST, &good)] {
        assert!(answer.is(200) && answer.body == LATER, "{} {:?}", answer.head, answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    scene.sign("direct", &["--all", "--out", "out"]);
    assert!(matches!(server.get_request(&good, "").status(), CertStatus::Revoked { .. }));

    assert_eq!(server.watch("/live"), (true, "alive\n".to_owned()));
    assert_eq!(server.watch("/ready"), (true, "ready\n".to_owned()));
    let (_, metrics) = server.watch("/metrics");
    for wanted in [
        "keyrite_ocsp_replies_total{outcome=\"try-later\"} 2\n",
        "keyrite_http_answers_total{code=\"304\"} 4\n",
        "keyrite_ready 1\n",
        "keyrite_ocsp_next_update_seconds{ca=\"direct\"} ",
    ] {
        assert!(metrics.contains(wanted), "{wanted}{metrics}");
    }
    // The end points are at their own address alone.
    assert!(server.get("/metrics", "").is(404));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn garbage_slow_clients_many_connections_and_an_end_under_load_do_no_harm() {
    let scene = Scene::new();
    std::fs::create_dir(scene.home.path("out")).unwrap();
    scene.sign("direct", &["--all", "--out", "out"]);
    let mut server = Server::start(&scene.home, &["ocsp", "serve"]);
    let (ready, why) = server.watch("/ready");
    assert!(!ready && why == "no current responses of root issuing\n", "{why}");
    let request = request(&scene, "direct", "direct-good.pem");
    // Parameters of a hash function mean nothing: NULL begins at 19.
    for octet in (0..request.len()).filter(|octet| *octet != 19) {
        let mut changed = request.clone();
        changed[octet] ^= 0xff;
        let answer = server.post(REQUEST, &changed);
        assert!(answer.is(200), "{octet}: {}", answer.head);
        assert!(answer.body == MALFORMED || answer.body == UNAUTHORIZED, "{octet}: {:?}", answer.body);
    }
    for cut in [0, 1, request.len() - 1] {
        assert_eq!(server.post(REQUEST, &request[..cut]).body, MALFORMED);
    }
    assert_eq!(server.get("/ocsp/MAAA", "").body, MALFORMED);
    assert_eq!(server.get("/ocsp/M%zz", "").body, MALFORMED);
    assert!(server.get("/nothing", "").is(404));
    assert!(server.get("/", "").is(404));
    assert!(server.get(&format!("/{}", "M".repeat(9000)), "").is(414));
    assert!(server.post("text/plain", &request).is(415));
    assert!(server.post(REQUEST, &vec![0x30; 20_000]).is(413));
    assert!(server.send(b"DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").is(405));
    assert!(server.send(b"\x16\x03\x01\x02\x00\x01\r\n\r\n").is(400));
    let many: String = (0..100).map(|number| format!("X-{number}: y\r\n")).collect();
    assert!(server.get("/", &many).is(431));

    // Clients that send nothing, or half of something, keep nobody from being answered.
    let mut idle: Vec<TcpStream> = (0..400).map(|_| server.connect()).collect();
    for stream in idle.iter_mut().step_by(2) {
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Le")
            .unwrap();
    }
    assert_eq!(server.post(REQUEST, &request).status(), CertStatus::Good);
    // A busy machine takes them in one after the other.
    let open = || {
        let (_, metrics) = server.watch("/metrics");
        let open = metrics.lines().find_map(|line| line.strip_prefix("keyrite_http_connections "));
        open.and_then(|open| open.parse::<u32>().ok()).unwrap()
    };
    let all = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        open() >= 400
    });
    assert!(all, "{}", open());

    // Whoever is answered while it ends is answered rightly.
    let (ending, right) = (AtomicBool::new(false), AtomicU64::new(0));
    let address = server.address;
    let whole = post(REQUEST, &request, "");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ending.load(Ordering::Relaxed) {
                    let Ok(mut stream) = TcpStream::connect(address) else { return };
                    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                    let mut got = vec![0; 16_384];
                    while stream.write_all(&whole).is_ok() {
                        let Ok(length @ 1..) = stream.read(&mut got) else { break };
                        let answer = Answer::of(&got[..length]);
                        assert!(answer.is(200) && answer.status() == CertStatus::Good, "{}", answer.head);
                        right.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_millis(300));
        assert!(server.is_running());
        let code = server.terminate();
        ending.store(true, Ordering::Relaxed);
        assert_eq!(code, Some(0));
    });
    assert!(right.load(Ordering::Relaxed) > 0);
    drop(idle);
}

/// A nonce of so many octets in OpenSSL's request, which has one of 16 at its end.
fn with_nonce(request: &[u8], octets: usize) -> Vec<u8> {
    let tlv = |tag: u8, contents: &[u8]| {
        let [.., high, low] = contents.len().to_be_bytes();
        let head = match (high, low) {
            (0, 0..0x80) => vec![tag, low],
            (0, _) => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [&head, contents].concat()
    };
    let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];
    let value = tlv(4, &tlv(4, &vec![0xa5; octets]));
    let extensions = tlv(0xa2, &tlv(0x30, &tlv(0x30, &[&oid[..], &value].concat())));
    // The request is SEQUENCE { SEQUENCE { requestList } }, each with a length of one octet.
    assert!(request[0] == 0x30 && request[1] < 0x80 && request[2] == 0x30, "{request:02x?}");
    tlv(0x30, &tlv(0x30, &[&request[4..], &extensions].concat()))
}

#[test]
fn a_responder_signs_live_what_the_ledger_says_and_repeats_nonces() {
    let scene = Scene::new();
    let key = scene.home.key_uri("responder");
    let live = ["--responder", "responder.pem", "--key", &key, "--journal", "live.jsonl"];
    let serve = ["ocsp", "serve", "--ca", "issuing", "--ca", "direct"];
    let mut server = Server::start(&scene.home, &[&serve[..], &live].concat());
    let url = format!("http://{}/", server.address);
    for hash in CertIdHash::ALL {
        for (name, status) in [("good", "good"), ("bad", "revoked"), ("held", "revoked")] {
            let leaf = format!("issuing-{name}.pem");
            for nonce in ["-nonce", "-no_nonce"] {
                let said = scene.asked("issuing", &leaf, hash, &[nonce, "-url", &url]);
                assert!(said.contains("Response verify OK") && !said.contains("WARNING"), "{said}");
                assert!(said.contains(&format!("{leaf}: {status}\n")), "{said}");
            }
        }
    }
    // A number that was never taken, several certificates at once, and a CA for which nobody signs.
    let unknown = ["-no_nonce", "-serial", "0x4C0FFEE1", "-url", &url];
    let said = scene.asked("issuing", "issuing-good.pem", CertIdHash::Sha1, &unknown);
    assert!(said.contains("issuing-good.pem: good\n") && said.contains("0x4C0FFEE1: unknown\n"), "{said}");
    let other = request(&scene, "direct", "direct-good.pem");
    assert_eq!(server.post(REQUEST, &other).body, UNAUTHORIZED);

    // RFC 9654: 1 to 128 octets are repeated, others are not a request.
    let good = request(&scene, "issuing", "issuing-good.pem");
    for octets in [1, 16, 32, 128] {
        let answer = server.post(REQUEST, &with_nonce(&good, octets));
        let response = OcspResponse::from_der(&answer.body).unwrap();
        assert_eq!(response.basic().unwrap().data.nonce, Some(vec![0xa5; octets]));
    }
    for octets in [0, 129] {
        assert_eq!(server.post(REQUEST, &with_nonce(&good, octets)).body, MALFORMED);
    }
    // Without a nonce a response is signed once, until something is revoked.
    let first = server.get_request(&good, "");
    assert!(first.header("etag").is_some() && first.header("expires").is_some(), "{}", first.head);
    let signed = |server: &Server| -> u64 {
        let (_, page) = server.watch("/metrics");
        let line =
            page.lines().find_map(|line| line.strip_prefix("keyrite_ocsp_signed_total{ca=\"issuing\"} "));
        line.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
    };
    let before = signed(&server);
    for _ in 0..20 {
        assert_eq!(server.get_request(&good, "").status(), CertStatus::Good);
    }
    // Each thread remembers for itself.
    assert!(signed(&server) < before + 20, "{before} {}", signed(&server));
    scene.home.keyrite(&["revoke", "issuing-good.pem", "--ca", "issuing", "--reason", "key-compromise"]);
    for answer in [server.get_request(&good, ""), server.post(REQUEST, &good)] {
        assert!(matches!(answer.status(), CertStatus::Revoked { .. }), "{}", answer.head);
    }
    assert_eq!(server.watch("/ready"), (false, "no current responses of direct\n".to_owned()));

    // A worker that dies is started anew, and nobody notices.
    let before = signed(&server);
    server.kill_workers();
    let answer = server.post(REQUEST, &with_nonce(&good, 16));
    assert!(matches!(answer.status(), CertStatus::Revoked { .. }));
    assert!(signed(&server) > before);
    assert_eq!(server.terminate(), Some(0));

    // What the token was asked for stands in the journal, and was on disk before.
    let journal = String::from_utf8(scene.home.read("live.jsonl")).unwrap();
    let counts = |event: &str| -> u64 {
        let lines = journal.lines().filter(|line| line.contains(&format!("\"event\":\"{event}\"")));
        let count = |line: &str| {
            let rest = line.split("\"count\":").nth(1).unwrap();
            rest.split(',').next().unwrap().parse::<u64>().unwrap()
        };
        lines.map(count).sum()
    };
    // The batch that the worker did not live to sign is asked for twice.
    assert_eq!(counts("signing"), counts("signed") + 1, "{journal}");
    scene.home.keyrite(&["audit", "verify"]);
}

#[test]
fn who_may_not_sign_live_is_refused_before_anything_is_served() {
    let scene = Scene::new();
    let (key, direct) = (scene.home.key_uri("responder"), scene.home.key_uri("direct"));
    let refused = |arguments: &[&str], wanted: &str| {
        let (home, module) = (scene.home.path("ca"), scene.home.module());
        let (pin, program) = (scene.home.pin_source(), env!("CARGO_BIN_EXE_keyrite"));
        // One that is not refused would serve for ever.
        let general = ["20", program, "--home", home.to_str().unwrap(), "--module", &module];
        let serve = ["--pin-source", &pin, "ocsp", "serve", "--listen", "127.0.0.1:0"];
        let (ok, said) = scene.home.run("timeout", &[&general[..], &serve, arguments].concat());
        assert!(!ok && said.contains(wanted), "{arguments:?}\n{said}");
    };
    let by = |certificate: &'static str, key: &str| {
        ["--journal", "live.jsonl", "--responder", certificate, "--key", key].map(str::to_owned)
    };
    for (certificate, key, wanted) in [
        ("issuing-good.pem", &key, "caused by: the responder's certificate is not for OCSPSigning"),
        ("direct.pem", &direct, "the certificate is not one of a responder of CA \"direct\""),
        ("responder.pem", &direct, "the key in the token is not the one in the responder's certificate"),
    ] {
        let arguments = by(certificate, key);
        refused(&arguments.each_ref().map(String::as_str), wanted);
    }
    refused(&["--live", "--journal", "live.jsonl"], "no responder is configured for any of the CAs");
    refused(&["--live"], "--journal");
    let arguments = by("responder.pem", &key);
    let arguments = arguments.each_ref().map(String::as_str);
    refused(&[&arguments[..], &["--ca", "direct"]].concat(), "none of the CAs has issued this certificate");
    refused(&[&arguments[..], &["--next-update", "1s"]].concat(), "does not lie after thisUpdate");
    refused(&["--ca", "nobody"], "no CA \"nobody\"");
    // A responder that is revoked signs nothing any more.
    let mut server =
        Server::start(&scene.home, &[&["ocsp", "serve", "--ca", "issuing"][..], &arguments].concat());
    let good = request(&scene, "issuing", "issuing-good.pem");
    assert_eq!(server.post(REQUEST, &good).status(), CertStatus::Good);
    scene.home.keyrite(&["revoke", "responder.pem", "--ca", "issuing", "--reason", "key-compromise"]);
    assert_eq!(server.post(REQUEST, &good).body, LATER);
    let (ready, why) = server.watch("/ready");
    assert!(
        !ready
            && why
                .starts_with("nothing is signed for issuing: the responder's certificate is revoked since "),
        "{why}"
    );
    assert_eq!(server.terminate(), Some(0));
}
