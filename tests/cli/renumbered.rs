//! Mechanisms that a module knows by a vendor's numbers, named in keyrite.toml.

use std::path::Path;

use crate::program::{Run, command, finish, save};
use crate::support::fault_module;
use crate::support::kryoptic::Kind;
use crate::support::tokens::Tokens;

/// Runs the program with the module before kryoptic that has ML-DSA by a vendor's numbers alone.
fn run(tokens: &Tokens, module: &Path, arguments: &[&str]) -> Run {
    let faults = "C_GenerateKeyPair:vendor=0x80000000,C_SignInit:vendor=0x80000000";
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(tokens, faults));
    command.env("KEYRITE_HOME", tokens.path().join("home")).args(arguments);
    command.arg("--module").arg(module).args(["--pin-source", &tokens.pin_source(), "--yes"]);
    finish(command, b"")
}

#[test]
fn a_home_names_the_numbers_by_which_a_module_knows_ml_dsa() {
    let tokens = Tokens::kryoptic(Kind::Whole, "vendor");
    let module = fault_module::path();
    run(&tokens, module, &["init", "home"]).ends(0);
    let key = tokens.key_uri("root");
    let generate = ["key", "generate", &key, "--algorithm", "ml-dsa-65"];
    let refused = run(&tokens, module, &generate).ends(4);
    assert!(refused.stderr.contains("CKR_MECHANISM_INVALID from C_GenerateKeyPair"), "{refused:#?}");

    let numbers = "ml_dsa = 0x8000001d\nml_dsa_key_pair_gen = 0x8000_001C\n";
    let configured = |path: &Path| {
        let text = format!("[modules.{:?}]\n{numbers}", path.display().to_string());
        save(&tokens.path().join("home/keyrite.toml"), text);
    };
    // Those of another module are not this one's.
    configured(Path::new("/usr/lib/vendor/libpkcs11.so"));
    run(&tokens, module, &generate).ends(4);

    configured(module);
    run(&tokens, module, &generate).ends(0);
    let create = ["ca", "create", "root", "--key", &key, "--subject", "C=AT,O=Example,CN=Root"];
    run(&tokens, module, &create).ends(0);
    // Also by another path to the same file.
    let link = tokens.path().join("link.so");
    std::os::unix::fs::symlink(module, &link).unwrap();
    run(&tokens, &link, &["crl", "issue", "--ca", "root", "--out", "root.crl"]).ends(0);
}
