//! What a module can reach of the home, seen from the command line, and what the program says of it.

use std::fs;

use crate::program::{Run, command, finish};
use crate::support::fault_module;
use crate::support::softhsm::{Tokens, module};

/// Runs the program in a home beside the tokens.
fn run(tokens: &Tokens, configuration: &std::path::Path, arguments: &[&str]) -> Run {
    let mut command = command(tokens.path());
    command.env("SOFTHSM2_CONF", configuration).args(["--home", "ca"]).args(arguments);
    command.arg("--module").arg(module()).args(["--pin-source", &tokens.pin_source()]);
    finish(command, b"")
}

/// People put their tokens into the home: what the environment names there is the module's, and nothing else.
#[test]
fn tokens_inside_the_home_can_be_used() {
    let tokens = Tokens::new("cli-inside");
    run(&tokens, &tokens.configuration(), &["init", "ca"]).ends(0);
    let home = tokens.path().join("ca");
    let inside = home.join("softhsm2.conf");
    let text = fs::read_to_string(tokens.configuration()).unwrap();
    let moved = home.join("tokens");
    fs::rename(tokens.path().join("tokens"), &moved).unwrap();
    let old = tokens.path().join("tokens").display().to_string();
    save(&inside, &text.replace(&old, &moved.display().to_string()));
    save(&tokens.configuration(), &text.replace(&old, &moved.display().to_string()));
    for configuration in [&inside, &tokens.configuration()] {
        assert!(
            run(&tokens, configuration, &["key", "list", &tokens.uri()]).ends(0).stdout.contains("no keys")
        );
    }
}

#[test]
fn a_relative_path_in_the_environment_is_named() {
    let tokens = Tokens::new("cli-relative");
    let run = run(&tokens, std::path::Path::new("softhsm2.conf"), &["key", "list", &tokens.uri()]).ends(4);
    let hint = "hint: SOFTHSM2_CONF is a relative path, and the module's directory is /: make it absolute\n";
    assert!(run.stderr.contains(hint), "{run:#?}");
}

fn save(path: &std::path::Path, text: &str) {
    crate::program::save(path, text.as_bytes());
}

/// The whole way: a command that works in a home, and a module that wants it.
#[test]
fn a_module_does_not_reach_the_home_of_the_command() {
    let tokens = Tokens::new("cli-attacked");
    run(&tokens, &tokens.configuration(), &["init", "ca"]).ends(0);
    fs::create_dir(tokens.path().join("scratch")).unwrap();
    let home = tokens.path().join("ca");
    fault_module::forget(&tokens);
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(&tokens, "C_Initialize:attacks"));
    command.env("FAULT_HOME", &home).env("FAULT_SCRATCH", tokens.path().join("scratch"));
    command.args(["--home", "ca", "token", "list", "--module"]).arg(fault_module::path());
    finish(command, b"").ends(0);
    let calls = fault_module::all_calls(&tokens);
    let attempts: Vec<&String> = calls.iter().filter(|line| line.starts_with("attack ")).collect();
    assert!(attempts.len() > 30, "{calls:?}");
    // What the kernel does not have, the test of the token layer tells.
    if attempts.iter().any(|line| *line == "attack list EACCES") {
        for attempt in
            ["read keyrite.toml", "write ledger", "delete ledger", "create", "read by another program"]
        {
            assert!(calls.contains(&format!("attack {attempt} EACCES")), "{attempt}: {attempts:?}");
        }
    }
    assert!(home.join("ledger.sqlite").exists() && !home.join("planted").exists());
}
