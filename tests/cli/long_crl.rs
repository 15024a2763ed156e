//! A CRL that is longer than the token signs at once.

use std::fmt::Write as _;

use crate::issued::Home;
use crate::program::save;
use crate::support::kryoptic::{self, Kind};
use crate::support::tokens::{PIN, Tokens};

/// So many entries of 80 octets are above 1 MiB.
const ENTRIES: u64 = 14_000;

/// A CA of another program, with a long CRL, moves to a token that signs no more than 1 MiB: its next CRL fails by
/// name, nothing else is lost, and its key still signs certificates.
#[test]
fn a_crl_that_is_longer_than_the_token_signs_is_refused_by_name() {
    let home = Home::on(Tokens::kryoptic(Kind::Whole, "long-crl"));
    home.run(&["init"]).ends(0);
    // Imported from a file, the key shows no birth in the token.
    save(&home.tokens.path().join("home/keyrite.toml"), b"[keys]\nrequire = []\n");
    let openssl =
        |arguments: &[&str]| finished(home.tokens.command(kryoptic::openssl()).args(arguments), &home);
    openssl(&["genpkey", "-algorithm", "ED25519", "-out", "ca.key"]);
    let usage = "keyUsage=critical,keyCertSign,cRLSign,digitalSignature";
    let subject = "/C=AT/O=Example/CN=Long";
    openssl(&[
        "req", "-x509", "-key", "ca.key", "-subj", subject, "-days", "7300", "-addext", usage, "-out",
        "ca.pem",
    ]);
    save(&home.tokens.path().join("index.txt"), index().as_bytes());
    save(&home.tokens.path().join("index.txt.attr"), b"unique_subject = no\n");
    save(&home.tokens.path().join("crlnumber"), b"05\n");
    save(&home.tokens.path().join("ca.cnf"), CONFIGURATION);
    openssl(&[
        "ca", "-gencrl", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "last.crl",
    ]);
    let mut import = home.tokens.command("p11tool");
    import.arg("--provider").arg(home.tokens.module()).env("GNUTLS_PIN", PIN);
    import.args([
        "--login",
        "--write",
        "--load-privkey",
        "ca.key",
        "--label",
        "long",
        "--id",
        "07",
        "--mark-sign",
    ]);
    finished(import.arg(home.tokens.uri()), &home);

    let key = home.tokens.key_uri("long");
    let adopt =
        ["ca", "adopt", "long", "--key", &key, "--certificate", "ca.pem", "--crl", "last.crl", "--yes"];
    home.run(&adopt).ends(0);
    let refused = home.run(&["crl", "issue", "--ca", "long", "--out", "next.crl", "--yes"]).ends(4);
    let lines: Vec<&str> = refused.stderr.lines().filter(|line| !line.starts_with("note: ")).collect();
    let [first, second, third, hint] = lines[..] else { panic!("{refused:#?}") };
    assert_eq!(first, "error: no good signature came for CRL 6, and its number is never used again");
    assert_eq!(second, "caused by: the token did not sign");
    let octets = third.strip_prefix("caused by: the token did not sign ").unwrap();
    let (octets, why) = octets.split_once(' ').unwrap();
    assert!(octets.parse::<u32>().unwrap() > 1 << 20, "{third}");
    assert_eq!(why, "octets with Ed25519: CKR_TOKEN_RESOURCE_EXCEEDED from C_Sign");
    assert!(
        hint.starts_with("hint: the token's limit is the probable cause: Ed25519 signs the message itself")
    );
    assert!(
        hint.ends_with("; it may have been signed all the same: keyrite recover lists it and settles it")
    );
    assert!(!home.tokens.path().join("next.crl").exists());
    home.run(&["recover", "--yes"]).ends(0);
    home.run(&["audit", "verify"]).ends(0);
    let status = home.run(&["status"]).ends(0);
    assert!(status.stdout.contains("CRL 5, the next one due by"), "{status:#?}");
    let subordinate = [
        "req",
        "-new",
        "-newkey",
        "ed25519",
        "-nodes",
        "-keyout",
        "sub.key",
        "-subj",
        "/C=AT/O=Example/CN=Sub",
    ];
    openssl(&[&subordinate[..], &["-out", "sub.csr"]].concat());
    let issue =
        ["issue", "sub.csr", "--ca", "long", "--profile", "intermediate", "--out", "sub.pem", "--yes"];
    home.run(&issue).ends(0);
    openssl(&["verify", "-CAfile", "ca.pem", "sub.pem"]);
}

/// What `openssl ca` keeps of certificates, all of them revoked, each with two entry extensions.
fn index() -> String {
    (0..ENTRIES).fold(String::new(), |mut text, number| {
        writeln!(
            text,
            "R\t330101000000Z\t260101000000Z,keyTime,20260101000000Z\t{:040X}\tunknown\t/CN=x",
            (1_u128 << 120) + u128::from(number) * 7919
        )
        .unwrap();
        text
    })
}

const CONFIGURATION: &[u8] = b"[ca]\ndefault_ca = of\n[of]\ndatabase = index.txt\ncrlnumber = crlnumber\n\
    default_md = null\ndefault_crl_days = 30\ncrl_extensions = of_crl\n[of_crl]\nauthorityKeyIdentifier = keyid\n";

fn finished(command: &mut std::process::Command, home: &Home) {
    let output = command.current_dir(home.tokens.path()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}
