//! `lint` with sets of rules, with lints left out, and over responses of OCSP.

use std::path::Path;

use crate::program::{run, save};

/// Runs `openssl` in a directory.
fn openssl(directory: &Path, arguments: &[&str]) {
    let made = std::process::Command::new("openssl").current_dir(directory).args(arguments).output().unwrap();
    assert!(made.status.success(), "{arguments:?}: {made:?}");
}

/// A directory with `c.pem`, a CA that signed itself, and its key.
fn with_ca() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let new =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 10";
    let mut arguments: Vec<&str> = new.split(' ').collect();
    arguments.extend(["-subj", "/CN=Example", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
    openssl(directory.path(), &arguments);
    directory
}

#[test]
fn a_set_of_rules_is_asked_for_by_name() {
    let directory = with_ca();
    let plain = run(directory.path(), ["lint", "c.pem"]).ends(0);
    assert!(!plain.stdout.contains("C14-root-validity"), "{plain:#?}");
    let web = run(directory.path(), ["lint", "c.pem", "--standard", "webpki"]).ends(1);
    for id in ["error C14-root-validity", "error N07-ca-attributes"] {
        assert!(web.stdout.contains(id), "{id}: {web:#?}");
    }
    let unknown = run(directory.path(), ["lint", "c.pem", "--standard", "web"]).ends(2);
    assert!(unknown.stderr.contains("wanted one of rfc5280 webpki etsi"), "{unknown:#?}");
}

#[test]
fn a_lint_that_is_left_out_is_shown_with_its_reason() {
    let directory = with_ca();
    let web = ["lint", "c.pem", "--standard", "webpki"];
    let left_out = [
        &web[..],
        &["--exclude", "C14-root-validity", "--reason", "for a rehearsal"],
        &["--exclude", "N07-ca-attributes", "--reason", "no organization yet", "--by", "A. Auditor"],
    ]
    .concat();
    let run_of = |arguments: &[&str]| run(directory.path(), arguments);
    let text = run_of(&left_out).ends(0).stdout;
    assert!(text.contains("3 left out"), "{text}");
    for line in [
        "left out by A. Auditor, since for a rehearsal: error C14-root-validity: validity: found 10 days",
        "left out by A. Auditor, since no organization yet: error N07-ca-attributes: subject: found no C",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let json = run_of(&[&left_out[..], &["--json"]].concat()).ends(0).json();
    assert_eq!(json["objects"][0]["excluded"][0]["exclusion"]["by"], "A. Auditor");
    for (more, wanted) in [
        (
            &["--exclude", "C01-version", "--reason", "x", "--by", "y"][..],
            "lint C01-version cannot be left out",
        ),
        (&["--exclude", "C99", "--reason", "x", "--by", "y"], "no lint has the id \"C99\""),
        (&["--exclude", "A01-derivation", "--by", "y"], "--reason"),
        (&["--exclude", "A01-derivation", "--reason", "x"], "--by"),
        (
            &["--exclude", "A01-derivation", "--reason", "x", "--reason", "z", "--by", "y"],
            "1 lints to leave out and 2 reasons, wanted one reason for each",
        ),
    ] {
        let refused = run_of(&[&web[..], more].concat()).ends(2);
        assert!(refused.stderr.contains(wanted), "{wanted}: {refused:#?}");
    }
}

#[test]
fn a_response_by_openssl_is_linted_in_der_and_pem() {
    let directory = with_ca();
    save(&directory.path().join("index.txt"), "V\t360101000000Z\t\t1234\tunknown\t/CN=www\n");
    let ask = ["ocsp", "-issuer", "c.pem", "-serial", "0x1234", "-reqout", "request.der"];
    openssl(directory.path(), &ask);
    let answer =
        "ocsp -index index.txt -CA c.pem -rsigner c.pem -rkey k.pem -reqin request.der -respout answer.der";
    for days in ["3", "30"] {
        let mut arguments: Vec<&str> = answer.split(' ').collect();
        arguments.extend(["-ndays", days]);
        openssl(directory.path(), &arguments);
        let sound = run(directory.path(), ["lint", "answer.der", "--issuer", "c.pem"]).ends(0);
        assert_eq!(sound.stdout, "answer.der: OCSP response: nothing to remark\n");
        let web = ["lint", "answer.der", "--issuer", "c.pem", "--standard", "webpki"];
        let web = run(directory.path(), web).ends(i32::from(days == "30"));
        assert_eq!(web.stdout.contains("error R03-interval"), days == "30", "{web:#?}");
    }
    let der = std::fs::read(directory.path().join("answer.der")).unwrap();
    let base64 = <base64ct::Base64 as base64ct::Encoding>::encode_string(&der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN OCSP RESPONSE-----\n{}\n-----END OCSP RESPONSE-----\n", lines.join("\n"));
    save(&directory.path().join("answer.pem"), pem);
    let read = run(directory.path(), ["lint", "answer.pem"]).ends(0);
    assert_eq!(read.stdout, "answer.pem: OCSP response: nothing to remark\n");
    // A response that answers nothing but its status.
    save(&directory.path().join("status.der"), [0x30, 0x03, 0x0a, 0x01, 0x06]);
    run(directory.path(), ["lint", "status.der"]).ends(0);
    save(&directory.path().join("status.der"), [0x30, 0x03, 0x0a, 0x01, 0x04]);
    let undefined = run(directory.path(), ["lint", "status.der"]).ends(1);
    assert!(undefined.stdout.contains("error R01-status: responseStatus: found 04"), "{undefined:#?}");
}
