//! CA certificates by others: held against the CAs above them before they are of use.

use crate::issued::Home;
use crate::program::save;

/// A root made by OpenSSL with this path length.
fn root(home: &Home, name: &str, path_length: u8) {
    let (key, out) = (format!("{name}.key"), format!("{name}.pem"));
    let new =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"];
    let limit = format!("basicConstraints=critical,CA:TRUE,pathlen:{path_length}");
    let rest = ["-keyout", &key, "-out", &out, "-subj", "/C=AT/O=Example/CN=Other Root", "-addext", &limit];
    home.openssl(&[&new[..], &rest].concat());
}

/// What a root makes of our request: a CA that limits nothing itself.
fn answer(home: &Home, root: &str) {
    let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    save(&home.tokens.path().join("sub.cnf"), extensions);
    let (key, certificate) = (format!("{root}.key"), format!("{root}.pem"));
    let by = ["x509", "-req", "-in", "sub.csr", "-CA", &certificate, "-CAkey", &key, "-extfile", "sub.cnf"];
    home.openssl(&[&by[..], &["-days", "4000", "-out", "sub.pem"]].concat());
}

#[test]
fn a_certificate_that_does_not_hold_in_its_path_is_not_installed_and_what_is_tolerated_is_told() {
    let home = Home::empty("cli-nested");
    let key = home.tokens.key_uri("sub");
    home.run(&["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    let subject = ["--subject", "C=AT,O=Example,CN=Example Issuing", "--out", "sub.csr", "--yes"];
    home.run(&[&["ca", "request", "sub", "--key", &key][..], &subject].concat()).ends(0);

    root(&home, "narrow", 0);
    answer(&home, "narrow");
    let refused = home.run(&["ca", "install", "sub", "sub.pem", "--chain", "narrow.pem"]).ends(1);
    let wanted = "error: the certificate does not hold below the CAs above it\n\
         caused by: basicConstraints pathLenConstraint: found path length 0 in \"C=AT,O=Example,CN=Other Root\", wanted \
         room for one more CA [POL-PATH-LENGTH]\n\
         hint: its issuer has to make it anew, within the limits of the CAs above\n";
    assert!(refused.stderr.contains(wanted), "{refused:#?}");
    assert!(home.run(&["status"]).ends(0).stdout.contains("waits for its certificate"));

    root(&home, "wide", 1);
    answer(&home, "wide");
    let told = home.run(&["ca", "install", "sub", "sub.pem", "--chain", "wide.pem", "--json"]).ends(0).json();
    let tolerated: Vec<&str> =
        told["tolerated"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
    let [length, end] = tolerated.as_slice() else { panic!("{told}") };
    assert_eq!(
        *length,
        "basicConstraints pathLenConstraint: found no limit, wanted at most 0, since \"C=AT,O=Example,CN=Other Root\" has \
         path length 1 [POL-PATH-LENGTH]"
    );
    assert!(end.starts_with("notAfter: found ") && end.ends_with("[POL-NOT-AFTER-ISSUER]"), "{end}");
}

/// What is below the other root holds below ours as well, by the cross-certificate: OpenSSL finds the path.
#[test]
fn a_cross_certificate_joins_what_is_below_another_root() {
    let home = Home::with_root("cli-cross");
    let new =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"];
    let rest = ["-keyout", "other.key", "-out", "other.pem", "-subj", "/C=AT/O=Other/CN=Other Root"];
    let usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    home.openssl(&[&new[..], &rest, &usage].concat());
    save(
        &home.tokens.path().join("leaf.cnf"),
        "authorityKeyIdentifier=keyid\nsubjectAltName=DNS:www.example.test\n",
    );
    let leaf = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    home.openssl(
        &[&leaf[..], &["-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=www.example.test"]].concat(),
    );
    let by = [
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "other.pem",
        "-CAkey",
        "other.key",
        "-extfile",
        "leaf.cnf",
    ];
    home.openssl(&[&by[..], &["-days", "30", "-out", "leaf.pem"]].concat());

    let issue = ["issue", "--ca", "root", "--profile", "cross", "--yes"];
    home.run(&[&issue[..], &["--cross", "other.pem", "--out", "cross.pem"]].concat()).ends(0);
    home.openssl(&["verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "cross.pem", "leaf.pem"]);
    for field in [&["-subject"][..], &["-pubkey"], &["-ext", "subjectKeyIdentifier"]] {
        let of = |file| home.openssl(&[&["x509", "-in", file, "-noout"], field].concat());
        assert_eq!(of("cross.pem"), of("other.pem"), "{field:?}");
    }

    // By another profile the certificate of a CA is not certified across, nor by this one a request.
    let wrong = ["issue", "--ca", "root", "--profile", "intermediate", "--yes", "--cross", "other.pem"];
    let refused = home.run(&wrong).ends(1);
    assert!(refused.stderr.contains("[POL-CROSS-CERTIFICATE]"), "{refused:#?}");
    let refused = home.run(&[&issue[..], &["leaf.csr"]].concat()).ends(1);
    assert!(refused.stderr.contains("[POL-CROSS-CERTIFICATE]"), "{refused:#?}");

    // Another root of our own is certified across, too, and by no other profile.
    let key = home.tokens.key_uri("second");
    home.run(&["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    let create = ["ca", "create", "second", "--key", &key, "--subject", "C=AT,O=Example,CN=Second Root"];
    home.run(&[&create[..], &["--out", "second.pem", "--yes"]].concat()).ends(0);
    home.run(&[&issue[..], &["--cross", "second.pem", "--out", "joined.pem"]].concat()).ends(0);
    home.openssl(&["verify", "-x509_strict", "-CAfile", "root.pem", "joined.pem"]);
}
