//! `token doctor` at the command line, on throw-away SoftHSM tokens.

use serde_json::{Value, json};

use crate::program::{Run, assert_safe, command, finish};
use crate::support::fault_module;
use crate::support::softhsm::{Tokens, module};

fn run(tokens: &Tokens, arguments: &[&str]) -> Run {
    with_pin(tokens, &tokens.pin_source(), arguments)
}

fn with_pin(tokens: &Tokens, pin_source: &str, arguments: &[&str]) -> Run {
    let (name, value) = tokens.environment();
    let mut command = command(tokens.path());
    command.env(name, value).args(arguments).arg("--module").arg(module()).args(["--pin-source", pin_source]);
    finish(command, b"")
}

fn generate(tokens: &Tokens, object: &str) {
    let uri = format!("{};object={object};id=%01", tokens.uri());
    run(tokens, &["key", "generate", &uri, "--algorithm", "ec-p256"]).ends(0);
}

/// What differs from run to run and from machine to machine, masked.
fn masked(mut report: Value, serial: &str) -> Value {
    fn mask(value: &mut Value, serial: &str) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let volatile =
                        name == "ms" || name.ends_with("_ms") || name == "per_second" || name == "slot";
                    if volatile && member.is_number() {
                        *member = json!("(number)");
                    } else {
                        mask(member, serial);
                    }
                }
            }
            Value::Array(members) => members.iter_mut().for_each(|member| mask(member, serial)),
            Value::String(text) => {
                *text = text.replace(serial, "(serial)").replace(&module().display().to_string(), "(module)");
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    // As much as this kernel can.
    assert!(report["confinement"]["shortfalls"].is_array());
    report["confinement"] = json!("(kernel)");
    mask(&mut report, serial);
    report
}

/// Every member that scripts may rely on, with its value on SoftHSM 2.6.1.
#[test]
fn the_report_in_json_is_as_it_was() {
    let tokens = Tokens::new("cli-doctor");
    generate(&tokens, "root");
    let run = run(&tokens, &["token", "doctor", &tokens.uri(), "--json"]).ends(0);
    assert_eq!(run.stderr, "");
    let report = run.json();
    let serial = report["token"]["serial"].as_str().unwrap().to_owned();
    let found = serde_json::to_string_pretty(&masked(report, &serial)).unwrap() + "\n";
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/doctor-softhsm.json");
    if std::env::var_os("KEYRITE_WRITE_GOLDEN").is_some() {
        crate::program::save(golden.as_ref(), &found);
    }
    let wanted = std::fs::read_to_string(golden).unwrap();
    assert_eq!(found, wanted, "KEYRITE_WRITE_GOLDEN=1 writes it anew");
}

#[test]
fn a_person_reads_the_verdict_first_and_everything_on_two_screens() {
    let tokens = Tokens::new("cli-doctor-page");
    generate(&tokens, "root");
    let page = run(&tokens, &["token", "doctor", &tokens.uri()]).ends(0).stdout;
    assert!(page.starts_with("verdict   fit for CA keys\nwarnings  a token in software, "), "{page}");
    assert!(page.lines().count() <= 60, "{page}");
    for wanted in [
        "\ntoken     cli-doctor-page (serial ",
        "\nURI       pkcs11:token=cli-doctor-page;serial=",
        "\nec-p256       yes     listed     CKM_ECDSA over our digest ",
        "\nrsa-2048 PSS  listed  listed     CKM_RSA_PKCS_PSS over our digest, CKM_SHA256_RSA_PKCS_PSS\n",
        "\nml-dsa-44     no      no         not listed\n",
        "\nroot  01  ec-p256    yes\n",
        "a second one opens: yes; one that may write: yes\n",
        "C_GenerateRandom works; mixed with the operating system's\n",
        " a second (key \"root\", ec-p256, CKM_ECDSA, median of 5)\n",
    ] {
        assert!(page.contains(wanted), "{wanted:?}: {page}");
    }
    // The URI can be copied: it names this token and no other.
    let uri = page.lines().find_map(|line| line.strip_prefix("URI       ")).unwrap();
    run(&tokens, &["key", "list", uri]).ends(0);
}

#[test]
fn exit_codes_tell_a_fit_token_from_one_that_is_not_and_from_none() {
    let mut tokens = Tokens::new("cli-doctor-exit");
    tokens.add("cli-doctor-other");
    let uri = tokens.uri();
    run(&tokens, &["token", "doctor", &uri, "--no-login"]).ends(0);
    let wrong = tokens.write_private("wrong", "0000");
    let refused = with_pin(&tokens, &format!("file:{}", wrong.display()), &["token", "doctor", &uri]).ends(1);
    let reasons =
        "verdict   not fit for CA keys\nreasons   no login: wrong PIN for token \"cli-doctor-exit\"";
    assert!(refused.stdout.starts_with(reasons), "{refused:#?}");
    // The token has counted it, which is said before the next attempt.
    let next = run(&tokens, &["token", "doctor", &uri]).ends(0);
    assert!(next.stderr.contains("a wrong PIN was given before"), "{next:#?}");
    assert!(next.stdout.contains("\n          a token in software"), "{next:#?}");
    let missing = run(&tokens, &["token", "doctor", "pkcs11:token=nowhere"]).ends(4);
    assert!(missing.stderr.contains("tokens present: "), "{missing:#?}");
    let several = run(&tokens, &["token", "doctor", "pkcs11:"]).ends(4);
    assert!(several.stderr.contains("add what tells them apart"), "{several:#?}");
    run(&tokens, &["token", "doctor", &uri, "--try", "--no-login"]).ends(2);
    let key = run(&tokens, &["token", "doctor", &tokens.key_uri("absent")]).ends(1);
    assert!(key.stdout.contains("reasons   no signature was made: no key \"absent\" in token"), "{key:#?}");
}

#[test]
fn a_key_is_measured_by_its_name() {
    let tokens = Tokens::new("cli-doctor-named");
    generate(&tokens, "first");
    let second = format!("{};object=second", tokens.uri());
    run(&tokens, &["key", "generate", &second, "--algorithm", "ec-p384"]).ends(0);
    let report = run(&tokens, &["token", "doctor", &second, "--json"]).ends(0).json();
    assert_eq!(
        (&report["speed"]["key"], &report["speed"]["algorithm"]),
        (&json!("second"), &json!("ec-p384"))
    );
    let algorithms = report["algorithms"].as_array().unwrap();
    let usable = |name: &str| {
        let of = algorithms.iter().find(|algorithm| algorithm["algorithm"] == name).unwrap();
        of["usable"].as_str().unwrap().to_owned()
    };
    assert_eq!((usable("ec-p384").as_str(), usable("ec-p256").as_str()), ("yes", "listed"));
}

#[test]
fn names_from_the_token_cannot_lay_themselves_out() {
    let tokens = Tokens::new("cli-doctor-evil");
    generate(&tokens, "%1B%5B31m%E2%80%AE%0Averdict%20fit");
    for arguments in [&["token", "doctor", &tokens.uri()][..], &["token", "doctor", &tokens.uri(), "--json"]]
    {
        let run = run(&tokens, arguments).ends(0);
        assert_safe(&run);
        assert!(run.stdout.lines().filter(|line| line.starts_with("verdict")).count() <= 1, "{run:#?}");
    }
}

#[test]
fn a_module_that_crashes_is_told_and_does_not_end_the_report() {
    let tokens = Tokens::new("cli-doctor-crash");
    generate(&tokens, "root");
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(&tokens, "C_GenerateRandom:crash"));
    command.args(["token", "doctor", &tokens.uri(), "--json", "--pin-source", &tokens.pin_source()]);
    command.arg("--module").arg(fault_module::path());
    let report = finish(command, b"").ends(1).json();
    assert_eq!(report["ended"].as_array().unwrap().len(), 1, "{report}");
    let reason = "its generator fails: the worker process ended in C_GenerateRandom: killed by SIGSEGV";
    assert_eq!(report["reasons"], json!([reason]), "{report}");
    let wanted = "the login went with the worker process, and a PIN is given once";
    assert_eq!(report["keys"]["reason"], wanted, "{report}");
    assert_eq!(report["algorithms"][0]["usable"], "listed", "{report}");
}
