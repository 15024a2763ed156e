//! Batches of several groups: read ahead, signed in several sessions, and told in the order in which they were given.

use std::collections::BTreeSet;
use std::fs;

use crate::issued::Home;
use crate::program::save;

const REQUESTS: usize = 70;

/// As many files with one request, but for one in the first group and one in the second that hold none.
fn requests(home: &Home) -> Vec<String> {
    let make = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"];
    let names = ["-subj", "/CN=www.example.test", "-addext", "subjectAltName=DNS:www.example.test"];
    home.openssl(&[&make[..], &["www.key"], &names, &["-out", "www.csr"]].concat());
    let at = home.tokens.path();
    let request = fs::read(at.join("www.csr")).unwrap();
    let write = |number: usize| {
        let name = format!("{number}.csr");
        let contents = if [7, 40].contains(&number) { b"nothing".as_slice() } else { &request };
        save(&at.join(&name), contents);
        name
    };
    (0..REQUESTS).map(write).collect()
}

#[test]
fn a_batch_of_several_groups_goes_past_what_is_refused_and_tells_each_in_its_place() {
    let home = Home::with_root("cli-batches");
    let names = requests(&home);
    let at = home.tokens.path();
    fs::create_dir(at.join("issued")).unwrap();
    let mut issue: Vec<&str> = vec!["issue"];
    issue.extend(names.iter().map(String::as_str));
    issue.extend(["--ca", "root", "--profile", "tls-server", "--out-dir", "issued", "--sessions", "2"]);
    let told = home.run(&[&issue[..], &["--yes", "--json"]].concat()).ends(1).json();
    let lines = told["requests"].as_array().unwrap();
    assert_eq!(lines.len(), REQUESTS);
    let mut serials = BTreeSet::new();
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["request"], format!("{number}.csr"), "{line}");
        if [7, 40].contains(&number) {
            assert_eq!((&line["status"], line.get("serial")), (&"refused".into(), None), "{line}");
            continue;
        }
        assert_eq!(line["status"], "issued", "{line}");
        let serial = line["serial"].as_str().unwrap();
        assert_eq!(line["written"], format!("issued/{serial}.pem"));
        assert!(at.join("issued").join(format!("{serial}.pem")).exists());
        serials.insert(serial.to_owned());
    }
    assert_eq!(serials.len(), REQUESTS - 2, "a number came twice");
    assert_eq!(fs::read_dir(at.join("issued")).unwrap().count(), REQUESTS - 2, "a temporary file stayed");
    home.run(&["audit", "verify"]).ends(0);
    // Each is what it says it is.
    for serial in serials {
        let verified = home.openssl(&["verify", "-CAfile", "root.pem", &format!("issued/{serial}.pem")]);
        assert!(verified.ends_with("OK\n"), "{verified}");
    }
    let text = home.run(&[&issue[..], &["--yes"]].concat()).ends(1).stdout;
    assert!(text.ends_with("68 issued, 2 refused\n"), "{text}");
}

#[test]
fn the_number_of_sessions_is_from_one_to_thirty_two() {
    let home = Home::with_root("cli-sessions");
    let at = home.tokens.path();
    for wrong in ["0", "33", "two"] {
        home.run(&["issue", "a.csr", "--ca", "root", "--profile", "tls-server", "--sessions", wrong]).ends(2);
    }
    let configuration = at.join("home/keyrite.toml");
    save(&configuration, "[worker]\nsessions = 0\n");
    let refused = home.run(&["issue", "a.csr", "--ca", "root", "--profile", "tls-server"]).ends(3).stderr;
    assert!(refused.contains("worker.sessions: 0, wanted 1 to 32 [TOML-VALUE]"), "{refused}");
}
