//! A CA that exists already moves into another home.

use crate::issued::Home;

/// Numbers go on after the last CRL; a CA without one is taken over on somebody's word alone.
#[test]
fn a_ca_moves_in_with_its_last_crl_or_on_ones_word() {
    let home = Home::with_root("cli-adopted");
    home.run(&["crl", "issue", "--ca", "root", "--out", "last.crl", "--yes"]).ends(0);
    let directory = home.tokens.path().join("home");
    std::fs::rename(&directory, home.tokens.path().join("old")).unwrap();
    home.run(&["init"]).ends(0);
    let key = home.tokens.key_uri("root");
    let adopt = ["ca", "adopt", "moved", "--key", &key, "--certificate", "root.pem"];
    let refused = home.run(&adopt).ends(2);
    assert!(refused.stderr.contains("--yes answers it"), "{refused:#?}");
    home.run(&[&adopt[..], &["--crl", "last.crl"]].concat()).ends(0);
    let next =
        home.run(&["crl", "issue", "--ca", "moved", "--out", "next.crl", "--yes", "--json"]).ends(0).json();
    assert_eq!(next["number"], "2");
    let again = ["ca", "adopt", "again", "--key", &key, "--certificate", "root.pem", "--yes"];
    let taken = home.run(&again).ends(1);
    assert!(taken.stderr.contains("already that of CA moved"), "{taken:#?}");
}
