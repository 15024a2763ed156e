//! Keys that must not be certified, however they come: refused before the token is asked for a signature.

use crate::aftermath::Before;
use crate::home::Home;
use crate::refusal::{assert_refused, assert_unharmed};

const ISSUE: [&str; 7] = ["issue", "--ca", "root", "--profile", "tls-server", "--out", "x.pem"];

fn bring(home: &Home, name: &str) {
    let path = format!("{}/tests/vectors/weak-keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    home.write(&format!("{name}.csr"), &std::fs::read_to_string(path).unwrap());
}

#[test]
fn no_weak_key_gets_a_signature() {
    let home = Home::template();
    let before = Before::of(&home);
    for (name, wanted) in [
        ("small-factor-3", "the RSA modulus is divisible by 3, wanted no prime factor below 752"),
        ("small-factor-751", "the RSA modulus is divisible by 751, wanted no prime factor below 752"),
        ("square", "the RSA modulus is a perfect power with the exponent 2, wanted a product of two"),
        ("cube", "the RSA modulus is a perfect power with the exponent 3, wanted a product of two"),
        ("close-primes-round-1", "Fermat's method finds them in round 1, wanted primes that 100 rounds"),
        ("close-primes-round-100", "Fermat's method finds them in round 100, wanted primes that 100 rounds"),
        ("roca", "the RSA modulus has the fingerprint of ROCA (CVE-2017-15361), wanted a key"),
    ] {
        bring(&home, name);
        let csr = format!("{name}.csr");
        let run = home.keyrite(&[&ISSUE[..], &[&csr]].concat(), "");
        assert_refused(&home, &before, &run, 1, &[wanted]);
    }
    assert_unharmed(&home, &before);
}

/// K06: two keys of a generator that had too little to begin with, in one run and in two.
#[test]
fn a_prime_in_common_is_found_among_the_requests_of_a_run_and_on_record() {
    let home = Home::template();
    for name in ["shared-prime-one", "shared-prime-other", "good-primes-round-101", "good-factor-757"] {
        bring(&home, name);
    }
    let before = Before::of(&home);
    let both = ["issue", "shared-prime-one.csr", "shared-prime-other.csr", "--ca", "root"];
    let run = home.keyrite(&[&both[..], &["--profile", "tls-server", "--out-dir", "out"]].concat(), "");
    assert_eq!((run.code, home.certificates()), (Some(1), before.certificates), "{run:#?}");
    let words = "found an RSA modulus that has a prime in common with that of another key of this run, wanted \
                 primes of its own [POL-KEY-SHARED-PRIME]";
    assert_eq!(run.stdout.matches(words).count(), 2, "{run:#?}");

    home.done(&home.issue(&["shared-prime-one.csr"], &["--out", "one.pem"]));
    home.done(&home.issue(&["good-primes-round-101.csr", "good-factor-757.csr"], &["--out-dir", "out"]));
    crate::support::fault_module::forget(home.token());
    let before = Before::of(&home);
    let run = home.keyrite(&[&ISSUE[..], &["shared-prime-other.csr"]].concat(), "");
    let words = "has a prime in common with that of CN=shared-prime-one.example.test, serial ";
    assert_refused(&home, &before, &run, 1, &[words, " of root, wanted primes of its own"]);
    // The key that is on record has nothing in common but itself.
    home.done(&home.issue(&["shared-prime-one.csr"], &["--out", "again.pem"]));
}

#[test]
fn a_key_in_a_list_of_weak_keys_gets_no_signature() {
    let home = Home::template();
    let before = Before::of(&home);
    let (ok, said) = home.openssl(&["req", "-in", "r1.csr", "-noout", "-pubkey", "-out", "r1.pub"]);
    assert!(ok, "{said}");
    let (ok, said) = home.openssl(&["pkey", "-pubin", "-in", "r1.pub", "-outform", "DER", "-out", "r1.spki"]);
    assert!(ok, "{said}");
    let (ok, said) = home.openssl(&["dgst", "-sha256", "-r", "r1.spki"]);
    assert!(ok, "{said}");
    let own = said.split_whitespace().next().unwrap().to_owned();
    let mut lines: Vec<String> = (0..200).map(|n| format!("{:064x}", n * 7)).collect();
    lines.push(own);
    lines.extend((1..200).map(|n| format!("{:0>2x}{}", n % 256, "e".repeat(62))));
    lines.sort();
    let list = |lines: &[String]| format!("# a list\n# of weak keys\n{}\n", lines.join("\n"));
    home.write("ca/weak.txt", &list(&lines));
    let settings = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    home.write("ca/keyrite.toml", &settings.replace("[keys]\n", "[keys]\nweak_key_lists = [\"weak.txt\"]\n"));
    let issue = [&ISSUE[..], &["r1.csr"]].concat();
    let run = home.keyrite(&issue, "");
    assert_refused(
        &home,
        &before,
        &run,
        1,
        &["a key that stands in the list of weak keys ", "weak.txt (SHA-256 ", "[POL-KEY-LISTED]"],
    );
    // A list that cannot be used refuses everything.
    let mut reversed = lines.clone();
    reversed.reverse();
    for (text, wanted) in [
        (list(&reversed), "is not in its order"),
        (list(&lines).to_uppercase(), "is not 64 lower-case hexadecimal digits"),
        (list(&lines) + "abc\n", "octets after its comments, wanted lines of 64 digits each"),
        ("959a1a153444578d010b\n".to_owned(), "21 octets after its comments, wanted lines of 64 digits each"),
    ] {
        home.write("ca/weak.txt", &text);
        let run = home.keyrite(&issue, "");
        assert_refused(&home, &before, &run, 3, &[wanted, "hint: LC_ALL=C sort -u makes a list of SHA-256"]);
    }
    std::fs::remove_file(home.path("ca/weak.txt")).unwrap();
    let run = home.keyrite(&issue, "");
    assert_refused(&home, &before, &run, 3, &["weak.txt cannot be read", "hint: [keys] weak_key_lists in"]);
    home.write("ca/weak.txt", &list(&lines));
    home.done(&home.issue(&["r2.csr"], &["--out", "r2.pem"]));
}
