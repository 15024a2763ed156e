//! How many calls of the module a run of `issue` costs: a fixed number, and some for each certificate.

use std::process::Command;

use crate::home::Home;
use crate::support::fault_module;

/// The calls that do not depend on the number of certificates. `C_GetFunctionList` is none of the token's: it says
/// where the functions are.
const FIXED: usize = 16;
/// The calls for each certificate.
const EACH: usize = 3;

/// Runs `pkcs11-tool` in the home, logged in.
fn tool(home: &Home, arguments: &[&str]) {
    let mut command: Command = home.token().pkcs11_tool();
    let output = command.current_dir(home.path(".")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// Puts strangers into the token: pairs, each with an id and a certificate or data object of its own.
fn add_objects(home: &Home, ids: std::ops::Range<usize>) {
    for number in ids {
        let (id, label) = (format!("{number:04x}"), format!("stranger-{number}"));
        tool(
            home,
            &["--keypairgen", "--key-type", "EC:prime256v1", "--label", &label, "--id", &id, "--sensitive"],
        );
        match number % 3 {
            0 => {
                tool(home, &["--write-object", "root.der", "--type", "cert", "--label", &label, "--id", &id]);
            }
            1 => tool(home, &["--write-object", "r1.csr", "--type", "data", "--label", &label]),
            _ => {}
        }
    }
}

/// The calls of a run that issues so many certificates, in order.
fn issue(home: &Home, certificates: usize) -> Vec<String> {
    let home = home.copy();
    let names: Vec<String> = (0..certificates).map(|number| format!("c{number}.csr")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    fault_module::forget(home.token());
    home.done(&home.issue(&names, &["--out-dir", "out"]));
    assert_eq!(home.files("out").len(), certificates);
    let calls = fault_module::all_calls(home.token());
    calls.into_iter().filter(|call| call != "C_GetFunctionList").collect()
}

#[test]
fn a_run_of_issue_costs_sixteen_calls_and_three_for_a_certificate_or_two_in_a_group() {
    let few = Home::template();
    for number in 0..50 {
        few.request(&format!("c{number}"));
    }
    let (converted, said) = few.openssl(&["x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der"]);
    assert!(converted, "{said}");
    add_objects(&few, 0..2);
    let many = few.copy();
    add_objects(&many, 2..60);
    let mut counts = Vec::new();
    for certificates in [1, 5, 50] {
        let (of_few, of_many) = (issue(&few, certificates), issue(&many, certificates));
        assert_eq!(of_few, of_many, "{certificates} certificates: it matters what else is in the token");
        counts.push((certificates, of_few));
    }
    let [(_, one), (five, of_five), (fifty, of_fifty)] = counts.as_slice() else { unreachable!() };
    // A certificate alone takes C_SignInit, C_Sign and a draw; others share the draw of their group, the first of which
    // is taken twice.
    let fixed = one.len() - EACH;
    println!("one run of issue: {fixed} calls and {EACH} for one certificate, {} for fifty", of_fifty.len());
    assert!(fixed <= FIXED, "{fixed} calls, and {EACH} for a certificate: {one:#?}");
    assert_eq!(of_five.len(), fixed + 2 * five + 2);
    // Fifty go in two groups.
    assert_eq!(of_fifty.len(), fixed + 2 * fifty + 3);
}
