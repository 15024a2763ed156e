//! The whole way, and back.

use crate::scene::Scene;

#[test]
fn what_is_asked_on_one_side_comes_back_proven_from_the_other() {
    let scene = Scene::new();
    scene.ask(&["r1.csr", "r2.csr"], &["--crl", "--ocsp", "--valid-for", "30d", "--expires-in", "90d"]);
    assert_eq!(scene.home.files("request"), ["README.txt", "request.json", "request.note", "requests"]);
    let shown = scene.online_done(&["bundle", "show", "request"]);
    for wanted in [
        "requests to a CA",
        "web-team",
        "tls-server",
        "requests/0001.csr (r1.csr)",
        "a fresh CRL",
        "by a key of a token",
    ] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }

    let run = scene.answer("request", "answer");
    assert_eq!(run.code, Some(0), "{run:#?}");
    // Two challenges by which the keys of CA and responder are shown, two certificates, a CRL, two OCSP responses, and
    // the checkpoint.
    assert_eq!(scene.signatures(), 2 + 2 + 1 + 2 + 1, "{run:#?}");
    let files = scene.contents("answer");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "README.txt",
            "answer.json",
            "answer.tlog-proof",
            "certificates/0001.pem",
            "certificates/0002.pem",
            "chain.pem",
            "checkpoint",
            "crls/0001.crl",
            "ocsp/0001.ors",
            "ocsp/0002.ors",
            "proofs/0001.tlog-proof",
            "proofs/0002.tlog-proof",
        ]
    );
    assert!(scene.online_done(&["bundle", "show", "answer"]).contains("the answer of a CA"));

    let run = scene.accept("answer", "accepted");
    assert_eq!(run.code, Some(0), "{run:#?}");
    for wanted in ["r1.csr", "CN=r2.example.test", "accepted/certificates/0001.pem"] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    for number in ["0001", "0002"] {
        let certificate = format!("accepted/certificates/{number}.pem");
        let (good, said) = scene.home.openssl(&["verify", "-CAfile", "root.pem", &certificate]);
        assert!(good, "{said}");
        // Anybody can verify the proof by itself, as those of audit prove.
        let proof = format!("accepted/proofs/{number}.tlog-proof");
        scene.online_done(&[
            "audit",
            "verify",
            "--proof",
            &proof,
            "--certificate",
            &certificate,
            "--key-of",
            "root.pem",
        ]);
    }
    let (good, said) =
        scene.home.openssl(&["crl", "-in", "accepted/crls/0001.crl", "-CAfile", "root.pem", "-noout"]);
    assert!(good && said.contains("verify OK"), "{said}");
    scene.home.done(&["audit", "verify"]);
}

/// The second of three has no name that the profile takes, and the others are none the worse for it.
#[test]
fn a_refused_request_stops_no_other_and_the_answer_says_why() {
    let scene = Scene::new();
    let new = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let bare = ["-keyout", "bare.key", "-subj", "/CN=not a host", "-out", "bare.csr"];
    assert!(scene.home.openssl(&[&new[..], &bare].concat()).0);
    scene.ask(&["r1.csr", "bare.csr", "r3.csr"], &[]);
    let run = scene.answer("request", "answer");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("requests/0002.csr: ") && run.stdout.contains("POL-"), "{}", run.stdout);
    let run = scene.accept("answer", "accepted");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stdout.contains("POL-"), "{}", run.stdout);
    assert_eq!(scene.home.files("accepted/certificates"), ["0001.pem", "0003.pem"]);
    // The CRL on record came with it, though nobody asked for a fresh one.
    assert_eq!(scene.home.files("accepted/crls"), ["0001.crl"]);
}

#[test]
fn a_requester_revokes_what_it_was_given_and_nothing_else() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    let answer: serde_json::Value = serde_json::from_slice(&scene.contents("answer")["answer.json"]).unwrap();
    let own = answer["results"][0]["certificate"]["serial"].as_str().unwrap().to_owned();
    let other = scene.serials().into_keys().find(|serial| *serial != own).unwrap();
    std::fs::remove_dir_all(scene.path("request")).unwrap();
    let revoke = [&format!("{own}:superseded"), &format!("{other}:key-compromise")];
    scene.ask(&[], &["--revoke", revoke[0], "--revoke", revoke[1], "--crl"]);
    let run = scene.answer("request", "second");
    assert_eq!(run.code, Some(1), "{run:#?}");
    let wanted = format!("revocation of {other}: certificate {other} was not given to requester web-team");
    assert!(run.stdout.contains(&wanted), "{}", run.stdout);
    assert_eq!(scene.accept("second", "accepted").code, Some(1));
    let (_, text) = scene.home.openssl(&["crl", "-in", "accepted/crls/0001.crl", "-noout", "-text"]);
    assert!(text.contains(&own), "{text}");
}
