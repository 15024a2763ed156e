//! `key destroy` and `key show --compare` at the command line, on throw-away SoftHSM tokens.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::{Run, command, finish, save};
use crate::support::fault_module;
use crate::support::softhsm::{PIN, Tokens, module};

/// Runs the program with the right PIN at hand and every question answered.
fn run(tokens: &Tokens, arguments: &[&str]) -> Run {
    with(tokens, &module(), "", arguments)
}

/// The same through the module that commits faults.
fn faulty(tokens: &Tokens, faults: &str, arguments: &[&str]) -> Run {
    fault_module::forget(tokens);
    with(tokens, fault_module::path(), faults, arguments)
}

fn with(tokens: &Tokens, module: &Path, faults: &str, arguments: &[&str]) -> Run {
    finish(at(tokens, module, faults, arguments), b"")
}

fn at(tokens: &Tokens, module: &Path, faults: &str, arguments: &[&str]) -> Command {
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(tokens, faults)).args(arguments).args(["--yes", "--home", "home"]);
    command.arg("--module").arg(module).args(["--pin-source", &tokens.pin_source()]);
    command
}

fn generate(tokens: &Tokens, label: &str) -> Value {
    let key = tokens.key_uri(label);
    run(tokens, &["key", "generate", &key, "--algorithm", "ec-p256", "--json"]).ends(0).json()
}

fn recorded(tokens: &Tokens, event: &str) -> Vec<Value> {
    let listed = run(tokens, &["audit", "list", "--event", event, "--json"]).ends(0).json();
    listed["entries"].as_array().unwrap().iter().map(|entry| entry["details"].clone()).collect()
}

/// How many objects another program sees.
fn objects(tokens: &Tokens) -> usize {
    let output = tokens.pkcs11_tool().arg("--list-objects").output().unwrap();
    String::from_utf8_lossy(&output.stdout).matches(" Key Object").count()
}

fn tool(tokens: &Tokens, arguments: &[&str]) {
    let output = tokens.pkcs11_tool().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

#[test]
fn both_halves_are_destroyed_and_that_is_recorded() {
    let tokens = Tokens::new("destroyed");
    run(&tokens, &["init"]).ends(0);
    let (gone, kept) = (generate(&tokens, "gone"), generate(&tokens, "kept"));
    let destroyed = run(&tokens, &["key", "destroy", gone["uri"].as_str().unwrap(), "--json"]).ends(0).json();
    assert_eq!(destroyed["destroyed"], true);
    assert_eq!(destroyed["objects"], "private key, public key");
    assert_eq!(destroyed["public_key"]["sha256"], gone["public_key"]["sha256"]);
    assert_eq!(objects(&tokens), 2);
    let [event] = &recorded(&tokens, "key-destroyed")[..] else { panic!() };
    assert_eq!((&event["key"], &event["algorithm"]), (&gone["uri"], &"ec-p256".into()));
    assert_eq!(event["public-key-sha256"], gone["public_key"]["sha256"]["hex"]);
    assert!(event["problem"].is_null() && event["cas"].is_null(), "{event}");
    let again = run(&tokens, &["key", "destroy", gone["uri"].as_str().unwrap()]).ends(4);
    assert!(again.stderr.contains(kept["uri"].as_str().unwrap()), "{again:#?}");
    run(&tokens, &["audit", "verify"]).ends(0);
}

#[test]
fn a_uri_must_name_one_key() {
    let tokens = Tokens::new("one-key");
    for id in ["01", "02"] {
        let pair = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", "twin", "--id", id];
        tool(&tokens, &[&pair[..], &["--usage-sign", "--sensitive"]].concat());
    }
    for (uri, code, wanted) in [
        (tokens.uri(), 2, "the URI names no key of the token"),
        (format!("{};type=private", tokens.uri()), 2, "the URI names no key of the token"),
        (format!("{};type=cert", tokens.key_uri("twin")), 2, "an object of type cert, wanted a key"),
        (tokens.key_uri("twin"), 4, "2 keys are \"twin\" in token \"one-key\""),
        (format!("{};type=public", tokens.key_uri("twin")), 2, "the public key \"twin\" is half of a pair"),
        (tokens.key_uri("other"), 4, "no key \"other\" in token \"one-key\""),
    ] {
        let run = faulty(&tokens, "", &["key", "destroy", &uri]).ends(code);
        assert!(run.stderr.contains(wanted), "{uri}: {}", run.stderr);
        assert_eq!(fault_module::calls(&tokens, "C_DestroyObject"), 0, "{uri}");
    }
    let ambiguous = run(&tokens, &["key", "destroy", &tokens.key_uri("twin")]).stderr;
    assert!(
        ambiguous.contains("id=%01;type=private") && ambiguous.contains("id=%02;type=private"),
        "{ambiguous}"
    );
    run(&tokens, &["key", "destroy", &format!("{};id=%02", tokens.key_uri("twin"))]).ends(0);
    assert_eq!(objects(&tokens), 2);
}

#[test]
fn the_key_of_a_ca_stays_unless_that_ca_is_named() {
    let tokens = Tokens::new("of-ca");
    run(&tokens, &["init"]).ends(0);
    generate(&tokens, "root");
    generate(&tokens, "free");
    let key = tokens.key_uri("root");
    run(&tokens, &["ca", "create", "root", "--key", &key, "--subject", "C=AT,O=Example,CN=Root"]).ends(0);
    // Under another name it is the same key: its public half tells.
    tool(&tokens, &["--set-id", "77", "--type", "privkey", "--label", "root"]);
    tool(&tokens, &["--set-id", "77", "--type", "pubkey", "--label", "root"]);
    let key = format!("{};id=%77", tokens.uri());
    for (of, wanted) in [
        (&[][..], "key \"root\" is in use by CA root"),
        (&["--of-ca", "other"], "key \"root\" is in use by CA root"),
        (
            &["--of-ca", "root", "--of-ca", "other"],
            "key \"root\" is not in use by CA other; nothing was done",
        ),
    ] {
        let refused = faulty(&tokens, "", &[&["key", "destroy", key.as_str()], of].concat()).ends(1);
        assert!(refused.stderr.contains(wanted), "{refused:#?}");
        assert_eq!(fault_module::calls(&tokens, "C_DestroyObject"), 0);
    }
    let free = tokens.key_uri("free");
    run(&tokens, &["key", "destroy", &free, "--of-ca", "root"]).ends(1);
    run(&tokens, &["key", "destroy", &free]).ends(0);
    run(&tokens, &["key", "destroy", &key, "--of-ca", "root"]).ends(0);
    assert_eq!(objects(&tokens), 0);
    let events = recorded(&tokens, "key-destroyed");
    assert_eq!(events[1]["cas"], serde_json::json!(["root"]));
}

/// A private key whose public half nobody tells is compared by its name.
#[test]
fn a_key_of_a_ca_without_its_public_half_stays_too() {
    let tokens = Tokens::new("of-name");
    run(&tokens, &["init"]).ends(0);
    generate(&tokens, "root");
    let key = tokens.key_uri("root");
    run(&tokens, &["ca", "create", "root", "--key", &key, "--subject", "C=AT,O=Example,CN=Root"]).ends(0);
    tool(&tokens, &["--delete-object", "--type", "pubkey", "--label", "root"]);
    let refused = run(&tokens, &["key", "destroy", &key]).ends(1);
    assert!(refused.stderr.contains("key \"root\" is in use by CA root"), "{refused:#?}");
    let shown = run(&tokens, &["key", "destroy", &key, "--of-ca", "root", "--json"]).ends(0).json();
    assert_eq!(shown["objects"], "private key, without a public one");
    assert_eq!(objects(&tokens), 0);
}

#[test]
fn half_a_pair_that_a_crash_has_left_is_destroyed_by_its_type() {
    let tokens = Tokens::new("orphans");
    for (label, lost) in [("public", "privkey"), ("private", "pubkey"), ("neither", "privkey")] {
        generate(&tokens, label);
        tool(&tokens, &["--delete-object", "--type", lost, "--label", label]);
    }
    let uri = |label: &str, kind: &str| format!("{};type={kind}", tokens.key_uri(label));
    let listed =
        run(&tokens, &["key", "list", &format!("{};type=public", tokens.uri()), "--json"]).ends(0).json();
    let mut halves: Vec<(&str, bool)> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["label"].as_str().unwrap(), key["private"].as_bool().unwrap()))
        .collect();
    halves.sort_unstable();
    assert_eq!(halves, [("neither", false), ("public", false)]);
    let one = run(&tokens, &["key", "list", &uri("public", "public")]).ends(0).stdout;
    assert!(one.contains("none") && !one.contains("neither"), "{one}");
    let privates = run(&tokens, &["key", "list", &tokens.uri(), "--json"]).ends(0).json();
    assert_eq!(privates["keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&privates["keys"][0]["type"], &privates["keys"][0]["fit"]),
        (&"CKK_EC (0x3)".into(), &false.into())
    );
    assert_eq!(privates["keys"][0]["attributes"]["sensitive"], true);
    run(&tokens, &["key", "list", &format!("{};type=cert", tokens.uri())]).ends(2);
    let missing = run(&tokens, &["key", "destroy", &uri("public", "private")]).ends(4);
    assert!(missing.stderr.contains("no key \"public\""), "{missing:#?}");
    let public = run(&tokens, &["key", "destroy", &uri("public", "public"), "--json"]).ends(0).json();
    assert_eq!(public["objects"], "public key, without a private one");
    assert!(public["uri"].as_str().unwrap().ends_with(";type=public"), "{public}");
    run(&tokens, &["key", "destroy", &uri("private", "private")]).ends(0);
    // Without a type whatever is left is meant.
    run(&tokens, &["key", "destroy", &tokens.key_uri("neither")]).ends(0);
    assert_eq!(objects(&tokens), 0);
}

#[test]
fn certificates_with_the_same_id_are_named_and_stay() {
    let tokens = Tokens::new("certificates");
    let made = generate(&tokens, "root");
    let certificate = tokens.path().join("x.der");
    let der = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=x"])
        .args(["-outform", "DER", "-out"])
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(der.status.success(), "{der:?}");
    let id = made["id"].as_str().unwrap();
    tool(
        &tokens,
        &["--write-object", certificate.to_str().unwrap(), "--type", "cert", "--label", "c", "--id", id],
    );
    let shown = run(&tokens, &["key", "destroy", &tokens.key_uri("root"), "--json"]).ends(0).json();
    let named = shown["certificates_that_stay"][0].as_str().unwrap();
    assert!(named.contains("object=c;id=") && named.ends_with(";type=cert"), "{shown}");
    let left = tokens.pkcs11_tool().arg("--list-objects").output().unwrap();
    assert!(String::from_utf8_lossy(&left.stdout).contains("Certificate Object"), "{left:?}");
}

#[test]
fn what_could_not_be_destroyed_is_told_and_recorded() {
    let tokens = Tokens::new("left");
    run(&tokens, &["init"]).ends(0);
    let key = tokens.key_uri("k");
    generate(&tokens, "k");
    let destroy = ["key", "destroy", key.as_str()];
    for (faults, wanted) in [
        (
            "C_DestroyObject:rv=0x1b",
            "the token does not let key \"k\" be destroyed (CKA_DESTROYABLE is false)",
        ),
        ("C_DestroyObject:rv=0x6@1", "key \"k\" could not be destroyed, neither half of it"),
    ] {
        let run = faulty(&tokens, faults, &destroy).ends(4);
        assert!(run.stderr.contains(wanted), "{faults}: {}", run.stderr);
        // The public half is not touched before the private one is gone.
        assert_eq!(fault_module::calls(&tokens, "C_DestroyObject"), 1, "{faults}");
    }
    assert_eq!((objects(&tokens), recorded(&tokens, "key-destroyed").len()), (2, 0));

    let run = faulty(&tokens, "C_DestroyObject:rv=0x30@2", &destroy).ends(4);
    let wanted = "the private key \"k\" is destroyed, but part of the pair is still in the token \
                  (public key: CKR_DEVICE_ERROR from C_DestroyObject)";
    assert!(run.stderr.contains(wanted), "{}", run.stderr);
    let events = recorded(&tokens, "key-destroyed");
    assert_eq!((objects(&tokens), events[0]["problem"].as_str()), (1, Some(wanted)));

    // A module that says CKR_OK and does nothing.
    let public = format!("{key};type=public");
    let lied = faulty(&tokens, "C_DestroyObject:rv=0", &["key", "destroy", &public]).ends(4);
    assert!(
        lied.stderr.contains("the token says that key \"k\" is destroyed, and still shows it (public key)"),
        "{lied:#?}"
    );
    assert_eq!((objects(&tokens), recorded(&tokens, "key-destroyed").len()), (1, 2));
    self::run(&tokens, &["key", "destroy", &public]).ends(0);
    assert_eq!(objects(&tokens), 0);
}

/// Two tokens with one key, made outside as no CA's key should be: tokens that clone keys are dear.
fn two() -> Tokens {
    let mut tokens = Tokens::new("first");
    tokens.add("second");
    let pem = tokens.path().join("key.pem");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"])
        .arg(&pem)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    for label in ["first", "second"] {
        let imported = tokens
            .command("softhsm2-util")
            .args(["--import", pem.to_str().unwrap(), "--token", label, "--label", "copy"])
            .args(["--id", "0a", "--pin", PIN])
            .output()
            .unwrap();
        assert!(imported.status.success(), "{imported:?}");
    }
    tokens
}

#[test]
fn a_backup_is_the_same_key_in_another_token_and_both_sign() {
    let tokens = two();
    let compare =
        ["key", "show", "pkcs11:token=first;object=copy", "--compare", "pkcs11:token=second;object=copy"];
    let compared = run(&tokens, &[&compare[..], &["--json"]].concat()).ends(0).json();
    assert_eq!((&compared["backup"], &compared["same_public_key"]), (&true.into(), &true.into()));
    assert_eq!(compared["first"]["sha256"], compared["second"]["sha256"]);
    for (side, token) in [("first", "first"), ("second", "second")] {
        assert_eq!((&compared[side]["proven"], &compared[side]["token"]), (&true.into(), &token.into()));
        // An imported key is a backup all the same, but not one that a CA should use.
        assert_eq!(compared[side]["fit"], false);
        assert_eq!(compared[side]["attributes"]["never_extractable"], false);
    }
    let text = run(&tokens, &compare).ends(0).stdout;
    assert!(text.contains("The second key is a backup of the first"), "{text}");
    assert!(text.contains("never extractable"), "{text}");
}

#[test]
fn what_is_no_backup_is_told_with_the_part_that_failed() {
    let tokens = two();
    for label in ["first", "second"] {
        let key = format!("pkcs11:token={label};object=own");
        run(&tokens, &["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    }
    let compare = |one: &str, other: &str, faults: &str| {
        let (one, other) = (format!("pkcs11:token=first;object={one}"), format!("pkcs11:{other}"));
        faulty(&tokens, faults, &["key", "show", &one, "--compare", &other, "--json"])
    };
    let differs = compare("own", "token=second;object=own", "").ends(6).json();
    assert_eq!((&differs["backup"], &differs["same_public_key"]), (&false.into(), &false.into()));
    assert_eq!(differs["problems"][0], "the public keys differ");
    assert_eq!((&differs["first"]["proven"], &differs["second"]["proven"]), (&true.into(), &false.into()));

    // A second token that signs wrongly: each worker counts its own calls.
    let wrong = compare("copy", "token=second;object=copy", "C_Sign:flip").ends(6).json();
    assert_eq!(wrong["same_public_key"], true);
    assert_eq!(wrong["problems"].as_array().unwrap().len(), 2);
    assert!(
        wrong["problems"][0].as_str().unwrap().starts_with("the first key did not prove itself: "),
        "{wrong}"
    );

    // One token is no backup of itself, and no PIN is spent on it.
    let same = compare("copy", "token=first;object=copy", "").ends(1);
    assert!(same.stderr.contains("what is in one token is no backup"), "{same:#?}");
    assert_eq!(fault_module::calls(&tokens, "C_Login"), 0);
    let missing = compare("copy", "token=second;object=nowhere", "").ends(4);
    assert!(missing.stderr.contains("nowhere\\\" in token"), "{missing:#?}");
}

#[test]
fn the_second_token_may_have_a_pin_of_its_own() {
    let tokens = two();
    let changed = tokens
        .pkcs11_tool()
        .args(["--token-label", "second", "--change-pin", "--new-pin", "another-pin-22"])
        .output()
        .unwrap();
    assert!(changed.status.success(), "{changed:?}");
    let other = tokens.write_private("other-pin", "another-pin-22");
    let second = format!("pkcs11:token=second;object=copy?pin-source=file:{}", other.display());
    let first = "pkcs11:token=first;object=copy";
    run(&tokens, &["key", "show", first, "--compare", &second]).ends(0);
    let wrong = run(&tokens, &["key", "show", first, "--compare", "pkcs11:token=second;object=copy"]).ends(4);
    assert!(wrong.stderr.contains("wrong PIN for token \"second\""), "{wrong:#?}");
}

/// What a home states in `[keys]` holds for new keys and for every use of one.
#[test]
fn a_home_gets_the_keys_that_it_demands_and_no_others() {
    let tokens = two();
    run(&tokens, &["init"]).ends(0);
    let configure = |text: &str| save(&tokens.path().join("home/keyrite.toml"), text);
    let create = |name: &str| {
        let subject = format!("C=AT,O=Example,CN={name}");
        run(
            &tokens,
            &["ca", "create", name, "--key", "pkcs11:token=first;object=copy", "--subject", &subject],
        )
    };
    // The default: what has been outside of the token is not taken.
    configure("");
    let refused = create("root").ends(4);
    let wanted =
        "key \"copy\" is not fit for a CA: CKA_ALWAYS_SENSITIVE is false, CKA_NEVER_EXTRACTABLE is false";
    assert!(refused.stderr.contains(wanted), "{refused:#?}");
    assert!(refused.stderr.contains("[keys] in keyrite.toml says what a home demands"), "{refused:#?}");
    // A home that must live with it says so, and is told each time.
    configure("[keys]\nrequire = []\n");
    let taken = create("root").ends(0);
    assert!(taken.stderr.contains("note: key \"copy\": CKA_NEVER_EXTRACTABLE is false"), "{taken:#?}");
    // And one that demands it again gets no signature any more.
    configure("[keys]\nrequire = [\"local\"]\n");
    let refused = run(&tokens, &["crl", "issue", "--ca", "root", "--out", "x.crl"]).ends(4);
    assert!(refused.stderr.contains("CKA_LOCAL is false"), "{refused:#?}");

    // A new key that does not show what is demanded is destroyed again.
    configure("[keys]\nrequire = [\"sign-only\"]\n");
    let generate = ["key", "generate", "pkcs11:token=second;object=new", "--algorithm", "ec-p256"];
    let undone = faulty(&tokens, "C_GenerateKeyPair:refuses=0xd10105", &generate).ends(4);
    for wanted in [
        "the generated key \"new\" was not good and has been destroyed",
        "key \"new\" is not fit for a CA: CKA_DECRYPT is true, CKA_UNWRAP is true",
    ] {
        assert!(undone.stderr.contains(wanted), "{undone:#?}");
    }
    let listed = run(&tokens, &["key", "list", "pkcs11:token=second", "--json"]).ends(0).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert_eq!(listed["keys"][0]["label"], "copy");
    run(&tokens, &generate).ends(0);

    // What no token does unasked is asked for: a PIN for every signature, and some mechanisms only.
    configure(
        "[keys]\nrequire = [\"always-sensitive\", \"never-extractable\", \"local\", \"key-gen-mechanism\", \
         \"sign-only\", \"allowed-mechanisms\", \"always-authenticate\"]\n",
    );
    let strict = ["key", "generate", "pkcs11:token=second;object=strict", "--algorithm", "ec-p256", "--json"];
    let made = run(&tokens, &strict).ends(0).json();
    assert_eq!((&made["fit"], &made["reasons"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(made["attributes"]["always_authenticate"], true);
    assert_eq!(made["attributes"]["allowed_mechanisms"], serde_json::json!(["CKM_ECDSA (0x1041)"]));
    assert_eq!(made["attributes"]["key_gen_mechanism"], "CKM_EC_KEY_PAIR_GEN (0x1040)");
    let ca = ["ca", "create", "strict", "--key", "pkcs11:token=second;object=strict", "--subject"];
    run(&tokens, &[&ca[..], &["C=AT,O=Example,CN=strict"]].concat()).ends(0);
    let unfit = run(&tokens, &["key", "list", "pkcs11:token=second;object=new", "--json"]).ends(0).json();
    assert_eq!(unfit["keys"][0]["fit"], false);
}

/// A crash after the token has destroyed the key, before that is on record: the log knows that it was to go, and is told
/// when somebody asks again.
#[test]
fn a_key_that_went_in_an_interrupted_attempt_is_told_of_afterwards() {
    let tokens = Tokens::new("interrupted");
    run(&tokens, &["init"]).ends(0);
    let kept = generate(&tokens, "kept");
    let made = generate(&tokens, "k");
    let key = tokens.key_uri("k");
    let destroy = ["key", "destroy", key.as_str(), "--json"];
    generate(&tokens, "first");
    faulty(&tokens, "", &["key", "destroy", &tokens.key_uri("first")]).ends(0);
    let search = fault_module::search_after_destruction(&tokens);
    fault_module::forget(&tokens);
    let faults = format!("C_FindObjectsInit:hang@{search}");
    let mut killed = at(&tokens, fault_module::path(), &faults, &destroy);
    let child = killed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    fault_module::kill_at_fault(&tokens, child);
    assert_eq!(objects(&tokens), 2);
    assert_eq!(recorded(&tokens, "key-destroyed").len(), 1);
    assert_eq!(recorded(&tokens, "key-doomed")[1]["key"], made["uri"]);

    let told = run(&tokens, &destroy).ends(0).json();
    assert_eq!((&told["uri"], &told["destroyed"]), (&made["uri"], &true.into()));
    let [_, event] = &recorded(&tokens, "key-destroyed")[..] else { panic!() };
    assert_eq!((&event["key"], &event["algorithm"]), (&made["uri"], &"ec-p256".into()));
    assert!(event["problem"].is_null(), "{event}");
    // Once is enough, and a key that nobody gave up is only not there.
    let again = run(&tokens, &["key", "destroy", &key]).ends(4);
    assert!(again.stderr.contains(kept["uri"].as_str().unwrap()), "{again:#?}");
    run(&tokens, &["key", "destroy", &tokens.key_uri("never")]).ends(4);
    assert_eq!(recorded(&tokens, "key-destroyed").len(), 2);
    run(&tokens, &["audit", "verify"]).ends(0);
}
