//! A PIN that is typed: on a terminal of its own, which `script` makes.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::home::Home;
use crate::search::{WRONG, assert_absent, assert_no_file};
use crate::support::fault_module;
use crate::support::softhsm::PIN;

/// Somebody who types, and keyrite on the terminal before them.
pub(crate) struct Typist<'h> {
    home: &'h Home,
    script: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    shown: Vec<u8>,
}

impl<'h> Typist<'h> {
    /// Starts keyrite on a terminal; a shell then shows the exit code and how the terminal is set.
    pub(crate) fn start(home: &'h Home, faults: &str, arguments: &[&str]) -> Self {
        let module = fault_module::path().display().to_string();
        let program = env!("CARGO_BIN_EXE_keyrite");
        let general = [program, "--home", "ca", "--yes", "--log", "trace", "--module", &module];
        home.write("line", "echo $$ >process; exec \"$@\"\n");
        let line: Vec<String> = general.iter().chain(arguments).map(|word| format!("'{word}'")).collect();
        let line = format!(
            "stty echo; sh line {}; code=$?; echo; stty -a; echo code=$code; exit $code",
            line.join(" ")
        );
        let mut script: Command = home.command("script", faults);
        script.env("SHELL", "/bin/sh").args(["--quiet", "--return", "--echo", "never"]);
        script.args(["--command", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = script.spawn().unwrap();
        let (stdin, stdout) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        Self { home, script, stdin, stdout, shown: Vec::new() }
    }

    /// Waits for a question.
    pub(crate) fn wait_for(&mut self, question: &str) {
        while !self.text().contains(question) {
            assert!(self.read() > 0, "{}", self.text());
        }
        // The prompt shows a moment before the terminal stops to echo.
        std::thread::sleep(Duration::from_millis(300));
    }

    /// Types a line when it is asked for.
    pub(crate) fn answer(&mut self, question: &str, line: &str) {
        self.wait_for(question);
        self.stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Types without ending the line, and waits until the terminal has it.
    pub(crate) fn type_half(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).unwrap();
        // `script` passes on what it takes from the pipe.
        self.wait_until(|| rustix::io::ioctl_fionread(&self.stdin).unwrap() == 0);
        std::thread::sleep(Duration::from_millis(500));
    }

    /// Waits until something has happened.
    pub(crate) fn wait_until(&self, happened: impl Fn() -> bool) {
        let waited = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            happened()
        });
        assert!(waited, "{}", self.text());
    }

    /// The process of keyrite.
    pub(crate) fn program(&self) -> u32 {
        std::fs::read_to_string(self.home.path("process")).unwrap().trim().parse().unwrap()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.program().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    /// All that the terminal showed to the end, and the exit code.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Option<i32>) {
        while self.read() > 0 {}
        drop(self.stdin);
        (self.shown, self.script.wait().unwrap().code())
    }

    fn read(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let octets = self.stdout.read(&mut buffer).unwrap();
        self.shown.extend(&buffer[..octets]);
        octets
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

#[test]
fn a_typed_pin_is_in_no_output_and_no_file() {
    let home = Home::template();
    let uri = home.token().uri();
    let issue = home.issue(&["r1.csr"], &["--out", "x.pem"]);
    for (pin, faults, arguments, code) in [
        (PIN, "", &["key", "list", &uri][..], 0),
        (PIN, "", &["--json", "key", "list", &uri], 0),
        (WRONG, "", &["key", "list", &uri], 4),
        (WRONG, "", &["--json", "key", "list", &uri], 4),
        (PIN, "C_Login:rv=0xa4", &["key", "list", &uri], 4),
        (PIN, "C_Login:crash", &["key", "list", &uri], 4),
        (PIN, "C_Sign:crash@2", &issue, 4),
        (PIN, "", &issue, 0),
    ] {
        let mut typist = Typist::start(&home, faults, arguments);
        typist.answer("PIN of token", pin);
        let (shown, ended) = typist.finish();
        assert_eq!(ended, Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&shown));
        assert_absent(&shown, "what the terminal showed");
    }
    assert!(assert_no_file(&home.path(".")) > 10);
}

/// A terminal that no longer shows what is typed would be left by a program that just ends.
#[test]
fn a_signal_at_the_question_leaves_the_terminal_as_it_was() {
    let home = Home::template();
    let uri = home.token().uri();
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        let mut typist = Typist::start(&home, "", &["key", "list", &uri]);
        typist.wait_for("PIN of token");
        typist.type_half(PIN);
        typist.signal(signal);
        let (shown, ended) = typist.finish();
        let text = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(ended, Some(code), "{signal}: {text}");
        for setting in [" echo ", " icanon ", " isig", " echoe "] {
            assert!(text.replace('\n', " ").contains(setting), "{signal}: {text}");
        }
        assert_absent(&shown, "what the terminal showed");
    }
    assert_eq!(fault_module::calls(home.token(), "C_Login"), 0);
    assert!(assert_no_file(&home.path(".")) > 10);
}

/// Outside of the question a signal ends the program as ever.
#[test]
fn a_signal_after_the_question_ends_the_program() {
    let home = Home::template();
    let mut typist = Typist::start(&home, "C_FindObjectsInit:hang", &["key", "list", &home.token().uri()]);
    typist.answer("PIN of token", PIN);
    typist.wait_until(|| fault_module::calls(home.token(), "C_FindObjectsInit") > 0);
    typist.signal("TERM");
    assert_eq!(typist.finish().1, Some(143));
}
