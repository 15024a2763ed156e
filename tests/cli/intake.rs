//! What certificates are made from: requests that are compared, bare keys, and certificates that exist.

use crate::issued::Home;
use crate::program::save;
use crate::request::Request;

const ISSUE: [&str; 6] = ["issue", "--ca", "root", "--profile", "tls-client", "--yes"];

/// A key of its own, the request for it and its public half, all named `name`.
fn request(home: &Home, name: &str) {
    let (key, csr, public) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pub"));
    let new =
        ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", &key];
    home.openssl(&[&new[..], &["-subj", &format!("/CN={name}"), "-out", &csr]].concat());
    home.openssl(&["pkey", "-in", &key, "-pubout", "-out", &public]);
}

fn events(home: &Home, kind: &str) -> Vec<serde_json::Value> {
    let listed = home.run(&["audit", "list", "--json"]).ends(0).json();
    let entries = listed["entries"].as_array().unwrap().iter();
    entries.filter(|entry| entry["event"] == kind).map(|entry| entry["details"].clone()).collect()
}

/// Q06: the digest that the requester told by telephone.
#[test]
fn a_request_is_held_to_the_digest_that_the_requester_told() {
    let home = Home::with_root("cli-intake-digest");
    request(&home, "ann");
    let shown = home.run(&["request", "show", "ann.csr", "--json"]).ends(0).json();
    let sha256 = shown["sha256"]["hex"].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned();
    let wrong = "00".repeat(32);
    let run = home.run(&[&ISSUE[..], &["ann.csr", "--request-sha256", &wrong]].concat()).ends(1);
    assert!(
        run.stderr.contains(&format!("the request has the SHA-256 {sha256}, wanted {wrong}"))
            && run.stderr.contains("hint: it is not the request of which the requester told"),
        "{run:#?}"
    );
    let spaced =
        sha256.to_uppercase().as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":");
    home.run(&[&ISSUE[..], &["ann.csr", "--request-sha256", &spaced, "--out", "ann.pem"]].concat()).ends(0);
    let signing = events(&home, "signing").pop().unwrap();
    assert_eq!((&signing["origin"], &signing["request-sha256"]), (&"request".into(), &sha256.into()));
    let run = home.run(&[&ISSUE[..], &["ann.csr", "--request-sha256", "abc"]].concat()).ends(2);
    assert!(run.stderr.contains("wanted 64 hexadecimal digits"), "{run:#?}");
}

#[test]
fn a_bare_key_is_certified_with_the_words_that_say_how_it_was_proven() {
    let home = Home::with_root("cli-intake-bare");
    request(&home, "sensor");
    let bare = [&ISSUE[..], &["--public-key", "sensor.pub"]].concat();
    let run = home.run(&bare).ends(2);
    assert!(run.stderr.contains("--possession <TEXT>"), "{run:#?}");
    let run = home.run(&[&bare[..], &["--possession", "  "]].concat()).ends(2);
    assert!(
        run.stderr.contains("nothing says how it was proven that the private key is the requester's"),
        "{run:#?}"
    );

    let words = "read from the device by \u{1b}[2J its maker";
    let full = [&bare[..], &["--possession", words, "--subject", "CN=Sensor 7"]].concat();
    let run = home.run(&[&full[..], &["--dry-run"]].concat()).ends(0);
    assert!(run.stdout.contains("a public key without a request"), "{run:#?}");
    assert!(run.stdout.contains("read from the device by \\u{1b}[2J its maker"), "{run:#?}");
    home.run(&[&full[..], &["--out", "sensor.pem"]].concat()).ends(0);
    let key = home.openssl(&["x509", "-in", "sensor.pem", "-noout", "-pubkey"]);
    assert_eq!(key, std::fs::read_to_string(home.tokens.path().join("sensor.pub")).unwrap());
    let signing = events(&home, "signing").pop().unwrap();
    assert_eq!((&signing["origin"], &signing["possession"]), (&"public-key".into(), &words.into()));
    assert_eq!(signing["request-sha256"], serde_json::Value::Null);

    // The same key for somebody else: told, not refused.
    let other = [&bare[..], &["--possession", "by hand", "--subject", "CN=Sensor 8", "--dry-run"]].concat();
    let run = home.run(&other).ends(0);
    assert!(run.stdout.contains("the key is certified for CN=Sensor 7 as well, serial "), "{run:#?}");

    // DER is as good; a request or a certificate is no public key.
    home.openssl(&["pkey", "-pubin", "-in", "sensor.pub", "-outform", "DER", "-out", "sensor.der"]);
    let from = |file: &'static str| {
        [&ISSUE[..], &["--public-key", file, "--possession", "x", "--subject", "CN=Sensor 7", "--dry-run"]]
            .concat()
    };
    home.run(&from("sensor.der")).ends(0);
    let run = home.run(&from("sensor.csr")).ends(1);
    assert!(run.stderr.contains("PUBLIC KEY"), "{run:#?}");
    // The key of the CA itself.
    home.openssl(&["x509", "-in", "root.pem", "-noout", "-pubkey", "-out", "root.pub"]);
    let run = home.run(&from("root.pub")).ends(1);
    assert!(run.stdout.contains("[POL-KEY-OF-CA]"), "{run:#?}");
    let refused = events(&home, "request-refused").pop().unwrap();
    assert_eq!((&refused["origin"], &refused["possession"]), (&"public-key".into(), &"x".into()));
}

#[test]
fn one_key_for_two_subjects_of_a_run_is_told_of() {
    let home = Home::with_root("cli-intake-twice");
    for (file, name) in [("a.csr", "CN=Ann"), ("b.csr", "CN=Bob"), ("again.csr", "CN=Ann")] {
        let name: keyrite::x509::name::Name = name.parse().unwrap();
        let request = Request { subject: name.as_der().to_vec(), extensions: vec![], ..Request::good() };
        save(&home.tokens.path().join(file), request.to_der());
    }
    let run = home.run(&[&ISSUE[..], &["a.csr", "b.csr", "again.csr", "--dry-run"]].concat()).ends(0);
    let told = |name: &str| {
        run.stdout.matches(&format!("the key is asked for in this run for {name} as well")).count()
    };
    assert_eq!((told("CN=Ann"), told("CN=Bob")), (1, 2), "{run:#?}");
    let run = home.run(&[&ISSUE[..], &["a.csr", "again.csr", "--dry-run"]].concat()).ends(0);
    assert!(!run.stdout.contains("in this run"), "{run:#?}");
}

#[test]
fn a_certificate_is_renewed_as_it_was_unless_it_is_revoked_or_not_of_this_home() {
    let home = Home::with_root("cli-intake-renew");
    request(&home, "ann");
    home.run(&[&ISSUE[..], &["ann.csr", "--subject", "CN=Ann Example", "--out", "ann.pem"]].concat()).ends(0);
    let renew = [&ISSUE[..], &["--renew", "ann.pem"]].concat();
    home.run(&[&renew[..], &["--out", "ann-2.pem"]].concat()).ends(0);
    for field in ["-subject", "-pubkey"] {
        let one = home.openssl(&["x509", "-in", "ann.pem", "-noout", field]);
        assert_eq!(one, home.openssl(&["x509", "-in", "ann-2.pem", "-noout", field]));
    }
    let serial = home.openssl(&["x509", "-in", "ann.pem", "-noout", "-serial"]);
    let serial = serial.trim().trim_start_matches("serial=").to_owned();
    let signing = events(&home, "signing").pop().unwrap();
    assert_eq!((&signing["origin"], &signing["origin-serial"]), (&"renewal".into(), &serial.clone().into()));

    // A certificate of the same names by somebody else's key.
    home.openssl(&["x509", "-req", "-in", "ann.csr", "-signkey", "ann.key", "-out", "self.pem"]);
    let run = home.run(&[&ISSUE[..], &["--renew", "self.pem"]].concat()).ends(1);
    assert!(run.stderr.contains("nothing is on record of its issuer, CN=ann"), "{run:#?}");
    let mut forged = std::fs::read(home.tokens.path().join("ann.pem")).unwrap();
    let der = home.openssl(&["x509", "-in", "ann.pem", "-outform", "DER", "-out", "ann.der"]);
    assert_eq!(der, "");
    forged.clear();
    forged.extend(std::fs::read(home.tokens.path().join("ann.der")).unwrap());
    *forged.last_mut().unwrap() ^= 1;
    save(&home.tokens.path().join("forged.der"), &forged);
    let run = home.run(&[&ISSUE[..], &["--renew", "forged.der"]].concat()).ends(1);
    assert!(run.stderr.contains("error: forged.der: "), "{run:#?}");

    home.run(&["revoke", "ann.pem", "--ca", "root", "--reason", "superseded", "--yes"]).ends(0);
    let run = home.run(&renew).ends(1);
    assert!(
        run.stderr.contains(&format!("certificate {serial} of root is revoked, and is not renewed")),
        "{run:#?}"
    );
    assert_eq!(events(&home, "signing").len(), 3, "the root, Ann's, and Ann's second");
}
