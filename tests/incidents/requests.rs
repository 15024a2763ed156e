//! Requests: what is refused reaches no token, and what is refused for one is refused for that one alone.

use keyrite::x509::csr::Csr;

use crate::home::Home;
use crate::request::Request;
use crate::support::fault_module;

/// Issues, which must be refused by these rules, with nothing signed and no number taken.
fn refused(home: &Home, arguments: &[&str], rules: &[&str]) {
    let before = home.certificates();
    fault_module::forget(home.token());
    let run = home.keyrite(arguments, "");
    assert_eq!(run.code, Some(1), "{run:#?}");
    for rule in rules {
        assert!(run.stderr.contains(rule), "{rule}: {run:#?}");
    }
    assert_eq!(fault_module::calls(home.token(), "C_Sign"), 0, "{run:#?}");
    assert_eq!(home.certificates(), before);
    assert!(!home.path("x.pem").exists());
}

/// I-11: the ceremony of a sub-CA forgot its cRLDistributionPoints, another used the wrong algorithm, and eight had anyPolicy for a
/// stranger; the linter ran after the signature (DigiCert, Mozilla bug 1654967).
#[test]
fn i11_a_refused_request_costs_no_signature() {
    let home = Home::template();
    let server = home.done(&["profile", "show", "tls-server", "--toml"]);
    let demanding = server.replacen("ca_issuers = \"if-configured\"", "ca_issuers = \"required\"", 1);
    assert_ne!(demanding, server);
    home.write("ca/profiles/placed.toml", &demanding);
    let issue = |profile| ["issue", "r1.csr", "--ca", "root", "--profile", profile, "--out", "x.pem"];
    refused(&home, &issue("placed"), &["POL-PLACES"]);
    // A request of a server by the profile of a CA: several rules, all told at once.
    refused(&home, &issue("intermediate"), &["POL-SUBJECT-MISSING"]);
    refused(&home, &[&issue("tls-server")[..], &["--validity", "10y"]].concat(), &["POL-VALIDITY-MAXIMUM"]);
    refused(
        &home,
        &[&issue("tls-server")[..], &["--not-before", "2015-12-20T00:00:00Z"]].concat(),
        &["POL-NOT-BEFORE-BACKDATED"],
    );
    home.done(&issue("tls-server"));
}

/// I-31: a loop looked at the first name once for each, instead of at each: the authorization of 3,048,289 certificates was not checked
/// again (Let's Encrypt, 2020).
#[test]
fn i31_the_one_that_is_bad_is_refused_wherever_it_stands() {
    let home = Home::template();
    let (ok, said) = home.openssl(&[
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "bad.key",
        "-subj",
        "/CN=bad.example.test",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "subjectAltName=DNS:bad.example.test",
        "-out",
        "bad.csr",
    ]);
    assert!(ok, "{said}");
    let good = ["r1.csr", "r2.csr", "r3.csr", "www.csr"];
    for bad in 0..=good.len() {
        let home = home.copy();
        let mut requests = good.to_vec();
        requests.insert(bad, "bad.csr");
        let before = home.certificates().len();
        fault_module::forget(home.token());
        let run = home.keyrite(&home.issue(&requests, &["--out-dir", "out", "--json"]), "");
        assert_eq!(run.code, Some(1), "{run:#?}");
        let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        for (place, line) in answer["requests"].as_array().unwrap().iter().enumerate() {
            let wanted = if place == bad { "refused" } else { "issued" };
            assert_eq!(line["status"], wanted, "{place} of {requests:?}: {line}");
        }
        assert_eq!(home.certificates().len(), before + good.len());
        assert_eq!(
            fault_module::calls(home.token(), "C_Sign"),
            1 + good.len(),
            "the proof of the key, and the good"
        );
    }
    // One bad name among many is found at every place, too.
    let names = ["dns:a.example.test", "dns:b.example.test", "dns:c.example.test"];
    for bad in 0..=names.len() {
        let mut names = names.to_vec();
        names.insert(bad, "email:a@example.test");
        let names: Vec<&str> = names.iter().flat_map(|name| ["--san", name]).collect();
        let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
        refused(&home, &[&issue[..], &names].concat(), &["POL-SAN-TYPE"]);
    }
}

/// I-38: requests whose signature was not looked at, with an attribute of no value or of several, and with a critical flag that is no
/// BOOLEAN (freeipa, and the vectors of pyca).
#[test]
fn i38_a_request_proves_its_key_and_is_well_formed_before_anything_is_shown() {
    let good = Request::good().to_der();
    Csr::from_der(&good).unwrap().prove().unwrap();
    let forged = Request { forged: true, ..Request::good() }.to_der();
    assert!(Csr::from_der(&forged).unwrap().prove().is_err());
    let last = good.len() - 1;
    let mut flipped = good.clone();
    flipped[last] ^= 1;
    assert!(Csr::from_der(&flipped).unwrap().prove().is_err());
    // Every octet of the signed part counts: there is no request that proves itself with one changed.
    for place in 4..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 0x20;
        let proven = Csr::from_der(&changed).is_ok_and(|csr| csr.prove().is_ok());
        assert!(!proven, "octet {place}");
    }
    // An attribute without a value, one with two, and a critical flag of 1.
    let extension = |critical: &str| format!("30{:02x}0603551d13{critical}04023000", 9 + critical.len() / 2);
    let attribute = |values: &str| {
        let value = format!("06092a864886f70d01090e31{:02x}{values}", values.len() / 2);
        hex::decode(format!("30{:02x}{value}", value.len() / 2)).unwrap()
    };
    let list = |extension: &str| format!("30{:02x}{extension}", extension.len() / 2);
    let one = list(&extension(""));
    for (attributes, wanted) in [
        (attribute(&one), true),
        (attribute(""), false),
        (attribute(&format!("{one}{one}")), false),
        (attribute(&list(&extension("0101ff"))), true),
        (attribute(&list(&extension("010101"))), false),
    ] {
        let der = with_attributes(&good, &attributes);
        assert_eq!(Csr::from_der(&der).is_ok(), wanted, "{}", hex::encode(&attributes));
    }
}

/// The request with other attributes; its signature does not verify any more, which is asked for only later.
fn with_attributes(request: &[u8], attributes: &[u8]) -> Vec<u8> {
    use der::Encode as _;
    use der::asn1::AnyRef;
    use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
    let whole = AnyRef::from_der(request).unwrap();
    let mut parts = SliceReader::new(whole.value()).unwrap();
    let info = AnyRef::decode(&mut parts).unwrap();
    let rest = [parts.tlv_bytes().unwrap(), parts.tlv_bytes().unwrap()].concat();
    let mut fields = SliceReader::new(info.value()).unwrap();
    let kept: Vec<u8> = (0..3).flat_map(|_| fields.tlv_bytes().unwrap().to_vec()).collect();
    assert_eq!(whole.tag(), Tag::Sequence);
    let sequence = |contents: &[u8]| AnyRef::new(Tag::Sequence, contents).unwrap().to_der().unwrap();
    let mut set = sequence(attributes);
    set[0] = 0xa0; // [0] IMPLICIT SET OF
    let info = sequence(&[kept, set].concat());
    sequence(&[info, rest].concat())
}
