//! Tokens and their keys at the command line, on throw-away SoftHSM tokens.

use crate::program::{Run, assert_safe, command, finish, save};
use crate::support::fault_module;
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
    let named = listed["tokens"].as_array().unwrap();
    assert_eq!(named.len(), 2, "{listed}");
    // SoftHSM always shows a slot for the next token.
    assert_eq!(listed["blank"].as_array().unwrap().len(), 1, "{listed}");
    let text = run(&tokens, &["token", "list"]).ends(0).stdout;
    assert!(text.contains(" is blank (SoftHSM v2)") && !text.contains("not initialised"), "{text}");
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

/// The events of the log with one name.
fn recorded(tokens: &Tokens, event: &str) -> Vec<serde_json::Value> {
    let listed = run(tokens, &["audit", "list", "--event", event, "--json"]).ends(0).json();
    listed["entries"].as_array().unwrap().iter().map(|entry| entry["details"].clone()).collect()
}

#[test]
fn a_key_generated_in_a_home_is_recorded_and_elsewhere_the_want_of_a_record_is_told() {
    let tokens = Tokens::new("cli-recorded");
    let outside = run(&tokens, &["key", "generate", &tokens.key_uri("a"), "--algorithm", "ec-p256"]).ends(0);
    assert!(
        outside.stderr.contains("this is in no audit log, since there is no ledger in /"),
        "{outside:#?}"
    );
    run(&tokens, &["init"]).ends(0);
    let made = run(&tokens, &["key", "generate", &tokens.key_uri("b"), "--algorithm", "ec-p384", "--json"]);
    let made = made.ends(0);
    assert_eq!(made.stderr, "");
    let events = recorded(&tokens, "key-generated");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event["key"], made.json()["uri"]);
    assert_eq!(event["algorithm"], "ec-p384");
    assert_eq!(event["public-key-sha256"], made.json()["public_key"]["sha256"]["hex"]);
    assert!(event["doubts"].is_null(), "{event}");
    run(&tokens, &["audit", "verify"]).ends(0);
}

#[test]
fn what_a_new_key_may_do_besides_is_shown_and_recorded() {
    let tokens = Tokens::new("cli-doubts");
    run(&tokens, &["init"]).ends(0);
    // A token that takes no more than the minimal template.
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(&tokens, "C_GenerateKeyPair:refuses=0xd10105"));
    command.args(["key", "generate", &tokens.key_uri("a"), "--algorithm", "ec-p256", "--json"]);
    command.arg("--module").arg(fault_module::path()).args(["--pin-source", &tokens.pin_source()]);
    let made = finish(command, b"").ends(0).json();
    assert_eq!(made["fit"], true);
    assert_eq!(made["reasons"], serde_json::json!(["CKA_DECRYPT is true", "CKA_UNWRAP is true"]));
    let [event] = &recorded(&tokens, "key-generated")[..] else { panic!() };
    assert_eq!(event["doubts"], serde_json::json!(["CKA_DECRYPT is true", "CKA_UNWRAP is true"]));
}

#[test]
fn a_refused_pin_is_recorded_by_commands_of_the_home() {
    let tokens = Tokens::new("cli-refused");
    run(&tokens, &["init"]).ends(0);
    let uri = tokens.key_uri("a");
    run(&tokens, &["key", "generate", &uri, "--algorithm", "ec-p256"]).ends(0);
    let wrong = format!("file:{}", tokens.write_private("wrong", "canary-wrong-2").display());
    for (command, entries) in [
        (&["key", "list", &uri][..], 1),
        (&["key", "generate", &tokens.key_uri("b"), "--algorithm", "ec-p256"], 2),
        (&["ca", "create", "root", "--key", &uri, "--subject", "C=AT,O=Example,CN=Root", "--yes"], 3),
    ] {
        let refused = with_pin(&tokens, &wrong, command).ends(4);
        assert!(refused.stderr.contains("wrong PIN for token"), "{refused:#?}");
        let events = recorded(&tokens, "login-failed");
        assert_eq!(events.len(), entries, "{command:?}: {events:?}");
        for event in events {
            let token = event["token"].as_str().unwrap();
            assert!(token.starts_with("pkcs11:token=cli-refused;serial=") && !token.contains('?'), "{event}");
            assert!(event["reason"].as_str().unwrap().starts_with("wrong PIN for token"), "{event}");
        }
    }
    // What never reached the token is no refusal of it.
    with_pin(
        &tokens,
        "file:/nowhere",
        &["ca", "create", "root", "--key", &uri, "--subject", "C=AT,O=Example,CN=R", "--yes"],
    )
    .ends(4);
    assert_eq!(recorded(&tokens, "login-failed").len(), 3);
}

/// Runs the program in the tokens' directory with nothing but the arguments, at the mercy of keyrite.toml.
fn plain(tokens: &Tokens, faults: &str, arguments: &[&str]) -> Run {
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(tokens, faults)).args(arguments);
    command.args(["--pin-source", &tokens.pin_source()]);
    finish(command, b"")
}

#[test]
fn module_and_time_outs_come_from_the_configuration() {
    let tokens = Tokens::new("cli-configured");
    let configuration = tokens.path().join("keyrite.toml");
    let module = fault_module::path().display().to_string();
    save(&configuration, format!("module = {module:?}\n[worker]\nother_timeout = \"1s\"\n"));
    let listed = plain(&tokens, "", &["token", "list", "--json"]).ends(0).json();
    assert_eq!(listed["tokens"][0]["module"], module.as_str());
    // Another run finds the module by itself, so that the URI need not name it.
    assert!(!listed["tokens"][0]["uri"].as_str().unwrap().contains("module"), "{listed}");
    plain(&tokens, "", &["key", "list", &tokens.uri()]).ends(0);
    for arguments in [&["token", "list"][..], &["key", "list", &tokens.uri()]] {
        let hung = plain(&tokens, "C_GetSlotList:hang", arguments).ends(4);
        assert!(hung.stderr.contains("C_GetSlotList did not return within 1s"), "{hung:#?}");
    }
}

#[test]
fn a_broken_configuration_stops_what_would_use_it() {
    let tokens = Tokens::new("cli-broken");
    save(&tokens.path().join("keyrite.toml"), "modul = 1\n");
    for arguments in [&["token", "list"][..], &["key", "list", "pkcs11:"]] {
        let run = plain(&tokens, "", arguments).ends(3);
        assert!(run.stderr.contains("TOML-UNKNOWN-KEY"), "{run:#?}");
    }
    // What names its module itself does not.
    run(&tokens, &["token", "list"]).ends(0);
}

/// Whoever may write the configuration says which code gets the PIN.
#[test]
fn a_configuration_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let tokens = Tokens::new("cli-writable");
    let configuration = tokens.path().join("keyrite.toml");
    save(&configuration, "");
    for (path, mode) in [(configuration.as_path(), 0o664), (tokens.path(), 0o777)] {
        let before = path.metadata().unwrap().permissions();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let run = plain(&tokens, "", &["token", "list"]).ends(3);
        assert!(run.stderr.contains("wanted no write permission for group and others"), "{run:#?}");
        std::fs::set_permissions(path, before).unwrap();
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

/// Runs the program where these modules alone are registered with p11-kit: a mount namespace of its own, which
/// takes root or user namespaces.
fn registered(tokens: &Tokens, faults: &str, modules: &[&std::path::Path], arguments: &[&str]) -> Run {
    let directory = tokens.path().join("modules");
    drop(std::fs::remove_dir_all(&directory));
    std::fs::create_dir(&directory).unwrap();
    for (at, module) in modules.iter().enumerate() {
        save(&directory.join(format!("{at}.module")), format!("module: {}\n", module.display()));
    }
    let script = "mkdir -p /usr/share/p11-kit/modules && mount --bind \"$0\" /usr/share/p11-kit/modules && exec \"$@\"";
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(&directory).arg(env!("CARGO_BIN_EXE_keyrite"));
    command.args(arguments).args(["--pin-source", &tokens.pin_source()]);
    command.current_dir(tokens.path()).env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    command.envs(fault_module::environment(tokens, faults));
    finish(command, b"")
}

#[test]
fn a_token_is_looked_for_in_every_registered_module() {
    let tokens = Tokens::new("cli-registered");
    let (softhsm, second) = (module(), fault_module::path());
    let both = [softhsm.as_path(), second];
    let uri = tokens.uri();
    let arguments = ["key", "list", uri.as_str()];
    // The second module shows nothing, as one without its device does: the first has the token.
    let found = registered(&tokens, "C_GetSlotList:rv=0xe0", &both, &arguments).ends(0);
    assert!(found.stdout.contains("no keys") && found.stderr.contains("is passed over"), "{found:#?}");
    // Both have it: which one is meant is for the operator to say.
    let two = registered(&tokens, "", &both, &arguments).ends(4);
    assert!(two.stderr.contains("2 modules have such a token"), "{two:#?}");
    assert!(two.stderr.contains(softhsm.to_str().unwrap()), "{two:#?}");
    let none = registered(&tokens, "", &both, &["key", "list", "pkcs11:token=nowhere"]).ends(4);
    assert!(none.stderr.contains("no token \"nowhere\" in any registered module"), "{none:#?}");
}
