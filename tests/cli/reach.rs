//! What a module can reach of the home, seen from the command line, and what the program says of it.

use std::fs;

use crate::program::{Run, command, finish};
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
