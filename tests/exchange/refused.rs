//! Bundles of people who may not, for CAs that are others, too late, too large.

use crate::scene::Scene;
use crate::support::fault_module;

/// Refused with these words, with the token asked for nothing and nothing on record.
#[track_caller]
fn refused(scene: &Scene, code: i32, wanted: &str) {
    let serials = scene.serials();
    fault_module::forget(scene.home.token());
    let run = scene.answer("request", "answer");
    assert_eq!(run.code, Some(code), "{run:#?}");
    assert!(run.stderr.contains(wanted), "{wanted}: {}", run.stderr);
    assert_eq!((scene.signatures(), scene.serials()), (0, serials));
    assert!(!scene.path("answer").exists());
}

/// Changes the configuration of the CA's home.
fn configure(scene: &Scene, from: &str, to: &str) {
    let text = std::fs::read_to_string(scene.path("ca/keyrite.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    scene.home.write("ca/keyrite.toml", &text.replace(from, to));
}

#[test]
fn nobody_asks_for_what_the_configuration_does_not_say() {
    let scene = Scene::new();
    scene.ask(&["r1.csr", "r2.csr"], &["--crl", "--ocsp"]);
    for (from, to, wanted) in [
        ("[requester.web-team]", "[requester.mail-team]", "requester \"web-team\" is not known here"),
        ("cas = [\"root\"]", "cas = [\"other\"]", "it asks CA root, and may ask other"),
        (
            "profiles = [\"tls-server\"]",
            "profiles = [\"tls-client\"]",
            "it asks for profile \"tls-server\", and may ask for tls-client",
        ),
        ("most_requests = 3", "most_requests = 1", "it has 2 requests, and may have 1"),
        (
            "asks = [\"crl\", \"ocsp\", \"revoke\"]",
            "asks = [\"ocsp\"]",
            "it asks for a fresh CRL, and may not",
        ),
        (
            "asks = [\"crl\", \"ocsp\", \"revoke\"]",
            "asks = [\"crl\"]",
            "it asks for OCSP responses, and may not",
        ),
    ] {
        configure(&scene, from, to);
        refused(&scene, 1, wanted);
        configure(&scene, to, from);
    }
    configure(&scene, "keys = [\"team.pub\", \"soft.pub\"]", "keys = [\"soft.pub\"]");
    refused(&scene, 6, "request.note: the signature is by no key of the requester");
}

/// A root does not answer by OCSP itself: nobody finds that out after the certificates are signed.
#[test]
fn what_cannot_be_given_as_a_whole_is_refused_before_anything_is_signed() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &["--ocsp"]);
    configure(&scene, "[ca.root.ocsp]\nresponder", "[ca.other.ocsp]\nresponder");
    refused(&scene, 1, "has the key usage keyCertSign, cRLSign, wanted digitalSignature");
}

#[test]
fn a_key_that_others_may_write_makes_nobody_a_requester() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    std::fs::set_permissions(scene.path("ca/team.pub"), std::fs::Permissions::from_mode(0o666)).unwrap();
    refused(&scene, 3, "mode 0666, wanted no write permission for group and others");
}

#[test]
fn a_bundle_is_for_one_ca() {
    let scene = Scene::new();
    let key = scene.home.token().key_uri("team");
    let ask = |ca: &[&str]| {
        drop(std::fs::remove_dir_all(scene.path("request")));
        let by = ["--requester", "web-team", "--sign-with", &key, "--out", "request"];
        let what = ["bundle", "request", "r1.csr", "--ca", "root", "--profile", "tls-server"];
        scene.online_done(&[&what[..], ca, &by].concat());
    };
    ask(&["--key-id", "00:11:22:33"]);
    refused(
        &scene,
        1,
        "it is for a CA whose certificate has the key identifier 00112233, and this one's is ",
    );
    ask(&["--ca-certificate", "www.pem"]);
    refused(&scene, 1, "the bundle is for a CA \"root\" that is not of this home");
    // The answer of the right one is refused by who takes another for it.
    ask(&["--ca-certificate", "root.pem"]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    let other =
        ["bundle", "accept", "answer", "--request", "request", "--ca-certificate", "www.pem", "--out", "x"];
    let run = scene.online(&other);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.stderr.contains("answer.json: it is for a CA whose certificate has the SHA-256"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_bundle_is_signed_or_not_answered() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    std::fs::remove_file(scene.path("request/request.note")).unwrap();
    assert!(scene.online_done(&["bundle", "show", "request"]).contains("by nobody"));
    refused(&scene, 6, "request.note is missing");
}

#[test]
fn a_request_that_its_key_has_not_signed_goes_into_no_bundle() {
    let scene = Scene::new();
    let der = ["req", "-in", "r1.csr", "-outform", "DER", "-out", "r1.der"];
    assert!(scene.home.openssl(&der).0);
    let mut octets = std::fs::read(scene.path("r1.der")).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    scene.put("forged", &[("r1.der".to_owned(), octets)].into());
    let key = scene.home.token().key_uri("team");
    let to = ["--ca", "root", "--ca-certificate", "root.pem", "--requester", "web-team", "--out", "request"];
    let to = [&to[..], &["--sign-with", &key]].concat();
    let run =
        scene.online(&[&["bundle", "request", "forged/r1.der", "--profile", "tls-server"], &to[..]].concat());
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("forged/r1.der"), "{}", run.stderr);
    assert!(!scene.path("request").exists());
}

#[test]
fn what_is_older_than_the_crl_at_hand_is_not_accepted() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    scene.home.done(&["crl", "issue", "--ca", "root", "--out", "second.crl"]);
    let accept = |crl: &str, out: &str| {
        let to = ["--request", "request", "--ca-certificate", "root.pem", "--out", out];
        scene.online(&[&["bundle", "accept", "answer", "--previous-crl", crl], &to[..]].concat())
    };
    let run = accept("second.crl", "no");
    assert_eq!(run.code, Some(6), "{run:#?}");
    assert!(run.stderr.contains("is older than this CRL"), "{}", run.stderr);
    assert!(!scene.path("no").exists());
    assert_eq!(accept("first.crl", "yes").code, Some(0));
}
