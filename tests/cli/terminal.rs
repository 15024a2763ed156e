//! Questions to a person, on a terminal of our own: `script` gives the program one.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::issued::Home;
use crate::program::{finish, is_dangerous, save};
use crate::request::{Request, common_name, name};
use crate::support::softhsm::PIN;

/// Runs the program on a terminal; each time the text shows up on it, the answer is typed.
///
/// Gives back what the terminal received, and the exit code.
pub(crate) fn converse(home: &Home, arguments: &[&str], answers: &[(&str, &str)]) -> (String, i32) {
    on_terminal(200, home.command(arguments), answers)
}

/// The same on a terminal of so many columns.
fn on_terminal(columns: u32, program: Command, answers: &[(&str, &str)]) -> (String, i32) {
    on_terminal_and(columns, program, answers, "")
}

/// The same with shell commands after the program, each with a semicolon.
fn on_terminal_and(columns: u32, program: Command, answers: &[(&str, &str)], then: &str) -> (String, i32) {
    let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
    let line: Vec<String> =
        std::iter::once(program.get_program()).chain(program.get_args()).map(quoted).collect();
    let mut script = Command::new("script");
    let line = format!("stty cols {columns} echo; {}; code=$?; {then} exit $code", line.join(" "));
    script.args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
    script.current_dir(program.get_current_dir().unwrap()).env_clear().env("PATH", "/usr/bin:/bin");
    script.env("TERM", "dumb").env("SHELL", "/bin/sh");
    script.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child =
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take();
    let mut stdout = child.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut answered = 0;
    let mut from = 0;
    let mut buffer = [0; 4096];
    loop {
        let octets = stdout.read(&mut buffer).unwrap();
        if octets == 0 {
            break;
        }
        seen.extend(&buffer[..octets]);
        if let Some((wanted, answer)) = answers.get(answered)
            && String::from_utf8_lossy(&seen[from..]).contains(wanted)
        {
            // The prompt is there before the terminal stops to echo.
            std::thread::sleep(std::time::Duration::from_millis(200));
            let line = format!("{answer}\n");
            stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
            from = seen.len();
            answered += 1;
        }
    }
    drop(stdin.take());
    let code = child.wait().unwrap().code().unwrap();
    let seen = String::from_utf8(seen).unwrap().replace("\r\n", "\n");
    assert_eq!(answered, answers.len(), "{line}: {seen}");
    (seen, code)
}

const ISSUE: [&str; 8] = ["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--out", "x.pem"];

/// Lines that were pasted behind a command are no approval of what it then shows.
#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let home = Home::with_root("cli-ahead");
    save(&home.tokens.path().join("www.csr"), Request::good().to_der());
    let program = home.command(&ISSUE);
    let mut later = Command::new("/bin/sh");
    later.args(["-c", "echo ready; sleep 1; exec \"$0\" \"$@\""]).arg(program.get_program());
    later.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    later.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (seen, code) = on_terminal(200, later, &[("ready", "sign"), ("to go on", "no")]);
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("not confirmed") && !home.tokens.path().join("x.pem").exists(), "{seen}");
}

#[test]
fn what_will_be_signed_is_shown_and_one_exact_answer_goes_on() {
    let home = Home::with_root("cli-screen");
    save(&home.tokens.path().join("www.csr"), Request::good().to_der());
    let out = home.tokens.path().join("x.pem");
    for answer in ["yes", "Sign", "", "sign it"] {
        let (seen, code) = converse(&home, &ISSUE, &[("to go on", answer)]);
        assert_eq!(code, 1, "{answer:?}: {seen}");
        let message = format!("not confirmed: found {answer:?}, wanted \"sign\"; nothing was done");
        assert!(seen.contains(&message), "{answer:?}: {seen}");
        assert!(!out.exists(), "{answer:?}");
    }
    let (seen, code) = converse(&home, &ISSUE, &[("to go on", "sign")]);
    assert_eq!(code, 0, "{seen}");
    assert!(out.exists());
    for wanted in ["CN=www.example.test", "CN=Example Root", "clientAuth", "not after", "ec-p256", "SHA-256"]
    {
        assert!(seen.contains(wanted), "{wanted}: {seen}");
    }
}

/// The screen on which a person decides, with a request that wants to deceive.
#[test]
fn a_hostile_request_does_not_reach_the_terminal() {
    let home = Home::with_root("cli-hostile");
    let text = "x\u{1b}[2J\u{202e}\nThe token will sign nothing\u{9b}31m\u{200b}";
    let subject = name(&[common_name(0x0c, text.as_bytes())]);
    let request = Request { subject, ..Request::good() };
    save(&home.tokens.path().join("www.csr"), request.to_der());
    let issue = [&ISSUE[..], &["--subject", "CN=Ann Example"]].concat();
    let (seen, code) = converse(&home, &issue, &[("to go on", "no")]);
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("\\u{202e}") || seen.contains("Ann Example"), "{seen}");
    assert_eq!(seen.chars().find(|c| is_dangerous(*c)), None, "{seen:?}");
}

/// A terminal that broke long lines itself would go on in the first column, where a name could look like a
/// line of ours.
#[test]
fn no_name_can_begin_a_line_on_a_narrow_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let rest = "possession  proven: yes ".repeat(20);
    for filler in ["x ".repeat(20), "x".repeat(70), "x".repeat(10) + &" ".repeat(70)] {
        let subject = name(&[common_name(0x0c, format!("{filler}{rest}").as_bytes())]);
        save(&directory.path().join("www.csr"), Request { subject, ..Request::good() }.to_der());
        let mut show = crate::program::command(directory.path());
        show.args(["request", "show", "www.csr"]);
        let (seen, code) = on_terminal(60, show, &[]);
        assert_eq!(code, 0, "{seen}");
        assert!(seen.lines().all(|line| line.chars().count() <= 60), "{seen}");
        assert_eq!(seen.lines().filter(|line| line.starts_with("possession")).count(), 1, "{seen}");
        let labels = seen.lines().filter(|line| !line.starts_with(' ')).count();
        assert_eq!(labels, 9, "{seen}");

        let mut missing = crate::program::command(directory.path());
        missing.args(["request", "show", &format!("{filler}hint: run it")]);
        let (seen, code) = on_terminal(60, missing, &[]);
        assert_eq!(code, 2, "{seen}");
        assert_eq!(seen.lines().filter(|line| line.starts_with("hint")).count(), 0, "{seen}");
    }
}

/// Whoever breaks off at the question for the PIN gets an error and a terminal that shows what is typed.
#[test]
fn a_question_for_the_pin_that_is_broken_off_leaves_the_terminal_as_it_was() {
    let home = Home::with_root("cli-broken-off").asking();
    let uri = home.tokens.uri();
    for keys in ["\u{3}", "canary\u{3}", "canary\u{4}\u{4}", "\u{4}"] {
        let (seen, code) =
            on_terminal_and(200, home.command(&["key", "list", &uri]), &[("PIN of token", keys)], "stty -a;");
        assert_eq!(code, 4, "{keys:?}: {seen}");
        assert!(seen.contains("caused by: no PIN was given"), "{keys:?}: {seen}");
        assert!(seen.contains(" echo ") && seen.contains("isig "), "{keys:?}: {seen}");
        assert!(!seen.contains("canary") && !seen.contains("wrong PIN"), "{keys:?}: {seen}");
    }
}

#[test]
fn a_typed_pin_is_not_echoed() {
    let home = Home::with_root("cli-typed").asking();
    let uri = home.tokens.uri();
    let (seen, code) = converse(&home, &["key", "list", &uri], &[("PIN of token", PIN)]);
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("root") && !seen.contains(PIN), "{seen}");
    let (seen, code) = converse(&home, &["key", "list", &uri], &[("PIN of token", "canary-wrong")]);
    assert_eq!(code, 4, "{seen}");
    assert!(seen.contains("wrong PIN") && !seen.contains("canary-wrong"), "{seen}");
    // The token tells that a try was spent, and the next question says so.
    let (seen, _) = converse(&home, &["key", "list", &uri], &[("a wrong PIN was given before", PIN)]);
    assert!(!seen.contains(PIN), "{seen}");
}

/// Both PINs of a new token are typed twice, and none of them is shown.
#[test]
fn new_pins_are_typed_twice_and_not_echoed() {
    let home = Home::with_root("cli-chosen").asking();
    let init = ["token", "init", "pkcs11:", "--label", "fresh"];
    let pins = [
        ("to go on", "fresh"),
        ("SO PIN for the new token", "canary-officer"),
        ("once more", "canary-officer"),
        ("user PIN for the new token", "canary-user"),
    ];
    let (seen, code) = converse(&home, &init, &[&pins[..], &[("once more", "canary-other")]].concat());
    assert_eq!(code, 4, "{seen}");
    assert!(seen.contains("the new PIN was typed differently the second time"), "{seen}");
    let listed = finish(home.command(&["token", "list"]), b"").stdout;
    assert!(!listed.contains("fresh"), "{listed}");
    let (again, code) = converse(&home, &init, &[&pins[..], &[("once more", "canary-user")]].concat());
    assert_eq!(code, 0, "{again}");
    assert!(again.contains("token=fresh;serial="), "{again}");
    assert!(!seen.contains("canary-") && !again.contains("canary-"), "{seen} {again}");
    let list = ["key", "list", "pkcs11:token=fresh"];
    let (used, code) = converse(&home, &list, &[("PIN of token", "canary-user")]);
    assert_eq!(code, 0, "{used}");
    // The SO PIN that an initialised token has is typed once.
    let erase = ["token", "init", "pkcs11:", "--label", "newer", "--erase", "fresh"];
    let wrong = [("Type \"fresh\" to go on", "fresh"), ("SO PIN of token", "canary-wrong")];
    let user = [("user PIN for", "canary-user"), ("once more", "canary-user")];
    let (refused, code) = converse(&home, &erase, &[&wrong[..], &user].concat());
    assert_eq!(code, 4, "{refused}");
    assert!(refused.contains("wrong SO PIN") && !refused.contains("canary-"), "{refused}");
}

/// The label has to be typed, and the page shows what it belongs to.
#[test]
fn a_key_is_destroyed_only_when_its_label_is_typed() {
    let home = Home::with_root("cli-doomed");
    let key = home.tokens.key_uri("spare");
    finish(home.command(&["key", "generate", &key, "--algorithm", "ec-p256"]), b"").ends(0);
    let destroy = ["key", "destroy", key.as_str()];
    for answer in ["yes", "Spare", ""] {
        let (seen, code) = converse(&home, &destroy, &[("Type \"spare\" to go on", answer)]);
        assert_eq!(code, 1, "{seen}");
    }
    let (seen, code) = converse(&home, &destroy, &[("Type \"spare\" to go on", "spare")]);
    assert_eq!(code, 0, "{seen}");
    for wanted in ["private key, public key", "ec-p256", "SHA-256", "in use by", "nothing brings it back"] {
        assert!(seen.contains(wanted), "{wanted}: {seen}");
    }
    let root = home.tokens.key_uri("root");
    let refused = finish(home.command(&["key", "destroy", &root]), b"").ends(1);
    assert!(refused.stderr.contains("is in use by CA root"), "{refused:#?}");
}
