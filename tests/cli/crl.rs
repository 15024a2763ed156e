//! `crl show` and `crl verify` on CRLs by OpenSSL.

use std::path::Path;
use std::process::Command;

use keyrite::x509::crl::header;
use keyrite::x509::pem::encode;
use sha2::{Digest as _, Sha256};

use crate::program::{feed, run};

/// Two CAs of one name; `a.crl` is by the first, with one certificate revoked.
fn made(directory: &Path) {
    let script = r#"
        set -e
        printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n' > c.cnf
        echo 0A > number
        printf 'R\t301231235959Z\t261101000000Z,keyCompromise\t4C0FFEE1\tunknown\t/CN=x\n' > index.txt
        for ca in a b; do
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $ca.key -out $ca.pem \
                -subj /CN=Example -days 30 -addext keyUsage=critical,keyCertSign,cRLSign
        done
        openssl ca -config c.cnf -gencrl -keyfile a.key -cert a.pem -crldays 7 -out a.crl
        openssl req -x509 -key a.key -out weak.pem -subj /CN=Example -days 30 -addext keyUsage=critical,digitalSignature
    "#;
    let output = Command::new("sh").current_dir(directory).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_crl_is_shown_and_verified_point_by_point() {
    let directory = tempfile::tempdir().unwrap();
    made(directory.path());
    let shown = run(directory.path(), ["crl", "show", "a.crl"]).ends(0).stdout;
    for wanted in ["CN=Example", "4C0FFEE1", "key-compromise", "2026-11-01T00:00:00Z", "cRLNumber"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let json = run(directory.path(), ["crl", "show", "a.crl", "--json"]).ends(0).json();
    assert_eq!((&json["number"], &json["revoked"]), (&"10".into(), &1.into()));
    assert_eq!(json["entries"][0]["serial"], "4C0FFEE1");

    let good = run(directory.path(), ["crl", "verify", "a.crl", "--issuer", "a.pem"]).ends(0);
    assert!(good.stdout.ends_with("\ngood\n"), "{good:#?}");
    for (arguments, failing) in [
        (&["--issuer", "b.pem"][..], &["authorityKeyIdentifier", "signature verifies"][..]),
        (&["--issuer", "weak.pem"], &["may sign CRLs"]),
        (&["--issuer", "a.pem", "--at", "2040-01-01"], &["still current"]),
        (&["--issuer", "a.pem", "--at", "2020-01-01"], &["not from the future"]),
    ] {
        let all = [&["crl", "verify", "a.crl", "--json"][..], arguments].concat();
        let json = run(directory.path(), all).ends(1).json();
        let found: Vec<&str> = json["points"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|point| point["holds"] == false)
            .map(|point| point["wanted"].as_str().unwrap())
            .collect();
        assert_eq!(found.len(), failing.len(), "{arguments:?}: {found:?}");
        for (found, wanted) in found.iter().zip(failing) {
            assert!(found.contains(wanted), "{arguments:?}: {found}");
        }
    }
}

/// A CRL with so many entries, whose signature is none.
fn large(entries: u32) -> Vec<u8> {
    let value = |tag: u8, parts: &[&[u8]]| {
        let contents = parts.concat();
        [header(tag, u64::try_from(contents.len()).unwrap()), contents].concat()
    };
    let algorithm = value(0x30, &[&value(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]])]);
    let country = value(0x30, &[&value(0x06, &[&[0x55, 0x04, 0x06]]), &value(0x13, &[&b"AT"[..]])]);
    let issuer = value(0x30, &[&value(0x31, &[&country])]);
    let time = value(0x17, &[&b"261101000000Z"[..]]);
    let entry = |number: u32| {
        let serial = value(0x02, &[&[0x31; 12][..], &number.to_be_bytes()]);
        value(0x30, &[&serial, &time])
    };
    let list = value(0x30, &[&(0..entries).flat_map(entry).collect::<Vec<_>>()]);
    let tbs = value(0x30, &[&[0x02, 0x01, 0x01][..], &algorithm, &issuer, &time, &time, &list]);
    value(0x30, &[&tbs, &algorithm, &[0x03, 0x03, 0x00, 0x30, 0x00][..]])
}

/// What is shown of a CRL takes no more memory the longer it is.
#[test]
fn a_long_crl_is_shown_and_verified_in_the_memory_of_a_short_one() {
    let directory = tempfile::tempdir().unwrap();
    made(directory.path());
    let entries = 80_000;
    let der = large(entries);
    #[expect(clippy::disallowed_methods, reason = "files of a test, in a directory of its own")]
    for (name, contents) in [("long.der", der.clone()), ("long.pem", encode("X509 CRL", &der).into_bytes())] {
        std::fs::write(directory.path().join(name), contents).unwrap();
    }
    for file in ["long.der", "long.pem"] {
        for command in [&["show"][..], &["verify", "--issuer", "a.pem"]] {
            // In octets that a process may write to; the entries alone take as much again.
            let output = Command::new("bash")
                .args(["-c", "ulimit -d 12000 && exec \"$@\"", "bash", env!("CARGO_BIN_EXE_keyrite"), "crl"])
                .args(command)
                .args([file, "--json"])
                .current_dir(directory.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&said);
            assert_eq!(json["revoked"], entries, "{command:?} {file}: {said}");
            if command == ["show"] {
                assert_eq!(json["entries"].as_array().map(Vec::len), Some(1000));
                assert_eq!(json["entries_not_listed"], entries - 1000);
                assert_eq!(json["sha256"]["hex"], hex::encode(Sha256::digest(&der)));
            }
        }
    }
    // What comes after it is no part of it, however late that shows.
    let cut = [&der[..], b"\n"].concat();
    let refused = feed(directory.path(), ["crl", "show", "-"], &cut).ends(1);
    assert!(refused.stderr.contains("standard input: not a CRL: octets after the signature"), "{refused:#?}");
}

#[test]
fn two_crls_differ_in_what_they_revoke_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    made(directory.path());
    let script = r#"
        set -e
        cp a.crl one.crl
        printf 'R\t301231235959Z\t261101000000Z,superseded\t4C0FFEE1\tunknown\t/CN=x\n' > index.txt
        printf 'R\t301231235959Z\t261102000000Z\t4C0FFEE2\tunknown\t/CN=y\n' >> index.txt
        openssl ca -config c.cnf -gencrl -keyfile a.key -cert a.pem -crldays 7 -out two.crl
    "#;
    let output = Command::new("sh").current_dir(directory.path()).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let same = run(directory.path(), ["crl", "diff", "one.crl", "a.crl", "--json"]).ends(0).json();
    let lengths = |json: &serde_json::Value| {
        ["added", "removed", "changed"].map(|key| json[key].as_array().unwrap().len())
    };
    assert_eq!(lengths(&same), [0, 0, 0]);
    let json = run(directory.path(), ["crl", "diff", "one.crl", "two.crl", "--json"]).ends(1).json();
    assert_eq!(lengths(&json), [1, 0, 1]);
    assert_eq!(json["added"][0]["serial"], "4C0FFEE2");
    assert_eq!(json["changed"][0]["before"]["reason"], "key-compromise");
    assert_eq!(json["changed"][0]["after"]["reason"], "superseded");
    let back = run(directory.path(), ["crl", "diff", "two.crl", "one.crl", "--json"]).ends(1).json();
    assert_eq!(back["removed"][0]["serial"], "4C0FFEE2");
}
