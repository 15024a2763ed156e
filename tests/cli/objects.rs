//! Certificates and requests as text and as JSON.

use crate::program::{feed, run};
use crate::request::Request;

/// Every text and number in a JSON value.
fn leaves(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Number(number) => found.push(number.to_string()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| leaves(one, found)),
        serde_json::Value::Object(all) => all.values().for_each(|one| leaves(one, found)),
        serde_json::Value::Bool(_) | serde_json::Value::Null => {}
    }
}

/// Asserts that the page holds every fact of the JSON, line ends apart.
#[track_caller]
fn assert_same_facts(text: &str, json: &serde_json::Value) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = flat(text);
    let mut facts = Vec::new();
    leaves(json, &mut facts);
    assert!(facts.len() > 5, "{json}");
    for fact in facts {
        assert!(page.contains(&flat(&fact)), "{fact:?} is not in {text}");
    }
}

#[test]
fn text_and_json_of_a_request_hold_the_same_facts() {
    let directory = tempfile::tempdir().unwrap();
    let request = Request::good().to_der();
    let text = feed(directory.path(), ["request", "show", "-"], &request).ends(0).stdout;
    let json = feed(directory.path(), ["request", "show", "-", "--json"], &request).ends(0).json();
    assert_same_facts(&text, &json);
    assert_eq!(json["asks_for"][0]["name"], "subjectAltName");
    assert_eq!(json["asks_for"][0]["values"][0], "dns:www.example.test");
    assert_eq!(json["key"]["algorithm"], "ec-p256");
}

/// A certificate by OpenSSL with every extension that has words.
#[test]
fn text_and_json_of_a_certificate_hold_the_same_facts() {
    let directory = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("openssl")
        .current_dir(directory.path())
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout k.pem -out c.pem"
                .split(' '),
        )
        .args(["-days", "10", "-subj", "/C=AT/O=Example/CN=Example Root"])
        .args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        .args(["-addext", "extendedKeyUsage=serverAuth,1.2.3.4"])
        .args([
            "-addext",
            "subjectAltName=DNS:a.example.test,IP:192.0.2.1,email:a@example.test,URI:https://a.test/",
        ])
        .args(["-addext", "crlDistributionPoints=URI:http://a.test/crl"])
        .args(["-addext", "authorityInfoAccess=OCSP;URI:http://a.test/ocsp,caIssuers;URI:http://a.test/ca"])
        .args(["-addext", "certificatePolicies=2.23.140.1.2.1"])
        .args([
            "-addext",
            "nameConstraints=critical,permitted;DNS:example.test,excluded;IP:10.0.0.0/255.0.0.0",
        ])
        .args(["-addext", "1.2.3.4.5=ASN1:UTF8String:hello"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = run(directory.path(), ["certificate", "show", "c.pem"]).ends(0).stdout;
    let json = run(directory.path(), ["certificate", "show", "c.pem", "--json"]).ends(0).json();
    assert_same_facts(&text, &json);
    for wanted in [
        "C=AT,O=Example,CN=Example Root",
        "ec-p384",
        "ECDSA with SHA-256",
        "keyUsage, critical (2.5.29.15)",
        "keyCertSign, cRLSign",
        "serverAuth, 1.2.3.4",
        "ip:192.0.2.1",
        "email:a@example.test",
        "uri:https://a.test/",
        "http://a.test/crl",
        "OCSP http://a.test/ocsp",
        "CA issuers http://a.test/ca",
        "2.23.140.1.2.1",
        "permitted dns:example.test",
        "excluded ip:10.0.0.0/8",
        "1.2.3.4.5",
        "DER 0c0568656c6c6f",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn a_certificate_is_told_from_other_pem() {
    let directory = tempfile::tempdir().unwrap();
    let request = Request::good().to_der();
    let pem = keyrite::x509::pem::encode("CERTIFICATE REQUEST", &request);
    let run = feed(directory.path(), ["certificate", "show", "-"], pem.as_bytes()).ends(1);
    assert!(run.stderr.contains("PEM block \"CERTIFICATE REQUEST\", wanted CERTIFICATE"), "{run:#?}");
}
