//! Tokens and their keys at the command line, on throw-away SoftHSM tokens.

use crate::program::{Run, assert_safe, command, finish};
use crate::support::softhsm::{PIN, SO_PIN, Tokens, module};

/// Runs the program so that it sees these tokens alone, with the right PIN at hand.
fn run(tokens: &Tokens, arguments: &[&str]) -> Run {
    with_pin(tokens, &tokens.pin_source(), arguments)
}

fn with_pin(tokens: &Tokens, pin_source: &str, arguments: &[&str]) -> Run {
    let (name, value) = tokens.environment();
    let mut command = command(tokens.path());
    command.env(name, value).args(arguments).arg("--module").arg(module());
    if !pin_source.is_empty() {
        command.args(["--pin-source", pin_source]);
    }
    finish(command, b"")
}

#[test]
fn a_key_is_generated_listed_and_shown() {
    let tokens = Tokens::new("cli-keys");
    let uri = tokens.key_uri("root-2026");
    let made = run(&tokens, &["key", "generate", &uri, "--algorithm", "ec-p256", "--json"]).ends(0).json();
    assert_eq!(made["public_key"]["algorithm"], "ec-p256");
    assert_eq!((&made["label"], &made["fit"]), (&"root-2026".into(), &true.into()));

    let listed = run(&tokens, &["key", "list", &tokens.uri(), "--json"]).ends(0).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert_eq!(listed["keys"][0]["id"], made["id"]);

    // The exact URI that was printed names the key, and OpenSSL reads the public half.
    let exact = listed["keys"][0]["uri"].as_str().unwrap();
    let out = tokens.path().join("key.pub");
    let shown = run(&tokens, &["key", "show", exact, "--public-out", out.to_str().unwrap()]).ends(0);
    assert!(shown.stdout.contains(made["public_key"]["sha256"]["hex"].as_str().unwrap()));
    let text = std::process::Command::new("openssl")
        .args(["pkey", "-pubin", "-noout", "-text", "-in"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&text.stdout).contains("prime256v1"), "{text:?}");

    // A second time the file is there, and the label taken.
    let again = run(&tokens, &["key", "show", exact, "--public-out", out.to_str().unwrap()]).ends(5);
    assert!(again.stderr.contains("exists already and was not changed"), "{again:#?}");
    let taken = run(&tokens, &["key", "generate", &uri, "--algorithm", "ec-p256"]).ends(1);
    assert!(taken.stderr.contains("label \"root-2026\" is taken"), "{taken:#?}");
}

#[test]
fn tokens_are_listed_with_the_uri_that_names_them() {
    let mut tokens = Tokens::new("cli-one");
    tokens.add("cli-two");
    let listed = run(&tokens, &["token", "list", "--json"]).ends(0).json();
    let named: Vec<&serde_json::Value> =
        listed["tokens"].as_array().unwrap().iter().filter(|token| token["label"] != "").collect();
    assert_eq!(named.len(), 2, "{listed}");
    for token in named {
        let uri = token["uri"].as_str().unwrap();
        assert!(run(&tokens, &["key", "list", uri]).ends(0).stdout.contains("no keys"));
    }
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let mut tokens = Tokens::new("cli-here");
    tokens.add("cli-there");
    for (arguments, code, wanted) in [
        (
            &["key", "list", "pkcs11:token=nowhere"][..],
            4,
            &["no token \"nowhere\" in", "\"cli-here\" (serial"][..],
        ),
        (&["key", "list", "pkcs11:"], 4, &["add what tells them apart", "token=cli-there"]),
        (&["key", "show", "pkcs11:token=cli-here;object=x"], 4, &["no key \"x\" in token \"cli-here\""]),
        (&["key", "list", "token=x"], 2, &["not a PKCS#11 URI", "such as pkcs11:token="]),
        (
            &["key", "generate", "pkcs11:token=cli-here", "--algorithm", "ec-p256"],
            2,
            &["no label", "add ;object="],
        ),
        (&["key", "generate", "pkcs11:token=cli-here;object=a", "--algorithm", "dsa"], 2, &["ec-p256"]),
    ] {
        let run = run(&tokens, arguments).ends(code);
        for wanted in wanted {
            assert!(run.stderr.contains(wanted), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn a_module_that_is_none_is_named() {
    let tokens = Tokens::new("cli-module");
    for (path, wanted) in
        [("/nowhere.so", "/nowhere.so cannot be loaded"), ("/bin/sh", "/bin/sh cannot be loaded")]
    {
        let mut command = command(tokens.path());
        command.args(["token", "list", "--module", path]);
        let run = finish(command, b"").ends(4);
        assert!(run.stderr.contains(wanted), "{run:#?}");
    }
}

#[test]
fn a_wrong_pin_is_tried_once_and_nobody_is_asked_on_a_pipe() {
    let tokens = Tokens::new("cli-pin");
    let list = ["key", "list", &tokens.uri()];
    let wrong = tokens.write_private("wrong", "canary-wrong-1");
    let refused = with_pin(&tokens, &format!("file:{}", wrong.display()), &list).ends(4);
    assert!(refused.stderr.contains("wrong PIN for token \"cli-pin\""), "{refused:#?}");
    let asked = with_pin(&tokens, "", &list).ends(2);
    assert!(
        asked.stderr.contains("no terminal to ask on") && asked.stderr.contains("--pin-source"),
        "{asked:#?}"
    );
}

/// A PIN given in the wrong place, or used, at the highest log level: it is in no output.
#[test]
fn no_pin_is_ever_printed() {
    let tokens = Tokens::new("cli-canary");
    let uri = tokens.key_uri("k");
    let in_uri = format!("{}?pin-value={PIN}", tokens.uri());
    let env = format!("env:{PIN}");
    let lines: Vec<(&str, Vec<&str>)> = vec![
        ("", vec!["key", "list", &in_uri]),
        ("", vec!["key", "lst", &in_uri]),
        ("", vec!["token", "list", &in_uri]),
        ("", vec!["key", "show", &in_uri, "--nonsense"]),
        (PIN, vec!["key", "list", &uri]),
        (PIN, vec!["key", "list"]),
        (PIN, vec!["key", "list", &uri, "--public-out"]),
        ("file:pin", vec!["key", "generate", &uri, "--algorithm", "ec-p256"]),
        ("file:pin", vec!["key", "show", &uri, "--json"]),
        ("file:pin", vec!["key", "list", "pkcs11:token=nowhere"]),
    ];
    for (pin_source, mut arguments) in lines {
        arguments.extend(["--log", "trace"]);
        let run = with_pin(&tokens, pin_source, &arguments);
        for stream in [&run.stdout, &run.stderr] {
            assert!(!stream.contains(PIN) && !stream.contains(SO_PIN), "{arguments:?}: {run:#?}");
        }
    }
    // A variable's name is no secret, but somebody may give the PIN for it: then the name is the PIN.
    let run = with_pin(&tokens, &env, &["key", "list", &uri]);
    assert_eq!(run.code, 4, "{run:#?}");
}

/// A label is foreign text: whoever initialised the token chose it.
#[test]
fn hostile_labels_are_escaped() {
    let mut tokens = Tokens::new("cli-plain");
    tokens.add("x\u{1b}[31m\u{202e}y");
    for arguments in
        [&["token", "list"][..], &["token", "list", "--json"], &["key", "list", "pkcs11:token=nowhere"]]
    {
        let run = run(&tokens, arguments);
        assert!(run.stdout.contains("cli-plain") || run.stderr.contains("cli-plain"), "{run:#?}");
        assert_safe(&run);
    }
}
