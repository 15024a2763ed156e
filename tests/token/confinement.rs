//! What a module cannot reach: tried by a module that attacks.

use std::fs;
use std::path::{Path, PathBuf};

use keyrite::token::{Confinement, HomeReach, Launch, SessionOptions, TokenSession};

use super::opening::{right_pin, uri};
use super::support::fault_module;
use super::support::softhsm::{PIN, Token};

/// Makes what looks like a home, beside the tokens.
fn home(token: &Token) -> PathBuf {
    let home = token.path().join("ca");
    fs::create_dir_all(home.join("profiles")).unwrap();
    for name in ["keyrite.toml", "ledger.sqlite", "profiles/own.toml"] {
        drop(fs::File::create(home.join(name)).unwrap());
    }
    home
}

fn options(token: &Token, faults: &str) -> SessionOptions {
    let mut launch = Launch::default().program(env!("CARGO_BIN_EXE_keyrite")).home(token.path().join("ca"));
    for (name, value) in fault_module::environment(token, faults) {
        launch = launch.environment(name, value);
    }
    fs::create_dir_all(token.path().join("scratch")).unwrap();
    let launch = launch
        .environment("FAULT_HOME", token.path().join("ca"))
        .environment("FAULT_SCRATCH", token.path().join("scratch"));
    SessionOptions { launch, ..SessionOptions::new(fault_module::path()) }
}

fn open(token: &Token, options: &SessionOptions) -> TokenSession {
    TokenSession::open(options, &uri(&token.uri()), right_pin(token)).unwrap()
}

/// What came of each attempt: its name and the error, or `ok`.
fn attempts(token: &Token) -> Vec<(String, String)> {
    let lines = fault_module::all_calls(token);
    let attempt = |line: &String| {
        let (name, result) = line.strip_prefix("attack ")?.rsplit_once(' ')?;
        Some((name.to_owned(), result.to_owned()))
    };
    lines.iter().filter_map(attempt).collect()
}

/// The kernel that the tests run on, as the worker found it.
fn confinement(token: &Token) -> Confinement {
    open(token, &options(token, "")).confinement()
}

#[test]
fn a_module_that_attacks_gets_nowhere_and_can_do_its_work() {
    let token = Token::new("attacks");
    home(&token);
    let found = confinement(&token);
    assert!(found.system_calls && found.no_new_privileges && found.not_dumpable, "{found}");
    fault_module::forget(&token);
    let session = open(&token, &options(&token, "C_Initialize:attacks"));
    session.login().unwrap();
    let attempts = attempts(&token);
    assert!(attempts.len() > 30, "{attempts:?}");
    let mut refused = 0;
    for (name, result) in &attempts {
        if name.starts_with("good: ") {
            assert_eq!(result, "ok", "{name}");
            continue;
        }
        // Files and signals are Landlock's part, where the kernel has it; the rest holds everywhere.
        let files = ["read", "write", "empty", "delete", "create", "make", "list", "move", "link"];
        let on_files = files.iter().any(|verb| name.starts_with(verb));
        if on_files && matches!(found.home, HomeReach::Open { .. }) {
            continue;
        }
        // Forbidden by Landlock, or not there in the worker's view, in which the home is an empty directory that
        // nobody can write to, on a file system of its own.
        let forbidden = ["EACCES", "EPERM", "ENXIO", "EXDEV"].contains(&result.as_str());
        let hidden = ["ENOENT", "EROFS", "EBUSY"].contains(&result.as_str()) && on_files;
        assert!(forbidden || hidden, "{name}: {result}");
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
    let home = token.path().join("ca");
    assert!(home.join("ledger.sqlite").exists() && !home.join("planted").exists());
}

#[test]
fn the_confinement_is_told() {
    let token = Token::new("told");
    home(&token);
    let found = confinement(&token);
    if found.landlock.is_some() {
        assert!(found.terminals);
    }
    match &found.home {
        HomeReach::Closed { granted } => assert!(granted.is_empty(), "{found}"),
        HomeReach::Open { reason } => assert!(found.landlock.is_none(), "{reason}"),
        HomeReach::NoHome => panic!("{found}"),
    }
    if found.landlock.is_some_and(|version| version >= 6) {
        assert_eq!(found.shortfalls(), [""; 0]);
    }
    let elsewhere = SessionOptions {
        launch: Launch::default()
            .program(env!("CARGO_BIN_EXE_keyrite"))
            .environment(token.environment().0, token.environment().1),
        ..SessionOptions::new(super::support::softhsm::module())
    };
    assert_eq!(open(&token, &elsewhere).confinement().home, HomeReach::NoHome);
}

/// Tokens inside the home are out of reach until they are granted, and nothing else is then.
#[test]
fn a_place_in_the_home_can_be_granted() {
    let token = Token::new("granted");
    let home = home(&token);
    let kernel = confinement(&token);
    let moved = home.join("softhsm");
    fs::rename(token.path().join("tokens"), &moved).unwrap();
    let text = fs::read_to_string(token.configuration()).unwrap();
    let inside =
        text.replace(&token.path().join("tokens").display().to_string(), &moved.display().to_string());
    token.write_private("softhsm2.conf", &inside);
    let outside = options(&token, "");
    if matches!(kernel.home, HomeReach::Closed { .. }) {
        let error = TokenSession::open(&outside, &uri(&token.uri()), right_pin(&token)).unwrap_err();
        assert_eq!(error.to_string(), "CKR_GENERAL_ERROR from C_Initialize");
    }
    let granted = |options: SessionOptions| {
        let launch = options.launch.granted("softhsm").granted("missing").granted("way/own.toml");
        SessionOptions { launch, ..options }
    };
    std::os::unix::fs::symlink("profiles", home.join("way")).unwrap();
    let session = open(&token, &granted(options(&token, "C_Login:attacks")));
    session.login().unwrap();
    if let HomeReach::Closed { granted } = session.confinement().home {
        assert_eq!(granted, [PathBuf::from("softhsm")]);
        let read = attempts(&token).into_iter().find(|(name, _)| name == "read keyrite.toml").unwrap();
        assert!(["EACCES", "ENOENT"].contains(&read.1.as_str()), "{}", read.1);
    }
}

/// The module runs in a session of its own, with limits that it cannot raise and nothing of the program's own
/// environment.
#[test]
fn the_process_of_the_module_is_limited() {
    let token = Token::new("limits");
    home(&token);
    let mut options = options(&token, "");
    options.launch =
        options.launch.environment("KEYRITE_TEST_PIN", PIN).without_environment("KEYRITE_TEST_PIN");
    let session = open(&token, &options);
    session.login().unwrap();
    let read =
        |name: &str| fs::read_to_string(format!("/proc/{}/{name}", session.worker_process_id())).unwrap();
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[26..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    assert_eq!(limit("Max data size"), ["4294967296", "4294967296"]);
    assert!(limit("Max open files")[1].parse::<u32>().unwrap() <= 4096);
    let status = read("status");
    assert!(status.contains("\nNoNewPrivs:\t1\n") && status.contains("\nSeccomp:\t2\n"), "{status}");
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let own = session.worker_process_id().to_string();
    assert_eq!(
        (fields[2], fields[3], fields[4]),
        (own.as_str(), own.as_str(), "0"),
        "group, session, terminal"
    );
    assert!(!read("environ").contains("KEYRITE_"));
    assert!(Path::new("/proc/self/fd").exists());
}
