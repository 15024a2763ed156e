//! The published history of a public CA as a script: two roots that certify each other, intermediates below both, and
//! the CRLs of the roots. Every field of what comes out is compared.

use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::extension::oid;

use crate::scene::{Scene, files};

const SCRIPT: &str = r#"
[ceremony]
title = "A history"
purpose = "Two roots, their cross-certificates, intermediates and CRLs."

[roles.one]
description = "does it"

[ca.x1]
crl_urls = ["http://x1.c.example.test/"]
ca_issuer_urls = ["http://x1.i.example.test/"]

[ca.x2]
crl_urls = ["http://x2.c.example.test/"]
ca_issuer_urls = ["http://x2.i.example.test/"]

[[section]]
title = "All of it"
present = { one = 1 }

[[section.step]]
do = "create-root"
ca = "x1"
token = "x1"
key = "x1"
algorithm = "ec-p384"
subject = "C=AT,O=Example Trust,CN=Example Root X1"
validity = "20y"

[[section.step]]
do = "create-root"
ca = "x2"
token = "x2"
key = "x2"
algorithm = "ec-p384"
subject = "C=AT,O=Example Trust,CN=Example Root X2"
validity = "20y"

[[section.step]]
do = "cross-certify"
ca = "x1"
for = "x2"
validity = "5y"

[[section.step]]
do = "request"
ca = "e5"
token = "issuing"
key = "e5"
algorithm = "ec-p384"
subject = "C=AT,O=Example Trust,CN=E5"

[[section.step]]
do = "issue"
ca = "x2"
for = "e5"
profile = "intermediate"
validity = "3y"

[[section.step]]
do = "install"
ca = "e5"

[[section.step]]
do = "issue-crl"
ca = "x1"
next_update = "360d"

[[section.step]]
do = "issue-crl"
ca = "x2"
next_update = "360d"
"#;

#[test]
fn the_shape_of_a_public_ca_comes_out_field_by_field() {
    let scene = Scene::new();
    scene.write("history.toml", SCRIPT);
    scene.write("people.toml", "[people]\none = [\"Ada\"]\n");
    scene.done(&["ceremony", "rehearse", "history.toml", "--answers", "people.toml", "--out", "history"]);
    assert!(scene.done(&["ceremony", "verify", "history"]).contains("good        yes\n"));
    let bundle = files(&scene.path("history"));
    let certificate = |name: &str| Certificate::read(&bundle[&format!("outputs/{name}")]).unwrap();
    let (x1, x2) = (certificate("x1.pem"), certificate("x2.pem"));
    let (cross, e5) = (certificate("cross-1.3.pem"), certificate("e5.pem"));
    let value =
        |of: &Certificate, oid| of.extension(oid).map(|one| (one.critical, format!("{:?}", one.value)));

    // The mirror: subject, key, identifier, usages and constraints are those of X2 itself, octet for octet.
    assert_eq!(cross.subject().as_der(), x2.subject().as_der());
    assert_eq!(cross.spki_der(), x2.spki_der());
    for mirrored in [oid::SUBJECT_KEY_IDENTIFIER, oid::KEY_USAGE, oid::BASIC_CONSTRAINTS] {
        assert_eq!(value(&cross, mirrored), value(&x2, mirrored), "{mirrored}");
        assert!(value(&cross, mirrored).is_some(), "{mirrored}");
    }
    // What belongs to the issuer is X1's.
    assert_eq!(cross.issuer().as_der(), x1.subject().as_der());
    for (of, wanted) in [(&cross, &x1), (&e5, &x2)] {
        let identifier = wanted.subject_key_identifier().unwrap();
        let (_, found) = value(of, oid::AUTHORITY_KEY_IDENTIFIER).unwrap();
        assert!(found.contains(&format!("{identifier:?}")), "{found}");
    }
    for (of, place) in [(&cross, "x1"), (&e5, "x2")] {
        let (_, points) = value(of, oid::CRL_DISTRIBUTION_POINTS).unwrap();
        assert!(points.contains(&format!("http://{place}.c.example.test/")), "{points}");
        let (_, access) = value(of, oid::AUTHORITY_INFO_ACCESS).unwrap();
        assert!(access.contains(&format!("http://{place}.i.example.test/")), "{access}");
    }
    // Dates: both ends count, and nothing begins before what it mirrors or ends after its issuer.
    let length = |of: &Certificate| of.not_after().to_unix() - of.not_before().to_unix() + 1;
    for (of, shortest, longest) in
        [(&x1, 7304, 7306), (&x2, 7304, 7306), (&cross, 1826, 1827), (&e5, 1095, 1096)]
    {
        let days = length(of) / 86_400;
        assert!((shortest..=longest).contains(&days), "{}: {days}", of.subject());
    }
    assert!(cross.not_before() >= x2.not_before() && cross.not_after() <= x1.not_after());
    // Both paths hold.
    for (of, by) in [(&x1, &x1), (&x2, &x2), (&cross, &x1), (&e5, &x2), (&e5, &cross)] {
        of.verify_signed_by(&by.public_key().unwrap()).unwrap();
    }
    assert_eq!(e5.issuer().as_der(), cross.subject().as_der());
    for (file, by) in [("x1-1.7.crl", &x1), ("x2-1.8.crl", &x2)] {
        let crl = Crl::read(&bundle[&format!("outputs/{file}")]).unwrap();
        crl.verify_signed_by(&by.public_key().unwrap()).unwrap();
        assert_eq!(crl.issuer().as_der(), by.subject().as_der());
        assert!(crl.revoked().is_empty());
        assert_eq!(crl.number().unwrap().to_string(), "1");
    }
}
