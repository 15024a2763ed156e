//! Every algorithm from the operator's side: requests with such keys, CAs with such keys, what does not go together.

use std::process::Command;

use crate::issued::Home;
use crate::program::save;
use crate::support::built;

/// A request of another program, and what its key is called.
const REQUESTS: [(&str, &str); 10] = [
    ("good-openssl", "ec-p256"),
    ("good-rsa-pss-sha384", "rsa-2048"),
    ("good-ed25519", "ed25519"),
    ("good-ed448", "ed448"),
    ("good-ml-dsa-44", "ml-dsa-44"),
    ("good-ml-dsa-65", "ml-dsa-65"),
    ("good-ml-dsa-87", "ml-dsa-87"),
    ("good-slh-dsa-sha2-128s", "slh-dsa-sha2-128s"),
    ("good-slh-dsa-shake-192s", "slh-dsa-shake-192s"),
    ("good-slh-dsa-shake-256f", "slh-dsa-shake-256f"),
];

/// OpenSSL 3.5, which knows all of them, in the home's directory.
fn openssl(home: &Home, arguments: &[&str]) -> String {
    let run =
        Command::new(built::openssl()).current_dir(home.tokens.path()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(run.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn a_certificate_is_issued_for_every_kind_of_key() {
    let home = Home::with_root("cli-algorithms");
    home.run(&["crl", "issue", "--ca", "root", "--out", "root.crl", "--format", "pem", "--yes"]).ends(0);
    for (name, algorithm) in REQUESTS {
        let request = format!("{}/tests/vectors/requests/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        let shown = home.run(&["request", "show", &request, "--json"]).ends(0).json();
        assert_eq!(shown["key"]["algorithm"], algorithm);
        assert_eq!(shown["proven"], true, "{name}");
        let certificate = format!("{name}.pem");
        let names = ["--subject", "CN=www.example.test", "--san", "dns:www.example.test"];
        let issue = ["issue", &request, "--ca", "root", "--profile", "tls-server", "--out", &certificate];
        home.run(&[&issue[..], &names, &["--yes"]].concat()).ends(0);
        let shown = home.run(&["certificate", "show", &certificate, "--json"]).ends(0).json();
        assert_eq!(shown["key"]["algorithm"], algorithm);
        assert_eq!(shown["signed_with"], "ECDSA with SHA-256");
        home.run(&["lint", &certificate, "--issuer", "root.pem"]).ends(0);
        let strict = ["verify", "-x509_strict", "-crl_check_all", "-purpose", "sslserver"];
        let files = ["-CAfile", "root.pem", "-CRLfile", "root.crl", &certificate];
        let said = openssl(&home, &[&strict[..], &files].concat());
        assert!(said.contains("OK"), "{name}: {said}");
        // The key in the certificate is the key in the request.
        let asked = openssl(&home, &["req", "-in", &request, "-noout", "-pubkey"]);
        assert_eq!(openssl(&home, &["x509", "-in", &certificate, "-noout", "-pubkey"]), asked, "{name}");
    }
}

#[test]
fn a_ca_signs_by_pss_where_that_is_configured() {
    let home = Home::empty("cli-pss");
    save(
        &home.tokens.path().join("home/keyrite.toml"),
        "[ca.root]\npadding = \"pss\"\ndigest = \"sha384\"\n",
    );
    home.create("root", "rsa-2048");
    home.run(&["crl", "issue", "--ca", "root", "--out", "root.crl", "--format", "pem", "--yes"]).ends(0);
    let request = format!("{}/tests/vectors/requests/good-openssl.pem", env!("CARGO_MANIFEST_DIR"));
    let names = ["--subject", "CN=www.example.test", "--san", "dns:www.example.test"];
    let issue = ["issue", &request, "--ca", "root", "--profile", "tls-server", "--out", "www.pem", "--yes"];
    home.run(&[&issue[..], &names].concat()).ends(0);
    for (kind, file) in [("x509", "root.pem"), ("x509", "www.pem"), ("crl", "root.crl")] {
        let text = home.openssl(&[kind, "-in", file, "-noout", "-text"]);
        for wanted in
            ["rsassaPss", "Hash Algorithm: sha384", "Mask Algorithm: mgf1 with sha384", "Salt Length: 0x30"]
        {
            assert!(text.contains(wanted), "{file} lacks {wanted}: {text}");
        }
    }
    let strict = ["verify", "-x509_strict", "-check_ss_sig", "-crl_check_all"];
    home.openssl(&[&strict[..], &["-CAfile", "root.pem", "-CRLfile", "root.crl", "www.pem"]].concat());
}

#[test]
fn what_does_not_go_with_the_key_is_a_problem_of_the_configuration() {
    let home = Home::with_root("cli-not-of-this-key");
    let crl = ["crl", "issue", "--ca", "root", "--out", "root.crl", "--yes"];
    for (setting, error) in [
        (
            "digest = \"sha512\"",
            "error: configured digest SHA-512 does not go with the key, ec-p256, which signs with ECDSA with SHA-256",
        ),
        (
            "padding = \"pss\"",
            "error: configured padding pss does not go with the key, ec-p256: only RSA signatures have one",
        ),
    ] {
        save(&home.tokens.path().join("home/keyrite.toml"), format!("[ca.root]\n{setting}\n"));
        let run = home.run(&crl).ends(3);
        let key = setting.split_once(' ').unwrap().0;
        assert!(run.stderr.contains(error), "{run:#?}");
        assert!(
            run.stderr.contains(&format!("hint: take {key} out of [ca.root] in keyrite.toml")),
            "{run:#?}"
        );
        assert!(!home.tokens.path().join("root.crl").exists());
    }
    save(&home.tokens.path().join("home/keyrite.toml"), "[ca.root]\ndigest = \"sha256\"\n");
    home.run(&crl).ends(0);
}

#[test]
fn only_kinds_of_key_that_a_ca_may_have_are_generated() {
    let home = Home::empty("cli-not-generated");
    let key = home.tokens.key_uri("root");
    let run = home.run(&["key", "generate", &key, "--algorithm", "slh-dsa-sha2-128s"]).ends(2);
    let wanted = "slh-dsa-sha2-128s is for the keys of subjects, wanted one of ec-p256 ec-p384 ec-p521 rsa-2048 \
                  rsa-3072 rsa-4096 ed25519 ed448 ml-dsa-44 ml-dsa-65 ml-dsa-87";
    assert!(run.stderr.contains(wanted), "{run:#?}");
    let script = home.run(&["completions", "bash"]).ends(0).stdout;
    assert!(script.contains("ed25519 ed448 ml-dsa-44 ml-dsa-65 ml-dsa-87"), "no completion of algorithms");
}
